#include <algorithm>
#include <utility>

#include "io/background.h"
#include "io/fork_guard.h"
#include "log/flush_rounds.h"
#include "log/partition_log.h"

namespace duramen {
namespace {

// How long the watermark may trail behind the flushes. Each slot is a page to write: with one after
// every flush 16 logs made 23 k flushes a second, with this 32 k; one log wrote half as much again.
constexpr int64_t kMarkMs = 10;

Status ClosedError() { return Status(Code::kClosed, "the log is closed; open it again"); }

// A gigabyte in one fdatasync could not be interrupted: a process that wants to end would wait.
Status WriteBackInSteps(Env* env, Segment* segment, const std::atomic<bool>& leaving) {
  constexpr int64_t kStep = 4 << 20;
  // The kernel reports a failure once to each open file: a flush that covers the segment meanwhile
  // has to hear of it, too. One that is gone needs no write-back.
  std::unique_ptr<File> file;
  if (!env->Open(segment->log_path(), OpenMode::kRead, &file).ok()) return Status();
  segment->ForgetPages();
  for (int64_t at = 0; at < segment->end() && !leaving; at += kStep) {
    DURAMEN_TRY(file->WriteBack(at, kStep));
  }
  return Status();
}

}  // namespace

LogState PartitionLog::State() {
  LogState state;
  state.log_start_offset = log_start_offset_.load();
  state.durable_offset = durable_offset_.load();
  state.high_watermark = HighWatermark();
  state.log_end_offset = log_end_offset_.load();
  state.last_stable_offset =
      std::max(state.log_start_offset, producers_.LastStableOffset(state.high_watermark));
  state.fenced = fenced_.load();
  state.leader_epoch = epochs_.latest();
  return state;
}

// The mappings for stores are not in a forked child at all: a read would be a fault.
Status PartitionLog::Refresh() {
  if (InForkedChild()) return ForkedError();
  return closed_ ? ClosedError() : Status();
}

int64_t PartitionLog::HighWatermark() const {
  if (policy_ != FlushPolicy::kSync) return log_end_offset_.load();
  return std::max(durable_offset_.load(), shown_below_.load());
}

void PartitionLog::RequestFlush() {
  if (!flush_asked_.exchange(true)) FlushRounds::Instance()->Join(shared_from_this());
}

// With append_mutex_ held. One timer at a time, for the first append that has none: what follows a
// flush in between is flushed earlier than it need be, never later.
void PartitionLog::CountUnflushed(int64_t size) {
  unflushed_bytes_ += size;
  if (options_.flush_bytes > 0 && unflushed_bytes_ >= options_.flush_bytes) {
    RequestFlush();
  } else if (options_.flush_interval_ms > 0 && !flush_timed_) {
    flush_timed_ = true;
    BackgroundThread::Flusher()->PostAfter(options_.flush_interval_ms, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      std::lock_guard lock(self->append_mutex_);
      self->flush_timed_ = false;
      if (self->unflushed_bytes_ > 0) self->RequestFlush();
    });
  }
}

Status PartitionLog::Flush() {
  DURAMEN_TRY(Refresh());
  {
    std::lock_guard lock(append_mutex_);
    if (untouched_) return Status();
    DURAMEN_TRY(Wake());
  }
  return RunRound(true);
}

// An empty segment has no offset of its own to compare.
bool PartitionLog::IsSynced(const Segment& segment) const {
  return segment.base_offset() < unsynced_base_ && segment.next_offset() <= unsynced_base_;
}

// With flush_mutex_ and append_mutex_ held.
SegmentList::Segments PartitionLog::UnsyncedSealed() const {
  SegmentList::Segments sealed;
  const auto segments = segments_.Get();
  for (const auto& segment : *segments) {
    if (segment != active_ && !IsSynced(*segment)) sealed.push_back(segment);
  }
  return sealed;
}

Status PartitionLog::RunRound(bool with_active) {
  FlushRound round;
  round.turn = std::unique_lock(flush_mutex_);
  round.with_active = with_active;
  if (!BeginRound(&round)) return fenced_ ? FenceStatus() : released_ ? ClosedError() : Status();
  Status ended = EndRound(&round, SyncRound(round));
  MarkRound(round);
  return ended;
}

std::unique_lock<std::mutex> PartitionLog::TryTurn() {
  return std::unique_lock(flush_mutex_, std::try_to_lock);
}

bool PartitionLog::BeginRound(FlushRound* round) {
  if (round->with_active)
    flush_asked_.store(false);  // before the target is taken: later appends ask anew
  if (released_ || fenced_) return false;
  std::lock_guard lock(append_mutex_);
  if (!watermark_) return false;  // at rest
  round->target.segment = active_;
  round->sealed = UnsyncedSealed();
  round->directory_dirty = std::exchange(directory_dirty_, false);
  if (!round->with_active) {
    round->target.offset = active_->base_offset();
    return true;
  }
  round->target.offset = log_end_offset_.load();
  round->target.end = active_->end();
  round->target.last = last_batch_;
  unflushed_bytes_ = 0;
  const bool has_grown = active_->TakeGrown();
  if (!has_grown && round->sealed.empty() && !round->directory_dirty) {
    round->shared_device = shared_device_;
  }
  return true;
}

// In base-offset order the sealed segments that are not yet durable, the directory, the active one.
Status PartitionLog::SyncRound(const FlushRound& round) {
  for (const auto& segment : round.sealed) {
    DURAMEN_TRY(segment->Trim(true));
    if (leaving_) return Status();
    DURAMEN_TRY(segment->file()->Sync());
  }
  if (round.directory_dirty) DURAMEN_TRY(env_->SyncDirectory(directory_));
  return round.with_active ? round.target.segment->file()->Sync() : Status();
}

// The durable offset moves, over a contiguous prefix only.
Status PartitionLog::EndRound(FlushRound* round, const Status& synced) {
  if (leaving_) return ClosedError();
  if (!synced.ok()) {
    Fence(synced);
    return FenceStatus();
  }
  if (!round->sealed.empty()) {
    unsynced_base_ = round->target.segment->base_offset();
    for (const auto& segment : round->sealed) segment->Rest();
    // Only a hint on where to scan from: an older one costs time, so its failure is not the log's.
    (void)log_directory_->SetRecoveryPoint(name_, unsynced_base_);
  }
  round->moved = round->target.offset >= durable_offset_.load();
  if (round->moved) {
    std::lock_guard lock(append_mutex_);
    // A failed write-back of a sealed segment, meanwhile: the stored fence has the old offset.
    if (fenced_) {
      round->moved = false;
      return FenceStatus();
    }
    durable_offset_.store(round->target.offset);
    StoreLive();
  }
  NotifyProgress();
  watermark_->WakeReaders();
  return Status();
}

void PartitionLog::MarkRound(const FlushRound& round) {
  if (!round.moved) return;
  std::lock_guard lock(mark_mutex_);
  const bool timed = unmarked_.segment != nullptr;
  unmarked_ = round.target;
  if (timed) return;
  BackgroundThread::Flusher()->PostAfter(kMarkMs, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->StoreUnmarked();
  });
}

void PartitionLog::StoreUnmarked() {
  std::lock_guard lock(mark_mutex_);
  if (unmarked_.segment) StoreMarkLocked(DurablePoint(unmarked_));
}

// Sealed segments reach the device in the background under every policy. The bulk of it under no
// lock, so that a flush that somebody waits for overtakes it.
void PartitionLog::FlushSealed() {
  if (write_back_asked_.exchange(true)) return;
  BackgroundThread::WriteBack()->Post([self = shared_from_this()] {
    self->write_back_asked_.store(false);  // before the segments are listed
    const Status written = self->WriteBackSealed();
    // The sync that follows would not hear of it again.
    if (!written.ok()) return self->Fence(written);
    BackgroundThread::Flusher()->Post([self] { (void)self->RunRound(false); });
  });
}

Status PartitionLog::WriteBackSealed() {
  SegmentList::Segments sealed;
  {
    std::lock_guard round(flush_mutex_);
    std::lock_guard lock(append_mutex_);
    sealed = UnsyncedSealed();
  }
  for (const auto& segment : sealed) {
    if (leaving_) break;
    DURAMEN_TRY(WriteBackInSteps(env_, segment.get(), leaving_));
  }
  return Status();
}

void PartitionLog::Fence(const Status& cause) {
  std::lock_guard lock(append_mutex_);
  FenceLocked(cause);
}

void PartitionLog::FenceLocked(const Status& cause) {
  {
    std::lock_guard lock(listener_mutex_);
    fence_cause_ = Status(Code::kFenced, "writing to the device failed (" + cause.message() +
                                             "), so nothing above durable offset " +
                                             std::to_string(durable_offset_.load()) +
                                             " is certain; close the log and open it again")
                       .At(directory_, -1)
                       .Offsets(durable_offset_.load(), log_end_offset_.load());
  }
  fenced_.store(true);
  // At rest nothing is above the durable offset that the policy promised.
  if (watermark_) {
    StoreMark({durable_offset_.load(), active_, 0, LastBatch()});
    (void)watermark_->Sync();
  }
  NotifyProgress();
}

Status PartitionLog::FenceStatus() {
  std::lock_guard lock(listener_mutex_);
  return fence_cause_.Clone();
}

void PartitionLog::StoreMark(const DurablePoint& point) {
  std::lock_guard lock(mark_mutex_);
  StoreMarkLocked(point);
}

// Whatever waited to be noted is out of date now: a cut may have taken it.
void PartitionLog::StoreMarkLocked(const DurablePoint& point) {
  watermark_->StoreDurable(MarkOf(point));
  unmarked_ = {};
}

DurableMark PartitionLog::MarkOf(const DurablePoint& point) const {
  DurableMark mark;
  mark.boot = boot_;
  mark.file = point.segment->file_id();
  mark.durable_offset = point.offset;
  mark.log_start_offset = log_start_offset_.load();
  mark.segment_base = point.segment->base_offset();
  mark.segment_end = point.end;
  mark.batch_position = point.last.position;
  mark.batch_base_offset = point.last.base_offset;
  mark.batch_crc = point.last.crc;
  mark.fenced = fenced_;
  mark.has_gaps = segments_.gaps_below() == kOffsetLimit;
  return mark;
}

void PartitionLog::StoreMark() { StoreMark(PointNow()); }

DurablePoint PartitionLog::PointNow() const {
  const bool all = durable_offset_.load() == log_end_offset_.load();
  return {durable_offset_.load(), active_, all ? active_->end() : 0,
          all ? last_batch_ : LastBatch()};
}

}  // namespace duramen
