#include "log/recovery.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace duramen {
namespace {

constexpr int64_t kCopyChunk = 1 << 20;

Status SizeOf(Segment* segment, int64_t* size) {
  FileInfo info;
  DURAMEN_TRY(segment->file()->Info(&info));
  *size = info.size;
  return Status();
}

}  // namespace

Recovery::Recovery(Env* env, std::string directory, const RecoveryInput& input)
    : env_(env), directory_(std::move(directory)), input_(input) {}

int64_t Recovery::Watermark() const {
  if (input_.has_durable && input_.durable.fenced) return input_.durable.durable_offset;
  if (input_.has_live) return input_.live.log_end_offset;
  return input_.has_durable ? input_.durable.durable_offset : 0;
}

int64_t Recovery::TrustedBelow() const {
  if (input_.clean) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(input_.recovery_point, 0);
}

Status Recovery::Run(RecoveredLog* log) {
  log_ = log;
  if (input_.writable) DURAMEN_TRY(SettleFiles(env_, directory_, &log_->report));
  DURAMEN_TRY(OpenSegments());
  for (size_t i = 0; i < log_->segments.size(); ++i) DURAMEN_TRY(RecoverSegment(i));
  log_->next_offset = log_->segments.empty()
                          ? input_.log_start_offset
                          : std::max(log_->segments.back()->next_offset(), input_.log_start_offset);
  log_->report.clean = log_->report.scanned_bytes == 0 && log_->report.findings.empty();
  return Status();
}

Status Recovery::OpenSegments() {
  std::vector<std::string> names;
  DURAMEN_TRY(env_->List(directory_, &names));
  std::vector<int64_t> bases;
  for (const std::string& name : names) {
    const int64_t base = BaseOffsetOfName(name, ".log");
    if (base >= 0 && base < kOffsetLimit) bases.push_back(base);
  }
  std::sort(bases.begin(), bases.end());
  for (const int64_t base : bases) {
    auto segment = std::make_shared<Segment>(env_, directory_, base);
    DURAMEN_TRY(segment->Open(SegmentStem(base) + ".log",
                              input_.writable ? OpenMode::kReadWrite : OpenMode::kRead));
    log_->segments.push_back(std::move(segment));
  }
  return Status();
}

Status Recovery::RecoverSegment(size_t index) {
  bool trusted = false;
  DURAMEN_TRY(Trust(index, &trusted));
  if (trusted) return Status();
  Segment* segment = log_->segments[index].get();
  segment->offset_index().file().Reset();
  segment->time_index().file().Reset();
  segment->RestoreMaxTimestamp(-1, -1);
  Stop stop;
  DURAMEN_TRY(Scan(segment, 0, segment->base_offset(), true, &stop));
  DURAMEN_TRY(Settle(index, stop));
  if (IsLast(index) || !input_.writable) return Status();
  segment->FinishTimeIndex();
  DURAMEN_TRY(segment->offset_index().file().Seal());
  return segment->time_index().file().Seal();
}

Status Recovery::Trust(size_t index, bool* trusted) {
  Segment* segment = log_->segments[index].get();
  const int64_t successor =
      IsLast(index) ? std::numeric_limits<int64_t>::max() : log_->segments[index + 1]->base_offset();
  const bool same_boot = input_.has_live && !(input_.has_durable && input_.durable.fenced);
  const bool below = successor <= TrustedBelow() || input_.clean;
  *trusted = false;
  if (!below && !same_boot) return Status();
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  FileInfo info;
  const bool indexed = env_->Info(segment->offset_index().file().path(), &info).ok() &&
                       env_->Info(segment->time_index().file().path(), &info).ok();
  if (!indexed) return Status();
  if (below && !IsLast(index)) {
    // Flushed and cut to size when the recovery point passed it; its indexes are loaded when used.
    segment->SetEnd(size, successor);
    *trusted = true;
    return Status();
  }
  const int64_t limit = same_boot && segment->base_offset() == input_.live.segment_base
                            ? std::min(size, input_.live.segment_end)
                            : size;
  Stop stop;
  bool sound = false;
  DURAMEN_TRY(ScanFromLastEntry(segment, limit, &sound, &stop));
  const bool whole = IsLast(index) ? stop.position == limit || (same_boot && stop.at_end)
                                   : stop.expected == successor;
  const bool acknowledged = !IsLast(index) || stop.expected >= Watermark();
  if (!sound || !whole || !acknowledged) return Status();
  // Behind the live end may stand a batch that was stored but never published.
  if (limit < size && IsLast(index)) DURAMEN_TRY(Scan(segment, limit, stop.expected, true, &stop));
  *trusted = true;
  return Settle(index, stop);
}

Status Recovery::ScanFromLastEntry(Segment* segment, int64_t limit, bool* sound, Stop* stop) {
  *stop = {0, segment->base_offset(), limit == 0};
  *sound = true;
  if (limit == 0) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(limit, &map));
  const SegmentReader reader(segment, map.get(), {limit, kOffsetLimit, input_.gaps_below, false});
  OffsetIndexEntry entry;
  if (segment->offset_index().Last(&entry)) {
    const bool inside = entry.position > 0 && entry.position < limit;
    *sound = inside && reader.FrameIsSound(entry.position, -1) &&
             BatchHeader(map->data() + entry.position).last_offset() == entry.offset;
    if (!*sound) return Status();
    stop->position = entry.position;
    stop->expected = BatchHeader(map->data() + entry.position).base_offset();
  }
  if (reader.FrameIsSound(0, segment->base_offset())) {
    segment->RestoreFirstTimestamp(BatchHeader(map->data()).max_timestamp());
  }
  TimeIndexEntry last;
  if (segment->time_index().Last(&last)) segment->RestoreMaxTimestamp(last.timestamp, last.offset);
  return Scan(segment, stop->position, stop->expected, false, stop);
}

Status Recovery::Scan(Segment* segment, int64_t position, int64_t expected, bool check_crc,
                      Stop* stop) {
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  *stop = {position, expected, position >= size};
  if (position >= size) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(size, &map));
  SegmentReader reader(segment, map.get(), {size, kOffsetLimit, input_.gaps_below, true});
  const bool fenced = input_.has_durable && input_.durable.fenced;
  while (stop->position < size && reader.FrameIsSound(stop->position, stop->expected)) {
    if (check_crc && !reader.CrcIsGood(stop->position)) break;
    // After a failed flush the page cache may show what the device does not have.
    if (fenced && stop->expected >= input_.durable.durable_offset) break;
    const BatchHeader header(map->data() + stop->position);
    const int32_t epoch = header.leader_epoch();
    if (log_->epochs.empty() || log_->epochs.back().epoch < epoch) {
      log_->epochs.push_back({epoch, header.base_offset()});
    }
    if (segment->first_timestamp() < 0 && stop->position == 0) {
      segment->RestoreFirstTimestamp(header.max_timestamp());
    }
    segment->Account(stop->position, header.size(), header.last_offset(), header.max_timestamp(),
                     input_.index_interval);
    stop->expected = header.last_offset() + 1;
    stop->position += header.size();
  }
  if (map->poisoned()) {
    return Status(Code::kSegmentLost, "the segment file changed while it was being recovered")
        .At(segment->log_path(), stop->position);
  }
  if (check_crc) {
    log_->report.scanned_bytes += stop->position - position;
    segment->MarkChecked(position, stop->position);
  }
  int64_t content_end;
  DURAMEN_TRY(ContentEnd(segment, stop->position, &content_end));
  stop->at_end = content_end <= stop->position;
  return Status();
}

Status Recovery::ContentEnd(Segment* segment, int64_t from, int64_t* end) {
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  *end = from;
  std::vector<uint8_t> chunk(static_cast<size_t>(kCopyChunk));
  for (int64_t at = size; at > from;) {
    const int64_t start = std::max(from, at - kCopyChunk);
    size_t got = 0;
    DURAMEN_TRY(segment->file()->ReadAt(chunk.data(), static_cast<size_t>(at - start), start, &got));
    while (got > 0 && chunk[got - 1] == 0) --got;
    if (got > 0) {
      *end = start + static_cast<int64_t>(got);
      return Status();
    }
    at = start;
  }
  return Status();
}

Status Recovery::Settle(size_t index, Stop stop) {
  Segment* segment = log_->segments[index].get();
  for (;;) {
    segment->SetEnd(stop.position, stop.expected);
    const int64_t successor =
        IsLast(index) ? stop.expected : log_->segments[index + 1]->base_offset();
    const bool contiguous = stop.expected == successor || successor <= input_.gaps_below;
    const bool acknowledged_missing = IsLast(index) && stop.expected < Watermark();
    if (stop.at_end && contiguous && !acknowledged_missing) {
      if (IsLast(index)) return Status();
      segment->SetEnd(stop.position, successor);
      return input_.writable ? segment->file()->Truncate(stop.position) : Status();
    }
    if (stop.expected >= Watermark()) return CutTail(index, stop);
    bool resumed = false;
    DURAMEN_TRY(PassDamage(index, &stop, &resumed));
    if (!resumed) return Status();
  }
}

// Acknowledged batches are damaged or gone. Nothing is cut: what is intact behind stays readable.
Status Recovery::PassDamage(size_t index, Stop* stop, bool* resumed) {
  Segment* segment = log_->segments[index].get();
  int64_t content_end;
  DURAMEN_TRY(ContentEnd(segment, stop->position, &content_end));
  Damage damage{stop->position, content_end, stop->expected, kOffsetLimit};
  if (content_end > stop->position) {
    std::shared_ptr<MappedRange> map;
    DURAMEN_TRY(segment->ReadMap(content_end, &map));
    SegmentReader reader(segment, map.get(), {content_end, kOffsetLimit, input_.gaps_below, true});
    segment->SetEnd(content_end, IsLast(index) ? kOffsetLimit
                                               : log_->segments[index + 1]->base_offset());
    damage = reader.Measure(stop->position, stop->expected);
  }
  *resumed = damage.to_position < content_end;
  if (!*resumed) {
    damage.to_offset = IsLast(index) ? Watermark() : log_->segments[index + 1]->base_offset();
    segment->SetEnd(content_end, damage.to_offset);
    if (IsLast(index)) log_->roll_needed = true;
  }
  log_->report.findings.push_back({RecoveryFinding::Kind::kCorruption, segment->log_path(),
                                   damage.from_position, damage.to_position - damage.from_position,
                                   damage.from_offset, damage.to_offset - 1, ""});
  if (!*resumed) return Status();
  return Scan(segment, damage.to_position, damage.to_offset, true, stop);
}

// Nothing acknowledged stands from here on: set aside what there is, and end the log.
Status Recovery::CutTail(size_t index, const Stop& stop) {
  Segment* segment = log_->segments[index].get();
  int64_t content_end;
  DURAMEN_TRY(ContentEnd(segment, stop.position, &content_end));
  bool intact_behind = !IsLast(index);
  if (content_end > stop.position) {
    std::shared_ptr<MappedRange> map;
    DURAMEN_TRY(segment->ReadMap(content_end, &map));
    SegmentReader reader(segment, map.get(), {content_end, kOffsetLimit, input_.gaps_below, true});
    segment->SetEnd(stop.position, kOffsetLimit);  // any offset may stand behind
    intact_behind |= reader.Measure(stop.position, stop.expected).to_position < content_end;
    segment->SetEnd(stop.position, stop.expected);
  }
  if (intact_behind && input_.strict) {
    return Status(Code::kCorruptLog,
                  "intact batches stand behind a damaged or missing one at offset " +
                      std::to_string(stop.expected) +
                      "; open with recovery: 'torn-tail' to set them aside")
        .At(segment->log_path(), stop.position)
        .Offsets(stop.expected, -1);
  }
  std::string copy;
  if (content_end > stop.position) {
    if (input_.writable) DURAMEN_TRY(CopyAside(segment, stop.position, content_end, &copy));
    log_->report.findings.push_back({RecoveryFinding::Kind::kTornTail, segment->log_path(),
                                     stop.position, content_end - stop.position, stop.expected, -1,
                                     copy});
  }
  if (input_.writable) {
    DURAMEN_TRY(segment->file()->Truncate(stop.position));
    DURAMEN_TRY(segment->file()->Sync());
  }
  return MoveLaterAside(index);
}

Status Recovery::CopyAside(Segment* segment, int64_t position, int64_t end, std::string* copy) {
  *copy = BrokenName(env_, segment->log_path());
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(*copy, OpenMode::kCreateNew, &file));
  std::vector<uint8_t> chunk(static_cast<size_t>(std::min(kCopyChunk, end - position)));
  for (int64_t at = position; at < end;) {
    size_t got = 0;
    const auto wanted = std::min<int64_t>(static_cast<int64_t>(chunk.size()), end - at);
    DURAMEN_TRY(segment->file()->ReadAt(chunk.data(), static_cast<size_t>(wanted), at, &got));
    if (got == 0) break;
    DURAMEN_TRY(file->WriteAt(chunk.data(), got, at - position));
    at += static_cast<int64_t>(got);
  }
  DURAMEN_TRY(file->Sync());
  return env_->SyncDirectory(directory_);
}

Status Recovery::MoveLaterAside(size_t index) {
  while (!IsLast(index)) {
    Segment* later = log_->segments.back().get();
    int64_t size;
    DURAMEN_TRY(SizeOf(later, &size));
    std::string moved;
    if (input_.writable) {
      moved = BrokenName(env_, later->log_path());
      DURAMEN_TRY(env_->Rename(later->log_path(), moved));
      for (const std::string& path :
           {later->offset_index().file().path(), later->time_index().file().path()}) {
        const Status gone = env_->Unlink(path);
        if (!gone.ok() && gone.code() != Code::kNotFound) return gone.Clone();
      }
      DURAMEN_TRY(env_->SyncDirectory(directory_));
    }
    log_->report.findings.push_back({RecoveryFinding::Kind::kMovedAside, later->log_path(), 0, size,
                                     later->base_offset(), -1, moved});
    log_->segments.pop_back();
  }
  return Status();
}

}  // namespace duramen
