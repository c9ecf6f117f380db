#include "log/verify.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "log/batch_check.h"
#include "log/recovery.h"
#include "log/segment.h"
#include "log/segment_reader.h"

namespace duramen {
namespace {

// Walks the batches of one segment and, beside them, the entries of its indexes.
class SegmentVerifier {
 public:
  SegmentVerifier(Segment* segment, int64_t successor, int64_t gaps_below, VerifyReport* report)
      : segment_(segment), successor_(successor), gaps_below_(gaps_below), report_(report) {}

  Status Run(int64_t expected, int64_t* next) {
    FileInfo info;
    DURAMEN_TRY(segment_->file()->Info(&info));
    expected_ = expected;
    if (info.size > 0) {
      DURAMEN_TRY(segment_->ReadMap(info.size, &map_));
      Walk(info.size);
      was_cut_ = map_->poisoned();
      if (was_cut_) Report({at_, -1, -1, 0}, "was cut short while it was read");
    }
    FinishIndexes();
    *next = expected_;
    return Status();
  }

  // As its owner does with zeros that are not needed.
  bool was_cut() const { return was_cut_; }

 private:
  void Walk(int64_t size) {
    segment_->SetEnd(size, successor_);
    SegmentReader reader(segment_, map_.get(), {size, kOffsetLimit, gaps_below_, true, successor_});
    while (at_ < size) {
      const char* fault = FaultAt(reader, size);
      if (fault == nullptr) {
        Count(BatchHeader(map_->data() + at_));
        continue;
      }
      const bool is_zero = IsZeroFrom(size);
      // Its owner may have completed the batch since.
      if (!is_zero && FaultAt(reader, size) == nullptr) continue;
      if (is_zero) {
        // Space allocated ahead; a sealed segment that was not trimmed yet may have it too.
        report_->bytes += at_;
        if (!LacksEnd()) return;
        Report({at_, size, expected_, successor_}, "is missing, zeros stand there");
        expected_ = successor_;
        return;
      }
      const Damage damage = reader.Measure(at_, expected_);
      const bool found = damage.to_position < size;
      Report({at_, IsIntact(reader) ? -1 : damage.to_position, expected_,
              found ? damage.to_offset : 0},
             fault);
      SkipEntries(damage.to_position, found ? damage.to_offset : kOffsetLimit);
      at_ = damage.to_position;
      if (found) expected_ = damage.to_offset;
    }
    report_->bytes += at_;
  }

  const char* FaultAt(const SegmentReader& reader, int64_t size) const {
    const uint8_t* data = map_->data() + at_;
    BatchFault fault = CheckBatchFrame(data, static_cast<size_t>(size - at_), INT32_MAX);
    if (fault == BatchFault::kNone) fault = CheckBatchCrc(data);
    if (fault == BatchFault::kNone) fault = CheckBatchRecords(data, EmptyBatch::kAllowed);
    if (fault != BatchFault::kNone) return BatchFaultText(fault);
    return reader.FrameIsSound(at_, expected_) ? nullptr : "does not follow the offset before it";
  }

  // Whether the bytes are as they were appended, whatever the records in them are.
  bool IsIntact(const SegmentReader& reader) const {
    return reader.FrameIsSound(at_, expected_) &&
           CheckBatchCrc(map_->data() + at_) == BatchFault::kNone;
  }

  // Of a sealed segment, where gaps do not explain it.
  bool LacksEnd() const {
    return successor_ < kOffsetLimit && expected_ < successor_ && expected_ >= gaps_below_;
  }

  bool IsZeroFrom(int64_t size) const {
    return std::all_of(map_->data() + at_, map_->data() + size,
                       [](uint8_t byte) { return byte == 0; });
  }

  void Count(const BatchHeader& header) {
    ++report_->batches;
    report_->records += header.record_count();
    CheckOffsetEntries(header);
    CheckTimeEntries(header);
    expected_ = header.last_offset() + 1;
    at_ += header.size();
  }

  // Entries for what is damaged are no fault of their own.
  void SkipEntries(int64_t position, int64_t offset) {
    OffsetIndexEntry entry;
    TimeIndexEntry time;
    while (segment_->offset_index().At(offset_entry_, &entry) && entry.position < position) {
      ++offset_entry_;
    }
    while (segment_->time_index().At(time_entry_, &time) && time.offset < offset) ++time_entry_;
  }

  void CheckOffsetEntries(const BatchHeader& header) {
    OffsetIndexEntry entry;
    while (segment_->offset_index().At(offset_entry_, &entry) && entry.position <= at_) {
      const bool right = entry.position == at_ && entry.offset == header.last_offset();
      if (!right) ReportEntry(segment_->offset_index().file(), offset_entry_ * 8, entry.offset);
      ++offset_entry_;
    }
  }

  void CheckTimeEntries(const BatchHeader& header) {
    TimeIndexEntry entry;
    while (segment_->time_index().At(time_entry_, &entry) && entry.offset <= header.last_offset()) {
      const bool right =
          entry.offset == header.last_offset() && entry.timestamp == header.max_timestamp();
      if (!right) ReportEntry(segment_->time_index().file(), time_entry_ * 12, entry.offset);
      ++time_entry_;
    }
  }

  void FinishIndexes() {
    const size_t offsets = segment_->offset_index().file().count();
    const size_t times = segment_->time_index().file().count();
    report_->index_entries += static_cast<int64_t>(offsets + times);
    if (offset_entry_ < offsets)
      ReportEntry(segment_->offset_index().file(), offset_entry_ * 8, -1);
    if (time_entry_ < times) ReportEntry(segment_->time_index().file(), time_entry_ * 12, -1);
  }

  void Report(const Damage& damage, const char* fault) {
    report_->findings.push_back({segment_->log_path(), damage.from_position, damage.from_offset,
                                 damage.to_offset - 1, damage.to_position,
                                 std::string("the batch ") + fault});
  }

  void ReportEntry(const IndexFile& file, size_t position, int64_t offset) {
    report_->findings.push_back({file.path(), static_cast<int64_t>(position), offset, offset, -1,
                                 "the index entry names no batch of the segment"});
  }

  Segment* const segment_;
  const int64_t successor_;  // the next segment's base offset; kOffsetLimit behind the last
  const int64_t gaps_below_;
  bool was_cut_ = false;
  VerifyReport* const report_;
  std::shared_ptr<MappedRange> map_;
  int64_t at_ = 0;
  int64_t expected_ = 0;
  size_t offset_entry_ = 0, time_entry_ = 0;
};

// What checkpoints and watermark say about where the log starts and ends.
class KnownRange {
 public:
  KnownRange(Env* env, const std::string& directory) : directory_(directory) {
    LogDirectoryFacts facts;
    std::unique_ptr<Watermark> watermark;
    (void)Watermark::OpenReadOnly(env, directory, &watermark);
    // A checkpoint that does not parse is a fault of its own, and tells nothing about the log.
    const TopicPartition name = TopicPartitionOfDirectory(directory);
    if (!ReadLogDirectoryFacts(env, LogDirectoryOf(env, directory), name, &facts).ok()) return;
    input_.clean = facts.clean;
    input_.Load(env, directory, facts, watermark.get());
    is_known_ = true;
  }

  // The log may have been cut or deleted from while it was looked at.
  void Narrow(const KnownRange& later) {
    is_known_ &= later.is_known_;
    start_ = std::max(input_.KnownStart(), later.input_.KnownStart());
    published_ = std::min(input_.PublishedBelow(), later.input_.PublishedBelow());
    input_.recovery_point = std::min(input_.recovery_point, later.input_.recovery_point);
  }

  // Against a log whose first segment is that of `first`; -1: it has none.
  void Compare(int64_t first, int64_t gaps_below, VerifyReport* report) const {
    if (!is_known_) return;
    if (first > start_ && start_ >= gaps_below) {
      report->findings.push_back(
          {PathOf(first), 0, start_, first - 1, -1, "the batches before the segment are missing"});
    }
    const int64_t next = report->next_offset;
    const int64_t end = std::max(published_, input_.clean ? input_.KnownBelow(next) : int64_t{0});
    if (next < end) CompareEnd(end, report);
    if (first < 0) return;
    const int64_t start = input_.StartIsConfirmed() ? input_.log_start_offset : next;
    CompareCheckpoint(kLogStartCheckpoint, start, input_.start_checkpoint, report);
    CompareCheckpoint(kRecoveryPointCheckpoint, std::max(next, end), input_.recovery_point, report);
    CompareCheckpoint(kCleanerCheckpoint, std::max(next, end), input_.cleaner_offset, report);
  }

 private:
  void CompareEnd(int64_t end, VerifyReport* report) const {
    const int64_t next = report->next_offset;
    // Damage up to the end of the file has been reported.
    for (VerifyFinding& finding : report->findings) {
      if (finding.from_offset != next || finding.to_offset >= 0) continue;
      finding.to_offset = end - 1;
      return;
    }
    const int64_t marked =
        input_.SameBoot() ? input_.live.segment_base : input_.durable.segment_base;
    report->findings.push_back({PathOf(input_.has_durable ? marked : next), 0, next, end - 1, -1,
                                "the batches from here to the log end are missing"});
  }

  void CompareCheckpoint(const char* name, int64_t from, int64_t below,
                         VerifyReport* report) const {
    if (below <= from) return;
    report->findings.push_back({input_.root + "/" + name, 0, from, below - 1, -1,
                                "the offset of this log is beyond what the log has"});
  }

  std::string PathOf(int64_t base) const { return directory_ + "/" + SegmentStem(base) + ".log"; }

  const std::string directory_;
  RecoveryInput input_;
  bool is_known_ = false;
  int64_t start_ = -1, published_ = 0;
};

// Where a file is cut short meanwhile, what was found says nothing: it is looked at again.
Status VerifySegment(Segment* segment, int64_t successor, int64_t gaps_below, VerifyReport* report,
                     int64_t* next) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    VerifyReport found = *report;
    SegmentVerifier verifier(segment, successor, gaps_below, &found);
    DURAMEN_TRY(verifier.Run(segment->base_offset(), next));
    if (verifier.was_cut() && attempt < kAttempts) continue;
    *report = std::move(found);
    return Status();
  }
}

}  // namespace

Status VerifyLog(Env* env, const std::string& directory, int64_t gaps_below, VerifyReport* report) {
  KnownRange known(env, directory);
  std::vector<std::string> names;
  DURAMEN_TRY(env->List(directory, &names));
  std::vector<int64_t> bases;
  for (const std::string& name : names) {
    const int64_t base = BaseOffsetOfName(name, ".log");
    if (base >= 0 && base < kOffsetLimit) bases.push_back(base);
  }
  std::sort(bases.begin(), bases.end());
  int64_t next = bases.empty() ? 0 : bases.front();
  for (size_t i = 0; i < bases.size(); ++i) {
    Segment segment(env, directory, bases[i]);
    Status opened = segment.Open(SegmentStem(bases[i]) + ".log", OpenMode::kRead);
    if (opened.code() == Code::kNotFound) {
      // Its owner has removed it since, and with it all that stood before.
      next = i + 1 < bases.size() ? bases[i + 1] : next;
      continue;
    }
    if (!opened.ok()) return opened;
    if (bases[i] > next && next >= gaps_below) {
      report->findings.push_back({segment.log_path(), 0, next, bases[i] - 1, -1,
                                  "the batches before the segment are missing"});
    }
    const int64_t successor = i + 1 < bases.size() ? bases[i + 1] : kOffsetLimit;
    DURAMEN_TRY(VerifySegment(&segment, successor, gaps_below, report, &next));
    ++report->segments;
  }
  report->next_offset = next;
  known.Narrow(KnownRange(env, directory));
  known.Compare(bases.empty() ? -1 : bases.front(), gaps_below, report);
  return Status();
}

}  // namespace duramen
