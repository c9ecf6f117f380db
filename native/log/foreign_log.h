// ForeignLog: a log that this process only reads, beside an owner or without one.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "log/log_options.h"
#include "log/producer_state.h"
#include "log/readable_log.h"
#include "log/watermark.h"

namespace duramen {

// Locks, recovers, trims and deletes nothing. While another process owns the log it shows what that
// owner's readers may see, taken from the watermark's live page, and follows it. Where nobody owns
// the directory it scans as recovery would, in memory. Any thread.
class ForeignLog final : public ReadableLog {
 public:
  static Status Open(Env* env, const std::string& directory, const LogOptions& options,
                     std::shared_ptr<ForeignLog>* log);
  ~ForeignLog() override;

  LogState State() override;
  Status FollowTransactions() override;
  Status Close() override;
  // Starts the thread that waits for the owner.
  void Arm(ProgressListener* listener) override;

 private:
  ForeignLog(Env* env, std::string directory, const LogOptions& options);
  Status Refresh() override;
  Status Reload();
  Status WalkTransactions();
  static LogState StateOf(const RecoveryInput& input, int64_t end);
  bool StillHolds(const LiveMark& live, const RecoveredLog& found) const;
  bool IsUnderItsName(Segment* segment) const;
  Status Advance(const LiveMark& live);
  void NoteProducer(Segment* segment, BatchHeader header);
  Status ScanForward(Segment* segment, int64_t end);
  void Watch();

  Env* const env_;
  const std::string directory_;
  const LogOptions options_;

  std::mutex refresh_mutex_;  // all below but the watcher's
  std::unique_ptr<Watermark> watermark_;
  bool following_ = false;
  bool closed_ = false;
  LiveMark seen_;
  LogState state_;
  int64_t trusted_below_ = 0;                 // of producer snapshots
  std::unique_ptr<ProducerState> producers_;  // once somebody asked
  std::atomic<uint32_t> seen_sequence_{0};

  std::mutex watch_mutex_;
  std::condition_variable watch_wake_;
  std::thread watcher_;
  bool stop_ = false;
};

}  // namespace duramen
