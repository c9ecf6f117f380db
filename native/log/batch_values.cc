#include "log/batch_values.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "log/batch_format.h"
#include "util/varint.h"

namespace duramen {
namespace {

// A field that starts behind its length; nullptr where it does not fit before `end`. A null has
// length 0.
const uint8_t* StartOfField(const uint8_t* p, const uint8_t* end, int32_t* length) {
  p = DecodeVarint(p, end, length);
  if (p == nullptr || *length < -1 || *length > end - p) return nullptr;
  *length = std::max(*length, 0);
  return p;
}

// Where the value of the record at `p` starts, and in *next where the record ends.
const uint8_t* StartOfValue(const uint8_t* p, const uint8_t* end, int32_t* length,
                            const uint8_t** next) {
  int32_t size;
  p = DecodeVarint(p, end, &size);
  if (p == nullptr || size < kMinRecordSize - 1 || size > end - p) return nullptr;
  *next = end = p + size;
  int64_t timestamp_delta;
  p = DecodeVarlong(p + 1, end, &timestamp_delta);  // after the attributes
  if (p == nullptr) return nullptr;
  int32_t offset_delta;
  p = DecodeVarint(p, end, &offset_delta);
  if (p == nullptr) return nullptr;
  p = StartOfField(p, end, length);
  if (p == nullptr) return nullptr;
  return StartOfField(p + *length, end, length);
}

}  // namespace

int64_t JoinValues(const uint8_t* batch, int64_t size, uint8_t delimiter, uint8_t* out) {
  const uint8_t* p = batch + kBatchHeaderSize;
  const uint8_t* const end = batch + size;
  uint8_t* to = out;
  for (int32_t left = BatchHeader(batch).record_count(); left > 0; --left) {
    int32_t length;
    const uint8_t* next;
    const uint8_t* value = StartOfValue(p, end, &length, &next);
    if (value == nullptr) return -1;
    std::memcpy(to, value, static_cast<size_t>(length));
    to += length;
    *to++ = delimiter;
    p = next;
  }
  return p == end ? to - out : -1;
}

}  // namespace duramen
