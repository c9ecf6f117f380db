#include "log/recovery.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "log/copy_file.h"
#include "log/spare.h"

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

int64_t Recovery::SuccessorOf(size_t index) const {
  return IsLast(index) ? kOffsetLimit : log_->segments[index + 1]->base_offset();
}

Status Recovery::Run(RecoveredLog* log) {
  log_ = log;
  if (input_.writable) DURAMEN_TRY(SettleFiles(env_, directory_, &log_->report));
  DURAMEN_TRY(OpenSegments());
  for (size_t i = 0; i < log_->segments.size(); ++i) DURAMEN_TRY(RecoverSegment(i));
  DURAMEN_TRY(CheckStart());
  DURAMEN_TRY(SetDeletedAside());
  log_->next_offset = log_->segments.empty()
                          ? input_.log_start_offset
                          : std::max(log_->segments.back()->next_offset(), input_.log_start_offset);
  ReportMissing();
  ReportCheckpoints();
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
  const bool ends = input_.owned && input_.has_live;
  while (ends && !bases.empty() && bases.back() > input_.live.segment_base) bases.pop_back();
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
  const int64_t last_entry = LastEntryOf(index);
  segment->ForgetIndexes();
  Stop stop{0, segment->base_offset()};
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  DURAMEN_TRY(Scan(segment, size, true, &stop));
  DURAMEN_TRY(Settle(index, stop, last_entry));
  return SealIfDone(index);
}

Status Recovery::SealIfDone(size_t index) {
  if (!input_.writable) return Status();
  Segment* segment = log_->segments[index].get();
  if (IsLast(index)) {
    // What stood in the files may be about batches that are gone. A full disk is met by the
    // appender.
    (void)segment->PersistIndexes();
    return Status();
  }
  segment->FinishTimeIndex();
  const Status sealed = segment->SealIndexes();
  // Memory has the entries; who opens the log next makes them again.
  return sealed.code() == Code::kNoSpace ? Status() : sealed.Clone();
}

Status Recovery::Trust(size_t index, bool* trusted) {
  Segment* segment = log_->segments[index].get();
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  *trusted = false;
  const bool deleted = SuccessorOf(index) <= input_.log_start_offset;
  const bool flushed = input_.clean || SuccessorOf(index) <= input_.recovery_point;
  const bool indexed = HasIndexes(index);
  const bool reaches = LastEntryOf(index) < size;
  if (!IsLast(index) && (deleted || (flushed && indexed && reaches))) {
    // Flushed and cut to size when the recovery point passed it; its indexes are loaded when used.
    segment->SetEnd(size, SuccessorOf(index));
    *trusted = true;
    return Status();
  }
  if (!indexed || !(input_.clean || SameBoot())) return Status();
  return TrustTail(index, size, trusted);
}

// Whether both files are there and may be whole, as far as their sizes say.
bool Recovery::HasIndexes(size_t index) const {
  const Segment& segment = *log_->segments[index];
  FileInfo offsets, times;
  if (!env_->Info(segment.offset_index().file().path(), &offsets).ok() ||
      !env_->Info(segment.time_index().file().path(), &times).ok()) {
    return false;
  }
  return offsets.size % 8 == 0 && times.size % 12 == 0;
}

// A segment that ends where it should is taken without a scan of all of it.
Status Recovery::TrustTail(size_t index, int64_t size, bool* trusted) {
  Segment* segment = log_->segments[index].get();
  const bool is_live = SameBoot() && segment->base_offset() == input_.live.segment_base;
  const int64_t limit = is_live ? std::min(size, input_.live.segment_end) : size;
  Stop stop{0, segment->base_offset()};
  bool sound = false;
  DURAMEN_TRY(ScanFromLastEntry(segment, limit, &sound, &stop));
  const bool to_end = stop.position == limit;
  const bool whole = IsLast(index) ? to_end && stop.expected >= PublishedBelow()
                                   : stop.expected == SuccessorOf(index) ||
                                         (to_end && SuccessorOf(index) <= input_.gaps_below);
  if (!sound || !whole) return Status();
  *trusted = true;
  // Closed cleanly, its index files are final, and stay as they are.
  if (IsLast(index) && (input_.owned || (input_.clean && stop.position == size))) {
    segment->SetEnd(stop.position, stop.expected);
    return Status();
  }
  // Behind the live end may stand a batch that was stored but never published.
  if (IsLast(index)) DURAMEN_TRY(Scan(segment, size, true, &stop));
  DURAMEN_TRY(Settle(index, stop));
  return SealIfDone(index);
}

Status Recovery::ScanFromLastEntry(Segment* segment, int64_t limit, bool* sound, Stop* stop) {
  *sound = true;
  if (limit == 0) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(limit, &map));
  SegmentReader reader(segment, map.get(), {limit, kOffsetLimit, input_.gaps_below, false});
  OffsetIndexEntry entry{segment->base_offset() - 1, 0};
  TimeIndexEntry last;
  const bool entered = segment->offset_index().Last(&entry);
  // Entries behind it, of a last close or of what a cut took away, come again as the scan goes on.
  segment->time_index().DropAfter(entry.offset);
  const bool timed = segment->time_index().Last(&last);
  *sound = !timed || reader.Confirms(last);
  if (entered) {
    const bool inside = entry.position > 0 && entry.position < limit;
    *sound &= inside && reader.FrameIsSound(entry.position, -1) &&
              BatchHeader(map->data() + entry.position).last_offset() == entry.offset;
    if (!*sound) return Status();
    stop->position = entry.position;
    stop->expected = BatchHeader(map->data() + entry.position).base_offset();
  }
  if (reader.FrameIsSound(0, segment->base_offset())) {
    segment->RestoreFirstTimestamp(BatchHeader(map->data()).max_timestamp());
  }
  if (timed) segment->RestoreMaxTimestamp(last.timestamp, last.offset);
  const int64_t scanned = log_->report.scanned_bytes;
  // The offset behind the last batch is as good as its CRC.
  DURAMEN_TRY(Scan(segment, limit, true, stop));
  log_->report.scanned_bytes = scanned;  // these few are no reason to call the log unclean
  return Status();
}

Status Recovery::Scan(Segment* segment, int64_t limit, bool check_crc, Stop* stop) {
  const int64_t from = stop->position;
  if (from >= limit) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(limit, &map));
  SegmentReader reader(segment, map.get(), {limit, kOffsetLimit, input_.gaps_below, true});
  while (stop->position < limit && reader.FrameIsSound(stop->position, stop->expected)) {
    if (check_crc && !reader.CrcIsGood(stop->position)) break;
    // After a failed flush the page cache may show what the device does not have.
    if (Fenced() && stop->expected >= input_.durable.durable_offset) break;
    const BatchHeader header(map->data() + stop->position);
    const int32_t epoch = header.leader_epoch();
    if (log_->epochs.empty() || log_->epochs.back().epoch < epoch) {
      log_->epochs.push_back({epoch, header.base_offset()});
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
    log_->report.scanned_bytes += stop->position - from;
    segment->MarkChecked(from, stop->position);
  }
  return Status();
}

// Up to a whole sector, as far as the file goes: a batch may end in zeros (without headers in one,
// as lz4 in four), and what is damaged in it may yet be mended.
Status Recovery::ContentEnd(Segment* segment, int64_t from, int64_t* end) {
  constexpr int64_t kSector = 512;
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  *end = from;
  std::vector<uint8_t> chunk(static_cast<size_t>(kCopyChunk));
  for (int64_t at = size; at > from;) {
    const int64_t start = std::max(from, at - kCopyChunk);
    size_t got = 0;
    DURAMEN_TRY(
        segment->file()->ReadAt(chunk.data(), static_cast<size_t>(at - start), start, &got));
    while (got > 0 && chunk[got - 1] == 0) --got;
    if (got > 0) {
      *end = std::min(size, (start + static_cast<int64_t>(got) + kSector - 1) / kSector * kSector);
      return Status();
    }
    at = start;
  }
  return Status();
}

Status Recovery::Settle(size_t index, Stop stop, int64_t last_entry) {
  Segment* segment = log_->segments[index].get();
  for (;;) {
    segment->SetEnd(stop.position, stop.expected);
    int64_t content_end;
    DURAMEN_TRY(ContentEnd(segment, stop.position, &content_end));
    if (IsLast(index)) {
      if (content_end == stop.position && stop.expected >= PublishedBelow()) return Status();
    } else {
      int64_t size;
      DURAMEN_TRY(SizeOf(segment, &size));
      if (IsWhole(index, stop, size, content_end, last_entry)) {
        DURAMEN_TRY(EndAt(segment, stop, content_end));
        segment->SetEnd(stop.position, SuccessorOf(index));
        return Status();
      }
    }
    if (stop.expected >= PromisedBelow()) return CutTail(index, stop, content_end);
    bool resumed = false;
    DURAMEN_TRY(PassDamage(index, content_end, &stop, &resumed));
    if (!resumed) return Status();
  }
}

Status Recovery::RefuseIfStrict(Segment* segment, const Stop& stop, bool intact_behind) const {
  if (!input_.strict || !intact_behind) return Status();
  return Status(Code::kCorruptLog,
                "intact batches stand behind a damaged or missing one at offset " +
                    std::to_string(stop.expected) +
                    "; open with recovery: 'torn-tail' to go on around it")
      .At(segment->log_path(), stop.position)
      .Offsets(stop.expected, -1);
}

// The stretch without an intact batch that starts at `stop`; `*resumes` when one follows. It is
// looked for in the whole file: a batch may end in zeros, so that no position in front of them
// bounds it.
Status Recovery::Measure(Segment* segment, const Stop& stop, int64_t below, Damage* damage,
                         bool* resumes) {
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  *damage = {stop.position, size, stop.expected, below};
  *resumes = false;
  if (stop.position >= size) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(size, &map));
  ReadBounds bounds{size, kOffsetLimit, input_.gaps_below, true};
  (void)input_.KnownEnd(segment->base_offset(), &bounds.known_position, &bounds.known_offset);
  SegmentReader reader(segment, map.get(), bounds);
  segment->SetEnd(size, below);
  *damage = reader.Measure(stop.position, stop.expected);
  segment->SetEnd(stop.position, stop.expected);
  *resumes = damage->to_position < size;
  return Status();
}

// Promised batches are damaged or gone. Nothing is cut: what is intact behind stays readable.
Status Recovery::PassDamage(size_t index, int64_t content_end, Stop* stop, bool* resumed) {
  Segment* segment = log_->segments[index].get();
  Damage damage;
  DURAMEN_TRY(Measure(segment, *stop, SuccessorOf(index), &damage, resumed));
  DURAMEN_TRY(RefuseIfStrict(segment, *stop, *resumed || !IsLast(index)));
  if (!*resumed) {
    // A batch may end in zeros.
    int64_t known_end = -1, known_offset, size;
    (void)input_.KnownEnd(segment->base_offset(), &known_end, &known_offset);
    DURAMEN_TRY(SizeOf(segment, &size));
    content_end = std::max(content_end, IsTrimmed(index) ? size : std::min(known_end, size));
    damage.to_position = content_end;
    damage.to_offset = IsLast(index) ? PromisedBelow() : SuccessorOf(index);
    segment->SetEnd(content_end, damage.to_offset);
    if (IsLast(index)) log_->roll_needed = true;
  }
  log_->report.findings.push_back({RecoveryFinding::Kind::kCorruption, segment->log_path(),
                                   damage.from_position, damage.to_position - damage.from_position,
                                   damage.from_offset, damage.to_offset - 1, ""});
  if (!*resumed) return Status();
  *stop = {damage.to_position, damage.to_offset};
  int64_t size;
  DURAMEN_TRY(SizeOf(segment, &size));
  return Scan(segment, size, true, stop);
}

// Nothing promised stands from here on: set aside what there is, and end the log.
Status Recovery::CutTail(size_t index, const Stop& stop, int64_t content_end) {
  Segment* segment = log_->segments[index].get();
  Damage damage;
  bool intact_behind = false;
  DURAMEN_TRY(Measure(segment, stop, kOffsetLimit, &damage, &intact_behind));
  int64_t known_end, known_offset;
  // Behind what a process published stands at most the batch that it was storing as it died.
  const bool one_batch = SameBoot() &&
                         input_.KnownEnd(segment->base_offset(), &known_end, &known_offset) &&
                         stop.position >= known_end;
  DURAMEN_TRY(RefuseIfStrict(segment, stop, (intact_behind && !one_batch) || !IsLast(index)));
  DURAMEN_TRY(EndAt(segment, stop, content_end));
  return MoveLaterAside(index);
}

// Cuts the file off; what stands behind, if it is not zeros, is copied aside first.
Status Recovery::EndAt(Segment* segment, const Stop& stop, int64_t content_end) {
  std::string copy;
  const bool has_content = content_end > stop.position;
  if (input_.writable && has_content) {
    copy = BrokenName(env_, segment->log_path());
    DURAMEN_TRY(CopyToFile(env_, segment->file(), stop.position, content_end, copy));
    DURAMEN_TRY(env_->SyncDirectory(directory_));
  }
  if (has_content) {
    log_->report.findings.push_back({RecoveryFinding::Kind::kTornTail, segment->log_path(),
                                     stop.position, content_end - stop.position, stop.expected, -1,
                                     copy});
  }
  if (!input_.writable) return Status();
  if (!has_content) {
    // Zeros may come back after a power cut, and are cut off again. A sync would write the whole
    // segment, which a log that is opened after a kill has no time for.
    return segment->file()->Truncate(stop.position);
  }
  if (!Fenced()) {
    DURAMEN_TRY(segment->file()->Truncate(stop.position));
    return segment->file()->Sync();
  }
  // Readers were shown what the failed flush should have kept: views of it keep their bytes.
  const std::string kept = segment->log_path() + kCutSuffix;
  DURAMEN_TRY(CopyToFile(env_, segment->file(), 0, stop.position, kept));
  DURAMEN_TRY(env_->Rename(kept, segment->log_path()));
  DURAMEN_TRY(segment->Open(SegmentStem(segment->base_offset()) + ".log", OpenMode::kReadWrite));
  return env_->SyncDirectory(directory_);
}

Status Recovery::MoveLaterAside(size_t index) {
  while (!IsLast(index)) {
    Segment* later = log_->segments.back().get();
    int64_t size;
    DURAMEN_TRY(SizeOf(later, &size));
    std::string moved;
    if (input_.writable) DURAMEN_TRY(MoveAside(env_, *later, &moved));
    log_->report.findings.push_back({RecoveryFinding::Kind::kMovedAside, later->log_path(), 0, size,
                                     later->base_offset(), -1, moved});
    log_->segments.pop_back();
  }
  return Status();
}

}  // namespace duramen
