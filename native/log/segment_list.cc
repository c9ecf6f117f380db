#include "log/segment_list.h"

#include <algorithm>
#include <string>
#include <utility>

namespace duramen {
namespace {

// Bytes of a read that others wait for. To map and check 50 MB that are in memory takes 6 ms.
constexpr int64_t kMostAtOnce = 4 << 20;

Status MissingError(const Segment& segment, int64_t from, int64_t next, int64_t position) {
  return Status(Code::kCorruptBatch, "the bytes of offsets " + std::to_string(from) + " to " +
                                         std::to_string(next - 1) + " are missing from " +
                                         segment.log_path() + "; read on from offset " +
                                         std::to_string(next) + ", or restore the file from a copy")
      .At(segment.log_path(), position)
      .Offsets(from, next - 1);
}

}  // namespace

std::shared_ptr<const SegmentList::Segments> SegmentList::Get() const {
  std::lock_guard lock(mutex_);
  return segments_;
}

void SegmentList::Set(Segments segments) {
  auto fresh = std::make_shared<const Segments>(std::move(segments));
  std::lock_guard lock(mutex_);
  segments_.swap(fresh);
}

size_t SegmentList::IndexOf(const Segments& segments, int64_t offset) {
  auto after = std::upper_bound(
      segments.begin(), segments.end(), offset,
      [](int64_t wanted, const auto& segment) { return wanted < segment->base_offset(); });
  if (after != segments.begin()) --after;
  return static_cast<size_t>(after - segments.begin());
}

ReadBounds SegmentList::BoundsOf(const Segment& segment, int64_t up_to) const {
  const int64_t end = segment.end();  // first: what is appended meanwhile only raises the other
  return {end, up_to, gaps_below(), always_check_crcs_, segment.next_offset()};
}

Status SegmentList::Read(int64_t offset, int64_t max_bytes, int64_t limit,
                         ReadResult* result) const {
  result->range = {0, 0, offset, offset};
  const auto segments = Get();
  if (segments->empty()) return Status();
  int64_t wanted = offset;
  for (size_t i = IndexOf(*segments, offset); i < segments->size() && wanted < limit; ++i) {
    const auto& segment = (*segments)[i];
    const ReadBounds bounds = BoundsOf(*segment, limit);
    wanted = std::max(wanted, segment->base_offset());
    if (bounds.end > 0) {
      DURAMEN_TRY(segment->ReadMap(bounds.end, &result->map));
      SegmentReader reader(segment.get(), result->map.get(), bounds);
      DURAMEN_TRY(reader.Read(wanted, max_bytes, &result->range));
      if (result->range.end > result->range.position) {
        result->segment = segment;
        result->growing = i + 1 == segments->size();
        return Status();
      }
      result->map.reset();
      if (result->range.position < bounds.end) {  // a batch that reaches the limit
        result->range = {0, 0, offset, offset};
        return Status();
      }
    }
    const bool sealed = i + 1 < segments->size();
    if (sealed && wanted < segment->next_offset() && wanted >= bounds.gaps_below) {
      return MissingError(*segment, wanted, segment->next_offset(), bounds.end);
    }
  }
  if (wanted < limit && wanted >= gaps_below()) {
    return MissingError(*segments->back(), wanted, limit, segments->back()->end());
  }
  // Nothing more up to the limit: gaps reach that far.
  result->range = {0, 0, offset, std::max(offset, limit)};
  return Status();
}

Status SegmentList::FindIn(const Segments& segments, size_t at, int64_t timestamp, int64_t start,
                           int64_t limit, ReadResult* result) const {
  result->range = {0, 0, limit, limit};
  const auto& segment = segments[at];
  if (segment->next_offset() <= start || segment->MaxTimestamp() < timestamp) return Status();
  const ReadBounds bounds = BoundsOf(*segment, limit);
  if (bounds.end == 0) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(bounds.end, &map));
  SegmentReader reader(segment.get(), map.get(), bounds);
  TimeIndexEntry entry;
  BatchRange range;
  int64_t from = std::max(start, segment->base_offset());
  if (segment->time_index().LookupBefore(timestamp, &entry) && reader.Confirms(entry)) {
    from = std::max(from, entry.offset);
  }
  DURAMEN_TRY(reader.FindTimestamp(from, timestamp, &range));
  if (range.end == range.position) return Status();
  *result = {segment, std::move(map), range, at + 1 == segments.size()};
  return Status();
}

Status SegmentList::FindTimestamp(int64_t timestamp, int64_t start, int64_t limit,
                                  ReadResult* result) const {
  result->range = {0, 0, limit, limit};
  const auto segments = Get();
  for (size_t i = 0; i < segments->size() && result->range.end == 0; ++i) {
    DURAMEN_TRY(FindIn(*segments, i, timestamp, start, limit, result));
  }
  return Status();
}

// What is known of a segment may be about a batch that was deleted, or that nobody may see yet:
// then its batches say it.
Status SegmentList::FindMaxTimestamp(int64_t start, int64_t limit, ReadResult* result) const {
  result->range = {0, 0, limit, limit};
  const auto segments = Get();
  std::vector<int64_t> most;
  for (const auto& segment : *segments) most.push_back(segment->MaxTimestamp());
  for (;;) {
    const auto largest = std::max_element(most.begin(), most.end());
    if (largest == most.end() || *largest < 0) return Status();
    const auto at = static_cast<size_t>(largest - most.begin());
    DURAMEN_TRY(FindIn(*segments, at, *largest, start, limit, result));
    if (result->range.end > 0) return Status();
    const int64_t wrong = *largest;
    DURAMEN_TRY(ScanMaxTimestamp((*segments)[at].get(), start, limit, &*largest));
    if (*largest >= wrong) *largest = -1;
  }
}

Status SegmentList::ScanMaxTimestamp(Segment* segment, int64_t start, int64_t limit,
                                     int64_t* found) const {
  *found = -1;
  const ReadBounds bounds = BoundsOf(*segment, limit);
  if (bounds.end == 0) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(bounds.end, &map));
  SegmentReader reader(segment, map.get(), bounds);
  return reader.MaxTimestamp(std::max(start, segment->base_offset()), found);
}

// A marker may stand in any later segment.
Status SegmentList::AbortedTransactions(int64_t from, int64_t to,
                                        std::vector<AbortedTransaction>* found) const {
  const auto segments = Get();
  if (segments->empty()) return Status();
  for (size_t i = IndexOf(*segments, from); i < segments->size(); ++i) {
    DURAMEN_TRY((*segments)[i]->transactions().Collect(from, to, found));
  }
  return Status();
}

bool SegmentList::IsQuick(int64_t offset, int64_t max_bytes, int64_t index_interval) const {
  const auto segments = Get();
  if (segments->empty()) return true;
  const auto& segment = (*segments)[IndexOf(*segments, offset)];
  const int64_t end = segment->end();
  OffsetIndexEntry entry;
  const int64_t from = segment->offset_index().Lookup(offset, &entry) ? entry.position : 0;
  // The scan goes on from the index entry to the batch, and takes in at least one.
  const int64_t to = std::min(end, from + max_bytes + 2 * index_interval);
  if (to - from > kMostAtOnce) return false;
  std::shared_ptr<MappedRange> map;
  if (from >= to || !segment->ReadMap(end, &map).ok()) return true;
  return map->Resident(static_cast<size_t>(from), static_cast<size_t>(to - from));
}

LastBatch SegmentList::LastBatchOf(Segment* segment) const {
  std::shared_ptr<MappedRange> map;
  BatchRange range;
  if (segment->end() == 0 || !segment->ReadMap(segment->end(), &map).ok()) return {};
  SegmentReader reader(segment, map.get(), BoundsOf(*segment, kOffsetLimit));
  if (!reader.Read(segment->next_offset() - 1, 0, &range).ok() || range.position == range.end) {
    return {};
  }
  const BatchHeader header(map->data() + range.position);
  return {range.position, header.base_offset(), header.crc()};
}

Status SegmentList::CheckWhole() const {
  const auto segments = Get();
  for (const auto& segment : *segments) DURAMEN_TRY(segment->CheckWhole());
  return Status();
}

int64_t SegmentList::IndexBytes() const {
  int64_t bytes = 0;
  const auto segments = Get();
  for (const auto& segment : *segments) {
    bytes += segment->offset_index().file().Bytes() + segment->time_index().file().Bytes();
  }
  return bytes;
}

int64_t SegmentList::LogBytes() const {
  int64_t bytes = 0;
  const auto segments = Get();
  for (const auto& segment : *segments) bytes += segment->end();
  return bytes;
}

}  // namespace duramen
