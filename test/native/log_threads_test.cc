// Many threads on one log. Meant for ThreadSanitizer as much as for what is checked.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "log/batch_check.h"
#include "log/registry.h"
#include "log_support.h"

namespace duramen::test {
namespace {

LogOptions Rolling(FlushPolicy flush) { return OptionsWith(flush, 16 << 10); }

Status AppendNumbered(PartitionLog* log, int64_t index, AppendResult* result) {
  const Bytes batch = NumberedBatch(index);
  return AppendReady(log, batch.data(), batch.size(), Offsets::kAssign, -1, result);
}

// A read's batches follow one another, have good checksums and do not reach the limit.
bool IsSoundRead(const ReadResult& result, int64_t offset, int64_t limit) {
  const Bytes bytes = BytesOf(result);
  int64_t expected = result.range.base_offset;
  if (!EXPECT_TRUE(expected <= offset)) return false;
  for (size_t at = 0; at < bytes.size();) {
    const uint8_t* batch = bytes.data() + at;
    if (!EXPECT_TRUE(CheckBatchFrame(batch, bytes.size() - at, INT64_MAX) == BatchFault::kNone)) {
      return false;
    }
    if (!EXPECT_TRUE(CheckBatchCrc(batch) == BatchFault::kNone)) return false;
    if (!EXPECT_EQ(BatchHeader(batch).base_offset(), expected)) return false;
    expected = BatchHeader(batch).last_offset() + 1;
    at += static_cast<size_t>(BatchHeader(batch).size());
  }
  return EXPECT_EQ(result.range.next_offset, expected) && EXPECT_TRUE(expected <= limit);
}

// Reads on and at random until `done`; everything between 0 and the last end must have been right.
void ReadUntil(const std::atomic<bool>& done, PartitionLog* log, uint64_t seed, UpTo up_to) {
  Random random(seed);
  int64_t next = 0, last_end = 0;
  while (!done.load() || next < last_end) {
    const LogState state = log->State();
    const int64_t end = up_to == UpTo::kLogEnd ? state.log_end_offset : state.high_watermark;
    if (!EXPECT_TRUE(end >= last_end)) return;
    last_end = end;
    if (end == 0) continue;
    ReadResult result;
    const bool jump = random.OneIn(4);
    const int64_t offset = jump ? random.Between(0, end - 1) : next;
    if (offset >= end) continue;
    if (!EXPECT_OK(log->Read(offset, random.Between(1, 4096), up_to, &result))) return;
    if (!EXPECT_TRUE(result.range.end > result.range.position)) return;
    if (!IsSoundRead(result, offset, log->State().log_end_offset)) return;
    if (!jump) next = result.range.next_offset;
    if (!random.OneIn(16)) continue;
    if (!EXPECT_OK(log->FindTimestamp(kStartTime + random.Between(0, 3000), &result))) return;
  }
}

TEST(EightReadersSeeSoundBatchesWhileOneThreadAppendsAndRolls) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    for (const bool mapped : {true, false}) {
      FaultEnv env;
      if (!mapped) env.AppendByWriting();
      TestLog log(Rolling(flush), &env);
      ASSERT_OK(log.Open());
      std::atomic<bool> done{false};
      std::vector<std::thread> readers;
      for (uint64_t i = 0; i < 8; ++i) {
        const UpTo up_to = i % 2 == 0 ? UpTo::kLogEnd : UpTo::kHighWatermark;
        readers.emplace_back([&, i, up_to] { ReadUntil(done, log.get(), i, up_to); });
      }
      EXPECT_OK(log.AppendSeries(1500));
      EXPECT_OK(log->Flush());
      done = true;
      for (std::thread& reader : readers) reader.join();
      EXPECT_TRUE(log->segments().Count() > 5);
      EXPECT_READS(log);
      EXPECT_OK(log.Reopen());
      EXPECT_SOUND_FILES(log);
    }
  }
}

TEST(ReadersBesideCutsAndDeletesReadRightBytesOrAreToldTheRange) {
  FaultEnv env;
  TestLog log(Rolling(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (uint64_t i = 0; i < 4; ++i) {
    readers.emplace_back([&, i] {
      Random random(i);
      while (!done.load()) {
        const LogState state = log->State();
        const int64_t offset = random.Between(state.log_start_offset, state.log_end_offset);
        ReadResult result;
        const Status status = log->Read(offset, 4096, UpTo::kLogEnd, &result);
        if (status.code() == Code::kOffsetOutOfRange) continue;
        if (!EXPECT_OK(status)) return;
        if (result.range.end > result.range.position &&
            !IsSoundRead(result, offset, kOffsetLimit)) {
          return;
        }
      }
    });
  }
  Random random(99);
  int64_t index = 0;
  for (int round = 0; round < 60; ++round) {
    AppendResult result;
    for (int i = 0; i < 100; ++i) EXPECT_OK(AppendNumbered(log.get(), index++, &result));
    const LogState state = log->State();
    const int64_t middle = (state.log_start_offset + state.log_end_offset) / 2;
    if (random.OneIn(2)) EXPECT_OK(log->TruncateTo(middle));
    if (random.OneIn(3)) EXPECT_OK(log->DeleteBefore(log->State().log_start_offset + 50));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log.FilesAreSound(__FILE__, __LINE__));
}

TEST(AbandonedLogOpensAgainAtOnceManyTimes) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    FaultEnv env;
    env.SkipSyncs();
    TempDirectory directory(TempDirectory::Where::kMemory);
    LogOptions options = Rolling(flush);
    options.segment_bytes = 4096;
    Batches expected;
    int64_t index = 0;
    for (int cycle = 0; cycle < 150; ++cycle) {
      std::unique_ptr<LogHandle> handle;
      ASSERT_OK(LogHandle::Open(&env, directory.path(), options, false, &handle));
      ASSERT_EQ(handle->log().recovery().findings.size(), 0u);
      Status status;
      PartitionLog* log = handle->appender(&status);
      ASSERT_TRUE(log != nullptr);
      // At every distance from a roll, a spare, a window and a flush.
      for (int i = 0; i < 1 + cycle % 23; ++i, ++index) {
        AppendResult result;
        ASSERT_OK(AppendNumbered(log, index, &result));
        expected[result.base_offset] = Stored(NumberedBatch(index), result.base_offset);
      }
      Batches found;
      if (cycle % 10 == 0) {
        EXPECT_OK(ReadOn(log, 0, UpTo::kLogEnd, 1 << 20, &found));
        ASSERT_TRUE(SameBatches(found, expected, __FILE__, __LINE__));
      }
    }
    std::unique_ptr<LogHandle> handle;
    ASSERT_OK(LogHandle::Open(&env, directory.path(), options, false, &handle));
    Batches found;
    EXPECT_OK(ReadOn(&handle->log(), 0, UpTo::kLogEnd, 1 << 20, &found));
    EXPECT_TRUE(SameBatches(found, expected, __FILE__, __LINE__));
    EXPECT_OK(handle->Close());
  }
}

TEST(OpenAppendCloseAgainAndAgainKeepsEverything) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    FaultEnv env;
    LogOptions options = Rolling(flush);
    options.segment_bytes = 1500;
    TestLog log(options, &env);
    ASSERT_OK(log.Open());
    for (int cycle = 0; cycle < 100; ++cycle) {
      ASSERT_OK(log.AppendSeries(cycle % 17));
      ASSERT_OK(log.Reopen());
      ASSERT_EQ(log->recovery().findings.size(), 0u);
    }
    EXPECT_READS(log);
    EXPECT_OK(log.Close());
    EXPECT_SOUND_FILES(log);
  }
}

TEST(HandlesOfOneProcessShareALogAndTheFirstAppends) {
  TempDirectory directory;
  const LogOptions options = Rolling(FlushPolicy::kOs);
  std::unique_ptr<LogHandle> first, second, reader, other;
  Status status;
  ASSERT_OK(LogHandle::Open(Env::Posix(), directory.path(), options, false, &first));
  ASSERT_OK(LogHandle::Open(Env::Posix(), directory.path(), options, false, &second));
  ASSERT_OK(LogHandle::Open(Env::Posix(), directory.path(), options, true, &reader));
  LogOptions different = options;
  different.segment_bytes *= 2;
  EXPECT_CODE(LogHandle::Open(Env::Posix(), directory.path(), different, false, &other),
              Code::kOptionsDiffer);
  EXPECT_TRUE(first->appender(&status) != nullptr);
  EXPECT_TRUE(second->appender(&status) == nullptr);
  EXPECT_CODE(status, Code::kNotAppender);
  EXPECT_TRUE(reader->appender(&status) == nullptr);
  EXPECT_CODE(status, Code::kReadOnly);
  AppendResult result;
  EXPECT_OK(AppendNumbered(first->appender(&status), 0, &result));
  EXPECT_EQ(second->log().State().log_end_offset, 1);
  EXPECT_OK(first->Close());
  ASSERT_OK(LogHandle::Open(Env::Posix(), directory.path(), options, false, &other));
  EXPECT_OK(AppendNumbered(other->appender(&status), 1, &result));
  EXPECT_OK(other->Close());
  EXPECT_OK(reader->Close());
  ReadResult read;
  EXPECT_OK(second->log().Read(0, 1, UpTo::kLogEnd, &read));
  EXPECT_OK(second->Close());
  EXPECT_CODE(second->log().Read(0, 1, UpTo::kLogEnd, &read), Code::kClosed);
}

TEST(ThreadsThatOpenAndCloseOneDirectoryAtOnceDisturbNobody) {
  FaultEnv env;
  env.SkipSyncs();
  TempDirectory directory(TempDirectory::Where::kMemory);
  const LogOptions options = Rolling(FlushPolicy::kOs);
  std::atomic<int64_t> appended{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        std::unique_ptr<LogHandle> handle;
        if (!EXPECT_OK(LogHandle::Open(&env, directory.path(), options, false, &handle))) return;
        Status status;
        AppendResult result;
        PartitionLog* log = handle->appender(&status);
        if (log != nullptr && EXPECT_OK(AppendNumbered(log, i, &result))) {
          appended += result.last_offset - result.base_offset + 1;
        }
        // Every other time it is just dropped.
        if ((i + t) % 2 == 0) EXPECT_OK(handle->Close());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::unique_ptr<LogHandle> handle;
  ASSERT_OK(LogHandle::Open(&env, directory.path(), options, false, &handle));
  EXPECT_EQ(handle->log().State().log_end_offset, appended.load());
  EXPECT_EQ(handle->log().recovery().findings.size(), 0u);
  EXPECT_OK(handle->Close());
}

TEST(FlushesFromManyThreadsBesideACloseEndWithoutAFalsePromise) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    for (int round = 0; round < 10; ++round) {
      TestLog log(Rolling(flush));
      ASSERT_OK(log.Open());
      EXPECT_OK(log.AppendSeries(300));
      std::vector<std::thread> threads;
      for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
          const int64_t end = log->State().log_end_offset;
          const Status status = log->Flush();
          if (status.ok()) EXPECT_TRUE(log->State().durable_offset >= end);
          if (!status.ok()) EXPECT_CODE(status, Code::kClosed);
        });
      }
      EXPECT_OK(log->Close());
      for (std::thread& thread : threads) thread.join();
      log.Abandon();
      ASSERT_OK(log.Open());
      EXPECT_READS(log);
    }
  }
}

class Waiter final : public ProgressListener {
 public:
  void OnProgress() override { ++told; }
  std::atomic<int> told{0};
};

TEST(ArmedListenerIsToldOnceOfEveryKindOfProgress) {
  TestLog log(Rolling(FlushPolicy::kSync));
  ASSERT_OK(log.Open());
  Waiter waiter;
  log->AddListener(&waiter);
  EXPECT_OK(log.AppendSeries(1));
  EXPECT_OK(log->Flush());
  EXPECT_EQ(waiter.told.load(), 0);
  for (int i = 1; i <= 50; ++i) {
    log->Arm(&waiter);
    EXPECT_OK(log.AppendSeries(3));
    const int64_t end = log.end();
    EXPECT_TRUE(Eventually([&] { return log->State().high_watermark == end; }));
    EXPECT_TRUE(Eventually([&] { return waiter.told.load() == i; }));
  }
  log->Arm(&waiter);
  EXPECT_OK(log->Close());
  EXPECT_TRUE(Eventually([&] { return waiter.told.load() == 51; }));
  log->RemoveListener(&waiter);
}

}  // namespace
}  // namespace duramen::test
