// ReadableLog: what the owner of a log and a reader in another process have in common.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "log/recovery.h"
#include "log/segment_list.h"

namespace duramen {

// Told, on whatever thread caused it, that offsets moved, or that the log was fenced or closed.
// Must not call back into the log. Told once after each Arm.
class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  virtual void OnProgress() = 0;

 private:
  friend class ReadableLog;
  std::atomic<bool> armed_{false};
};

struct LogState {
  int64_t log_start_offset = 0;
  int64_t log_end_offset = 0;
  int64_t durable_offset = 0;
  int64_t high_watermark = 0;
  // What readers of committed records see is below. The high watermark where nobody asked yet.
  int64_t last_stable_offset = 0;
  bool fenced = false;
  int32_t leader_epoch = -1;  // of the batch that comes next; -1 in a log that is only read
};

enum class UpTo : uint8_t { kHighWatermark, kLogEnd, kLastStable };

// Any number of threads.
class ReadableLog {
 public:
  virtual ~ReadableLog() = default;

  // From `offset` on; empty at the end. kOffsetOutOfRange outside [log start, log end].
  Status Read(int64_t offset, int64_t max_bytes, UpTo up_to, ReadResult* result);
  Status FindTimestamp(int64_t timestamp, ReadResult* result);
  // The first batch with the largest timestamp of all; empty where there is none.
  Status FindMaxTimestamp(ReadResult* result);
  bool IsQuick(int64_t offset, int64_t max_bytes) const {
    return segments_.IsQuick(offset, max_bytes, kIndexIntervalHint);
  }
  virtual LogState State() = 0;
  // From now on State has the last stable offset. A log that is only read has to be walked for it.
  virtual Status FollowTransactions() { return Status(); }
  // Releases what close releases; blocks on the device.
  virtual Status Close() = 0;

  const RecoveryReport& recovery() const { return recovery_; }
  const SegmentList& segments() const { return segments_; }

  void AddListener(ProgressListener* listener);
  void RemoveListener(ProgressListener* listener);
  // The caller looks at State() after this, and so misses nothing.
  virtual void Arm(ProgressListener* listener);

 protected:
  explicit ReadableLog(bool always_check_crcs) : segments_(always_check_crcs) {}
  // Before each read: refuses a closed log, takes in what another process has written.
  virtual Status Refresh() = 0;
  void NotifyProgress();

  SegmentList segments_;
  RecoveryReport recovery_;
  std::mutex listener_mutex_;
  std::atomic<int> armed_{0};

 private:
  static Status CheckRange(int64_t offset, const LogState& state);

  static constexpr int64_t kIndexIntervalHint = 4096;
  std::vector<ProgressListener*> listeners_;
};

}  // namespace duramen
