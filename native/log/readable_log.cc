#include "log/readable_log.h"

#include <string>
#include <utility>

namespace duramen {

namespace {

int64_t LimitOf(const LogState& state, UpTo up_to) {
  switch (up_to) {
    case UpTo::kLogEnd:
      return state.log_end_offset;
    case UpTo::kLastStable:
      return state.last_stable_offset;
    default:
      return state.high_watermark;
  }
}

}  // namespace

Status ReadableLog::Read(int64_t offset, int64_t max_bytes, UpTo up_to, ReadResult* result) {
  Status status;
  std::shared_ptr<const SegmentList::Segments> segments;
  do {
    DURAMEN_TRY(Refresh());  // First: a forked child must not even wait for a lock.
    if (up_to == UpTo::kLastStable) DURAMEN_TRY(FollowTransactions());
    segments = segments_.Get();
    const LogState state = State();
    DURAMEN_TRY(CheckRange(offset, state));
    const int64_t limit = LimitOf(state, up_to);
    status = segments_.Read(offset, max_bytes, limit, result);
    // What was cut off meanwhile is not missing.
  } while (status.code() == Code::kCorruptBatch && segments != segments_.Get());
  DURAMEN_TRY(std::move(status));
  // A later batch stands for an offset in a gap, or for one that was deleted this moment.
  return result->range.base_offset > offset ? CheckRange(offset, State()) : Status();
}

Status ReadableLog::CheckRange(int64_t offset, const LogState& state) {
  if (offset >= state.log_start_offset && offset <= state.log_end_offset) return Status();
  return Status(Code::kOffsetOutOfRange, "offset " + std::to_string(offset) +
                                             " is outside the log, which has " +
                                             std::to_string(state.log_start_offset) + " to " +
                                             std::to_string(state.log_end_offset) +
                                             "; read from its start or its end instead")
      .Offsets(state.log_start_offset, state.log_end_offset);
}

Status ReadableLog::FindTimestamp(int64_t timestamp, ReadResult* result) {
  DURAMEN_TRY(Refresh());
  const LogState state = State();
  return segments_.FindTimestamp(timestamp, state.log_start_offset, state.high_watermark, result);
}

Status ReadableLog::FindMaxTimestamp(ReadResult* result) {
  DURAMEN_TRY(Refresh());
  const LogState state = State();
  return segments_.FindMaxTimestamp(state.log_start_offset, state.high_watermark, result);
}

void ReadableLog::AddListener(ProgressListener* listener) {
  std::lock_guard lock(listener_mutex_);
  listeners_.push_back(listener);
}

void ReadableLog::RemoveListener(ProgressListener* listener) {
  std::lock_guard lock(listener_mutex_);
  if (listener->armed_.exchange(false)) --armed_;
  std::erase(listeners_, listener);
}

// Sequential consistency of this store, of the offsets' stores and of the loads that follow each on
// either side is what loses no wake-up.
void ReadableLog::Arm(ProgressListener* listener) {
  if (!listener->armed_.exchange(true)) ++armed_;
}

void ReadableLog::NotifyProgress() {
  if (armed_.load() == 0) return;
  std::lock_guard lock(listener_mutex_);
  for (ProgressListener* listener : listeners_) {
    if (!listener->armed_.exchange(false)) continue;
    --armed_;
    listener->OnProgress();
  }
}

}  // namespace duramen
