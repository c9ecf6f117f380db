// The watermark trails behind the flushes by a few milliseconds, and never names what is gone.
#include <future>

#include "io/background.h"
#include "log_support.h"

namespace duramen::test {
namespace {

// Until the flusher has come to everything that was due by now, and for a while from now on.
void AwaitTimers() {
  std::promise<void> reached;
  BackgroundThread::Flusher()->PostAfter(50, [&] { reached.set_value(); });
  reached.get_future().wait();
}

TEST(WatermarkOfAnIdleLogReachesItsLastFlush) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kSync), &env);
  EXPECT_OK(log.Open());
  for (int i = 0; i < 3; ++i) {
    EXPECT_OK(log.AppendSeries(4));
    EXPECT_OK(log->Flush());
  }
  AwaitTimers();
  EXPECT_EQ(MarkIn(log.path()).durable_offset, log.end());
}

TEST(WatermarkNotYetStoredDoesNotOutliveACut) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  EXPECT_OK(log.Open());
  AwaitTimers();
  WhileFlusherWaits([&] {
    EXPECT_OK(log.AppendSeries(20));
    EXPECT_OK(log->Flush());
    EXPECT_OK(log.TruncateTo(5));
  });
  AwaitTimers();
  EXPECT_EQ(MarkIn(log.path()).durable_offset, log.end());
}

TEST(ClosedLogLeavesTheWatermarkToTheNextOwner) {
  for (const FlushPolicy flush : {FlushPolicy::kSync, FlushPolicy::kOs}) {
    FaultEnv env;
    TestLog log(OptionsWith(flush), &env);
    EXPECT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(20));
    EXPECT_OK(log->Flush());
    const std::shared_ptr<PartitionLog> closed = log.log;
    EXPECT_OK(log.Close());
    EXPECT_EQ(MarkIn(log.path()).durable_offset, 20 + (20 - 1));
    EXPECT_OK(log.Open());
    EXPECT_OK(log.TruncateTo(5));
    const uint64_t sequence = MarkIn(log.path()).sequence;
    AwaitTimers();
    EXPECT_EQ(MarkIn(log.path()).sequence, sequence);
  }
}

TEST(MarkOfImpossibleOffsetsDoesNotCount) {
  for (const size_t field : {Slot::kDurableAt, Slot::kBaseAt, Slot::kStartAt}) {
    for (const uint64_t number : {uint64_t{1} << 53, ~uint64_t{0} - 1}) {
      FaultEnv env;
      TestLog log(OptionsWith(FlushPolicy::kOs), &env);
      ASSERT_OK(log.Open());
      EXPECT_OK(log.AppendSeries(5));
      log.Abandon();
      EditSlots(log.path(), [&](uint8_t* slot) { StoreBig64(slot + field, number); });
      ASSERT_OK(log.Open());
      EXPECT_READS(log);
      EXPECT_OK(log.AppendSeries(1));
      EXPECT_OK(log.Reopen());
      EXPECT_READS(log);
    }
  }
}

}  // namespace
}  // namespace duramen::test
