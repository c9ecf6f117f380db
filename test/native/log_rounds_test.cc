// Logs that wait for the device together, and logs that flush after a while.
#include "log_support.h"

namespace duramen::test {
namespace {

// Logs whose blocks are initialised, so that a flush needs nothing but a barrier.
class Together {
 public:
  explicit Together(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      envs_.push_back(std::make_unique<FaultEnv>());
      envs_[i]->ShareBarriers();
      logs_.push_back(std::make_unique<TestLog>(OptionsWith(FlushPolicy::kSync), envs_[i].get()));
      EXPECT_OK(logs_[i]->Open());
      // The first goes beyond the window, which is then made.
      for (int round = 0; round < 2; ++round) {
        EXPECT_OK(logs_[i]->AppendSeries(1));
        EXPECT_OK((*logs_[i])->Flush());
        DrainBackground();
      }
    }
  }

  // Appends to each while the flusher is held up, so that one round covers them all.
  void AppendToAll() {
    WhileFlusherWaits([&] {
      for (auto& log : logs_) EXPECT_OK(log->AppendSeries(1));
    });
  }

  FaultEnv& env(size_t i) { return *envs_[i]; }
  TestLog& log(size_t i) { return *logs_[i]; }
  LogState state(size_t i) { return log(i)->State(); }

 private:
  std::vector<std::unique_ptr<FaultEnv>> envs_;
  std::vector<std::unique_ptr<TestLog>> logs_;
};

constexpr size_t kLogs = 4;

bool IsDurable(const LogState& state) {
  return !state.fenced && state.durable_offset == state.log_end_offset;
}

TEST(LogsThatWaitTogetherShareOneBarrier) {
  Together logs(kLogs);
  for (size_t i = 0; i < kLogs; ++i) logs.env(i).FailAt(0, kSyncCall);
  logs.AppendToAll();
  // Each is written back, and the last one's file is synced.
  for (size_t i = 0; i < kLogs; ++i) {
    EXPECT_EQ(logs.env(i).calls(), i + 1 < kLogs ? 1 : 2);
    EXPECT_TRUE(IsDurable(logs.state(i)));
  }
}

TEST(LogWhoseFileHasGrownIsSyncedByItself) {
  Together logs(kLogs);
  const size_t grown = kLogs - 1;
  for (size_t i = 0; i < kLogs; ++i) logs.env(i).FailAt(0, kSyncCall);
  WhileFlusherWaits([&] {
    for (size_t i = 0; i < grown; ++i) EXPECT_OK(logs.log(i).AppendSeries(1));
    // Beyond the window.
    EXPECT_OK(logs.log(grown).Append(BatchAt(kStartTime, 200'000)));
  });
  // The others share a barrier, and the last of them has it.
  for (size_t i = 0; i < grown; ++i) EXPECT_EQ(logs.env(i).calls(), i + 1 < grown ? 1 : 2);
  for (size_t i = 0; i < kLogs; ++i) EXPECT_TRUE(IsDurable(logs.state(i)));
}

TEST(LargeBatchesWithinTheWindowShareOneBarrier) {
  Together logs(kLogs);
  for (size_t i = 0; i < kLogs; ++i) logs.env(i).FailAt(0, kSyncCall);
  WhileFlusherWaits([&] {
    for (size_t i = 0; i < kLogs; ++i) EXPECT_OK(logs.log(i).Append(BatchAt(kStartTime, 20'000)));
  });
  for (size_t i = 0; i < kLogs; ++i) {
    EXPECT_EQ(logs.env(i).calls(), i + 1 < kLogs ? 1 : 2);
    EXPECT_TRUE(IsDurable(logs.state(i)));
    EXPECT_READS(logs.log(i));
  }
}

TEST(LargeBatchThatCannotBeWrittenWithinTheWindowLeavesNothingBehind) {
  // Before its magic byte stands there, and when that is written.
  for (const int64_t nth : {1, 2}) {
    Together logs(1);
    logs.env(0).FailAt(nth, kWriteCall, EIO);
    EXPECT_TRUE(!logs.log(0).Append(BatchAt(kStartTime, 20'000)).ok());
    logs.env(0).Heal();
    EXPECT_OK(logs.log(0).AppendSeries(3));
    EXPECT_READS(logs.log(0));
    logs.log(0).Abandon();
    EXPECT_OK(logs.log(0).Open());
    EXPECT_EQ(logs.log(0)->recovery().findings.size(), size_t{0});
    EXPECT_READS(logs.log(0));
  }
}

TEST(LogThatJoinsTwiceIsFlushed) {
  Together logs(1);
  WhileFlusherWaits([&] {
    EXPECT_OK(logs.log(0).AppendSeries(1));
    EXPECT_OK(logs.log(0)->Flush());
    EXPECT_OK(logs.log(0).AppendSeries(1));
  });
  EXPECT_TRUE(IsDurable(logs.state(0)));
}

TEST(FencedLogThatJoinsTwiceHoldsNobodyUp) {
  Together logs(1);
  WhileFlusherWaits([&] {
    EXPECT_OK(logs.log(0).AppendSeries(1));
    EXPECT_OK(logs.log(0)->Flush());
    EXPECT_OK(logs.log(0).AppendSeries(1));
    logs.env(0).FailAt(1, kSyncCall, EIO);
    EXPECT_CODE(logs.log(0)->Flush(), Code::kFenced);
  });
  EXPECT_TRUE(logs.state(0).fenced);
}

TEST(FailedWriteBackFencesItsLogAlone) {
  Together logs(kLogs);
  const size_t failing = 1;
  logs.env(failing).FailAt(1, kSyncCall, EIO);
  logs.AppendToAll();
  for (size_t i = 0; i < kLogs; ++i) {
    EXPECT_EQ(logs.state(i).fenced, i == failing);
    EXPECT_EQ(IsDurable(logs.state(i)), i != failing);
  }
}

TEST(FailedBarrierFencesEveryLogThatReliedOnIt) {
  Together logs(kLogs);
  std::vector<int64_t> before;
  for (size_t i = 0; i < kLogs; ++i) before.push_back(logs.state(i).durable_offset);
  logs.env(kLogs - 1).FailAt(2, kSyncCall, EIO);
  logs.AppendToAll();
  for (size_t i = 0; i < kLogs; ++i) {
    EXPECT_TRUE(logs.state(i).fenced);
    EXPECT_EQ(logs.state(i).durable_offset, before[i]);
  }
}

// Its sync may have heard nothing of what another thread was told.
TEST(RoundInWhichTheLogIsFencedAcknowledgesNothing) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  FlushRound round;
  ASSERT_TRUE(log->BeginRound(&round));
  EXPECT_OK(log->SyncRound(round));
  env.FailAt(1, kSyncCall, EIO);
  EXPECT_CODE(log->Flush(), Code::kFenced);
  env.Heal();
  EXPECT_CODE(log->EndRound(&round, Status()), Code::kFenced);
  EXPECT_EQ(log->State().durable_offset, 0);
}

LogOptions WindowOf(int64_t milliseconds, int64_t bytes) {
  LogOptions options = OptionsWith(FlushPolicy::kInterval);
  options.flush_interval_ms = milliseconds;
  options.flush_bytes = bytes;
  return options;
}

TEST(FlushFollowsWhenItsBytesAreReached) {
  TestLog log(WindowOf(0, 1000));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(BatchAt(kStartTime, 100)));
  DrainBackground();
  EXPECT_EQ(log->State().durable_offset, 0);
  EXPECT_EQ(log->State().high_watermark, 1);
  EXPECT_OK(log.Append(BatchAt(kStartTime, 1000)));
  DrainBackground();
  EXPECT_EQ(log->State().durable_offset, 2);
  EXPECT_OK(log.Append(BatchAt(kStartTime, 100)));
  DrainBackground();
  EXPECT_EQ(log->State().durable_offset, 2);
}

TEST(FlushFollowsWhenItsTimeIsUp) {
  TestLog log(WindowOf(1, 0));
  ASSERT_OK(log.Open());
  for (int64_t i = 1; i <= 3; ++i) {
    EXPECT_OK(log.Append(BatchAt(kStartTime, 100)));
    EXPECT_TRUE(Eventually([&] { return log->State().durable_offset == i; }));
  }
}

TEST(LogWithAFlushWindowClosesDurably) {
  TestLog log(WindowOf(24 * 3600 * 1000, 0));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log->recovery().clean);
  EXPECT_READS(log);
}

}  // namespace
}  // namespace duramen::test
