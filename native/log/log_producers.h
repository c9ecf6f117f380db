// LogProducers: what an open log knows of its producers, and the snapshots of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/env.h"
#include "log/batch_image.h"
#include "log/producer_state.h"
#include "log/recovery_input.h"
#include "log/segment_list.h"

namespace duramen {

// A part of PartitionLog, whose append mutex orders all calls but LastStableOffset, which any
// thread may make, and Close. Snapshots are written by the maintenance thread.
class LogProducers {
 public:
  LogProducers(Env* env, std::string directory, const SegmentList* segments, int64_t expiration_ms)
      : env_(env), directory_(std::move(directory)), segments_(segments), state_(expiration_ms) {}

  // The log was recovered: from `start` to `end`.
  Status Load(const RecoveryInput& input, int64_t start, int64_t end);

  // Whether the batch may be appended (ProducerState::Check); `result->duplicate` if it need not.
  Status Check(const ProducerBatch& batch, AppendResult* result) const;
  // It was stored in `segment`, and is published next.
  void Note(const ProducerBatch& batch, int64_t base_offset, Segment* segment);
  int64_t LastStableOffset(int64_t high_watermark) {
    return state_.LastStableOffset(high_watermark);
  }
  int16_t EpochOf(int64_t producer_id) const { return state_.EpochOf(producer_id); }
  // By id.
  std::vector<Producer> List() const { return state_.Producers(); }

  // A batch of so many bytes was appended: whether a snapshot is due, which is now and then, so
  // that little is walked after a kill.
  bool IsSnapshotDue(int64_t size) { return (unsnapped_bytes_ += size) >= kSnapshotBytes; }
  // Of the log as it is, which ends at `offset`, or whose next segment begins there. `log` is the
  // log itself.
  void TakeSnapshot(int64_t offset, const std::shared_ptr<void>& log);

  // Around a cut no snapshot is written; held from before the log's other locks are taken.
  std::unique_lock<std::mutex> HoldSnapshots() { return std::unique_lock(writing_); }
  // With them held, before anything is appended behind the new end: no snapshot goes further. The
  // caller syncs the directory.
  Status ForgetSnapshots(int64_t end);
  // And what is known is what stands below it.
  Status Cut(int64_t start, int64_t end);

  // Nothing is appended any more: the last snapshot.
  void Close(int64_t end);

 private:
  // So much of a log is read at most for its producers when it is opened after a kill.
  static constexpr int64_t kSnapshotBytes = 32 << 20;

  void Write(int64_t offset, const std::string& content);
  Status RemoveSnapshots(int64_t above);

  Env* const env_;
  const std::string directory_;
  const SegmentList* const segments_;
  ProducerState state_;
  int64_t snapshot_offset_ = 0;  // up to which nothing is walked, once that snapshot is written
  int64_t unsnapped_bytes_ = 0;  // since then

  std::mutex writing_;          // held while a snapshot is written
  std::atomic<int> cuts_{0};    // what was to be written before a cut is not any more
  bool closed_ = false;         // under writing_
  int64_t written_offset_ = 0;  // of the newest snapshot there is; the same
};

}  // namespace duramen
