// SegmentList: the segments of a log, in base-offset order, and reading across them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "log/flush_round.h"
#include "log/segment.h"
#include "log/segment_reader.h"

namespace duramen {

// Batches of one segment. `segment` and `map` keep the memory valid.
struct ReadResult {
  std::shared_ptr<Segment> segment;
  std::shared_ptr<MappedRange> map;  // the shared mapping; null when the range is empty
  BatchRange range;
  bool growing = false;  // the last segment: its last page is still being written
};

// Readers take a snapshot and keep it; whoever changes the list sets a new one. Any thread.
class SegmentList {
 public:
  using Segments = std::vector<std::shared_ptr<Segment>>;

  explicit SegmentList(bool always_check_crcs) : always_check_crcs_(always_check_crcs) {}

  std::shared_ptr<const Segments> Get() const;
  void Set(Segments segments);

  // Offsets below it may have gaps (compaction, or an appender that was given such offsets).
  int64_t gaps_below() const { return gaps_below_.load(std::memory_order_relaxed); }
  void SetGapsBelow(int64_t offset) { gaps_below_.store(offset); }

  // Batches from `offset` on, none that reaches `limit`; empty when there is none. All below
  // `limit` was published before: kCorruptBatch where it is not there.
  Status Read(int64_t offset, int64_t max_bytes, int64_t limit, ReadResult* result) const;
  // From the first batch on whose largest timestamp is at least `timestamp`.
  Status FindTimestamp(int64_t timestamp, int64_t start, int64_t limit, ReadResult* result) const;
  // From the first batch on that has the largest timestamp of all; empty where none has one.
  Status FindMaxTimestamp(int64_t start, int64_t limit, ReadResult* result) const;
  // Whether a Read of that size may be made where others wait: of not too much, all in memory.
  bool IsQuick(int64_t offset, int64_t max_bytes, int64_t index_interval) const;

  // Aborted transactions that have offsets in [from, to), by the offset of their markers.
  Status AbortedTransactions(int64_t from, int64_t to,
                             std::vector<AbortedTransaction>* found) const;

  ReadBounds BoundsOf(const Segment& segment, int64_t up_to) const;
  // The position in `segments` of the one that would hold `offset`; they are not empty.
  static size_t IndexOf(const Segments& segments, int64_t offset);

  // Of an open log's; none where it cannot be read.
  LastBatch LastBatchOf(Segment* segment) const;
  Status CheckWhole() const;

  int64_t Count() const { return static_cast<int64_t>(Get()->size()); }
  int64_t IndexBytes() const;
  int64_t LogBytes() const;

 private:
  // In one of `segments`; empty where it has no such batch.
  Status FindIn(const Segments& segments, size_t at, int64_t timestamp, int64_t start,
                int64_t limit, ReadResult* result) const;
  Status ScanMaxTimestamp(Segment* segment, int64_t start, int64_t limit, int64_t* found) const;

  const bool always_check_crcs_;
  std::atomic<int64_t> gaps_below_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const Segments> segments_ = std::make_shared<const Segments>();
};

}  // namespace duramen
