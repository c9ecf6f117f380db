#include "log/batch_encoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "log/batch_format.h"
#include "util/crc32c.h"
#include "util/varint.h"

namespace duramen {
namespace {

// Largest time that JavaScript's numbers hold exactly; -1 is Kafka's "no timestamp".
constexpr double kMaxTimestamp = 9007199254740992.0;
constexpr int64_t kNoTimestamp = -1;
// A batch's length field is an int32.
constexpr int64_t kMaxBatchSize = INT32_MAX;
constexpr int kNull = -1;

// Records are summed in pieces of about this size, while they are still in the first-level cache.
constexpr size_t kCrcPiece = 16 * 1024;

Status Invalid(const std::string& what, int32_t index) {
  return Status(Code::kInvalidArgument, what + " of record " + std::to_string(index) + ".");
}

// Bytes of one record after its length field.
int64_t BodySize(int64_t timestamp_delta, int32_t index, int32_t key, int32_t value) {
  // The two single bytes are the attributes and the header count.
  return 1 + VarlongSize(timestamp_delta) + VarintSize(index) + VarintSize(key) +
         std::max(key, 0) + VarintSize(value) + std::max(value, 0) + 1;
}

int64_t TimestampOf(const Columns& columns, int32_t index) {
  return columns.timestamps != nullptr ? static_cast<int64_t>(columns.timestamps[index])
                                       : columns.timestamp;
}

int32_t KeyLengthOf(const Columns& columns, int32_t index) {
  return columns.key_lengths != nullptr ? columns.key_lengths[index] : kNull;
}

Status CheckTimestamps(const Columns& columns, BatchShape* shape) {
  if (columns.timestamps == nullptr) {
    if (columns.timestamp < kNoTimestamp || columns.timestamp > kOffsetLimit) {
      return Status(Code::kInvalidArgument, "timestamp is not from -1 to 2^53 milliseconds.");
    }
    shape->base_timestamp = shape->max_timestamp = columns.timestamp;
    return Status();
  }
  return Status();
}
}  // namespace
}  // namespace duramen
