// Layout of a record batch, format version 2. docs/format.md has the same as a table.
#pragma once

#include <cstdint>

#include "util/endian.h"

namespace duramen {

// Positions in the header; each is the one before plus that field's size.
inline constexpr int kBaseOffsetAt = 0;
inline constexpr int kBatchLengthAt = kBaseOffsetAt + 8;
inline constexpr int kLeaderEpochAt = kBatchLengthAt + 4;
inline constexpr int kMagicAt = kLeaderEpochAt + 4;
inline constexpr int kCrcAt = kMagicAt + 1;
inline constexpr int kAttributesAt = kCrcAt + 4;
inline constexpr int kLastOffsetDeltaAt = kAttributesAt + 2;
inline constexpr int kBaseTimestampAt = kLastOffsetDeltaAt + 4;
inline constexpr int kMaxTimestampAt = kBaseTimestampAt + 8;
inline constexpr int kProducerIdAt = kMaxTimestampAt + 8;
inline constexpr int kProducerEpochAt = kProducerIdAt + 8;
inline constexpr int kBaseSequenceAt = kProducerEpochAt + 2;
inline constexpr int kRecordCountAt = kBaseSequenceAt + 4;
inline constexpr int kBatchHeaderSize = kRecordCountAt + 4;

// batchLength counts what follows it; the CRC covers from the attributes to the end.
inline constexpr int kLengthCountsFrom = kLeaderEpochAt;
inline constexpr int kCrcCoversFrom = kAttributesAt;

static_assert(kMagicAt == 16, "the magic byte stands where older formats have it");
static_assert(kCrcAt == 17 && kAttributesAt == 21);
static_assert(kMaxTimestampAt == 35 && kProducerIdAt == 43);
static_assert(kBatchHeaderSize == 61);

inline constexpr uint8_t kMagic = 2;
// Length, attributes, timestamp delta, offset delta, key length, value length, header count.
inline constexpr int kMinRecordSize = 7;
// Offsets cross into JavaScript as numbers.
inline constexpr int64_t kOffsetLimit = int64_t{1} << 53;

inline constexpr uint16_t kCodecMask = 0x07;
inline constexpr uint16_t kLogAppendTimeBit = 0x08;
inline constexpr uint16_t kTransactionalBit = 0x10;
inline constexpr uint16_t kControlBit = 0x20;
inline constexpr uint16_t kDeleteHorizonBit = 0x40;

enum class Codec : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
inline constexpr uint8_t kLastCodec = static_cast<uint8_t>(Codec::kZstd);

// Reads fields of the header at `data`, which must be kBatchHeaderSize bytes that outlive this
// object. Checks nothing (batch_check.h does). A pointer in size: pass it by value.
class BatchHeader {
 public:
  explicit BatchHeader(const uint8_t* data) : data_(data) {}

  const uint8_t* data() const { return data_; }
  int64_t base_offset() const { return Load64(kBaseOffsetAt); }
  int32_t batch_length() const { return Load32(kBatchLengthAt); }
  // Bytes of the whole batch, header included; wide enough for any batch_length.
  int64_t size() const { return int64_t{kLengthCountsFrom} + batch_length(); }
  int32_t leader_epoch() const { return Load32(kLeaderEpochAt); }
  uint8_t magic() const { return data_[kMagicAt]; }
  uint32_t crc() const { return LoadBig32(data_ + kCrcAt); }
  uint16_t attributes() const { return LoadBig16(data_ + kAttributesAt); }
  int32_t last_offset_delta() const { return Load32(kLastOffsetDeltaAt); }
  int64_t last_offset() const { return base_offset() + last_offset_delta(); }
  int64_t base_timestamp() const { return Load64(kBaseTimestampAt); }
  int64_t max_timestamp() const { return Load64(kMaxTimestampAt); }
  int64_t producer_id() const { return Load64(kProducerIdAt); }
  int16_t producer_epoch() const {
    return static_cast<int16_t>(LoadBig16(data_ + kProducerEpochAt));
  }
  int32_t base_sequence() const { return Load32(kBaseSequenceAt); }
  int32_t record_count() const { return Load32(kRecordCountAt); }

  // The codec's number as it stands; may be one that is not a Codec.
  uint8_t codec() const { return attributes() & kCodecMask; }
  bool uses_log_append_time() const { return (attributes() & kLogAppendTimeBit) != 0; }
  bool is_transactional() const { return (attributes() & kTransactionalBit) != 0; }
  bool is_control() const { return (attributes() & kControlBit) != 0; }
  bool has_delete_horizon() const { return (attributes() & kDeleteHorizonBit) != 0; }

 private:
  int32_t Load32(int at) const { return static_cast<int32_t>(LoadBig32(data_ + at)); }
  int64_t Load64(int at) const { return static_cast<int64_t>(LoadBig64(data_ + at)); }

  const uint8_t* data_;
};

}  // namespace duramen
