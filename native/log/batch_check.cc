#include "log/batch_check.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <limits>

#include "log/batch_format.h"
#include "util/crc32c.h"
#include "util/varint.h"

namespace duramen {
namespace {

constexpr int32_t kNullAllowed = -1;
constexpr uint32_t kRawNull = ZigZag32(-1);

// Where nobody asks for more than whether the records are sound, which is then all that it costs.
struct NoSummary {
  void Add(int64_t, bool) {}
};

struct Summary {
  int64_t least_delta = std::numeric_limits<int64_t>::max();
  int64_t largest_delta = std::numeric_limits<int64_t>::min();
  bool has_null_key = false;

  void Add(int64_t timestamp_delta, bool null_key) {
    least_delta = std::min(least_delta, timestamp_delta);
    largest_delta = std::max(largest_delta, timestamp_delta);
    has_null_key |= null_key;
  }
};

// The functions below take a position and where the record ends, and return the position after what
// they read, or nullptr where that does not fit.

// A length, at least `least`, and as many bytes; a null is length -1 and no bytes.
const uint8_t* SkipField(const uint8_t* p, const uint8_t* end, int32_t least) {
  int32_t length;
  p = DecodeVarint(p, end, &length);
  if (p == nullptr || length < least || length > end - p) return nullptr;
  return p + std::max(length, 0);
}

const uint8_t* SkipHeaders(const uint8_t* p, const uint8_t* end) {
  int32_t count;
  p = DecodeVarint(p, end, &count);
  if (p == nullptr || count < 0) return nullptr;
  // A count that lies ends the loop soon: each header takes at least two bytes of the record.
  for (; count > 0; --count) {
    p = SkipField(p, end, 0);
    if (p == nullptr) return nullptr;
    p = SkipField(p, end, kNullAllowed);
    if (p == nullptr) return nullptr;
  }
  return p;
}

template <typename Seen>
const uint8_t* SkipRecord(const uint8_t* p, const uint8_t* end, int32_t* offset_delta, Seen* seen) {
  int32_t length;
  p = DecodeVarint(p, end, &length);
  if (p == nullptr || length < kMinRecordSize - 1 || length > end - p) return nullptr;
  end = p + length;
  // The format defines no attribute of a record yet; Kafka ignores the byte, and so does this.
  ++p;
  int64_t timestamp_delta;
  p = DecodeVarlong(p, end, &timestamp_delta);
  if (p == nullptr) return nullptr;
  p = DecodeVarint(p, end, offset_delta);
  if (p == nullptr) return nullptr;
  int32_t key_length;
  if (DecodeVarint(p, end, &key_length) == nullptr) return nullptr;
  p = SkipField(p, end, kNullAllowed);
  if (p == nullptr) return nullptr;
  p = SkipField(p, end, kNullAllowed);
  if (p == nullptr) return nullptr;
  seen->Add(timestamp_delta, key_length < 0);
  // Nearly every record ends with a header count of 0.
  if (end - p == 1 && *p == 0) return end;
  return SkipHeaders(p, end) == end ? end : nullptr;
}

// Bytes that SkipPlainRecord may read before it has compared a length with `end`.
constexpr ptrdiff_t kPlainPrefix = 16;

// A varint of one or two bytes, zigzag not undone; needs two readable bytes. nullptr: it is longer.
inline const uint8_t* ReadShort(const uint8_t* p, uint32_t* raw) {
  const uint32_t first = p[0];
  if (first < 0x80) {
    *raw = first;
    return p + 1;
  }
  const uint32_t second = p[1];
  *raw = (first - 0x80) + (second << 7);
  return second < 0x80 ? p + 2 : nullptr;
}

// SkipRecord for records as nearly all are: no headers, every number in two bytes at most. Asks
// once for many bytes and once for all lengths, which makes it up to twice as fast. At least
// kPlainPrefix bytes are readable. nullptr says nothing yet: SkipRecord decides.
template <typename Seen>
inline const uint8_t* SkipPlainRecord(const uint8_t* p, const uint8_t* end, int32_t* offset_delta,
                                      Seen* seen) {
  uint32_t raw;
  p = ReadShort(p, &raw);
  if (p == nullptr || (raw & 1) != 0 || ptrdiff_t{raw >> 1} > end - p) return nullptr;
  const uint8_t* const record_end = p + (raw >> 1);
  uint32_t raw_timestamp, raw_key;
  p = ReadShort(p + 1, &raw_timestamp);  // after the attributes
  if (p == nullptr) return nullptr;
  p = ReadShort(p, &raw);
  if (p == nullptr) return nullptr;
  *offset_delta = UnZigZag32(raw);
  p = ReadShort(p, &raw_key);
  if (p == nullptr) return nullptr;
  if (raw_key != kRawNull) {
    if ((raw_key & 1) != 0 || ptrdiff_t{raw_key >> 1} > end - p - kPlainPrefix) return nullptr;
    p += raw_key >> 1;
  }
  p = ReadShort(p, &raw);
  if (p == nullptr) return nullptr;
  if (raw == kRawNull) raw = 0;
  // What is left is the value and the header count.
  if ((raw & 1) != 0 || record_end - p != ptrdiff_t{raw >> 1} + 1) return nullptr;
  // A hint, because a conditional move in place of the branch would make the next record's address
  // wait for all of this one.
  if (record_end[-1] != 0) [[unlikely]]
    return nullptr;
  seen->Add(UnZigZag32(raw_timestamp), raw_key == kRawNull);
  return record_end;
}

bool IsTimestamp(int64_t ms) { return ms > -kOffsetLimit && ms < kOffsetLimit; }

BatchFault CheckTimestampsAndCount(BatchHeader header, EmptyBatch empty) {
  if (header.record_count() < (empty == EmptyBatch::kAllowed ? 0 : 1)) return BatchFault::kBadCount;
  return IsTimestamp(header.base_timestamp()) && IsTimestamp(header.max_timestamp())
             ? BatchFault::kNone
             : BatchFault::kBadTimestamp;
}

// The records that stand from `p` to `end`, against what the header says of them.
template <typename Seen>
BatchFault WalkRecords(BatchHeader header, const uint8_t* p, const uint8_t* end, Seen* seen) {
  const int32_t count = header.record_count();
  const int32_t last_delta = header.last_offset_delta();
  const bool has_gaps = last_delta != count - 1;
  int32_t previous_delta = -1;
  for (int32_t i = 0; i < count; ++i) {
    if (p == end) return BatchFault::kBadCount;
    int32_t delta;
    const uint8_t* next = end - p >= kPlainPrefix ? SkipPlainRecord(p, end, &delta, seen) : nullptr;
    if (next == nullptr) [[unlikely]]
      next = SkipRecord(p, end, &delta, seen);
    p = next;
    if (p == nullptr || delta <= previous_delta || delta > last_delta) {
      return BatchFault::kBadRecord;
    }
    if (delta != i && !has_gaps) return BatchFault::kBadRecord;
    previous_delta = delta;
  }
  return p == end ? BatchFault::kNone : BatchFault::kBadCount;
}

// `size` is handed down rather than read again: the bytes may be another thread's to change.
template <typename Seen>
BatchFault CheckRecords(BatchHeader header, int64_t size, EmptyBatch empty, Seen* seen) {
  const BatchFault fault = CheckTimestampsAndCount(header, empty);
  if (fault != BatchFault::kNone) return fault;
  if (header.codec() != static_cast<uint8_t>(Codec::kNone)) return BatchFault::kNone;
  return WalkRecords(header, header.data() + kBatchHeaderSize, header.data() + size, seen);
}

// Deltas may be anything: what they lead to is compared so that nothing overflows.
BatchFault Summarize(BatchHeader header, const Summary& seen, RecordSummary* summary) {
  const int64_t base = header.base_timestamp();
  if (seen.least_delta <= -kOffsetLimit - base || seen.largest_delta >= kOffsetLimit - base) {
    return BatchFault::kBadTimestamp;
  }
  *summary = {base + seen.least_delta, base + seen.largest_delta, seen.has_null_key};
  return BatchFault::kNone;
}

BatchFault CheckCrc(BatchHeader header, int64_t size) {
  const uint32_t crc =
      Crc32c(header.data() + kCrcCoversFrom, static_cast<size_t>(size - kCrcCoversFrom));
  return crc == header.crc() ? BatchFault::kNone : BatchFault::kBadCrc;
}

// All of the frame but the base offset; the size that was checked in *size.
BatchFault CheckHeader(const uint8_t* data, size_t available, int64_t max_size, int64_t* size) {
  const BatchHeader header(data);
  // Magic first: where an older format stands, the rest of the header means something else.
  if (available <= static_cast<size_t>(kMagicAt)) return BatchFault::kTruncated;
  if (header.magic() != kMagic) return BatchFault::kBadMagic;
  *size = header.size();
  if (*size < kBatchHeaderSize || *size > max_size) return BatchFault::kBadLength;
  if (static_cast<uint64_t>(*size) > available) return BatchFault::kTruncated;
  if (header.codec() > kLastCodec) return BatchFault::kBadAttributes;
  const int64_t count = header.record_count();
  if (count < 0) return BatchFault::kBadCount;
  const int32_t last_delta = header.last_offset_delta();
  if (last_delta < 0 || last_delta < count - 1) return BatchFault::kBadDelta;
  return BatchFault::kNone;
}

}  // namespace

const char* BatchFaultText(BatchFault fault) {
  static constexpr const char* kTexts[] = {
      "is sound",
      "is cut short",
      "has a format version (magic) other than 2",
      "has a length that is too small or above the limit",
      "does not match its CRC",
      "names a compression codec that does not exist",
      "does not hold the number of records that it states",
      "has a last offset delta that does not fit its record count",
      "holds a malformed record",
      "has offsets below 0 or above 2^53",
      "has timestamps that are out of range",
  };
  const auto index = static_cast<size_t>(fault);
  return index < std::size(kTexts) ? kTexts[index] : "has an unknown fault";
}

BatchFault CheckBatchFrame(const uint8_t* data, size_t available, int64_t max_size) {
  int64_t size;
  const BatchFault fault = CheckHeader(data, available, max_size, &size);
  if (fault != BatchFault::kNone) return fault;
  const BatchHeader header(data);
  const int64_t base = header.base_offset();
  // Compared so that nothing overflows, whatever the base is.
  if (base < 0 || base >= kOffsetLimit - header.last_offset_delta()) {
    return BatchFault::kOffsetOverflow;
  }
  return BatchFault::kNone;
}

BatchFault CheckBatchCrc(const uint8_t* data) {
  const BatchHeader header(data);
  return CheckCrc(header, header.size());
}

BatchFault CheckBatchRecords(const uint8_t* data, EmptyBatch empty) {
  const BatchHeader header(data);
  NoSummary nothing;
  return CheckRecords(header, header.size(), empty, &nothing);
}

namespace {

template <typename Seen>
BatchFault CheckProduced(const uint8_t* data, size_t available, int64_t max_size, Seen* seen) {
  int64_t size;
  BatchFault fault = CheckHeader(data, available, max_size, &size);
  if (fault != BatchFault::kNone) return fault;
  const BatchHeader header(data);
  fault = CheckCrc(header, size);
  if (fault != BatchFault::kNone) return fault;
  fault = CheckRecords(header, size, EmptyBatch::kRefused, seen);
  if (fault != BatchFault::kNone) return fault;
  return header.last_offset_delta() == header.record_count() - 1 ? BatchFault::kNone
                                                                 : BatchFault::kBadDelta;
}

}  // namespace

BatchFault CheckProducedBatch(const uint8_t* data, size_t available, int64_t max_size) {
  NoSummary nothing;
  return CheckProduced(data, available, max_size, &nothing);
}

BatchFault CheckProducedBatch(const uint8_t* data, size_t available, int64_t max_size,
                              RecordSummary* summary) {
  Summary seen;
  const BatchFault fault = CheckProduced(data, available, max_size, &seen);
  if (fault != BatchFault::kNone) return fault;
  const BatchHeader header(data);
  if (header.codec() != static_cast<uint8_t>(Codec::kNone)) return BatchFault::kNone;
  return Summarize(header, seen, summary);
}

BatchFault CheckDecompressed(const uint8_t* data, const uint8_t* records, size_t size,
                             RecordSummary* summary) {
  const BatchHeader header(data);
  BatchFault fault = CheckTimestampsAndCount(header, EmptyBatch::kRefused);
  if (fault != BatchFault::kNone) return fault;
  Summary seen;
  fault = WalkRecords(header, records, records + size, &seen);
  return fault == BatchFault::kNone ? Summarize(header, seen, summary) : fault;
}

}  // namespace duramen
