#include "log/partition_log.h"

namespace duramen {

LogOptions PartitionLog::options() {
  std::lock_guard lock(append_mutex_);
  return options_;
}

// What readers could see they go on to see. Blocks of segments are made ready as they were when the
// log was opened: under another policy that costs time, and loses nothing.
void PartitionLog::SetOptions(const LogOptions& options) {
  {
    std::lock_guard lock(append_mutex_);
    shown_below_.store(HighWatermark());
    options_ = options;
    policy_.store(options.flush);
    if (watermark_) StoreLive();
  }
  if (durable_offset_.load() < log_end_offset_.load()) RequestFlush();
  NotifyProgress();
}

}  // namespace duramen
