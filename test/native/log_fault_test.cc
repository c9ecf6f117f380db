// Each call to the operating system fails once, or from then on (as a crash does), at every point
// of every operation: a typed error, nothing promised lost, and a log that goes on or opens again.
#include <algorithm>
#include <functional>

#include "log_support.h"

namespace duramen::test {
namespace {

struct Operation {
  const char* name;
  std::function<Status(TestLog* log)> run;
  int64_t keeps_below = kOffsetLimit;  // whatever comes of it, batches below this offset stay,
  int64_t keeps_from = 0;              // and from this one on
};

struct Fault {
  uint32_t calls = 0;
  int error = 0;
};

struct Setting {
  FlushPolicy flush;
  bool mapped;
};

constexpr int64_t kBatches = 24;

// One log, one operation in which one call fails.
class Trial {
 public:
  Trial(const Setting& setting, const Operation& operation, const Fault& fault)
      : fault_(fault), operation_(operation), log_(OptionsWith(setting.flush, 1024), &env_) {
    if (!setting.mapped) env_.AppendByWriting();
    EXPECT_OK(log_.Open());
    EXPECT_OK(log_.AppendSeries(kBatches));
    EXPECT_OK(log_->Flush());
    EXPECT_OK(log_.AppendSeries(2));
    // So that what the background does now is not part of the count.
    log_.Abandon();
  }

  // How many calls the operation makes when none fails.
  int64_t CountCalls() {
    env_.FailAt(0, fault_.calls);
    if (!opens()) EXPECT_OK(log_.Open());
    EXPECT_OK(operation_.run(&log_));
    log_.Abandon();
    return env_.calls();
  }

  bool Run(int64_t nth) {
    if (!opens() && !EXPECT_OK(log_.Open())) return false;
    before_ = log_.expected;
    env_.FailAt(nth, fault_.calls, fault_.error);
    Status status = operation_.run(&log_);
    // What goes on in the background meets the fault, too, before it is mended.
    if (log_.log) (void)log_->Flush();
    DrainBackground();
    env_.Heal();
    const bool good = log_.log ? CheckOpen(status) : CheckReopened(kOffsetLimit);
    if (!good) {
      Fail(__FILE__, __LINE__,
           std::string(operation_.name) + ", call " + std::to_string(nth) +
               " fails: " + status.message());
    }
    return good;
  }

 private:
  bool opens() const { return std::string(operation_.name) == "open"; }

  bool CheckOpen(const Status& status) {
    const LogState state = log_->State();
    if (state.fenced) return CheckFenced() && CheckReopened(state.durable_offset);
    // Either it is over (closed, whatever came of that), or it can be tried again.
    const bool closed = log_->Flush().code() == Code::kClosed;
    if (!status.ok() && fault_.error == ENOSPC && !EXPECT_CODE(status, Code::kNoSpace))
      return false;
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

  // Opens it, goes on, and opens it again.
  bool CheckReopened(int64_t promised) {
    if (log_.log) (void)log_->Close();
    log_.Abandon();
    if (!EXPECT_OK(log_.Open()) || !CheckContent(promised)) return false;
    for (const RecoveryFinding& finding : log_->recovery().findings) {
      if (!EXPECT_TRUE(finding.kind != RecoveryFinding::Kind::kCorruption)) return false;
    }
    log_.expected = found_;
    log_.next_index = 1000;
    if (!EXPECT_OK(log_.AppendSeries(4)) || !EXPECT_OK(log_->Flush())) return false;
    if (!EXPECT_OK(log_.Reopen())) return false;
    return EXPECT_TRUE(log_->recovery().clean) && log_.CheckReads(__FILE__, __LINE__) &&
           log_.FilesAreSound(__FILE__, __LINE__);
  }

  // What was promised is there, and nothing but what was appended.
  bool CheckContent(int64_t promised) {
    found_.clear();
    const int64_t start = log_->State().log_start_offset;
    if (!EXPECT_OK(ReadOn(log_.get(), start, UpTo::kLogEnd, 1, &found_))) return false;
    const int64_t below = std::min(promised, operation_.keeps_below);
    return EXPECT_TRUE(IsBetween(found_, log_.expected, operation_.keeps_from, below, before_));
  }

  const Fault fault_;
  const Operation& operation_;
  FaultEnv env_;
  TestLog log_;
  Batches before_, found_;
};

constexpr int64_t kMiddle = 30;

std::vector<Operation> Operations() {
  return {
      {"append", [](TestLog* log) { return log->AppendSeries(20); }},
      {"append with a gap",
       [](TestLog* log) { return log->AppendKept(BatchAt(kStartTime), log->end() + 10); }},
      {"append and flush",
       [](TestLog* log) {
         DURAMEN_TRY(log->AppendSeries(12));
         return (*log)->Flush();
       }},
      {"truncate", [](TestLog* log) { return log->TruncateTo(kMiddle); }, kMiddle},
      {"delete", [](TestLog* log) { return (*log)->DeleteBefore(kMiddle); }, kOffsetLimit, kMiddle},
      {"close", [](TestLog* log) { return (*log)->Close(); }},
      {"open", [](TestLog* log) { return log->Open(); }},
  };
}

void FailEveryCall(const Setting& setting, const Fault& fault) {
  for (const Operation& operation : Operations()) {
    const int64_t calls = Trial(setting, operation, fault).CountCalls();
    for (int64_t nth = 1; nth <= calls + 1; ++nth) {
      if (!Trial(setting, operation, fault).Run(nth)) return;
    }
  }
}

constexpr Setting kSettings[] = {{FlushPolicy::kOs, true},
                                 {FlushPolicy::kOs, false},
                                 {FlushPolicy::kSync, true},
                                 {FlushPolicy::kSync, false}};

TEST(FullDiskAtEveryCallIsATypedErrorAndTheLogGoesOn) {
  for (const Setting& setting : kSettings) {
    FailEveryCall(setting, {kWriteCall | kAllocateCall | kOpenCall | kRenameCall, ENOSPC});
  }
}

TEST(FailedSyncAtEveryCallFencesAndLosesNothingPromised) {
  for (const Setting& setting : kSettings) {
    FailEveryCall(setting, {kSyncCall | kSyncDirectoryCall, EIO});
  }
}

}  // namespace
}  // namespace duramen::test
