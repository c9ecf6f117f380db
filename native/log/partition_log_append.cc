#include <algorithm>
#include <limits>
#include <utility>

#include "io/background.h"
#include "io/fork_guard.h"
#include "log/partition_log.h"

namespace duramen {

constexpr int64_t kMaxRelativeOffset = std::numeric_limits<int32_t>::max();

Status PartitionLog::CheckUsable() {
  DURAMEN_TRY(Refresh());
  return fenced_ ? FenceStatus() : Status();
}

int16_t PartitionLog::ProducerEpoch(int64_t producer_id) {
  std::lock_guard lock(append_mutex_);
  return producers_.EpochOf(producer_id);
}

Status PartitionLog::CheckPlace(const BatchImage& batch, int64_t base_offset) const {
  const int64_t limit = std::min(options_.max_message_bytes, options_.segment_bytes);
  if (batch.size > limit) {
    return Status(Code::kBatchTooLarge,
                  "a batch of " + std::to_string(batch.size) + " bytes is above the limit of " +
                      std::to_string(limit) + "; send smaller batches or raise " +
                      (limit < options_.max_message_bytes ? "segmentBytes" : "maxMessageBytes"));
  }
  const int64_t end = log_end_offset_.load(std::memory_order_relaxed);
  if (base_offset < end) {
    return Status(Code::kOffsetOutOfRange,
                  "a batch with base offset " + std::to_string(base_offset) +
                      " cannot follow log end offset " + std::to_string(end))
        .Offsets(base_offset, end);
  }
  if (base_offset >= kOffsetLimit - batch.last_offset_delta - 1) {
    return Status(Code::kOffsetOverflow, "offsets end at 2^53; start a new partition");
  }
  return Status();
}

Status PartitionLog::Append(const BatchImage& batch, AppendResult* result) {
  result->duplicate = false;
  // Before the lock, which a thread that is not in the child may have held at the fork.
  if (InForkedChild()) return ForkedError();
  std::lock_guard lock(append_mutex_);
  DURAMEN_TRY(CheckUsable());
  const bool has_producer = batch.producer.HasProducer();
  // What a leader has accepted is not checked again.
  if (has_producer && batch.base_offset < 0) {
    DURAMEN_TRY(producers_.Check(batch.producer, result));
    if (result->duplicate) return Status();
  }
  const int64_t end = log_end_offset_.load(std::memory_order_relaxed);
  const int64_t base = batch.base_offset < 0 ? end : batch.base_offset;
  const int32_t epoch = batch.leader_epoch < 0 ? epochs_.latest() : batch.leader_epoch;
  DURAMEN_TRY(CheckPlace(batch, base));
  DURAMEN_TRY(Wake());
  if (base > end) DURAMEN_TRY(NoteGap());
  if (NeedsRoll(batch, base)) {
    // The successor takes over at the log end, unless its offsets could not reach the batch.
    const bool far = base + batch.last_offset_delta - end > kMaxRelativeOffset;
    DURAMEN_TRY(Roll(far ? base : end));
  }
  DURAMEN_TRY(epochs_.Reach(epoch, base));
  uint32_t crc;
  DURAMEN_TRY(active_->Store(batch, base, epoch, &crc));
  if (has_producer) producers_.Note(batch.producer, base, active_.get());
  FinishAppend(batch, base, crc);
  *result = {base, base + batch.last_offset_delta, false};
  return Status();
}

void PartitionLog::FinishAppend(const BatchImage& batch, int64_t base_offset, uint32_t crc) {
  const int64_t last_offset = base_offset + batch.last_offset_delta;
  last_batch_ = {active_->end(), base_offset, crc};
  active_->Publish(batch.size, last_offset, batch.max_timestamp, options_.index_interval_bytes);
  log_end_offset_.store(last_offset + 1);
  StoreLive();
  MakeReady(batch, base_offset);
  if (producers_.IsSnapshotDue(batch.size)) {
    producers_.TakeSnapshot(last_offset + 1, shared_from_this());
  }
  if (options_.flush == FlushPolicy::kSync) {
    RequestFlush();
  } else {
    if (options_.flush == FlushPolicy::kInterval) CountUnflushed(batch.size);
    NotifyProgress();
  }
}

bool PartitionLog::NeedsRoll(const BatchImage& batch, int64_t base_offset) const {
  if (roll_needed_) return true;
  const int64_t last = base_offset + batch.last_offset_delta;
  if (last - active_->base_offset() > kMaxRelativeOffset) return true;
  if (active_->end() == 0) return false;
  // Its memory is as large as segments were when it was made.
  const int64_t segment_bytes = std::min(options_.segment_bytes, active_->capacity());
  if (active_->end() + batch.size > segment_bytes) return true;
  const int64_t first = active_->first_timestamp();
  if (first >= 0 && batch.max_timestamp > first &&
      batch.max_timestamp - first > options_.segment_ms) {
    return true;
  }
  const auto entries = static_cast<int64_t>(active_->offset_index().file().count());
  const auto times = static_cast<int64_t>(active_->time_index().file().count());
  return entries >= options_.segment_index_bytes / 8 ||
         times >= options_.segment_index_bytes / 12 - 1;
}

Status PartitionLog::Roll(int64_t base_offset) {
  std::shared_ptr<Segment> next;
  DURAMEN_TRY(NewActive(base_offset, &next));
  active_->FinishTimeIndex();
  auto segments = *segments_.Get();
  segments.push_back(next);
  segments_.Set(std::move(segments));
  active_ = std::move(next);
  spare_asked_ = roll_needed_ = false;
  last_batch_ = {};
  producers_.TakeSnapshot(base_offset, shared_from_this());
  FlushSealed();
  return Status();
}

// From now on recovery cannot take a gap for damage; that must be known before there is one.
Status PartitionLog::NoteGap() {
  if (segments_.gaps_below() == kOffsetLimit) return Status();
  const int64_t before = segments_.gaps_below();
  segments_.SetGapsBelow(kOffsetLimit);
  StoreMark({durable_offset_.load(), active_, 0, LastBatch()});
  Status noted = watermark_->Sync();
  if (!noted.ok()) segments_.SetGapsBelow(before);
  return noted;
}

void PartitionLog::MakeReady(const BatchImage& batch, int64_t base_offset) {
  AppendWindow* window = active_->window();
  if (window == nullptr) return;
  const bool others_wait = durable_offset_.load() < base_offset;
  if (window->WantsMore(active_->end(), batch.size, others_wait)) {
    BackgroundThread::Maintenance()->Post([active = active_, window = active_->shared_window()] {
      window->Extend();
      // Fresh entries on disk keep the scan short that follows a process death.
      (void)active->PersistIndexes();
    });
  }
  if (!spare_asked_ && active_->end() > options_.segment_bytes / 4 * 3) {
    spare_asked_ = true;
    BackgroundThread::Maintenance()->Post([self = shared_from_this()] { self->PrepareSpare(); });
  }
}

void PartitionLog::StoreLive() { watermark_->StoreLive(LiveNow()); }

LiveMark PartitionLog::LiveNow() const {
  LiveMark mark;
  mark.boot = boot_;
  mark.log_start_offset = log_start_offset_.load(std::memory_order_relaxed);
  mark.log_end_offset = log_end_offset_.load(std::memory_order_relaxed);
  mark.high_watermark = HighWatermark();
  mark.segment_base = active_->base_offset();
  mark.segment_end = active_->end();
  return mark;
}

}  // namespace duramen
