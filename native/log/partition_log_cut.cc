#include <algorithm>
#include <utility>

#include "log/copy_file.h"
#include "log/partition_log.h"
#include "log/spare.h"

namespace duramen {

// Where the log is to end: at a position of a segment, before a batch.
struct CutPlace {
  size_t index = 0;  // in the list of segments
  std::shared_ptr<Segment> segment;
  int64_t position = 0;
  int64_t first_cut = 0;  // offset
};
namespace {

Status OutOfRange(const char* what, int64_t offset, int64_t from, int64_t to) {
  return Status(Code::kOffsetOutOfRange, std::string("cannot ") + what + " offset " +
                                             std::to_string(offset) + ": the log allows " +
                                             std::to_string(from) + " to " + std::to_string(to))
      .Offsets(from, to);
}

Status FindCut(const SegmentList& list, int64_t offset, CutPlace* place) {
  const auto segments = list.Get();
  place->index = SegmentList::IndexOf(*segments, offset);
  place->segment = (*segments)[place->index];
  place->first_cut = offset;
  if (place->segment->end() == 0) return Status();
  std::shared_ptr<MappedRange> map;
  BatchRange range;
  DURAMEN_TRY(place->segment->ReadMap(place->segment->end(), &map));
  SegmentReader reader(place->segment.get(), map.get(),
                       list.BoundsOf(*place->segment, kOffsetLimit));
  Status found = reader.Read(offset, 0, &range);
  // Damage goes as a whole, like a batch.
  const bool damaged = found.code() == Code::kCorruptBatch;
  if (!found.ok() && !damaged) return found;
  place->position = damaged ? found.position() : range.position;
  place->first_cut = damaged ? found.from_offset() : range.base_offset;
  return Status();
}

// The batches of what is kept, which ends at `end`, before the offset `next`.
Status IndexAnew(const SegmentList& list, int64_t end, int64_t next, int32_t interval,
                 Segment* segment) {
  segment->ForgetIndexes();
  if (end == 0) return Status();
  segment->SetEnd(end, next);
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(end, &map));
  SegmentReader reader(segment, map.get(), list.BoundsOf(*segment, kOffsetLimit));
  int64_t expected = segment->base_offset();
  for (int64_t at = 0; at < end;) {
    if (!reader.FrameIsSound(at, expected)) {  // what is damaged stays, and stays damaged
      const Damage damage = reader.Measure(at, expected);
      at = damage.to_position;
      expected = damage.to_offset;
      continue;
    }
    const BatchHeader header(map->data() + at);
    segment->Account(at, header.size(), header.last_offset(), header.max_timestamp(), interval);
    expected = header.last_offset() + 1;
    at += header.size();
  }
  segment->SetEnd(end, expected);
  return Status();
}

}  // namespace

Status PartitionLog::RemoveSegmentFiles(Segment* segment) {
  (void)segment->Hold();  // somebody may be about to read there
  const std::string stem = directory_ + "/" + SegmentStem(segment->base_offset());
  for (const char* kind : {".log", ".index", ".timeindex", ".txnindex", ".snapshot"}) {
    const Status removed = env_->Unlink(stem + kind);
    if (!removed.ok() && removed.code() != Code::kNotFound) return removed.Clone();
  }
  return Status();
}

Status PartitionLog::DeleteBefore(int64_t offset) {
  DURAMEN_TRY(Refresh());  // First: a forked child must not even wait for a lock.
  std::lock_guard round(flush_mutex_);
  std::lock_guard lock(append_mutex_);
  DURAMEN_TRY(CheckUsable());
  const int64_t start = log_start_offset_.load();
  if (offset < 0 || offset > HighWatermark()) {
    return OutOfRange("delete before", offset, start, HighWatermark());
  }
  if (offset <= start) return Status();
  DURAMEN_TRY(Wake());
  DURAMEN_TRY(StoreLogStart(offset));
  return RemoveDeleted();
}

// Durable before any file goes: else a crash would leave a log that starts with a hole. In the
// watermark first, and in both slots, because a checkpoint above what that says is not followed.
Status PartitionLog::StoreLogStart(int64_t offset) {
  const int64_t before = log_start_offset_.exchange(offset);
  StoreMark();
  StoreMark();
  Status stored = watermark_->Sync();
  if (stored.ok()) stored = log_directory_->SetLogStartOffset(name_, offset);
  if (!stored.ok()) {
    log_start_offset_.store(before);
    StoreMark();
    StoreMark();
  }
  StoreLive();
  return stored;
}

// Segments wholly below the log start offset go. A crash may have left some to the next opening.
Status PartitionLog::RemoveDeleted() {
  const int64_t start = log_start_offset_.load();
  SegmentList::Segments kept, removed;
  const auto segments = segments_.Get();
  for (const auto& segment : *segments) {
    const bool gone = segment != active_ && segment->next_offset() <= start;
    (gone ? removed : kept).push_back(segment);
  }
  if (removed.empty()) return Status();
  // Where the two differ no record stands between them, and the log can be cut no lower.
  log_start_offset_.store(std::max(start, kept.front()->base_offset()));
  segments_.Set(std::move(kept));
  StoreLive();
  // The mark may name one that goes.
  StoreMark({durable_offset_.load(), active_, 0, LastBatch()});
  for (const auto& segment : removed) {
    segment->StopWriting();
    DURAMEN_TRY(RemoveSegmentFiles(segment.get()));
  }
  return env_->SyncDirectory(directory_);
}

Status PartitionLog::TruncateTo(int64_t offset) {
  // A cut that fails half-way ends in a recovery, which keeps no more than what is durable.
  DURAMEN_TRY(Flush());
  const auto snapshots = producers_.HoldSnapshots();
  std::lock_guard round(flush_mutex_);
  std::lock_guard lock(append_mutex_);
  DURAMEN_TRY(CheckUsable());
  const int64_t start = log_start_offset_.load(), end = log_end_offset_.load();
  if (offset < start || offset > end) return OutOfRange("truncate to", offset, start, end);
  if (offset == end) return Status();
  DURAMEN_TRY(Wake());
  CutPlace place;
  DURAMEN_TRY(FindCut(segments_, offset, &place));
  if (place.first_cut < start) {
    return Status(Code::kOffsetOutOfRange,
                  "offset " + std::to_string(offset) + " lies in the batch from " +
                      std::to_string(place.first_cut) + ", in which the log starts at " +
                      std::to_string(start) + "; a batch is cut as a whole, so cut behind it")
        .Offsets(start, end);
  }
  DURAMEN_TRY(place.segment->Hold());
  const std::string kept_file = place.segment->log_path() + kCutSuffix;
  std::shared_ptr<Segment> kept;
  Status status = CopyToFile(env_, place.segment->file(), 0, place.position, kept_file);
  if (status.ok()) status = OpenKept(place, &kept);
  if (status.ok()) status = Cut(place, kept);
  if (status.ok()) return Status();
  (void)env_->Unlink(kept_file);
  // Half a cut leaves memory and files apart, so what follows has to be a recovery.
  if (log_end_offset_.load() != end) FenceLocked(status);
  return status;
}

// The kept bytes are a new file, which takes the segment's name; the old one lives on under the
// views that map it, whose bytes never change.
Status PartitionLog::OpenKept(const CutPlace& place, std::shared_ptr<Segment>* kept) {
  auto fresh = std::make_shared<Segment>(env_, directory_, place.segment->base_offset());
  DURAMEN_TRY(
      fresh->Open(SegmentStem(fresh->base_offset()) + ".log" + kCutSuffix, OpenMode::kReadWrite));
  DURAMEN_TRY(IndexAnew(segments_, place.position, place.first_cut, options_.index_interval_bytes,
                        fresh.get()));
  DURAMEN_TRY(fresh->BeginAppending(FileOptions()));
  *kept = std::move(fresh);
  return Status();
}

// Until the first store below nothing has changed; from the rename on the cut has happened.
Status PartitionLog::Cut(const CutPlace& place, const std::shared_ptr<Segment>& kept) {
  const auto segments = segments_.Get();
  const int64_t end = kept->next_offset();
  // The lower durable offset first: were the cut to happen without it, the missing batches would
  // look like corruption.
  if (log_directory_->FactsOf(name_).recovery_point > end) {
    DURAMEN_TRY(log_directory_->SetRecoveryPoint(name_, kept->base_offset()));
  }
  if (log_start_offset_.load() > end) {  // in a gap
    DURAMEN_TRY(log_directory_->SetLogStartOffset(name_, end));
    log_start_offset_.store(end);
  }
  log_end_offset_.store(end);
  durable_offset_.store(std::min(durable_offset_.load(), end));
  shown_below_.store(std::min(shown_below_.load(), end));
  StoreMark({durable_offset_.load(), place.segment, 0, LastBatch()});
  StoreLive();
  DURAMEN_TRY(watermark_->Sync());
  for (size_t i = place.index; i < segments->size(); ++i) (*segments)[i]->StopWriting();
  DURAMEN_TRY(env_->Rename(kept->log_path() + kCutSuffix, kept->log_path()));
  for (size_t later = place.index + 1; later < segments->size(); ++later) {
    DURAMEN_TRY(RemoveSegmentFiles((*segments)[later].get()));
  }
  (void)kept->PersistIndexes();
  // Before anything is appended again, durably.
  DURAMEN_TRY(producers_.ForgetSnapshots(end));
  DURAMEN_TRY(env_->SyncDirectory(directory_));
  DURAMEN_TRY(epochs_.CutTo(end));

  SegmentList::Segments remaining(segments->begin(),
                                  segments->begin() + static_cast<int64_t>(place.index));
  remaining.push_back(kept);
  segments_.Set(std::move(remaining));
  active_ = kept;
  roll_needed_ = spare_asked_ = false;
  unsynced_base_ = std::min(unsynced_base_, active_->base_offset());
  last_batch_ = segments_.LastBatchOf(active_.get());
  DURAMEN_TRY(producers_.Cut(log_start_offset_.load(), end));
  StoreMark();
  StoreLive();
  return watermark_->Sync();
}

}  // namespace duramen
