// What a log takes from idempotent producers, and what it refuses.
#include <limits>

#include "producer_batches.h"

namespace duramen::test {
namespace {

LogOptions Options(FlushPolicy flush = FlushPolicy::kOs) {
  LogOptions options = OptionsWith(flush);
  options.producer_id_expiration_ms = int64_t{1} << 60;
  return options;
}

Status Send(TestLog* log, const Sent& sent, AppendResult* result) {
  const Bytes batch = SentBatch(sent);
  return AppendReady(log->get(), batch.data(), batch.size(), Offsets::kAssign, -1, result);
}

Code CodeOf(TestLog* log, const Sent& sent) {
  AppendResult result;
  return Send(log, sent, &result).code();
}

// Six batches of three records.
void SendSix(TestLog* log) {
  for (int32_t i = 0; i < 6; ++i) {
    EXPECT_OK(log->Append(SentBatch({.sequence = 3 * i, .records = 3})));
  }
}

TEST(BatchThatIsSentAgainIsAnsweredWithItsOffsetsAndStoredOnce) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  SendSix(&log);
  for (int32_t i = 1; i < 6; ++i) {
    AppendResult result;
    EXPECT_OK(Send(&log, {.sequence = 3 * i, .records = 3}, &result));
    EXPECT_TRUE(result.duplicate);
    EXPECT_EQ(result.base_offset, 3 * i);
    EXPECT_EQ(result.last_offset, 3 * i + 2);
  }
  EXPECT_EQ(log.end(), 18);
  // The sixth last is not known any more, and half a batch never was one.
  EXPECT_EQ(CodeOf(&log, {.sequence = 0, .records = 3}), Code::kOutOfOrderSequence);
  EXPECT_EQ(CodeOf(&log, {.sequence = 15, .records = 2}), Code::kOutOfOrderSequence);
  AppendResult next;
  EXPECT_OK(Send(&log, {.sequence = 18}, &next));
  EXPECT_FALSE(next.duplicate);
  EXPECT_EQ(next.base_offset, 18);
}

TEST(SequenceGapIsRefusedAndLeavesNoGapInTheLog) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  SendSix(&log);
  EXPECT_EQ(CodeOf(&log, {.sequence = 19}), Code::kOutOfOrderSequence);
  EXPECT_EQ(CodeOf(&log, {.sequence = 17}), Code::kOutOfOrderSequence);
  EXPECT_OK(log.Append(SentBatch({.sequence = 18})));
  EXPECT_READS(log);
}

TEST(OlderEpochIsRefusedAndANewerOneBeginsWithSequenceZero) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(SentBatch({.epoch = 3, .sequence = 0})));
  EXPECT_EQ(CodeOf(&log, {.epoch = 2, .sequence = 1}), Code::kInvalidProducerEpoch);
  EXPECT_EQ(CodeOf(&log, {.epoch = 4, .sequence = 1}), Code::kOutOfOrderSequence);
  EXPECT_OK(log.Append(SentBatch({.epoch = 4, .sequence = 0})));
  EXPECT_EQ(CodeOf(&log, {.epoch = 3, .sequence = 0}), Code::kInvalidProducerEpoch);
  EXPECT_OK(log.Append(SentBatch({.epoch = 4, .sequence = 1})));
  EXPECT_READS(log);
}

TEST(SequencesGoOnWithZeroBehindTheLargest) {
  constexpr int32_t kLargest = std::numeric_limits<int32_t>::max();
  TestLog log(Options());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(SentBatch({.sequence = kLargest - 1, .records = 3})));
  AppendResult again;
  EXPECT_OK(Send(&log, {.sequence = kLargest - 1, .records = 3}, &again));
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(CodeOf(&log, {.sequence = 0}), Code::kOutOfOrderSequence);
  EXPECT_OK(log.Append(SentBatch({.sequence = 1})));
  EXPECT_OK(log.Append(SentBatch({.producer_id = 8, .sequence = kLargest})));
  EXPECT_OK(log.Append(SentBatch({.producer_id = 8, .sequence = 0})));
  EXPECT_READS(log);
}

TEST(UnknownProducerMayBeginAnywhereButNotWithoutASequence) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(SentBatch({.producer_id = 1, .epoch = 5, .sequence = 77})));
  EXPECT_EQ(CodeOf(&log, {.producer_id = 2, .sequence = -1}), Code::kInvalidBatch);
  EXPECT_EQ(CodeOf(&log, {.producer_id = 2, .epoch = -1}), Code::kInvalidBatch);
  EXPECT_EQ(log.end(), 1);
}

TEST(ExpiredProducerMayBeginAnywhereUnlessATransactionIsOpen) {
  constexpr int64_t kHour = 3'600'000;
  FaultEnv env;
  env.SetClock(kStartTime + kHour);
  TestLog log(Options(), &env);
  log.options.producer_id_expiration_ms = 2 * kHour;
  log.options.segment_bytes = 1024;
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(SentBatch({.producer_id = 1})));
  EXPECT_OK(log.Append(SentBatch({.producer_id = 2, .is_transactional = true})));
  EXPECT_OK(log.AppendSeries(40));  // rolls, at which there is a look
  EXPECT_EQ(CodeOf(&log, {.producer_id = 1, .sequence = 40}), Code::kOutOfOrderSequence);
  env.SetClock(kStartTime + 2 * kHour);
  EXPECT_OK(log.AppendSeries(40));
  ASSERT_EQ(log->producers().List().size(), 1u);
  EXPECT_EQ(log->producers().List()[0].id, 2);
  EXPECT_OK(log.Append(SentBatch({.producer_id = 1, .sequence = 40})));
  EXPECT_EQ(CodeOf(&log, {.producer_id = 2, .sequence = 40, .is_transactional = true}),
            Code::kOutOfOrderSequence);
  EXPECT_OK(log.Reopen());
  EXPECT_EQ(log->producers().List().size(), 1u);
}

TEST(BatchesWithTheirOwnOffsetsAreNotedAndNotChecked) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendKept(SentBatch({.sequence = 5}), 0));
  EXPECT_OK(log.AppendKept(SentBatch({.sequence = 9}), 3));
  EXPECT_OK(log.AppendKept(SentBatch({.sequence = 9}), 4));
  EXPECT_EQ(CodeOf(&log, {.sequence = 6}), Code::kOutOfOrderSequence);
  EXPECT_OK(log.Append(SentBatch({.sequence = 10})));
  EXPECT_READS(log);
}

TEST(RefusedMarkersAndBatchesOutsideTheTransactionChangeNothing) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(SentBatch({.epoch = 1, .is_transactional = true})));
  EXPECT_EQ(CodeOf(&log, {.epoch = 1, .sequence = 1}), Code::kInvalidTransactionState);
  EXPECT_CODE(log.Append(MarkerOf(true, 7, 0)), Code::kInvalidProducerEpoch);
  EXPECT_OK(log.Append(MarkerOf(true, 7, 1, 4)));
  EXPECT_CODE(log.Append(MarkerOf(false, 7, 1, 3)), Code::kTransactionCoordinatorFenced);
  EXPECT_OK(log.Append(SentBatch({.epoch = 1, .sequence = 1})));
  EXPECT_EQ(log->State().last_stable_offset, 3);
  EXPECT_READS(log);
}

TEST(LastStableOffsetIsWhereTheFirstOpenTransactionBegins) {
  TestLog log(Options());
  ASSERT_OK(log.Open());
  const auto stable = [&log] { return log->State().last_stable_offset; };
  EXPECT_OK(log.AppendSeries(1));
  const int64_t start = log.end();
  EXPECT_EQ(stable(), start);
  EXPECT_OK(log.Append(SentBatch({.producer_id = 1, .is_transactional = true})));
  EXPECT_OK(log.Append(SentBatch({.producer_id = 2, .is_transactional = true})));
  EXPECT_OK(log.AppendSeries(1));
  EXPECT_EQ(stable(), start);
  EXPECT_OK(log.Append(MarkerOf(true, 1)));
  EXPECT_EQ(stable(), start + 1);
  Batches committed;
  EXPECT_OK(ReadOn(log.get(), 0, UpTo::kLastStable, 1 << 20, &committed));
  EXPECT_EQ(std::prev(committed.end())->first, start);
  EXPECT_OK(log.Append(MarkerOf(false, 2)));
  EXPECT_EQ(stable(), log.end());
  const auto aborted = AbortedIn(log->segments(), 0, log.end());
  ASSERT_EQ(aborted.size(), 1u);
  EXPECT_TRUE((aborted[0] == AbortedTransaction{2, start + 1, log.end() - 1, log.end()}));
  EXPECT_TRUE(AbortedIn(log->segments(), 0, start + 1).empty());
}

TEST(TransactionStaysUnstableUntilItsMarkerIsDurable) {
  TestLog log(Options(FlushPolicy::kSync));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(SentBatch({.is_transactional = true})));
  EXPECT_OK(log->Flush());
  WhileFlusherWaits([&log] {
    EXPECT_OK(log.Append(MarkerOf(true)));
    EXPECT_EQ(log->State().high_watermark, 1);
    EXPECT_EQ(log->State().last_stable_offset, 0);
  });
  EXPECT_OK(log->Flush());
  EXPECT_EQ(log->State().last_stable_offset, 2);
}

}  // namespace
}  // namespace duramen::test
