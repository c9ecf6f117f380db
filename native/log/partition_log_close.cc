#include <utility>

#include "log/partition_log.h"
#include "log/spare.h"

namespace duramen {

Status PartitionLog::Close() {
  if (closed_.exchange(true)) return Status();
  // Under `os` the device is the kernel's business, also now: a flush under way is left, too.
  const bool durably =
      options_.flush == FlushPolicy::kSync || durable_offset_.load() == log_end_offset_.load();
  leaving_ = !durably;
  {
    std::lock_guard preparing(spare_mutex_);
    std::lock_guard lock(append_mutex_);
    if (spare_.file) {
      spare_ = AppendFile();
      (void)env_->Unlink(directory_ + "/" + kSpareName);
    }
    active_->FinishTimeIndex();
  }
  Status status = durably ? CloseDurably() : Status();
  std::lock_guard round(flush_mutex_);
  if (!durably) CloseTrimmed();
  if (active_->window() != nullptr) active_->window()->Stop();
  released_ = true;
  log_directory_.reset();  // the last of the directory writes the marker and unlocks
  NotifyProgress();
  return status;
}

// Everything on the device, then the marker that lets whoever opens next trust the files.
Status PartitionLog::CloseDurably() {
  DURAMEN_TRY(FlushRound(true));
  std::lock_guard round(flush_mutex_);
  TrimSegment(active_.get(), true);
  DURAMEN_TRY(active_->file()->Sync());
  DURAMEN_TRY(env_->SyncDirectory(directory_));
  DURAMEN_TRY(log_directory_->SetRecoveryPoint(name_, log_end_offset_.load()));
  DURAMEN_TRY(log_directory_->SetLogStartOffset(name_, log_start_offset_.load()));
  DURAMEN_TRY(watermark_->Sync());
  const size_t slash = directory_.find_last_of('/');
  log_directory_->MarkClean(slash == std::string::npos ? directory_
                                                       : directory_.substr(slash + 1));
  return Status();
}

// No marker: after a power cut the log is scanned from the recovery point. Until then the live mark
// says where it ends, and opening costs no scan.
void PartitionLog::CloseTrimmed() {
  for (const auto& segment : *segments_.Get()) {
    if (segment->next_offset() > unsynced_base_ || segment == active_) {
      TrimSegment(segment.get(), false);
    }
  }
}

}  // namespace duramen
