// Cutting a log at its end and at its start.
#include <cstring>
#include <vector>

#include "log_support.h"

namespace duramen::test {
namespace {

LogOptions Small(FlushPolicy flush = FlushPolicy::kOs) { return OptionsWith(flush, 2048); }

// Cuts, appends, reopens both ways: everything that stays must be there each time.
void CutAndGoOn(TestLog* log, int64_t offset) {
  ASSERT_OK(log->TruncateTo(offset));
  EXPECT_TRUE(log->end() <= offset);
  EXPECT_READS(*log);
  const LogState state = (*log)->State();
  EXPECT_TRUE(state.durable_offset <= state.log_end_offset);
  EXPECT_TRUE(state.high_watermark <= state.log_end_offset);
  EXPECT_OK(log->AppendSeries(5));
  EXPECT_READS(*log);
  log->Abandon();
  ASSERT_OK(log->Open());
  EXPECT_EQ((*log)->recovery().findings.size(), 0u);
  EXPECT_READS(*log);
  EXPECT_OK((*log)->Flush());
  EXPECT_OK(log->Reopen());
  EXPECT_TRUE((*log)->recovery().clean);
  EXPECT_READS(*log);
  EXPECT_SOUND_FILES(*log);
}

TEST(TruncateAtEveryOffsetKeepsWhatIsBelowAndGoesOn) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    FaultEnv env;
    TestLog log(Small(flush), &env);
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(60));
    EXPECT_OK(log.Close());
    const Files files = FilesOf(log.path());
    const Batches all = log.expected;
    const int64_t end = 120;
    for (int64_t offset = 0; offset <= end; ++offset) {
      log.Abandon();
      PutFiles(log.path(), files);
      log.expected = all;
      log.next_index = 60;
      ASSERT_OK(log.Open());
      ASSERT_EQ(log.end(), end);
      CutAndGoOn(&log, offset);
    }
  }
}

TEST(TruncateWithPwriteAppends) {
  FaultEnv env;
  env.AppendByWriting();
  TestLog log(Small(), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(60));
  for (const int64_t offset : {int64_t{119}, int64_t{70}, int64_t{33}, int64_t{0}}) {
    CutAndGoOn(&log, offset);
  }
}

TEST(TruncateOutsideTheLogIsRefused) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(60));
  EXPECT_OK(log->DeleteBefore(50));
  EXPECT_CODE(log->TruncateTo(49), Code::kOffsetOutOfRange);
  EXPECT_CODE(log->TruncateTo(121), Code::kOffsetOutOfRange);
  EXPECT_CODE(log->TruncateTo(-1), Code::kOffsetOutOfRange);
  EXPECT_OK(log->TruncateTo(120));
  EXPECT_EQ(log.end(), 120);
}

TEST(TruncateInAGapEndsTheLogBehindTheLastBatchBeforeIt) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  const int64_t end = log.end();
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime), 100));
  EXPECT_OK(log.AppendSeries(3));
  CutAndGoOn(&log, 60);
  EXPECT_TRUE(log.expected.contains(end));
}

TEST(ViewsReadBeforeATruncateKeepTheirBytes) {
  for (const bool mapped : {true, false}) {
    FaultEnv env;
    if (!mapped) env.AppendByWriting();
    TestLog log(Small(), &env);
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(60));
    std::vector<ReadResult> views;
    std::vector<Bytes> bytes;
    for (const auto& [offset, batch] : log.expected) {
      ReadResult result;
      EXPECT_OK(log->Read(offset, 4096, UpTo::kLogEnd, &result));
      bytes.push_back(BytesOf(result));
      views.push_back(std::move(result));
    }
    EXPECT_OK(log.TruncateTo(31));
    EXPECT_OK(log.AppendSeries(100, 70));
    EXPECT_OK(log.TruncateTo(0));
    EXPECT_OK(log.AppendSeries(20, 10));
    EXPECT_OK(log.Close());
    for (size_t i = 0; i < views.size(); ++i) {
      EXPECT_TRUE(BytesOf(views[i]) == bytes[i]);
      EXPECT_FALSE(views[i].map->poisoned());
    }
    ASSERT_OK(log.Open());
    EXPECT_READS(log);
  }
}

TEST(TruncateRemovesDamageAndGoesAroundWhatStays) {
  TestLog log(OptionsWith(FlushPolicy::kOs));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(12));
  EXPECT_OK(log.Close());
  std::string content = ReadText(log.directory.File(LogName(0)));
  std::vector<int64_t> positions;
  for (int64_t at = 0; at < static_cast<int64_t>(content.size());) {
    positions.push_back(at);
    at += BatchHeader(reinterpret_cast<const uint8_t*>(content.data()) + at).size();
  }
  std::vector<int64_t> offsets;
  for (const auto& [offset, batch] : log.expected) offsets.push_back(offset);
  // The length of one batch is nonsense, the body of another is damaged.
  content[static_cast<size_t>(positions[4] + kBatchLengthAt)] ^= 0x40;
  content[static_cast<size_t>(positions[9] + 70)] ^= 1;
  WriteText(log.directory.File(LogName(0)), content);
  log.expected.erase(offsets[4]);
  log.expected.erase(offsets[9]);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.TruncateTo(offsets[9]));
  EXPECT_EQ(log.end(), offsets[9]);
  EXPECT_OK(log.AppendSeries(3));
  Batches found;
  std::vector<DamagedOffsets> damage;
  EXPECT_OK(ReadAround(log.get(), 0, &found, &damage));
  EXPECT_TRUE(SameBatches(found, log.expected, __FILE__, __LINE__));
  EXPECT_EQ(damage.size(), 1u);
  EXPECT_OK(log.TruncateTo(offsets[4] + 1));
  EXPECT_EQ(log.end(), offsets[4]);
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_READS(log);
  EXPECT_OK(log.Close());
  EXPECT_SOUND_FILES(log);
}

TEST(DeleteBeforeRemovesWholeSegmentsAndHidesTheRest) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    TestLog log(Small(flush));
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(60));
    EXPECT_OK(log->Flush());
    const int64_t second = (*log->segments().Get())[1]->base_offset();
    const auto expect_start = [&](int64_t start, size_t segments) {
      EXPECT_EQ(log->State().log_start_offset, start);
      EXPECT_EQ(NamesWith(log.path(), ".log").size(), segments);
      ReadResult result;
      EXPECT_CODE(log->Read(start - 1, 1, UpTo::kLogEnd, &result), Code::kOffsetOutOfRange);
      EXPECT_OK(log->Read(start, 1, UpTo::kLogEnd, &result));
    };
    const size_t count = NamesWith(log.path(), ".log").size();
    EXPECT_OK(log->DeleteBefore(second - 1));
    expect_start(second - 1, count);
    EXPECT_OK(log->DeleteBefore(second + 1));
    expect_start(second + 1, count - 1);
    EXPECT_OK(log->DeleteBefore(5));  // no way back
    expect_start(second + 1, count - 1);
    EXPECT_CODE(log->DeleteBefore(121), Code::kOffsetOutOfRange);
    log.Abandon();
    ASSERT_OK(log.Open());
    EXPECT_EQ(log->recovery().findings.size(), 0u);
    expect_start(second + 1, count - 1);
    EXPECT_OK(log->DeleteBefore(120));
    EXPECT_EQ(NamesWith(log.path(), ".log").size(), 1u);
    EXPECT_TRUE(NamesWith(log.path(), ".timeindex").size() <= 1);
    EXPECT_OK(log.Reopen());
    EXPECT_EQ(log->State().log_start_offset, 120);
    EXPECT_EQ(log.end(), 120);
    log.expected.clear();
    EXPECT_OK(log.AppendSeries(5));
    EXPECT_READS(log);
  }
}

TEST(DeletedSegmentsThatACrashLeftAreRemovedAtOpening) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(60));
  EXPECT_OK(log->Flush());
  const size_t count = NamesWith(log.path(), ".log").size();
  const Files before = FilesOf(log.path());
  EXPECT_OK(log->DeleteBefore(100));
  EXPECT_OK(log.Close());
  for (const auto& [file, content] : before) {
    if (!FileExists(log.directory.File(file))) WriteText(log.directory.File(file), content);
  }
  EXPECT_EQ(NamesWith(log.path(), ".log").size(), count);
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  EXPECT_EQ(log->State().log_start_offset, 100);
  EXPECT_TRUE(NamesWith(log.path(), ".log").size() < count - 3);
  std::erase_if(log.expected, [](const auto& entry) {
    return BatchHeader(entry.second.data()).last_offset() < 100;
  });
  EXPECT_READS(log);
}

TEST(LogWhoseDeletedPartWasLostToAPowerCutGoesOnBehindIt) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(6));
  EXPECT_OK(log->DeleteBefore(log.end()));
  const int64_t start = log.end();
  log.Abandon();
  // The records never reached the device; the log start offset did.
  WriteText(log.directory.File(LogName(0)), "");
  env.ChangeBoot();
  log.expected.clear();
  ASSERT_OK(log.Open());
  EXPECT_EQ(log.end(), start);
  EXPECT_EQ(log->State().log_start_offset, start);
  EXPECT_OK(log.AppendSeries(6));
  EXPECT_READS(log);
  log.Abandon();
  env.ChangeBoot();
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  EXPECT_READS(log);
  EXPECT_OK(log.Reopen());
  EXPECT_SOUND_FILES(log);
}

TEST(HighWatermarkAndDurableOffsetNeverFallButByTruncating) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    TestLog log(Small(flush));
    ASSERT_OK(log.Open());
    LogState before = log->State();
    for (int i = 0; i < 300; ++i) {
      EXPECT_OK(log.AppendSeries(1));
      if (i % 50 == 0) EXPECT_OK(log->Flush());
      const LogState now = log->State();
      EXPECT_TRUE(now.durable_offset >= before.durable_offset);
      EXPECT_TRUE(now.high_watermark >= before.high_watermark);
      EXPECT_TRUE(now.durable_offset <= now.log_end_offset);
      before = now;
    }
    EXPECT_OK(log->Flush());
    EXPECT_EQ(log->State().durable_offset, log.end());
  }
}

}  // namespace
}  // namespace duramen::test
