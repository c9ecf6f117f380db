#include <algorithm>
#include <utility>

#include "log/partition_log.h"
#include "log/spare.h"

namespace duramen {
namespace {

constexpr int64_t kCopyChunk = 1 << 20;

Status OutOfRange(const char* what, int64_t offset, int64_t from, int64_t to) {
  return Status(Code::kOffsetOutOfRange, std::string("cannot ") + what + " offset " +
                                             std::to_string(offset) + ": the log allows " +
                                             std::to_string(from) + " to " + std::to_string(to))
      .Offsets(from, to);
}

Status CopyPrefix(File* from, File* to, int64_t size) {
  std::vector<uint8_t> chunk(static_cast<size_t>(std::min(kCopyChunk, size)));
  for (int64_t at = 0; at < size;) {
    size_t got = 0;
    const auto wanted = std::min<int64_t>(static_cast<int64_t>(chunk.size()), size - at);
    DURAMEN_TRY(from->ReadAt(chunk.data(), static_cast<size_t>(wanted), at, &got));
    if (got == 0) return Status(Code::kSegmentLost, "the segment file was cut short meanwhile");
    DURAMEN_TRY(to->WriteAt(chunk.data(), got, at));
    at += static_cast<int64_t>(got);
  }
  return to->Sync();
}

}  // namespace

Status PartitionLog::RemoveSegmentFiles(const Segment& segment) {
  const std::string stem = directory_ + "/" + SegmentStem(segment.base_offset());
  for (const char* kind : {".log", ".index", ".timeindex", ".txnindex", ".snapshot"}) {
    const Status removed = env_->Unlink(stem + kind);
    if (!removed.ok() && removed.code() != Code::kNotFound) return removed.Clone();
  }
  return Status();
}

Status PartitionLog::DeleteBefore(int64_t offset) {
  std::lock_guard round(flush_mutex_);
  std::lock_guard lock(append_mutex_);
  DURAMEN_TRY(CheckUsable());
  const int64_t start = log_start_offset_.load();
  if (offset < 0 || offset > HighWatermark()) {
    return OutOfRange("delete before", offset, start, HighWatermark());
  }
  if (offset <= start) return Status();
  // Durable before any file goes: else a crash would leave a log that starts with a hole.
  DURAMEN_TRY(log_directory_->SetLogStartOffset(name_, offset));
  log_start_offset_.store(offset);
  Segments kept, removed;
  for (const auto& segment : *segments_.Get()) {
    const bool gone = segment != active_ && segment->next_offset() <= offset;
    (gone ? removed : kept).push_back(segment);
  }
  segments_.Set(std::move(kept));
  StoreLive();
  for (const auto& segment : removed) DURAMEN_TRY(RemoveSegmentFiles(*segment));
  return removed.empty() ? Status() : env_->SyncDirectory(directory_);
}

Status PartitionLog::TruncateTo(int64_t offset) {
  std::lock_guard round(flush_mutex_);
  std::lock_guard lock(append_mutex_);
  DURAMEN_TRY(CheckUsable());
  const int64_t start = log_start_offset_.load(), end = log_end_offset_.load();
  if (offset < start || offset > end) return OutOfRange("truncate to", offset, start, end);
  if (offset == end) return Status();
  const Status cut = Cut(offset);
  // Half a cut leaves memory and files apart, so what follows has to be a recovery.
  if (!cut.ok() && log_end_offset_.load() != end) FenceLocked(cut);
  return cut.Clone();
}

Status PartitionLog::Cut(int64_t offset) {
  const auto segments = segments_.Get();
  const size_t index = SegmentList::IndexOf(*segments, offset);
  const auto& segment = (*segments)[index];
  std::shared_ptr<MappedRange> map;
  BatchRange range{0, 0, segment->base_offset(), 0};
  if (segment->end() > 0) {
    DURAMEN_TRY(segment->ReadMap(segment->end(), &map));
    SegmentReader reader(segment.get(), map.get(), segments_.BoundsOf(*segment, kOffsetLimit));
    DURAMEN_TRY(reader.Read(offset, 0, &range));
  }
  const int64_t new_end = range.position < range.end ? range.base_offset : offset;
  // The lower durable offset first: were the cut to happen without it, the missing batches would
  // look like corruption.
  if (log_directory_->RecoveryPoint(name_) > new_end) {
    DURAMEN_TRY(log_directory_->SetRecoveryPoint(name_, segment->base_offset()));
  }
  log_end_offset_.store(new_end);
  durable_offset_.store(std::min(durable_offset_.load(), new_end));
  StoreDurable(durable_offset_.load(), segment.get(), 0, LastBatch());
  StoreLive();
  DURAMEN_TRY(watermark_->Sync());

  std::shared_ptr<Segment> cut;
  DURAMEN_TRY(CutSegment(segment.get(), range.position, &cut));
  for (size_t later = index + 1; later < segments->size(); ++later) {
    DURAMEN_TRY(RemoveSegmentFiles(*(*segments)[later]));
  }
  DURAMEN_TRY(env_->SyncDirectory(directory_));
  while (!epochs_.empty() && epochs_.back().start_offset >= new_end && epochs_.size() > 1) {
    epochs_.pop_back();
  }
  DURAMEN_TRY(WriteEpochCheckpoint(env_, directory_ + "/leader-epoch-checkpoint", epochs_));

  Segments kept(segments->begin(), segments->begin() + static_cast<int64_t>(index));
  kept.push_back(cut);
  segments_.Set(std::move(kept));
  active_ = std::move(cut);
  roll_needed_ = false;
  unsynced_base_ = std::min(unsynced_base_, active_->base_offset());
  last_batch_ = FindLastBatch(active_.get());
  const bool all = durable_offset_.load() == new_end;
  StoreDurable(durable_offset_.load(), active_.get(), all ? active_->end() : 0,
               all ? last_batch_ : LastBatch());
  StoreLive();
  return watermark_->Sync();
}

// Keeps the first `position` bytes in a new file under the same name; the old one lives on under
// the views that map it, whose bytes never change.
Status PartitionLog::CutSegment(Segment* segment, int64_t position, std::shared_ptr<Segment>* cut) {
  if (segment->window() != nullptr) segment->window()->Stop();
  if (active_->window() != nullptr) active_->window()->Stop();
  const std::string temporary = segment->log_path() + ".cut";
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(temporary, OpenMode::kCreate, &file));
  DURAMEN_TRY(file->Truncate(0));
  DURAMEN_TRY(CopyPrefix(segment->file(), file.get(), position));
  DURAMEN_TRY(env_->Rename(temporary, segment->log_path()));
  auto fresh = std::make_shared<Segment>(env_, directory_, segment->base_offset());
  DURAMEN_TRY(fresh->Open(SegmentStem(segment->base_offset()) + ".log", OpenMode::kReadWrite));
  fresh->offset_index().file().Reset();
  fresh->time_index().file().Reset();
  int64_t at = 0, next = segment->base_offset();
  if (position > 0) {
    std::shared_ptr<MappedRange> map;
    DURAMEN_TRY(fresh->ReadMap(position, &map));
    while (at < position) {
      const BatchHeader header(map->data() + at);
      fresh->Account(at, header.size(), header.last_offset(), header.max_timestamp(),
                     options_.index_interval_bytes);
      next = header.last_offset() + 1;
      at += header.size();
    }
  }
  fresh->SetEnd(position, next);
  DURAMEN_TRY(fresh->offset_index().file().Persist());
  DURAMEN_TRY(fresh->time_index().file().Persist());
  DURAMEN_TRY(fresh->BeginAppending(FileOptions()));
  *cut = std::move(fresh);
  return Status();
}

}  // namespace duramen
