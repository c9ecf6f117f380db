// The process dies, or the power goes, before every call of every operation. What was acknowledged
// is there when the log is opened again, nothing is there that was never appended, and nobody is
// told of corruption.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <mutex>

#include "crash_env.h"
#include "log_support.h"

namespace duramen::test {
namespace {

constexpr int64_t kMiddle = 30;
constexpr int64_t kSegmentBytes = 1024;

// A log over a CrashEnv.
struct World {
  explicit World(FlushPolicy flush) : env(path()), options(OptionsWith(flush, kSegmentBytes)) {}
  ~World() { Abandon(); }

  const std::string& path() const { return directory.path(); }
  Status Open() { return PartitionLog::Open(&env, path(), options, &log); }
  void Abandon() {
    log.reset();
    AwaitRelease(path());
  }
  Status Append(const Bytes& batch, int64_t kept_offset = -1) {
    AppendResult result;
    const Bytes placed = kept_offset < 0 ? batch : Stored(batch, kept_offset);
    DURAMEN_TRY(AppendReady(log.get(), placed.data(), placed.size(),
                            kept_offset < 0 ? Offsets::kAssign : Offsets::kKeep, -1, &result));
    std::lock_guard lock(mutex);
    appended[result.base_offset] = Stored(batch, result.base_offset);
    return Status();
  }
  Status AppendSeries(int64_t count) {
    for (; count > 0; --count) DURAMEN_TRY(Append(NumberedBatch(next_index++)));
    return Status();
  }

  TempDirectory directory{TempDirectory::Where::kMemory};
  CrashEnv env;
  LogOptions options;
  std::shared_ptr<PartitionLog> log;
  std::mutex mutex;
  Batches appended;  // whatever happened to them later
  int64_t next_index = 0;
};

struct Operation {
  const char* name;
  std::function<Status(World*)> run;
  int64_t keeps_below = kOffsetLimit;
  int64_t keeps_from = 0;
};

std::vector<Operation> Operations() {
  return {
      {"append",
       [](World* world) {
         DURAMEN_TRY(world->AppendSeries(10));
         DURAMEN_TRY(world->log->Flush());
         return world->AppendSeries(10);
       }},
      {"append with a gap",
       [](World* world) {
         DURAMEN_TRY(world->Append(BatchAt(kStartTime), 70));
         return world->log->Flush();
       }},
      {"truncate", [](World* world) { return world->log->TruncateTo(kMiddle); }, kMiddle},
      {"truncate to the start", [](World* world) { return world->log->TruncateTo(0); }, 0},
      {"delete", [](World* world) { return world->log->DeleteBefore(kMiddle); }, kOffsetLimit,
       kMiddle},
      {"close", [](World* world) { return world->log->Close(); }},
      {"open", [](World* world) { return world->Open(); }},
  };
}

struct Crash {
  FlushPolicy flush;
  bool power_cut;
};

class Trial {
 public:
  Trial(const Crash& crash, const Operation& operation)
      : crash_(crash), operation_(operation), world_(crash.flush) {
    EXPECT_OK(world_.Open());
    EXPECT_OK(world_.AppendSeries(20));
    EXPECT_OK(world_.log->Flush());
    EXPECT_OK(world_.AppendSeries(4));
    if (std::string(operation.name) == "open") {
      state_ = world_.log->State();
      world_.Abandon();
    }
  }

  // False when the operation is over before that call.
  bool Reaches(int64_t nth, uint64_t seed) {
    Random random(seed);
    bool reached = false;
    // The call may be a background thread's, while this one changes `world_.log`.
    world_.env.Before(nth, [&, weak = std::weak_ptr(world_.log)] {
      reached = true;
      if (const auto log = weak.lock()) state_ = log->State();
      {
        std::lock_guard lock(world_.mutex);
        appended_ = world_.appended;
      }
      image_ = crash_.power_cut ? world_.env.AfterPowerCut(&random) : world_.env.Now();
    });
    EXPECT_OK(operation_.run(&world_));
    world_.Abandon();
    return reached;
  }

  bool Recovers() {
    if (crash_.power_cut) world_.env.ChangeBoot();
    world_.env.Restore(image_);
    if (!EXPECT_OK(world_.Open())) return false;
    for (const RecoveryFinding& finding : world_.log->recovery().findings) {
      if (!EXPECT_TRUE(finding.kind != RecoveryFinding::Kind::kCorruption)) return false;
    }
    // What an append returned is kept by a dying process, what was durable also by a power cut.
    int64_t promised = crash_.power_cut ? state_.durable_offset : state_.log_end_offset;
    promised = std::min(promised, operation_.keeps_below);
    Batches found;
    if (!ReadAll(&found)) return false;
    const Batches& all = world_.appended;
    if (!EXPECT_TRUE(IsBetween(found, appended_, operation_.keeps_from, promised, all))) {
      return false;
    }
    // And the log goes on.
    world_.appended = found;
    world_.next_index = 1000;
    if (!EXPECT_OK(world_.AppendSeries(4)) || !EXPECT_OK(world_.log->Flush())) return false;
    if (!EXPECT_OK(world_.log->Close()) || !EXPECT_OK(world_.Open())) return false;
    Batches again;
    return EXPECT_TRUE(world_.log->recovery().clean) && ReadAll(&again) &&
           SameBatches(again, world_.appended, __FILE__, __LINE__);
  }

 private:
  bool ReadAll(Batches* found) {
    const int64_t start = world_.log->State().log_start_offset;
    return EXPECT_OK(ReadOn(world_.log.get(), start, UpTo::kLogEnd, 1, found));
  }

  const Crash crash_;
  const Operation& operation_;
  World world_;
  Image image_;
  LogState state_;
  Batches appended_;
};

int64_t Seeds() {
  const char* cycles = std::getenv("DURAMEN_CRASH_SEEDS");
  return cycles != nullptr ? std::atoll(cycles) : 1;
}

void CrashBeforeEveryCall(const Crash& crash) {
  for (const Operation& operation : Operations()) {
    for (int64_t nth = 1;; ++nth) {
      bool reached = false;
      for (int64_t i = 0; i < (crash.power_cut ? Seeds() : 1); ++i) {
        const auto seed = static_cast<uint64_t>(nth * 1000 + i);
        Trial trial(crash, operation);
        reached = trial.Reaches(nth, seed);
        if (!reached) break;
        if (trial.Recovers()) continue;
        Fail(__FILE__, __LINE__,
             std::string(operation.name) + ", before call " + std::to_string(nth) + ", seed " +
                 std::to_string(seed));
        return;
      }
      if (!reached) break;
    }
  }
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

}  // namespace
}  // namespace duramen::test
