#include "log/leader_epochs.h"

#include <algorithm>
#include <utility>

namespace duramen {

Status LeaderEpochs::Load(const std::vector<EpochStart>& found, int64_t end) {
  std::vector<EpochStart> starts;
  DURAMEN_TRY(ReadEpochCheckpoint(env_, path_, &starts));
  // An epoch is noted before its first batch, which may not have come to be.
  bool changed = std::erase_if(starts, [end](const EpochStart& start) {
                   return start.start_offset > end;
                 }) > 0;
  for (const EpochStart& start : found) {
    const bool rises = starts.empty() || (starts.back().epoch < start.epoch &&
                                          starts.back().start_offset <= start.start_offset);
    // A batch's epoch is not under its CRC, and may be anything.
    if (start.epoch < 0 || !rises) continue;
    starts.push_back(start);
    changed = true;
  }
  if (changed) return Replace(std::move(starts));
  Publish(std::move(starts));
  return Status();
}

Status LeaderEpochs::Reach(int32_t epoch, int64_t start_offset) {
  if (epoch <= recorded_) return Status();
  std::vector<EpochStart> starts = All();
  starts.push_back({epoch, start_offset});
  return Replace(std::move(starts));
}

Status LeaderEpochs::CutTo(int64_t end) {
  std::vector<EpochStart> starts = All();
  const size_t before = starts.size();
  while (starts.size() > 1 && starts.back().start_offset >= end) starts.pop_back();
  // Only where it changes: a full disk may refuse it, and the cut has happened.
  if (starts.size() == before) return Status();
  Publish(starts);
  return WriteEpochCheckpoint(env_, path_, starts);
}

std::vector<EpochStart> LeaderEpochs::All() const {
  std::lock_guard lock(mutex_);
  return starts_;
}

Status LeaderEpochs::Replace(std::vector<EpochStart> starts) {
  DURAMEN_TRY(WriteEpochCheckpoint(env_, path_, starts));
  Publish(std::move(starts));
  return Status();
}

void LeaderEpochs::Publish(std::vector<EpochStart> starts) {
  std::lock_guard lock(mutex_);
  starts_ = std::move(starts);
  recorded_ = starts_.empty() ? -1 : starts_.back().epoch;
  latest_.store(std::max(own_, recorded_), std::memory_order_release);
}

}  // namespace duramen
