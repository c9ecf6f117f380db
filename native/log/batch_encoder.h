// Encodes one uncompressed record batch from columns, at about the speed of memory.
// Pure functions over caller's memory; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "util/status.h"

namespace duramen {

// Records without headers, as blocks of bytes with an array of lengths. Owns nothing.
struct Columns {
  int32_t count = 0;
  const uint8_t* values = nullptr;
  size_t values_size = 0;
  const int32_t* value_lengths = nullptr;  // `count` of them; -1 is a null value
  // Bytes in `values` to skip after each value, null ones included: 1 for lines with a delimiter.
  int32_t value_gap = 0;
  const uint8_t* keys = nullptr;
  size_t keys_size = 0;
  const int32_t* key_lengths = nullptr;  // none: every key is null
  // Milliseconds since the epoch as JavaScript has them. None: every record has `timestamp`.
  const double* timestamps = nullptr;
  int64_t timestamp = 0;
};

// What CheckColumns learns on its way and EncodeColumns needs.
struct BatchShape {
  int64_t size = 0;  // of the whole batch, header included
  int64_t base_timestamp = 0;
  int64_t max_timestamp = 0;
};

// kInvalidArgument: count below 1, a length below -1, lengths that sum to more than the blocks
// hold, a timestamp that is not a whole number from -1 to 2^53 - 2. kBatchTooLarge: above 2^31 - 1
// bytes.
Status CheckColumns(const Columns& columns, BatchShape* shape);

// Writes shape.size bytes at `out`, whole but for base offset and leader epoch (the log assigns
// them; neither is under the CRC) and the magic byte, which stays 0: the caller stores it last,
// with release, and the batch exists from then on. `columns` passed CheckColumns, which gave
// `shape`, and has not changed since. Base offset and leader epoch are left as they are.
void EncodeColumns(const Columns& columns, const BatchShape& shape, uint8_t* out);

}  // namespace duramen
