#include "log/verify.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "log/batch_check.h"
#include "log/segment.h"
#include "log/segment_reader.h"

namespace duramen {
namespace {

// Walks the batches of one segment and, beside them, the entries of its indexes.
class SegmentVerifier {
 public:
  SegmentVerifier(Segment* segment, int64_t gaps_below, VerifyReport* report)
      : segment_(segment), gaps_below_(gaps_below), report_(report) {}

  Status Run(int64_t expected, int64_t* next) {
    FileInfo info;
    DURAMEN_TRY(segment_->file()->Info(&info));
    expected_ = expected;
    if (info.size > 0) {
      DURAMEN_TRY(segment_->ReadMap(info.size, &map_));
      Walk(info.size);
      if (map_->poisoned()) Report(at_, -1, -1, "the file was cut short while it was read");
    }
    FinishIndexes();
    *next = expected_;
    return Status();
  }

 private:
  void Walk(int64_t size) {
    segment_->SetEnd(size, kOffsetLimit);
    SegmentReader reader(segment_, map_.get(), {size, kOffsetLimit, gaps_below_, true});
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
        return;
      }
      const Damage damage = reader.Measure(at_, expected_);
      const bool found = damage.to_position < size;
      Report(at_, expected_, found ? damage.to_offset - 1 : -1, fault);
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

  void Report(int64_t position, int64_t from, int64_t to, const char* fault) {
    report_->findings.push_back(
        {segment_->log_path(), position, from, to, std::string("the batch ") + fault});
  }

  void ReportEntry(const IndexFile& file, size_t position, int64_t offset) {
    report_->findings.push_back({file.path(), static_cast<int64_t>(position), offset, offset,
                                 "the index entry names no batch of the segment"});
  }

  Segment* const segment_;
  const int64_t gaps_below_;
  VerifyReport* const report_;
  std::shared_ptr<MappedRange> map_;
  int64_t at_ = 0;
  int64_t expected_ = 0;
  size_t offset_entry_ = 0, time_entry_ = 0;
};

}  // namespace

Status VerifyLog(Env* env, const std::string& directory, int64_t gaps_below, VerifyReport* report) {
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
      report->findings.push_back({segment.log_path(), 0, next, bases[i] - 1,
                                  "the batches before the segment are missing"});
    }
    SegmentVerifier verifier(&segment, gaps_below, report);
    DURAMEN_TRY(verifier.Run(bases[i], &next));
    ++report->segments;
  }
  report->next_offset = next;
  return Status();
}

}  // namespace duramen
