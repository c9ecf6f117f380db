// LeaderEpochs: where in a log each leader epoch starts, kept in `leader-epoch-checkpoint`.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "io/env.h"
#include "log/checkpoint.h"

namespace duramen {

// One thread at a time changes them (whoever appends or cuts); any thread asks.
class LeaderEpochs {
 public:
  // `own` is the least that the log itself gives batches.
  LeaderEpochs(Env* env, const std::string& directory, int32_t own)
      : env_(env), path_(directory + "/leader-epoch-checkpoint"), own_(own), latest_(own) {}

  // What the checkpoint has, and what was found in the log, which ends at `end`.
  Status Load(const std::vector<EpochStart>& found, int64_t end);
  // Before the first batch of an epoch: notes where it starts. Nothing where it is known.
  Status Reach(int32_t epoch, int64_t start_offset);
  // The log ends at `end` from now on.
  Status CutTo(int64_t end);

  // What a batch gets that says nothing: epochs never fall.
  int32_t latest() const { return latest_.load(std::memory_order_acquire); }
  std::vector<EpochStart> All() const;

 private:
  // In the file first: where that fails, they stay as they were.
  Status Replace(std::vector<EpochStart> starts);
  void Publish(std::vector<EpochStart> starts);

  Env* const env_;
  const std::string path_;
  const int32_t own_;
  mutable std::mutex mutex_;
  std::vector<EpochStart> starts_;  // both rise
  int32_t recorded_ = -1;           // of the last one; only for who changes them
  std::atomic<int32_t> latest_;
};

}  // namespace duramen
