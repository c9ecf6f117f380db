#include "log/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "log/batch_check.h"

namespace duramen {

constexpr int64_t kNoLimit = std::numeric_limits<int32_t>::max();

SegmentReader::SegmentReader(Segment* segment, const MappedRange* map, const ReadBounds& bounds)
    : segment_(segment), map_(map), bounds_(bounds) {}

bool SegmentReader::HasFrame(int64_t position) const {
  return position < bounds_.end &&
         CheckBatchFrame(map_->data() + position, static_cast<size_t>(bounds_.end - position),
                         kNoLimit) == BatchFault::kNone;
}

bool SegmentReader::FrameIsSound(int64_t position, int64_t expected) const {
  if (!HasFrame(position)) return false;
  // Base offset and leader epoch are not under the CRC: continuity is what guards the base offset.
  // Where gaps are allowed it is what the segment may hold.
  const int64_t base = At(position).base_offset();
  if (base < std::max(expected, segment_->base_offset())) return false;
  if (At(position).last_offset() >= bounds_.below) return false;
  return expected < bounds_.gaps_below || base == expected;
}

bool SegmentReader::CrcIsGood(int64_t position) {
  if (!bounds_.always_check && segment_->IsChecked(position)) return true;
  return CheckBatchCrc(map_->data() + position) == BatchFault::kNone;
}

// Whether an intact batch stands at `position` that may be this log's. How many records the damage
// took is not known.
bool SegmentReader::EndsDamage(int64_t position, const Damage& damage) const {
  if (bounds_.end - position < kBatchHeaderSize || !HasFrame(position)) return false;
  const BatchHeader header = At(position);
  if (header.base_offset() < damage.from_offset || header.last_offset() >= damage.to_offset) {
    return false;
  }
  if (bounds_.known_position >= 0) {
    const bool before = position < bounds_.known_position;
    if (before ? header.last_offset() >= bounds_.known_offset
               : header.base_offset() < bounds_.known_offset) {
      return false;
    }
  }
  return CheckBatchCrc(header.data()) == BatchFault::kNone;
}

// A batch in a value never reaches the end: bytes of its record stand behind it.
bool SegmentReader::IsConfirmed(const Chain& chain, int64_t last_position) const {
  if (chain.end == bounds_.end) return true;
  if (chain.end == bounds_.known_position && chain.next_offset <= bounds_.known_offset) return true;
  OffsetIndexEntry entry;
  return segment_->offset_index().Lookup(chain.next_offset - 1, &entry) &&
         entry.offset == chain.next_offset - 1 && entry.position == last_position;
}

SegmentReader::Chain SegmentReader::Follow(int64_t position) const {
  const int64_t base = At(position).base_offset();
  Chain chain{position, base, position, base, false};
  int64_t last = position;
  while (!chain.confirmed && FrameIsSound(chain.end, chain.next_offset)) {
    last = chain.end;
    chain.next_offset = At(last).last_offset() + 1;
    chain.end += At(last).size();
    chain.confirmed = IsConfirmed(chain, last);
  }
  // What it breaks off at may be the end of a batch that is damaged itself.
  if (!chain.confirmed && last > position &&
      CheckBatchCrc(map_->data() + last) != BatchFault::kNone) {
    chain.end = last;
    chain.next_offset = At(last).base_offset();
  }
  return chain;
}

// All that may end the damage, up to the first that is confirmed.
std::vector<SegmentReader::Chain> SegmentReader::ChainsFrom(int64_t position,
                                                            const Damage& damage) const {
  std::vector<Chain> chains;
  const uint8_t* data = map_->data();
  int64_t linked = -1, linked_end = -1;  // the next batch of the chain that was followed last
  for (int64_t at = position; at + kBatchHeaderSize <= bounds_.end; ++at) {
    const auto left = static_cast<size_t>(bounds_.end - at - kMagicAt);
    const void* magic = std::memchr(data + at + kMagicAt, kMagic, left);
    if (magic == nullptr) break;
    at = static_cast<const uint8_t*>(magic) - data - kMagicAt;
    if (!EndsDamage(at, damage)) continue;
    if (at != linked || at >= linked_end) {
      chains.push_back(Follow(at));
      if (chains.back().confirmed) break;
      linked_end = chains.back().end;
    }
    // Nothing else starts in a batch whose CRC is good.
    linked = at + At(at).size();
    at = linked - 1;
  }
  return chains;
}

// The least offset that may follow the damage: it took one at least, and where its header agrees
// with itself, as many as that says.
int64_t SegmentReader::OffsetBehind(const Damage& damage) const {
  if (bounds_.end - damage.from_position >= kBatchHeaderSize) {
    const BatchHeader header = At(damage.from_position);
    if (header.magic() == kMagic && header.base_offset() == damage.from_offset &&
        header.record_count() > 0 && header.last_offset_delta() == header.record_count() - 1) {
      return header.last_offset() + 1;
    }
  }
  return damage.from_offset + 1;
}

// The first that fits in front of the one that is surest. Nothing but gaps may be between offsets
// where no bytes are; a second damage takes one at least.
const SegmentReader::Chain* SegmentReader::Choose(const std::vector<Chain>& chains,
                                                  const Damage& damage) const {
  const int64_t behind = OffsetBehind(damage);
  const auto fits = [&](const Chain& chain, int64_t below) {
    return chain.confirmed || (chain.base_offset >= behind && chain.next_offset < below);
  };
  const Chain* surest = nullptr;
  for (const Chain& chain : chains) {
    const bool longer =
        surest == nullptr || chain.end - chain.position > surest->end - surest->position;
    if (chain.confirmed || (longer && fits(chain, damage.to_offset + 1))) surest = &chain;
  }
  if (surest == nullptr) return nullptr;
  for (const Chain* chain = chains.data(); chain < surest; ++chain) {
    const bool apart = chain->end < surest->position;
    if (apart && fits(*chain, surest->base_offset)) return chain;
  }
  return surest;
}

Damage SegmentReader::Measure(int64_t position, int64_t expected) {
  Damage damage{position, bounds_.end, std::max(expected, segment_->base_offset()),
                segment_->next_offset()};
  const auto end_at = [&](int64_t at) {
    damage.to_position = at;
    damage.to_offset = At(at).base_offset();
    return damage;
  };
  int64_t from = position + 1;
  // First where the damaged batch says that it ends: a record may hold what looks like a batch.
  if (HasFrame(position)) {
    const BatchHeader header = At(position);
    const int64_t next = position + header.size();
    if (EndsDamage(next, damage)) {
      const bool follows = header.base_offset() == damage.from_offset &&
                           header.last_offset() + 1 == At(next).base_offset();
      if (follows) return end_at(next);
      from = next;
    }
  }
  const std::vector<Chain> chains = ChainsFrom(from, damage);
  const Chain* chosen = Choose(chains, damage);
  return chosen == nullptr ? damage : end_at(chosen->position);
}

Status SegmentReader::CorruptError(const Damage& damage) const {
  return Status(Code::kCorruptBatch, "the bytes of offsets " + std::to_string(damage.from_offset) +
                                         " to " + std::to_string(damage.to_offset - 1) +
                                         " are damaged; read on from offset " +
                                         std::to_string(damage.to_offset) + ", or restore " +
                                         segment_->log_path() + " from a copy")
      .At(segment_->log_path(), damage.from_position)
      .Offsets(damage.from_offset, damage.to_offset - 1);
}

Status SegmentReader::LostError() const {
  return Status(Code::kSegmentLost,
                "the segment file was cut short or its device failed while it was mapped; close "
                "the log and open it again to recover")
      .At(segment_->log_path(), -1);
}

void SegmentReader::StartFor(int64_t offset, int64_t* position, int64_t* expected) const {
  OffsetIndexEntry entry;
  // An entry is a hint: what it points at must be the batch that it names.
  if (segment_->offset_index().Lookup(offset, &entry) && entry.position >= 0 &&
      HasFrame(entry.position) && At(entry.position).last_offset() == entry.offset) {
    *position = entry.position;
    *expected = At(entry.position).base_offset();
    return;
  }
  *position = 0;
  *expected = segment_->base_offset();
}

Status SegmentReader::Locate(int64_t offset, int64_t* found) {
  int64_t position, expected;
  StartFor(offset, &position, &expected);
  int64_t previous = -1, previous_expected = -1;
  while (position < bounds_.end) {
    const bool sound = FrameIsSound(position, expected);
    const bool reached = sound && At(position).last_offset() >= offset;
    if (sound && !(reached && !CrcIsGood(position))) {
      if (reached) break;
      previous = position;
      previous_expected = expected;
      expected = At(position).last_offset() + 1;
      position += At(position).size();
      continue;
    }
    if (map_->poisoned()) return LostError();
    // A batch whose length was flipped leads past intact ones: then the damage starts with it.
    const bool by_previous = !sound && previous >= 0 && !CrcIsGood(previous);
    const Damage damage =
        by_previous ? Measure(previous, previous_expected) : Measure(position, expected);
    if (offset < damage.to_offset) return CorruptError(damage);
    position = damage.to_position;
    expected = damage.to_offset;
    previous = -1;
  }
  *found = position;
  return Status();
}

Status SegmentReader::Read(int64_t offset, int64_t max_bytes, BatchRange* range) {
  int64_t position = bounds_.end;
  DURAMEN_TRY(Locate(offset, &position));
  *range = {position, position, offset, offset};
  int64_t expected = -1;
  while (range->end < bounds_.end) {
    const bool first = range->end == position;
    if (!first && !FrameIsSound(range->end, expected)) break;
    const BatchHeader header = At(range->end);
    if (header.last_offset() >= bounds_.up_to) break;
    if (!first && range->end + header.size() - position > max_bytes) break;
    if (!first && !CrcIsGood(range->end)) break;
    if (first) range->base_offset = header.base_offset();
    expected = range->next_offset = header.last_offset() + 1;
    range->end += header.size();
  }
  if (map_->poisoned()) return LostError();
  segment_->MarkChecked(position, range->end);
  return Status();
}

bool SegmentReader::Confirms(const TimeIndexEntry& entry) {
  BatchRange range;
  return Read(entry.offset, 0, &range).ok() && range.position < range.end &&
         At(range.position).last_offset() == entry.offset &&
         At(range.position).max_timestamp() == entry.timestamp;
}

Status SegmentReader::FindTimestamp(int64_t offset, int64_t timestamp, BatchRange* range) {
  int64_t from = offset;
  for (;;) {
    DURAMEN_TRY(Read(from, 0, range));
    if (range->position == range->end) return Status();
    if (At(range->position).max_timestamp() >= timestamp) return Status();
    from = range->next_offset;
  }
}

Status SegmentReader::MaxTimestamp(int64_t offset, int64_t* timestamp) {
  *timestamp = -1;
  BatchRange range;
  for (int64_t from = offset;; from = range.next_offset) {
    DURAMEN_TRY(Read(from, 0, &range));
    if (range.position == range.end) return Status();
    *timestamp = std::max(*timestamp, At(range.position).max_timestamp());
  }
}

}  // namespace duramen
