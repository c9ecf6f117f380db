// Lives of logs, each ended by a power cut: from a seed, any operations, cut off before any call,
// in recovery as well. What was acknowledged is there in the next life, and nothing wrong.
#include <algorithm>
#include <atomic>
#include <mutex>

#include "crash_env.h"
#include "producer_batches.h"

namespace duramen::test {
namespace {

// What the next life must find of a log.
struct Promise {
  Batches required;  // acknowledged
  Batches allowed;   // appended, and not known to be cut off
  int64_t start = 0;
};

struct Counts {
  int64_t cuts = 0, in_recovery = 0, fences = 0, batches = 0;
};

// A log and the book that is kept of it. The calls that a cut comes before may be a background
// thread's, so a mutex guards the book.
class Subject {
 public:
  Subject(CrashEnv* env, const LogOptions& options, bool in_data_directory)
      : log_(options, env, TempDirectory::Where::kMemory) {
    env->Watch(log_.path());
    if (!in_data_directory) return;
    log_.MoveIntoDataDirectory();
    env->Watch(log_.path());
  }

  // What holds if the power goes now.
  Promise Now() {
    std::lock_guard lock(mutex_);
    kept_ = live_.lock();
    if (kept_) durable_ = kept_->State().durable_offset;
    // A cut in front of the start, in a gap, lowers it.
    Promise promise{{}, attempted_, cut_ == kOffsetLimit ? start_ : 0};
    const int64_t below = std::min(durable_, cut_);
    for (const auto& [offset, bytes] : expected_) {
      promise.allowed[offset] = bytes;
      const bool keeps = offset >= deleted_ && BatchHeader(bytes.data()).last_offset() < below;
      if (keeps) promise.required[offset] = bytes;
    }
    return promise;
  }

  // What holds if the process ends now, or gives the log up as fenced.
  Promise AtEnd(bool fenced) {
    Promise promise = Now();
    if (!fenced) promise.required = promise.allowed;
    return promise;
  }

  Status Open() {
    DURAMEN_TRY(log_.Open());
    std::lock_guard lock(mutex_);
    live_ = log_.log;
    return Status();
  }

  void Abandon() {
    (void)Now();
    std::shared_ptr<PartitionLog> kept;
    {
      std::lock_guard lock(mutex_);
      kept = std::move(kept_);
      live_.reset();
    }
    kept.reset();
    log_.Abandon();
  }

  bool Keeps(const Promise& promise, int64_t* batches) {
    const LogState state = log_->State();
    for (const RecoveryFinding& finding : log_->recovery().findings) {
      if (!EXPECT_TRUE(finding.kind != RecoveryFinding::Kind::kCorruption)) return false;
    }
    Batches found;
    if (!EXPECT_OK(ReadOn(log_.get(), state.log_start_offset, UpTo::kLogEnd, 1, &found)) ||
        !EXPECT_TRUE(state.log_start_offset >= promise.start) ||
        !EXPECT_TRUE(IsBetween(found, promise.required, 0, kOffsetLimit, promise.allowed))) {
      return false;
    }
    *batches += static_cast<int64_t>(found.size());
    if (!EXPECT_TRUE(KnowsProducers(found))) return false;
    std::lock_guard lock(mutex_);
    expected_ = std::move(found);
    attempted_.clear();
    cut_ = kOffsetLimit;
    deleted_ = start_ = state.log_start_offset;
    durable_ = state.durable_offset;
    return true;
  }

  Status Append(int64_t count, Random* random) {
    for (; count > 0; --count) {
      const int64_t gap = random->OneIn(60) ? random->Between(1, 9) : 0;
      bool is_sent = false;
      const Bytes batch = Stored(NextBatch(random, &is_sent), log_.end() + gap);
      {
        std::lock_guard lock(mutex_);
        attempted_ = {{log_.end() + gap, batch}};
      }
      AppendResult result;
      Bytes built = batch;
      const bool keeps = gap > 0 || is_sent;
      DURAMEN_TRY(
          !keeps && random->OneIn(2)
              ? AppendTrusted(log_.get(), built.data(), built.size(), BatchCrc::kCompute, &result)
              : AppendReady(log_.get(), batch.data(), batch.size(),
                            keeps ? Offsets::kKeep : Offsets::kAssign, -1, &result));
      std::lock_guard lock(mutex_);
      expected_[result.base_offset] = history_[result.base_offset] = batch;
      attempted_.clear();
    }
    return Status();
  }

  Status Truncate(Random* random) {
    const LogState state = log_->State();
    const int64_t to = random->Between(state.log_start_offset, state.log_end_offset);
    Set(&cut_, to);
    Status status = log_->TruncateTo(to);
    if (status.code() == Code::kOffsetOutOfRange) status = Status();  // within the first batch
    DURAMEN_TRY(std::move(status));
    std::lock_guard lock(mutex_);
    const int64_t end = log_->State().log_end_offset;
    std::erase_if(expected_, [end](const auto& entry) { return entry.first >= end; });
    history_.erase(history_.lower_bound(end), history_.end());
    durable_ = std::min(durable_, end);
    start_ = std::min(start_, end);  // where it was in a gap
    cut_ = kOffsetLimit;
    return Status();
  }

  Status Delete(Random* random) {
    const LogState state = log_->State();
    const int64_t before = random->Between(state.log_start_offset, state.high_watermark);
    Set(&deleted_, before);
    DURAMEN_TRY(log_->DeleteBefore(before));
    std::lock_guard lock(mutex_);
    start_ = std::max(start_, before);
    // A batch that holds the start is shown as a whole.
    std::erase_if(expected_, [this](const auto& entry) {
      return BatchHeader(entry.second.data()).last_offset() < start_;
    });
    return Status();
  }

  Status Close() {
    DURAMEN_TRY(log_->Close());
    std::lock_guard lock(mutex_);
    const LogState state = log_->State();
    durable_ = log_.options.flush == FlushPolicy::kOs ? state.durable_offset : state.log_end_offset;
    live_.reset();
    return Status();
  }

  PartitionLog* operator->() { return log_.get(); }

 private:
  void Set(int64_t* member, int64_t value) {
    std::lock_guard lock(mutex_);
    *member = value;
  }

  // Half of them a producer's, or a marker that ends a transaction.
  Bytes NextBatch(Random* random, bool* is_sent) {
    const auto index = static_cast<int32_t>(next_index_++);
    // Under `sync` those of 8 KiB and more are written, and not stored in the window.
    const bool is_large = log_.options.segment_bytes > 1024 && random->OneIn(2);
    Bytes batch = NumberedBatch(index, is_large ? random->Between(8 << 10, 20 << 10)
                                                : static_cast<int64_t>(random->Below(120)));
    *is_sent = random->OneIn(2);
    if (!*is_sent) return batch;
    const int64_t id = random->Between(1, 3);
    if (random->OneIn(4)) return MarkerOf(random->OneIn(2), id, 0, index);
    return StampedWith(std::move(batch), {.producer_id = id, .sequence = index},
                       random->OneIn(3) ? 0 : kTransactionalBit);
  }

  // What a walk over the batches finds from some point on, at the log start or before it: a power
  // cut may take the snapshots that go further back.
  bool KnowsProducers(const Batches& found) {
    const LogState state = log_->State();
    const int64_t first = found.empty() ? state.log_end_offset : found.begin()->first;
    std::erase_if(history_, [&state](const auto& entry) {
      return BatchHeader(entry.second.data()).last_offset() >= state.log_start_offset;
    });
    history_.insert(found.begin(), found.end());
    const Known known = KnownTo(log_.get());
    Batches from = history_;
    for (;; from.erase(from.begin())) {
      if (known == KnownAfter(from, state.log_start_offset, state.high_watermark)) return true;
      if (from.empty() || from.begin()->first >= first) return false;
    }
  }

  TestLog log_;
  Batches history_;  // with what was deleted
  int64_t next_index_ = 0;
  std::mutex mutex_;  // all below
  std::weak_ptr<PartitionLog> live_;
  // Never to be let go of by a thread that holds the environment up.
  std::shared_ptr<PartitionLog> kept_;
  Batches expected_;
  Batches attempted_;           // the one that is being appended
  int64_t durable_ = 0;         // as last seen
  int64_t cut_ = kOffsetLimit;  // a truncation to there is under way
  int64_t deleted_ = 0;         // a deletion up to there is under way, or was
  int64_t start_ = 0;           // the log starts there or later
};

// One or two logs and all their lives.
class World {
 public:
  explicit World(uint64_t seed) : env_(seed), random_(seed) {
    env_.ShareBarriers();
    const size_t logs = 1 + random_.Below(2);
    for (size_t i = 0; i < logs; ++i) {
      subjects_.push_back(std::make_unique<Subject>(&env_, RandomOptions(), random_.OneIn(2)));
      promises_.emplace_back();
    }
  }
  ~World() {
    for (auto& subject : subjects_) subject->Abandon();
  }

  // One life, from opening to the cut.
  bool Live(Counts* counts) {
    std::atomic<bool> is_cut{false};
    Image image;
    std::vector<Promise> promises;
    Random choice(random_.Next());
    const auto cut = [&] {
      is_cut = true;
      promises = Promises();
      image = env_.AfterPowerCut(&choice);
      // Appends into memory have gone on.
      const std::vector<Promise> later = Promises();
      for (size_t i = 0; i < later.size(); ++i) {
        promises[i].allowed.insert(later[i].allowed.begin(), later[i].allowed.end());
      }
    };
    // Opening makes some twenty calls.
    env_.Before(random_.OneIn(4) ? random_.Between(1, 30) : random_.Between(1, 400), cut);
    opened_ = false;
    if (!OpenAll(counts)) return false;
    opened_ = true;
    counts->in_recovery += is_cut ? 1 : 0;
    for (int64_t i = random_.Between(1, 30); i > 0 && !is_cut; --i) {
      if (!Act(counts)) return false;
    }
    if (!is_cut) DrainBackground();
    env_.Before(0, {});
    if (!is_cut) cut();
    for (auto& subject : subjects_) subject->Abandon();
    promises_ = std::move(promises);
    env_.ChangeBoot();
    env_.Restore(image);
    ++counts->cuts;
    return true;
  }

 private:
  LogOptions RandomOptions() {
    constexpr FlushPolicy kPolicies[] = {FlushPolicy::kSync, FlushPolicy::kSync, FlushPolicy::kOs,
                                         FlushPolicy::kInterval};
    LogOptions options =
        OptionsWith(kPolicies[random_.Below(4)], random_.OneIn(2) ? 256 << 10 : 1024);
    options.producer_id_expiration_ms = int64_t{1} << 60;
    if (options.flush == FlushPolicy::kInterval) {
      options.flush_bytes = random_.Between(0, 1000);
      options.flush_interval_ms = random_.OneIn(2) ? 1 : 0;
    }
    return options;
  }

  // Until a log is open and has been looked at, what was promised before holds.
  std::vector<Promise> Promises() {
    if (!opened_) return promises_;
    std::vector<Promise> promises;
    for (auto& subject : subjects_) promises.push_back(subject->Now());
    return promises;
  }

  bool OpenAll(Counts* counts) {
    for (size_t i = 0; i < subjects_.size(); ++i) {
      if (!EXPECT_OK(subjects_[i]->Open())) return false;
    }
    for (size_t i = 0; i < subjects_.size(); ++i) {
      if (!subjects_[i]->Keeps(promises_[i], &counts->batches)) return false;
    }
    return true;
  }

  bool Act(Counts* counts) {
    Subject* subject = subjects_[random_.Below(subjects_.size())].get();
    Status status;
    switch (random_.Below(10)) {
      case 0:
        return EXPECT_OK((*subject)->Flush());
      case 1:
        (*subject)->RequestFlush();
        return true;
      case 2:
        DrainBackground();
        for (int call = 0; call < 2; ++call) (*subject)->RestIfIdle();
        return true;
      case 3:
        return EXPECT_OK(subject->Truncate(&random_));
      case 4:
        return EXPECT_OK(subject->Delete(&random_));
      case 5:
        return EndAndReopen(subject, random_.OneIn(2), counts);
      case 6:
        return random_.OneIn(3) ? Fence(subject, counts) : EXPECT_OK(AppendToAll());
      case 7:
        WhileFlusherWaits([&] { status = AppendToAll(); });
        return EXPECT_OK(status);
      default:
        return EXPECT_OK(subject->Append(random_.Between(1, 12), &random_));
    }
  }

  Status AppendToAll() {
    for (auto& subject : subjects_) DURAMEN_TRY(subject->Append(random_.Between(1, 3), &random_));
    return Status();
  }

  // The process ends, or closes the log; the kernel runs on.
  bool EndAndReopen(Subject* subject, bool closes, Counts* counts) {
    if (closes && !EXPECT_OK(subject->Close())) return false;
    return Reopen(subject, false, counts);
  }

  bool Reopen(Subject* subject, bool fenced, Counts* counts) {
    subject->Abandon();
    const Promise promise = subject->AtEnd(fenced);
    return EXPECT_OK(subject->Open()) && subject->Keeps(promise, &counts->batches);
  }

  // A device that fails once. What the page cache shows of those bytes is worth nothing after it.
  bool Fence(Subject* subject, Counts* counts) {
    DrainBackground();
    env_.LoseNextWriteBack((*subject)->directory());
    const Status appended = subject->Append(random_.Between(1, 5), &random_);
    const Status flushed = (*subject)->Flush();
    DrainBackground();
    env_.Heal();
    const LogState state = (*subject)->State();
    if (!EXPECT_TRUE(state.fenced) || !EXPECT_CODE(flushed, Code::kFenced)) return false;
    if (!appended.ok() && !EXPECT_CODE(appended, Code::kFenced)) return false;
    ++counts->fences;
    return Reopen(subject, true, counts);
  }

  CrashEnv env_;
  Random random_;
  std::vector<std::unique_ptr<Subject>> subjects_;
  std::vector<Promise> promises_;
  std::atomic<bool> opened_{false};
};

TEST(PowerCutAtAnyPointOfAnyOperationsLosesNothingAcknowledged) {
  constexpr int64_t kLives = 5;
  const int64_t cuts = Parameter("cuts", 400), first = Parameter("seed", 1);
  Counts counts;
  for (int64_t seed = first; counts.cuts < cuts; ++seed) {
    World world(static_cast<uint64_t>(seed));
    for (int64_t life = 0; life < kLives; ++life) {
      if (world.Live(&counts)) continue;
      Fail(__FILE__, __LINE__,
           "life " + std::to_string(life) + " of --seed " + std::to_string(seed) + " --cuts " +
               std::to_string(kLives));
      return;
    }
  }
  Report(std::to_string(counts.cuts) + " power cuts, " + std::to_string(counts.in_recovery) +
         " of them in recovery, " + std::to_string(counts.fences) + " fences, " +
         std::to_string(counts.batches) + " batches read back, seed " + std::to_string(first) +
         ": nothing acknowledged lost, nothing wrong");
}

}  // namespace
}  // namespace duramen::test
