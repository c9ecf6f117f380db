// A log between processes: killed owners, second openers, readers that follow, forks.
#include <unistd.h>

#include <cstdlib>

#include "child.h"
#include "log/registry.h"
#include "log_child.h"
#include "log_support.h"

namespace duramen::test {
namespace {

// The batches that a child has appended, up to an offset.
Batches SeriesBelow(int64_t end) {
  Batches batches;
  for (int64_t index = 0, offset = 0; offset < end; ++index) {
    const Bytes batch = NumberedBatch(index);
    batches[offset] = Stored(batch, offset);
    offset += RecordsOf(batch);
  }
  return batches;
}

bool IsOk(const ChildReply& reply) { return EXPECT_EQ(reply.code, 0); }

int64_t Cycles() {
  const char* cycles = std::getenv("DURAMEN_KILL_CYCLES");
  return cycles != nullptr ? std::atoll(cycles) : 6;
}

TEST(KilledOwnerLosesNothingThatItAcknowledged) {
  Random random(static_cast<uint64_t>(getpid()));
  for (int64_t cycle = 0; cycle < Cycles(); ++cycle) {
    for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
      TestLog log(OptionsWith(flush, 64 << 10));
      LogChild child(log.path(), flush, 64 << 10);
      ASSERT_TRUE(IsOk(child.Open()));
      child.AppendForEver();
      usleep(static_cast<useconds_t>(random.Between(1'000, 60'000)));
      // The pipe is full soon and holds the child back; what is in it counts as said.
      child.Kill();
      const int64_t promised = child.LastPromise();
      ASSERT_OK(log.Open());
      for (const RecoveryFinding& finding : log->recovery().findings) {
        EXPECT_TRUE(finding.kind == RecoveryFinding::Kind::kTornTail);
      }
      EXPECT_TRUE(log.end() >= promised);
      log.expected = SeriesBelow(log.end());
      EXPECT_READS(log);
      EXPECT_OK(log.AppendSeries(3));
      EXPECT_OK(log->Flush());
      EXPECT_OK(log.Reopen());
      EXPECT_READS(log);
      EXPECT_SOUND_FILES(log);
    }
  }
}

TEST(SecondOpenerInAnotherProcessIsRefusedUntilTheFirstIsGone) {
  TempDirectory directory;
  LogChild first(directory.path(), FlushPolicy::kOs, 1 << 20);
  ASSERT_TRUE(IsOk(first.Open()));
  LogChild second(directory.path(), FlushPolicy::kOs, 1 << 20);
  EXPECT_EQ(second.Open().code, static_cast<int32_t>(Code::kLocked));
  std::unique_ptr<LogHandle> handle;
  EXPECT_CODE(LogHandle::Open(Env::Posix(), directory.path(), OptionsWith(FlushPolicy::kOs), false,
                              &handle),
              Code::kLocked);
  first.Kill();
  EXPECT_TRUE(IsOk(second.Open()));
  EXPECT_TRUE(IsOk(second.Append(3)));
  EXPECT_TRUE(IsOk(second.Close()));
  EXPECT_OK(LogHandle::Open(Env::Posix(), directory.path(), OptionsWith(FlushPolicy::kOs), false,
                            &handle));
}

// A reader in this process of a log that the child owns.
struct Follower {
  Follower(const std::string& directory, FlushPolicy flush) {
    EXPECT_OK(LogHandle::Open(Env::Posix(), directory, OptionsWith(flush), true, &handle));
  }
  // What it shows is exactly what the owner's readers may see.
  bool Shows(const ChildReply& owner, const Batches& expected) {
    const LogState state = handle->log().State();
    Batches found;
    return EXPECT_EQ(state.log_start_offset, owner.log_start_offset) &&
           EXPECT_EQ(state.high_watermark, owner.high_watermark) &&
           EXPECT_OK(ReadOn(&handle->log(), state.log_start_offset, UpTo::kHighWatermark, 4096,
                            &found)) &&
           SameBatches(found, expected, __FILE__, __LINE__);
  }
  std::unique_ptr<LogHandle> handle;
};

TEST(ReaderInAnotherProcessFollowsAppendsRollsCutsAndDeletes) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    TempDirectory directory;
    LogChild owner(directory.path(), flush, 2048);
    ASSERT_TRUE(IsOk(owner.Open()));
    Follower follower(directory.path(), flush);
    EXPECT_TRUE(follower.Shows(owner.Flush(), {}));
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(IsOk(owner.Append(i % 7)));
      const ChildReply reply = owner.Flush();
      ASSERT_TRUE(follower.Shows(reply, SeriesBelow(reply.log_end_offset)));
    }
    ASSERT_TRUE(IsOk(owner.TruncateTo(31)));
    ChildReply reply = owner.Flush();
    ASSERT_TRUE(follower.Shows(reply, SeriesBelow(reply.log_end_offset)));
    // As many bytes as were there before, in the same segment: other ones.
    ASSERT_TRUE(IsOk(owner.TruncateTo(0)));
    ASSERT_TRUE(IsOk(owner.Append(30)));
    reply = owner.Flush();
    Batches found;
    EXPECT_OK(ReadOn(&follower.handle->log(), 0, UpTo::kHighWatermark, 4096, &found));
    EXPECT_EQ(found.size(), 30u);
    EXPECT_EQ(follower.handle->log().State().high_watermark, reply.high_watermark);
    ASSERT_TRUE(IsOk(owner.DeleteBefore(20)));
    reply = owner.Flush();
    EXPECT_EQ(follower.handle->log().State().log_start_offset, reply.log_start_offset);
    ASSERT_TRUE(IsOk(owner.Append(5)));
    reply = owner.Flush();
    found.clear();
    EXPECT_OK(ReadOn(&follower.handle->log(), 20, UpTo::kHighWatermark, 4096, &found));
    EXPECT_EQ(follower.handle->log().State().high_watermark, reply.high_watermark);
    // It changes nothing, and goes on when the owner is gone.
    Status status;
    EXPECT_TRUE(follower.handle->appender(&status) == nullptr);
    EXPECT_CODE(status, Code::kReadOnly);
    owner.Kill();
    Batches again;
    EXPECT_OK(ReadOn(&follower.handle->log(), 20, UpTo::kHighWatermark, 4096, &again));
    EXPECT_TRUE(SameBatches(again, found, __FILE__, __LINE__));
    EXPECT_OK(follower.handle->Close());
  }
}

TEST(ReaderSeesACutThatWasFilledUpAgainBetweenTwoLooks) {
  TempDirectory directory;
  LogChild owner(directory.path(), FlushPolicy::kOs, 1 << 20);
  ASSERT_TRUE(IsOk(owner.Open()));
  ASSERT_TRUE(IsOk(owner.Append(20)));
  Follower follower(directory.path(), FlushPolicy::kOs);
  Batches found;
  EXPECT_OK(ReadOn(&follower.handle->log(), 0, UpTo::kHighWatermark, 4096, &found));
  EXPECT_TRUE(SameBatches(found, SeriesBelow(39), __FILE__, __LINE__));
  ASSERT_TRUE(IsOk(owner.TruncateTo(9)));
  ASSERT_TRUE(IsOk(owner.Append(30)));
  found.clear();
  EXPECT_OK(ReadOn(&follower.handle->log(), 0, UpTo::kHighWatermark, 4096, &found));
  EXPECT_EQ(found.size(), SeriesBelow(9).size() + 30);
  // Batch number 20 follows now, where an old one with the same offset was.
  EXPECT_TRUE(found[9] == Stored(NumberedBatch(20), 9));
}

TEST(ReaderUnderSyncNeverSeesMoreThanIsDurable) {
  TempDirectory directory;
  LogChild owner(directory.path(), FlushPolicy::kSync, 4096);
  ASSERT_TRUE(IsOk(owner.Open()));
  Follower follower(directory.path(), FlushPolicy::kSync);
  int64_t before = 0;
  for (int i = 0; i < 100; ++i) {
    const int64_t seen = follower.handle->log().State().high_watermark;
    const ChildReply reply = owner.Append(2);
    EXPECT_TRUE(seen <= reply.high_watermark);
    EXPECT_TRUE(seen >= before);
    before = seen;
  }
}

TEST(ReaderOfAnUncleanDirectoryWithoutOwnerScansAndWritesNothing) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    TempDirectory directory;
    LogChild owner(directory.path(), flush, 2048);
    ASSERT_TRUE(IsOk(owner.Open()));
    ASSERT_TRUE(IsOk(owner.Append(40)));
    const ChildReply reply = owner.Flush();
    owner.Kill();
    const Files before = FilesOf(directory.path());
    {
      Follower follower(directory.path(), flush);
      EXPECT_TRUE(follower.Shows(reply, SeriesBelow(reply.log_end_offset)));
    }
    EXPECT_TRUE(FilesOf(directory.path()) == before);
  }
}

// What a dead owner left in the page cache may not be on the device: a reader is shown what the
// owner's readers saw, and told how much of it is durable.
TEST(ReaderBehindAKilledOwnerSeesWhatItsPolicySaysAndWhatIsDurable) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    TempDirectory directory;
    LogChild owner(directory.path(), flush, 1 << 20);
    ASSERT_TRUE(IsOk(owner.Open()));
    ASSERT_TRUE(IsOk(owner.Append(10)));
    const ChildReply flushed = owner.Flush();
    ASSERT_TRUE(IsOk(flushed) && AwaitMark(directory.path(), flushed.log_end_offset));
    ASSERT_TRUE(IsOk(owner.HoldFlusher()));
    const ChildReply reply = owner.Append(10);
    owner.Kill();
    EXPECT_TRUE(reply.log_end_offset > flushed.log_end_offset);
    Follower follower(directory.path(), flush);
    const LogState state = follower.handle->log().State();
    EXPECT_EQ(state.log_end_offset, reply.log_end_offset);
    EXPECT_EQ(state.durable_offset, flushed.log_end_offset);
    const int64_t visible =
        flush == FlushPolicy::kSync ? flushed.log_end_offset : reply.log_end_offset;
    EXPECT_EQ(reply.high_watermark, visible);
    EXPECT_TRUE(follower.Shows(reply, SeriesBelow(visible)));
  }
}

TEST(ManyReadersOfARollingLogNeverReadAWrongByte) {
  TempDirectory directory;
  LogChild owner(directory.path(), FlushPolicy::kOs, 4096);
  ASSERT_TRUE(IsOk(owner.Open()));
  Follower follower(directory.path(), FlushPolicy::kOs);
  owner.AppendForEver();
  Batches found;
  int64_t offset = 0;
  for (int i = 0; i < 200; ++i) {
    Batches more;
    EXPECT_OK(ReadOn(&follower.handle->log(), offset, UpTo::kHighWatermark, 8192, &more));
    if (!more.empty()) {
      offset = BatchHeader(more.rbegin()->second.data()).last_offset() + 1;
    }
    found.merge(more);
    if (found.size() > 2000) break;
    usleep(500);
  }
  EXPECT_TRUE(found.size() > 100);
  EXPECT_TRUE(SameBatches(found, SeriesBelow(offset), __FILE__, __LINE__));
}

TEST(ForkedChildIsRefusedAndItsEndHurtsNobody) {
  TestLog log(OptionsWith(FlushPolicy::kSync, 4096));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(50));
  EXPECT_OK(log->Flush());
  DrainBackground();
  // As a thread may that is not in the child.
  std::unique_lock turn = log->TryTurn();
  EXPECT_TRUE(turn.owns_lock());
  const int status = StatusOfChild([&] {
    ReadResult result;
    const bool refused =
        log.Append(NumberedBatch(1)).code() == Code::kForked &&
        log->Read(0, 1, UpTo::kLogEnd, &result).code() == Code::kForked &&
        log->Flush().code() == Code::kForked && log->TruncateTo(3).code() == Code::kForked &&
        log->DeleteBefore(3).code() == Code::kForked && log->Close().code() == Code::kForked;
    std::unique_ptr<LogHandle> handle;
    TempDirectory other;
    return refused && LogHandle::Open(Env::Posix(), other.path(), log.options, false, &handle)
                              .code() == Code::kForked
               ? 0
               : 1;
  });
  turn.unlock();
  EXPECT_TRUE(ExitedWithZero(status));
  EXPECT_OK(log.AppendSeries(50));
  EXPECT_READS(log);
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log->recovery().clean);
  EXPECT_READS(log);
}

}  // namespace
}  // namespace duramen::test
