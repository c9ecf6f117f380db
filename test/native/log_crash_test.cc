// The process dies, or the power goes, before every call of every operation. What was acknowledged
// is there when the log is opened again, nothing is there that was never appended, and nobody is
// told of corruption.
#include <algorithm>

#include "crash_env.h"
#include "log_operations.h"

namespace duramen::test {
namespace {

struct Crash {
  FlushPolicy flush;
  bool power_cut;
};

class Trial {
 public:
  Trial(const Crash& crash, const Operation& operation)
      : crash_(crash),
        operation_(operation),
        log_(OptionsWith(crash.flush, kOperationSegmentBytes), &env_,
             TempDirectory::Where::kMemory) {
    if (crash.flush == FlushPolicy::kInterval) log_.options.flush_bytes = 500;
    env_.Watch(log_.path());
    EXPECT_OK(log_.Open());
    EXPECT_OK(log_.AppendSeries(20));
    EXPECT_OK(log_->Flush());
    EXPECT_OK(log_.AppendSeries(4));
    before_ = log_.expected;
    state_ = log_->State();
    if (operation.opens) log_.Abandon();
  }

  // False when the operation is over before that call.
  bool Reaches(int64_t nth, uint64_t seed) {
    Random random(seed);
    bool reached = false;
    // The call may be a background thread's, while this one changes `log_`.
    std::shared_ptr<PartitionLog> kept;  // not to be let go of while the environment is held up
    env_.Before(nth, [&, weak = std::weak_ptr(log_.log)] {
      reached = true;
      kept = weak.lock();
      if (kept) state_ = kept->State();
      image_ = crash_.power_cut ? env_.AfterPowerCut(&random) : env_.Now();
    });
    EXPECT_OK(operation_.run(&log_));
    log_.log.reset();
    DrainBackground();
    kept.reset();
    log_.Abandon();
    return reached;
  }

  bool Recovers() {
    if (crash_.power_cut) env_.ChangeBoot();
    env_.Restore(image_);
    if (!EXPECT_OK(log_.Open())) return false;
    for (const RecoveryFinding& finding : log_->recovery().findings) {
      if (!EXPECT_TRUE(finding.kind != RecoveryFinding::Kind::kCorruption)) return false;
    }
    // What an append returned is kept by a dying process, what was durable also by a power cut.
    int64_t promised = crash_.power_cut ? state_.durable_offset : state_.log_end_offset;
    promised = std::min(promised, operation_.keeps_below);
    Batches found, all = before_;
    all.insert(log_.expected.begin(), log_.expected.end());
    if (!ReadAll(&found)) return false;
    if (!EXPECT_TRUE(IsBetween(found, all, operation_.keeps_from, promised, {}))) return false;
    // And the log goes on.
    log_.expected = found;
    log_.next_index = 1000;
    if (!EXPECT_OK(log_.AppendSeries(4)) || !EXPECT_OK(log_->Flush())) return false;
    if (!EXPECT_OK(log_->Close()) || !EXPECT_OK(log_.Open())) return false;
    Batches again;
    return EXPECT_TRUE(log_->recovery().clean) && ReadAll(&again) &&
           SameBatches(again, log_.expected, __FILE__, __LINE__);
  }

 private:
  bool ReadAll(Batches* found) {
    return EXPECT_OK(ReadOn(log_.get(), log_->State().log_start_offset, UpTo::kLogEnd, 1, found));
  }

  const Crash crash_;
  const Operation& operation_;
  CrashEnv env_;
  TestLog log_;
  Batches before_;
  Image image_;
  LogState state_;
};

void CrashBeforeEveryCall(const Crash& crash) {
  const int64_t mixtures = crash.power_cut ? Parameter("mixtures", 1) : 1;
  const int64_t first = Parameter("seed", 1);
  int64_t trials = 0;
  for (const Operation& operation : Operations()) {
    bool reached = true;
    for (int64_t nth = 1; reached; ++nth) {
      for (int64_t i = 0; i < mixtures && reached; ++i) {
        const auto seed = static_cast<uint64_t>(nth * 1000 + first + i);
        Trial trial(crash, operation);
        reached = trial.Reaches(nth, seed);
        trials += reached ? 1 : 0;
        if (!reached || trial.Recovers()) continue;
        Fail(__FILE__, __LINE__,
             std::string(operation.name) + ", before call " + std::to_string(nth) + ", seed " +
                 std::to_string(seed));
        return;
      }
    }
  }
  Report(std::to_string(trials) + " crashes before a call, seed " + std::to_string(first));
}

TEST(ProcessDeathBeforeEveryCallLosesNothingAppended) {
  CrashBeforeEveryCall({FlushPolicy::kOs, false});
  CrashBeforeEveryCall({FlushPolicy::kSync, false});
}

TEST(PowerCutBeforeEveryCallLosesNothingDurableUnderOs) {
  CrashBeforeEveryCall({FlushPolicy::kOs, true});
}

TEST(PowerCutBeforeEveryCallLosesNothingDurableUnderSync) {
  CrashBeforeEveryCall({FlushPolicy::kSync, true});
}

TEST(PowerCutBeforeEveryCallLosesNothingDurableInAFlushWindow) {
  CrashBeforeEveryCall({FlushPolicy::kInterval, true});
}

// In a data directory nothing else would sync it away.
TEST(MarkerOfACleanCloseDoesNotComeBackOnceTheLogIsOpen) {
  CrashEnv env;
  TestLog log(OptionsWith(FlushPolicy::kSync), &env, TempDirectory::Where::kMemory);
  env.Watch(log.directory.path());
  log.MoveIntoDataDirectory();
  env.Watch(log.path());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.Reopen());
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    const Image left = env.AfterPowerCut(&random);
    EXPECT_FALSE(left.files.contains(log.directory.File(".kafka_cleanshutdown")));
  }
}

// Were the mark without it not durable, recovery would trust nothing above the old one.
TEST(FenceThatWasLiftedDoesNotComeBackWithAPowerCut) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CrashEnv env(seed);
    TestLog log(OptionsWith(FlushPolicy::kSync, kOperationSegmentBytes), &env,
                TempDirectory::Where::kMemory);
    env.Watch(log.path());
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(3));
    EXPECT_OK(log->Flush());
    const Batches durable = log.expected;
    env.LoseNextWriteBack(log.path());
    (void)log.AppendSeries(8);  // rolls: so opening keeps the file that the fence's mark names
    EXPECT_CODE(log->Flush(), Code::kFenced);
    log.Abandon();
    ASSERT_OK(log.Open());
    log.expected = durable;
    EXPECT_READS(log);
    EXPECT_OK(log.AppendSeries(3));
    EXPECT_OK(log->Flush());
    Random random(seed);
    const Image left = env.AfterPowerCut(&random);
    log.Abandon();
    env.ChangeBoot();
    env.Restore(left);
    ASSERT_OK(log.Open());
    EXPECT_READS(log);
  }
}

// As a power cut leaves it between the two; a cut that is interrupted next takes the watermark's
// word away.
TEST(LogStartThatOnlyTheWatermarkHasIsInTheCheckpointAfterOpening) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs, kOperationSegmentBytes), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(24));
  EXPECT_OK(log->DeleteBefore(30));
  const int64_t start = log->State().log_start_offset;
  log.Abandon();
  const std::string path = log.directory.File(kLogStartCheckpoint);
  EXPECT_OK(env.Unlink(path));
  ASSERT_OK(log.Open());
  OffsetCheckpoint starts;
  EXPECT_OK(ReadOffsetCheckpoint(&env, path, &starts));
  EXPECT_EQ(starts[TopicPartitionOfDirectory(log.path())], start);
}

// A fenced log whose records were deleted before they were durable; the power went while recovery
// put an empty file in the segment's place.
TEST(LogThatEndsBelowItsStartOpensThoughItsMarkDoesNotHold) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  const int64_t end = log.end();
  EXPECT_OK(log->DeleteBefore(end));
  log.Abandon();
  EditSlots(log.path(), [](uint8_t* slot) { StoreBig64(slot + Slot::kInodeAt, 1); });
  WriteText(log.directory.File(LogName(0)), "");
  env.ChangeBoot();
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->State().log_start_offset, end);
  EXPECT_EQ(log.end(), end);
}

}  // namespace
}  // namespace duramen::test
