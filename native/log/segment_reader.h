// Finding whole, checked batches in a segment, and what to say about the ones that are not.
#pragma once

#include <cstdint>
#include <vector>

#include "io/mapped_range.h"
#include "log/batch_format.h"
#include "log/segment.h"

namespace duramen {

// What a reader may see of a segment.
struct ReadBounds {
  int64_t end = 0;               // position: whole batches end here
  int64_t up_to = 0;             // offset: no batch that reaches it is returned
  int64_t gaps_below = 0;        // offset: compaction may have left gaps below it, nowhere else
  bool always_check = false;     // CRC also where it was checked before
  int64_t below = kOffsetLimit;  // offset: the segment has none from here on
  // A boundary between batches that is known, and the offset there; -1 where none is.
  int64_t known_position = -1;
  int64_t known_offset = -1;
};

// Whole batches, one after the other. Empty when position == end.
struct BatchRange {
  int64_t position = 0;
  int64_t end = 0;
  int64_t base_offset = 0;  // of the first batch
  int64_t next_offset = 0;  // one more than the last offset of the last
};

// A stretch that holds no intact batch. Offsets and positions are [from, to).
struct Damage {
  int64_t from_position = 0;
  int64_t to_position = 0;
  int64_t from_offset = 0;
  int64_t to_offset = 0;
};

// One read, on one thread; the segment and the range outlive it. Reads shared memory that an
// appender extends: only bytes below bounds.end are touched.
class SegmentReader {
 public:
  SegmentReader(Segment* segment, const MappedRange* map, const ReadBounds& bounds);

  // Batches from the one that holds `offset` (or the first after it), at least one, then as many as
  // fit `max_bytes`. kCorruptBatch {from, to} when `offset` lies in damaged bytes; damage further
  // on just ends the range. kSegmentLost when the file was cut under the mapping.
  Status Read(int64_t offset, int64_t max_bytes, BatchRange* range);
  // The first batch whose largest timestamp is at least `timestamp`, from the one with `offset` on.
  Status FindTimestamp(int64_t offset, int64_t timestamp, BatchRange* range);
  // The largest timestamp from the batch with `offset` on; -1 where there is none.
  Status MaxTimestamp(int64_t offset, int64_t* timestamp);

  // Whether the entry, which is a hint, is about a batch that is there.
  bool Confirms(const TimeIndexEntry& entry);
  // Whether an intact frame stands at `position`; `expected` is the offset that must follow there,
  // or -1 where that is not known.
  bool FrameIsSound(int64_t position, int64_t expected) const;
  bool CrcIsGood(int64_t position);
  // The damaged stretch that starts at `position`: up to the next intact batch that can be this
  // log's. A value may hold batches of another log, and a base offset is under no checksum: what
  // stands around a batch decides.
  Damage Measure(int64_t position, int64_t expected);

 private:
  // Batches that follow each other, frame after frame, from an intact one on.
  struct Chain {
    int64_t position = 0;
    int64_t base_offset = 0;
    int64_t end = 0;
    int64_t next_offset = 0;
    bool confirmed = false;  // an index entry or a known boundary is met
  };

  BatchHeader At(int64_t position) const { return BatchHeader(map_->data() + position); }
  bool HasFrame(int64_t position) const;
  bool EndsDamage(int64_t position, const Damage& damage) const;
  bool IsConfirmed(const Chain& chain, int64_t last_position) const;
  Chain Follow(int64_t position) const;
  std::vector<Chain> ChainsFrom(int64_t position, const Damage& damage) const;
  int64_t OffsetBehind(const Damage& damage) const;
  const Chain* Choose(const std::vector<Chain>& chains, const Damage& damage) const;
  void StartFor(int64_t offset, int64_t* position, int64_t* expected) const;
  Status Locate(int64_t offset, int64_t* position);
  Status CorruptError(const Damage& damage) const;
  Status LostError() const;

  Segment* const segment_;
  const MappedRange* const map_;
  const ReadBounds bounds_;
};

}  // namespace duramen
