// Builds record batches for tests, slowly and one byte at a time: nothing here is shared with the
// code under test but the field positions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/batch_format.h"
#include "util/crc32c.h"

namespace duramen::test {

using Bytes = std::vector<uint8_t>;

struct RecordSpec {
  int32_t offset_delta = 0;
  int64_t timestamp_delta = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
};

inline void AppendZigZag(Bytes* out, int64_t value) {
  uint64_t left = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  while (left > 127) {
    out->push_back(static_cast<uint8_t>(left % 128 + 128));
    left /= 128;
  }
  out->push_back(static_cast<uint8_t>(left));
}

inline void AppendField(Bytes* out, const std::optional<std::string>& field) {
  AppendZigZag(out, field ? static_cast<int64_t>(field->size()) : -1);
  if (field) out->insert(out->end(), field->begin(), field->end());
}

inline void AppendRecord(Bytes* out, const RecordSpec& record) {
  Bytes body{0};
  AppendZigZag(&body, record.timestamp_delta);
  AppendZigZag(&body, record.offset_delta);
  AppendField(&body, record.key);
  AppendField(&body, record.value);
  AppendZigZag(&body, static_cast<int64_t>(record.headers.size()));
  for (const auto& [key, value] : record.headers) {
    AppendField(&body, key);
    AppendField(&body, value);
  }
  AppendZigZag(out, static_cast<int64_t>(body.size()));
  out->insert(out->end(), body.begin(), body.end());
}

// Makes length and CRC right again after a change.
inline void Seal(Bytes* batch) {
  StoreBig32(batch->data() + kBatchLengthAt, static_cast<uint32_t>(batch->size() - 12));
  StoreBig32(batch->data() + kCrcAt, Crc32c(batch->data() + 21, batch->size() - 21));
}

// A whole batch around records that are encoded already; last offset delta = count - 1.
inline Bytes WrapRecords(const Bytes& records, int32_t count, int64_t base_offset = 0,
                         int64_t timestamp = 1'700'000'000'000) {
  Bytes batch(kBatchHeaderSize + records.size());
  StoreBig64(&batch[kBaseOffsetAt], static_cast<uint64_t>(base_offset));
  batch[kMagicAt] = 2;
  StoreBig32(&batch[kLastOffsetDeltaAt], static_cast<uint32_t>(count - 1));
  StoreBig64(&batch[kBaseTimestampAt], static_cast<uint64_t>(timestamp));
  StoreBig64(&batch[kMaxTimestampAt], static_cast<uint64_t>(timestamp));
  StoreBig64(&batch[kProducerIdAt], ~uint64_t{0});
  StoreBig16(&batch[kProducerEpochAt], 0xffff);
  StoreBig32(&batch[kBaseSequenceAt], 0xffffffff);
  StoreBig32(&batch[kRecordCountAt], static_cast<uint32_t>(count));
  std::copy(records.begin(), records.end(), batch.begin() + kBatchHeaderSize);
  Seal(&batch);
  return batch;
}

// Offset deltas are taken from the records; a list without gaps makes a batch as a producer does.
inline Bytes MakeBatch(const std::vector<RecordSpec>& records, int64_t base_offset = 0) {
  Bytes encoded;
  for (const RecordSpec& record : records) AppendRecord(&encoded, record);
  Bytes batch = WrapRecords(encoded, static_cast<int32_t>(records.size()), base_offset);
  if (!records.empty()) {
    StoreBig32(&batch[kLastOffsetDeltaAt], static_cast<uint32_t>(records.back().offset_delta));
  }
  Seal(&batch);
  return batch;
}

}  // namespace duramen::test
