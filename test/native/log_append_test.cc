// Appending to a log and reading it back, over every reason to roll.
#include <string>

#include "log_support.h"

namespace duramen::test {
namespace {

LogOptions Os(int64_t segment_bytes = 1 << 20) {
  return OptionsWith(FlushPolicy::kOs, segment_bytes);
}

TEST(EmptyLogReadsAsEmptyAndReopens) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  ReadResult result;
  EXPECT_OK(log->Read(0, 100, UpTo::kLogEnd, &result));
  EXPECT_EQ(result.range.position, result.range.end);
  EXPECT_CODE(log->Read(1, 100, UpTo::kLogEnd, &result), Code::kOffsetOutOfRange);
  EXPECT_CODE(log->Read(-1, 100, UpTo::kLogEnd, &result), Code::kOffsetOutOfRange);
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log->recovery().clean);
  EXPECT_EQ(log.end(), 0);
}

TEST(AppendedBatchesReadBackBothPoliciesMappedAndWritten) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    for (const bool mapped : {true, false}) {
      FaultEnv env;
      if (!mapped) env.AppendByWriting();
      TestLog log(OptionsWith(flush), &env);
      ASSERT_OK(log.Open());
      EXPECT_OK(log.AppendSeries(100));
      EXPECT_READS(log);
      EXPECT_TRUE(log.CheckReads(__FILE__, __LINE__, 1));
      EXPECT_OK(log->Flush());
      EXPECT_EQ(log->State().high_watermark, log.end());
      EXPECT_OK(log.Reopen());
      EXPECT_TRUE(log->recovery().clean);
      EXPECT_READS(log);
      EXPECT_SOUND_FILES(log);
      EXPECT_OK(log.AppendSeries(100));
      EXPECT_READS(log);
    }
  }
}

TEST(SizeRollsKeepEveryBatchAndSegmentsStayBelowTheLimit) {
  for (const bool mapped : {true, false}) {
    FaultEnv env;
    if (!mapped) env.AppendByWriting();
    TestLog log(Os(4096), &env);
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(300));
    EXPECT_TRUE(log->segments().Count() > 10);
    for (const auto& segment : *log->segments().Get()) EXPECT_TRUE(segment->end() <= 4096);
    EXPECT_READS(log);
    EXPECT_OK(log.Reopen());
    EXPECT_READS(log);
    EXPECT_SOUND_FILES(log);
    EXPECT_EQ(NamesWith(log.path(), "next.spare").size(), 0u);
  }
}

TEST(BatchAsLargeAsASegmentFitsAndOneByteMoreIsRefused) {
  const Bytes batch = BatchAt(kStartTime, 3000);
  TestLog log(Os(static_cast<int64_t>(batch.size())));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(batch));
  EXPECT_OK(log.Append(batch));
  EXPECT_CODE(log.Append(BatchAt(kStartTime, 3001)), Code::kBatchTooLarge);
  EXPECT_READS(log);
  EXPECT_EQ(log->segments().Count(), 2);
}

TEST(TimeRollsCountFromTheFirstBatchOfASegmentAlsoAfterReopening) {
  LogOptions options = Os();
  options.segment_ms = 1000;
  TestLog log(options);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(BatchAt(kStartTime)));
  EXPECT_OK(log.Append(BatchAt(kStartTime + 1000)));
  EXPECT_EQ(log->segments().Count(), 1);
  EXPECT_OK(log.Reopen());
  EXPECT_OK(log.Append(BatchAt(kStartTime + 500)));
  EXPECT_EQ(log->segments().Count(), 1);
  EXPECT_OK(log.Append(BatchAt(kStartTime + 1001)));
  EXPECT_EQ(log->segments().Count(), 2);
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(BatchAt(kStartTime + 2001)));
  EXPECT_EQ(log->segments().Count(), 2);
  EXPECT_OK(log.Append(BatchAt(kStartTime + 2002)));
  EXPECT_EQ(log->segments().Count(), 3);
  // Backwards is no reason, however far.
  EXPECT_OK(log.Append(BatchAt(0)));
  EXPECT_EQ(log->segments().Count(), 3);
  EXPECT_READS(log);
}

TEST(FullIndexRolls) {
  LogOptions options = Os();
  options.segment_index_bytes = 8 * 10;
  TestLog log(options);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(200));
  EXPECT_TRUE(log->segments().Count() > 5);
  for (const auto& segment : *log->segments().Get()) {
    EXPECT_TRUE(segment->offset_index().file().count() <= 10);
    EXPECT_TRUE(segment->time_index().file().count() <= 6);
  }
  EXPECT_READS(log);
  EXPECT_OK(log.Reopen());
  EXPECT_SOUND_FILES(log);
}

TEST(KeptOffsetsFarApartRollAndReadAcrossTheGaps) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  const int64_t far = int64_t{1} << 31;
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime), 100));
  EXPECT_EQ(log->segments().Count(), 1);
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime + 1), far - 1));
  EXPECT_EQ(log->segments().Count(), 1);
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime + 2), far));
  EXPECT_EQ(log->segments().Count(), 2);
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime + 3), 5 * far));
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime + 4), 9 * far));
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_READS(log);
  const auto check_gaps = [&] {
    for (const int64_t wanted : {int64_t{50}, int64_t{101}, far - 2, 2 * far, 5 * far - 1}) {
      ReadResult result;
      EXPECT_OK(log->Read(wanted, 1, UpTo::kLogEnd, &result));
      EXPECT_EQ(result.range.base_offset, log.expected.lower_bound(wanted)->first);
    }
  };
  check_gaps();
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log->recovery().clean);
  check_gaps();
  EXPECT_SOUND_FILES(log);
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  check_gaps();
  EXPECT_READS(log);
}

TEST(FirstBatchMayStandFarBehindTheStart) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime), int64_t{1} << 40));
  EXPECT_OK(log.AppendSeries(2));
  EXPECT_READS(log);
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_READS(log);
  EXPECT_OK(log.Reopen());
  EXPECT_READS(log);
  EXPECT_SOUND_FILES(log);
}

TEST(OffsetsEndAtTwoToThe53) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  EXPECT_CODE(log.AppendKept(BatchAt(kStartTime), kOffsetLimit), Code::kOffsetOverflow);
  EXPECT_CODE(log.AppendKept(BatchAt(kStartTime), kOffsetLimit - 1), Code::kOffsetOverflow);
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime, 40, 2), kOffsetLimit - 3));
  EXPECT_EQ(log.end(), kOffsetLimit - 1);
  EXPECT_CODE(log.Append(BatchAt(kStartTime)), Code::kOffsetOverflow);
  EXPECT_READS(log);
  EXPECT_OK(log.Reopen());
  EXPECT_CODE(log.Append(BatchAt(kStartTime)), Code::kOffsetOverflow);
  EXPECT_READS(log);
}

TEST(KeptOffsetBelowTheLogEndIsRefused) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_CODE(log.AppendKept(BatchAt(kStartTime), log.end() - 1), Code::kOffsetOutOfRange);
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime), log.end()));
  EXPECT_READS(log);
}

TEST(RefusedBatchesLeaveNothingBehind) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(2));
  Bytes wrong = NumberedBatch(5);
  wrong.back() ^= 1;
  EXPECT_CODE(log.Append(wrong), Code::kInvalidBatch);
  Bytes trailing = NumberedBatch(5);
  trailing.push_back(0);
  EXPECT_CODE(log.Append(trailing), Code::kInvalidBatch);
  Bytes old = NumberedBatch(5);
  old[kMagicAt] = 1;
  EXPECT_CODE(log.Append(old), Code::kUnsupportedMagic);
  EXPECT_OK(log.AppendSeries(2));
  EXPECT_READS(log);
  EXPECT_OK(log.Reopen());
  EXPECT_SOUND_FILES(log);
}

TEST(LeaderEpochsAreRecordedOnceAndForgottenBehindTheLogEnd) {
  TestLog log(Os());
  const std::string checkpoint = "leader-epoch-checkpoint";
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(2));
  EXPECT_OK(log.Close());
  log.options.leader_epoch = 7;
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(2));
  const int64_t start = BatchHeader(log.expected.rbegin()->second.data()).last_offset() + 1 -
                        RecordsOf(NumberedBatch(2)) - RecordsOf(NumberedBatch(3));
  EXPECT_EQ(ReadText(log.directory.File(checkpoint)),
            "0\n2\n0 0\n7 " + std::to_string(start) + "\n");
  EXPECT_READS(log);
  EXPECT_OK(log.Close());
  // As after a power cut that took the records and left the checkpoint.
  WriteText(log.directory.File(checkpoint), "0\n3\n0 0\n7 3\n9 1000\n");
  ASSERT_OK(log.Open());
  EXPECT_EQ(ReadText(log.directory.File(checkpoint)), "0\n2\n0 0\n7 3\n");
}

TEST(ClosedLogRefusesEverything) {
  TestLog log(Os());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(2));
  EXPECT_OK(log->Close());
  EXPECT_OK(log->Close());
  ReadResult result;
  EXPECT_CODE(log->Read(0, 1, UpTo::kLogEnd, &result), Code::kClosed);
  EXPECT_CODE(log->FindTimestamp(0, &result), Code::kClosed);
  EXPECT_CODE(log.Append(NumberedBatch(9)), Code::kClosed);
  EXPECT_CODE(log->Flush(), Code::kClosed);
  EXPECT_CODE(log->TruncateTo(0), Code::kClosed);
  EXPECT_CODE(log->DeleteBefore(0), Code::kClosed);
}

TEST(ReadsBesideAnIncompleteBatchSeeOnlyWhatWasPublished) {
  TestLog log(OptionsWith(FlushPolicy::kSync));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(1));
  EXPECT_OK(log->Flush());
  const LogState before = log->State();
  EXPECT_EQ(before.high_watermark, before.log_end_offset);
  EXPECT_OK(log.AppendSeries(1));
  // Whatever the flusher has done by now, nobody sees more than what is durable.
  Batches found;
  EXPECT_OK(ReadOn(log.get(), 0, UpTo::kHighWatermark, 1 << 20, &found));
  EXPECT_TRUE(found.size() <= 2 && !found.empty());
  EXPECT_TRUE(Eventually([&] { return log->State().high_watermark == log.end(); }));
}

}  // namespace
}  // namespace duramen::test
