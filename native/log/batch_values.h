// The values of a batch as one block of bytes: what the columns encoder does, the other way round.
// A pure function over caller's memory; safe from any thread.
#pragma once

#include <cstdint>

namespace duramen {

// Copies the values of an uncompressed batch to `out`, `delimiter` behind each; a null value counts
// as an empty one. The frame was checked, and `size`, the batch's, is also the room at `out`: a
// record takes more than its value and a delimiter. Returns the bytes that were written, or -1
// where the records do not fill the batch.
int64_t JoinValues(const uint8_t* batch, int64_t size, uint8_t delimiter, uint8_t* out);

}  // namespace duramen
