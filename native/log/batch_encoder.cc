#include "log/batch_encoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "log/batch_format.h"
#include "util/crc32c.h"
#include "util/varint.h"

namespace duramen {
namespace {

constexpr int64_t kNoTimestamp = -1;
// As the builder in src/record has it: its distance from -1 must be a number too.
constexpr int64_t kMaxTimestamp = (int64_t{1} << 53) - 2;
// A batch's length, and a segment's size, are int32.
constexpr int64_t kMaxBatchSize = INT32_MAX;
// Records are summed in pieces of about this size, while they are still in the first-level cache.
constexpr ptrdiff_t kCrcPiece = 16 * 1024;

int64_t TimestampOf(const Columns& columns, int32_t index) {
  return columns.timestamps != nullptr ? static_cast<int64_t>(columns.timestamps[index])
                                       : columns.timestamp;
}

int32_t KeyLengthOf(const Columns& columns, int32_t index) {
  return columns.key_lengths != nullptr ? columns.key_lengths[index] : -1;
}

int64_t FieldSize(int32_t length) { return int64_t{VarintSize(length)} + std::max(length, 0); }

// Bytes of a record after its length; the two single ones are attributes and header count.
int64_t BodySize(int64_t timestamp_delta, int32_t index, int32_t key, int32_t value) {
  return 1 + VarlongSize(timestamp_delta) + VarintSize(index) + FieldSize(key) + FieldSize(value) +
         1;
}

Status InvalidRecord(int32_t index, const char* fault) {
  return Status(Code::kInvalidArgument, "Record " + std::to_string(index) + " has " + fault + ".");
}

bool IsTimestamp(double milliseconds) {
  // In range first: converting anything else to an integer is undefined, and NaN is never in range.
  return milliseconds >= static_cast<double>(kNoTimestamp) &&
         milliseconds <= static_cast<double>(kMaxTimestamp) &&
         static_cast<double>(static_cast<int64_t>(milliseconds)) == milliseconds;
}

Status CheckTimestamps(const Columns& columns, BatchShape* shape) {
  constexpr const char* kFault = "a timestamp that is not a whole number from -1 to 2^53 - 2";
  if (columns.timestamps == nullptr) {
    if (columns.timestamp < kNoTimestamp || columns.timestamp > kMaxTimestamp) {
      return InvalidRecord(0, kFault);
    }
    shape->base_timestamp = columns.timestamp;
    shape->max_timestamp = columns.timestamp;
    return Status();
  }
  int64_t max = kNoTimestamp;
  for (int32_t i = 0; i < columns.count; ++i) {
    if (!IsTimestamp(columns.timestamps[i])) return InvalidRecord(i, kFault);
    max = std::max(max, TimestampOf(columns, i));
  }
  shape->base_timestamp = TimestampOf(columns, 0);
  shape->max_timestamp = max;
  return Status();
}

// Sums cannot overflow: fewer than 2^31 lengths, each below 2^31.
Status CheckLengths(const int32_t* lengths, int32_t count, int64_t* sum, const char* fault) {
  int64_t bytes = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (lengths[i] < -1) return InvalidRecord(i, fault);
    bytes += std::max(lengths[i], 0);
  }
  *sum = bytes;
  return Status();
}

Status CheckSum(const std::string& what, int64_t sum, uint64_t size) {
  if (static_cast<uint64_t>(sum) <= size) return Status();
  return Status(Code::kInvalidArgument, "the " + what + " lengths sum to " + std::to_string(sum) +
                                            " bytes and the " + what + "s have " +
                                            std::to_string(size) + "; give as many");
}

Status CheckBlocks(const Columns& columns) {
  int64_t values = 0;
  int64_t keys = 0;
  DURAMEN_TRY(CheckLengths(columns.value_lengths, columns.count, &values,
                           "a value length below -1, which stands for null"));
  if (columns.key_lengths != nullptr) {
    DURAMEN_TRY(CheckLengths(columns.key_lengths, columns.count, &keys,
                             "a key length below -1, which stands for null"));
  }
  values += int64_t{columns.value_gap} * (columns.count - 1);
  DURAMEN_TRY(CheckSum("value", values, columns.values_size));
  return CheckSum("key", keys, columns.keys_size);
}

int64_t EncodedSize(const Columns& columns, int64_t base_timestamp) {
  int64_t size = kBatchHeaderSize;
  for (int32_t i = 0; i < columns.count; ++i) {
    const int64_t body = BodySize(TimestampOf(columns, i) - base_timestamp, i,
                                  KeyLengthOf(columns, i), columns.value_lengths[i]);
    // A body above int32 makes the batch too large as well, so its own length may be cut here.
    size += VarintSize(static_cast<int32_t>(body)) + body;
  }
  return size;
}

// A block of bytes that is taken from its front, field by field.
class Source {
 public:
  Source(const uint8_t* data, size_t size, int32_t gap) : p_(data), end_(data + size), gap_(gap) {}

  // Copies the next field to `out`, whose batch ends at `out_end`; returns the byte after it. Where
  // both sides have room, copies whole vectors and lets the next field overwrite the excess: that
  // is what makes short fields fast.
  uint8_t* Take(int32_t length, uint8_t* out, const uint8_t* out_end) {
    const uint8_t* from = p_;
    Advance(length);
    if (length <= 0) return out;
    if (length > kVectorCopyMax || end_ - from < length + kVector ||
        out_end - out < length + kVector) {
      std::memcpy(out, from, static_cast<size_t>(length));
    } else {
      for (int32_t at = 0; at < length; at += kVector) std::memcpy(out + at, from + at, kVector);
    }
    return out + length;
  }

 private:
  static constexpr int32_t kVector = 16;
  static constexpr int32_t kVectorCopyMax = 512;

  // The gap after the last field may not be there.
  void Advance(int32_t length) {
    p_ += std::max(length, 0);
    p_ += std::min<ptrdiff_t>(gap_, end_ - p_);
  }

  const uint8_t* p_;
  const uint8_t* end_;
  int32_t gap_;
};

// All but base offset, leader epoch, magic (0 until the caller publishes) and CRC.
void StoreHeader(const Columns& columns, const BatchShape& shape, uint8_t* out) {
  constexpr uint64_t kNone = ~uint64_t{0};  // -1: no idempotent producer
  out[kMagicAt] = 0;
  StoreBig32(out + kBatchLengthAt, static_cast<uint32_t>(shape.size - kLengthCountsFrom));
  StoreBig16(out + kAttributesAt, 0);
  StoreBig32(out + kLastOffsetDeltaAt, static_cast<uint32_t>(columns.count - 1));
  StoreBig64(out + kBaseTimestampAt, static_cast<uint64_t>(shape.base_timestamp));
  StoreBig64(out + kMaxTimestampAt, static_cast<uint64_t>(shape.max_timestamp));
  StoreBig64(out + kProducerIdAt, kNone);
  StoreBig16(out + kProducerEpochAt, static_cast<uint16_t>(kNone));
  StoreBig32(out + kBaseSequenceAt, static_cast<uint32_t>(kNone));
  StoreBig32(out + kRecordCountAt, static_cast<uint32_t>(columns.count));
}

}  // namespace

Status CheckColumns(const Columns& columns, BatchShape* shape) {
  if (columns.count < 1 || columns.value_lengths == nullptr) {
    return Status(Code::kInvalidArgument, "A batch needs at least one record.");
  }
  if (columns.value_gap < 0) {
    return Status(Code::kInvalidArgument, "The gap between values is negative.");
  }
  DURAMEN_TRY(CheckTimestamps(columns, shape));
  DURAMEN_TRY(CheckBlocks(columns));
  shape->size = EncodedSize(columns, shape->base_timestamp);
  if (shape->size > kMaxBatchSize) {
    return Status(Code::kBatchTooLarge,
                  "The batch would have " + std::to_string(shape->size) +
                      " bytes, above 2^31 - 1; append fewer records at once.");
  }
  return Status();
}

void EncodeColumns(const Columns& columns, const BatchShape& shape, uint8_t* out) {
  StoreHeader(columns, shape, out);
  Source values(columns.values, columns.values_size, columns.value_gap);
  Source keys(columns.keys, columns.keys_size, 0);
  uint8_t* p = out + kBatchHeaderSize;
  const uint8_t* const end = out + shape.size;
  const uint8_t* summed = out + kCrcCoversFrom;
  uint32_t crc = 0;
  for (int32_t i = 0; i < columns.count; ++i) {
    const int64_t timestamp_delta = TimestampOf(columns, i) - shape.base_timestamp;
    const int32_t key = KeyLengthOf(columns, i);
    const int32_t value = columns.value_lengths[i];
    p = EncodeVarint(p, static_cast<int32_t>(BodySize(timestamp_delta, i, key, value)));
    *p++ = 0;  // attributes
    p = EncodeVarlong(p, timestamp_delta);
    p = EncodeVarint(p, i);
    p = EncodeVarint(p, key);
    p = keys.Take(key, p, end);
    p = EncodeVarint(p, value);
    p = values.Take(value, p, end);
    *p++ = 0;  // header count
    if (p - summed >= kCrcPiece) {
      crc = Crc32cExtend(crc, summed, static_cast<size_t>(p - summed));
      summed = p;
    }
  }
  StoreBig32(out + kCrcAt, Crc32cExtend(crc, summed, static_cast<size_t>(p - summed)));
}

}  // namespace duramen
