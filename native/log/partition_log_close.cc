#include <utility>

#include "io/fork_guard.h"
#include "log/partition_log.h"
#include "log/spare.h"

namespace duramen {

Status PartitionLog::Close() {
  if (InForkedChild()) return ForkedError();
  if (closed_.exchange(true)) return Status();
  // Under `os` the device is the kernel's business, also now: a flush under way is left, too.
  const bool durably =
      policy_ != FlushPolicy::kOs || durable_offset_.load() == log_end_offset_.load();
  leaving_ = !durably;
  bool untouched;
  Status awake;
  {
    std::lock_guard preparing(spare_mutex_);
    std::lock_guard lock(append_mutex_);
    untouched = untouched_;
    awake = untouched ? Status() : Wake();
    if (!untouched && awake.ok()) {
      RemoveSpare(env_, directory_, &spare_);
      active_->FinishTimeIndex();
    }
  }
  producers_.Close(log_end_offset_.load());
  if (untouched) return CloseUntouched();
  if (!awake.ok()) {
    Release();
    return awake;
  }
  Status status = durably ? CloseDurably() : Status();
  std::lock_guard round(flush_mutex_);
  if (!durably) status = CloseTrimmed();
  Release();
  NotifyProgress();
  return status;
}

// Nothing was stored since it was opened, clean or new.
Status PartitionLog::CloseUntouched() {
  Status status = segments_.CheckWhole();
  if (status.ok()) {
    status = log_directory_->MarkClean(NameOfDirectory(directory_), log_end_offset_.load(),
                                       log_start_offset_.load());
  }
  Release();
  NotifyProgress();
  return status;
}

// Gives the directory back once nothing that belongs to this object can write there any more.
void PartitionLog::Release() {
  if (released_) return;
  released_ = true;
  StoreUnmarked();  // not under the next owner's hands
  const auto segments = segments_.Get();
  for (const auto& segment : *segments) segment->StopWriting();
  if (spare_.window) spare_.window->Stop();
  if (begun_) log_directory_->End(NameOfDirectory(directory_));
  log_directory_.reset();  // the last of the directory writes the marker and unlocks
}

// Everything on the device, then the marker that lets whoever opens next trust the files.
Status PartitionLog::CloseDurably() {
  DURAMEN_TRY(RunRound(true));
  std::lock_guard round(flush_mutex_);
  DURAMEN_TRY(active_->Trim(true));
  DURAMEN_TRY(active_->file()->Sync());
  DURAMEN_TRY(env_->SyncDirectory(directory_));
  StoreUnmarked();
  DURAMEN_TRY(watermark_->Sync());
  // Whoever closes is told that somebody has cut a file short, and no marker hides it from the next
  // opening.
  DURAMEN_TRY(segments_.CheckWhole());
  return log_directory_->MarkClean(NameOfDirectory(directory_), log_end_offset_.load(),
                                   log_start_offset_.load());
}

// No marker: after a power cut the log is scanned from the recovery point. Until then the live mark
// says where it ends, and opening costs no scan.
Status PartitionLog::CloseTrimmed() {
  const auto all = segments_.Get();
  for (const auto& segment : *all) {
    if (segment == active_ || !IsSynced(*segment)) (void)segment->Trim(false);
  }
  return segments_.CheckWhole();
}

}  // namespace duramen
