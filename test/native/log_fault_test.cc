// Each call to the operating system fails once, or from then on, at every point of every operation:
// a typed error, nothing promised lost, whether the log is opened again after it or after a power
// cut, and a log that goes on or opens again.
#include <algorithm>

#include "crash_env.h"
#include "log_operations.h"

namespace duramen::test {
namespace {

struct Fault {
  const char* name;
  uint32_t calls;
  int error;
};

constexpr Fault kFaults[] = {
    {"open", kOpenCall, EMFILE},
    {"open", kOpenCall, ENOSPC},
    {"open", kOpenCall, EACCES},
    {"open for reading", kOpenReadCall, EMFILE},
    {"open for reading", kOpenReadCall, EACCES},
    {"read", kReadCall, EIO},
    {"write", kWriteCall, ENOSPC},
    {"write", kWriteCall, EDQUOT},
    {"write", kWriteCall, EIO},
    {"allocate", kAllocateCall, ENOSPC},
    {"allocate", kAllocateCall, EDQUOT},
    {"allocate", kAllocateCall, EIO},
    {"truncate", kTruncateCall, EIO},
    {"truncate", kTruncateCall, EACCES},
    {"sync", kSyncCall, EIO},
    {"sync", kSyncCall, ENOSPC},
    {"sync", kSyncCall, EDQUOT},
    {"map", kMapCall, ENOMEM},
    {"rename", kRenameCall, EACCES},
    {"rename", kRenameCall, ENOSPC},
    {"unlink", kUnlinkCall, EACCES},
    {"unlink", kUnlinkCall, EIO},
    {"sync of a directory", kSyncDirectoryCall, EIO},
    {"any call that takes room", kOpenCall | kWriteCall | kAllocateCall | kRenameCall, ENOSPC},
};

struct Setting {
  FlushPolicy flush;
  bool mapped;
};

constexpr Setting kSettings[] = {{FlushPolicy::kOs, true},
                                 {FlushPolicy::kOs, false},
                                 {FlushPolicy::kSync, true},
                                 {FlushPolicy::kSync, false}};

constexpr int64_t kBatches = 24;

bool IsFull(int error) { return error == ENOSPC || error == EDQUOT; }

// One log, one operation in which one call fails.
class Trial {
 public:
  Trial(const Setting& setting, const Operation& operation, const Fault& fault, bool from_then_on)
      : setting_(setting),
        operation_(operation),
        fault_(fault),
        from_then_on_(from_then_on),
        env_(&device_),
        log_(OptionsWith(setting.flush, kOperationSegmentBytes), &env_,
             TempDirectory::Where::kMemory) {
    device_.Watch(log_.path());
    if (!setting.mapped) env_.AppendByWriting();
    EXPECT_OK(log_.Open());
    EXPECT_OK(log_.AppendSeries(kBatches));
    EXPECT_OK(log_->Flush());
    EXPECT_OK(log_.AppendSeries(2));
    // So that what the background does now is not part of the count.
    DrainBackground();
    durable_ = log_->State().durable_offset;
    log_.Abandon();
  }

  // How many calls the operation makes when none fails.
  int64_t CountCalls() {
    if (!operation_.opens) EXPECT_OK(log_.Open());
    env_.FailAt(0, fault_.calls);
    EXPECT_OK(operation_.run(&log_));
    if (log_.log) (void)log_->Flush();
    log_.Abandon();
    return env_.calls();
  }

  bool Run(int64_t nth) {
    if (!operation_.opens && !EXPECT_OK(log_.Open())) return false;
    before_ = log_.expected;
    env_.FailAt(nth, fault_.calls, fault_.error, from_then_on_);
    Status status = operation_.run(&log_);
    // What goes on in the background meets the fault, too, before it is mended.
    if (log_.log) (void)log_->Flush();
    DrainBackground();
    env_.Heal();
    const int64_t durable = log_.log ? log_->State().durable_offset : durable_;
    Random random(static_cast<uint64_t>(nth));
    const Image left = device_.AfterPowerCut(&random);
    const Batches wanted = log_.expected;
    const bool good =
        IsTyped(status) &&
        (log_.log ? CheckOpen(status) : CheckReopened(operation_.opens ? kOffsetLimit : durable)) &&
        CheckPowerCut(left, wanted, durable);
    if (!good) {
      Fail(__FILE__, __LINE__,
           std::string(operation_.name) + ", " + fault_.name + " " + std::to_string(nth) +
               " fails with errno " + std::to_string(fault_.error) +
               (from_then_on_ ? " and so do all later ones" : "") +
               (setting_.flush == FlushPolicy::kSync ? ", sync" : ", os") +
               (setting_.mapped ? ": " : ", by writing: ") + status.message());
    }
    return good;
  }

 private:
  bool IsTyped(const Status& status) {
    if (status.ok() || status.code() == Code::kFenced) return true;
    const Code wanted =
        Status::FromErrno(fault_.error, fault_.calls == kMapCall ? "mmap" : "open", "").code();
    return EXPECT_CODE(status, wanted);
  }

  bool CheckOpen(const Status& status) {
    const LogState state = log_->State();
    // The append was refused; nothing that was promised is in doubt.
    const bool only_refused = fault_.calls == kAllocateCall && IsFull(fault_.error);
    if (!EXPECT_FALSE(state.fenced && only_refused)) return false;
    if (state.fenced) return CheckFenced() && CheckReopened(state.durable_offset);
    // Either it is over (closed, whatever came of that), or it can be tried again.
    const bool closed = log_->Flush().code() == Code::kClosed;
    if (!closed && !status.ok() && !EXPECT_OK(operation_.run(&log_))) return false;
    if (!closed && (!EXPECT_OK(log_.AppendSeries(2)) || !CheckContent(kOffsetLimit))) return false;
    return CheckReopened(kOffsetLimit);
  }

  bool CheckFenced() {
    const LogState state = log_->State();
    if (log_->Flush().code() == Code::kClosed) return true;
    Batches found;
    if (!EXPECT_OK(ReadOn(log_.get(), state.log_start_offset, UpTo::kHighWatermark, 1, &found))) {
      return false;
    }
    return EXPECT_CODE(log_.Append(NumberedBatch(1)), Code::kFenced);
  }

  // A checkpoint whose name could not be made durable may be the one that should not have come.
  bool MayReport(const RecoveryFinding& finding) const {
    return fault_.calls == kSyncDirectoryCall && finding.path.ends_with("-offset-checkpoint");
  }

  // Opens it, goes on, and opens it again.
  bool CheckReopened(int64_t promised) {
    if (log_.log) (void)log_->Close();
    log_.Abandon();
    if (!EXPECT_OK(log_.Open()) || !CheckContent(promised)) return false;
    for (const RecoveryFinding& finding : log_->recovery().findings) {
      if (finding.kind == RecoveryFinding::Kind::kCorruption && !MayReport(finding)) {
        Fail(__FILE__, __LINE__, "corruption in " + finding.path);
        return false;
      }
    }
    log_.expected = found_;
    log_.next_index = 1000;
    if (!EXPECT_OK(log_.AppendSeries(4)) || !EXPECT_OK(log_->Flush())) return false;
    if (!EXPECT_OK(log_.Reopen())) return false;
    std::vector<int64_t> timestamps;
    for (const auto& [offset, batch] : log_.expected) {
      timestamps.push_back(BatchHeader(batch.data()).max_timestamp());
    }
    return EXPECT_TRUE(log_->recovery().clean) && log_.CheckReads(__FILE__, __LINE__) &&
           log_.FindsTimestamps(timestamps) && log_.FilesAreSound(__FILE__, __LINE__);
  }

  // The same, had the power gone right after the fault.
  bool CheckPowerCut(const Image& left, const Batches& wanted, int64_t durable) {
    log_.Abandon();
    device_.ChangeBoot();
    device_.Restore(left);
    log_.expected = wanted;
    if (CheckReopened(durable)) return true;
    Fail(__FILE__, __LINE__, "after a power cut, durable below " + std::to_string(durable));
    return false;
  }

  // What was promised is there, and nothing but what was appended.
  bool CheckContent(int64_t promised) {
    found_.clear();
    const int64_t start = log_->State().log_start_offset;
    if (!EXPECT_OK(ReadOn(log_.get(), start, UpTo::kLogEnd, 1, &found_))) return false;
    const int64_t below = std::min(promised, operation_.keeps_below);
    return EXPECT_TRUE(IsBetween(found_, log_.expected, operation_.keeps_from, below, before_));
  }

  const Setting setting_;
  const Operation& operation_;
  const Fault fault_;
  const bool from_then_on_;
  CrashEnv device_;
  FaultEnv env_;
  TestLog log_;
  Batches before_, found_;
  int64_t durable_ = 0;  // as the operation began
};

// `--every 1` for all of them: by default one in so many, spread over all kinds.
void FailEveryCall(bool from_then_on) {
  const int64_t step = std::max<int64_t>(Parameter("every", 31), 1);
  int64_t number = 0, trials = 0;
  for (const Setting& setting : kSettings) {
    for (const Operation& operation : Operations()) {
      std::map<uint32_t, int64_t> counted;  // calls that the operation makes, by kind
      for (const Fault& fault : kFaults) {
        int64_t& calls = counted[fault.calls];
        if (calls == 0) calls = Trial(setting, operation, fault, from_then_on).CountCalls();
        for (int64_t nth = 1; nth <= calls; ++nth) {
          if (number++ % step != 0) continue;
          ++trials;
          if (!Trial(setting, operation, fault, from_then_on).Run(nth)) return;
        }
      }
    }
  }
  Report(std::to_string(trials) + " of " + std::to_string(number) +
         " failing calls: 0 false acknowledgements");
}

TEST(EveryCallFailingOnceIsATypedErrorAndLosesNothingPromised) { FailEveryCall(false); }

TEST(EveryCallFailingFromThenOnIsATypedErrorAndLosesNothingPromised) { FailEveryCall(true); }

// The rename had happened, and only the directory's sync failed.
TEST(DeletionThatFailedLeavesTheCheckpointAsItWas) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs, kOperationSegmentBytes), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(kBatches));
  DrainBackground();
  env.FailAt(1, kSyncDirectoryCall, EIO);
  EXPECT_CODE(log->DeleteBefore(30), Code::kIo);
  env.Heal();
  EXPECT_EQ(log->State().log_start_offset, 0);
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  EXPECT_READS(log);
}

}  // namespace
}  // namespace duramen::test
