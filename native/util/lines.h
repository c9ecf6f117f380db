// Splits a block of text into lines for the columns encoder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duramen {

// Stores the lengths of the complete lines at the front of `block`, `delimiter` not counted, until
// `max_lines` are found or no delimiter is left; returns how many. `*consumed` is the position
// after the last stored line's delimiter. Looks at no more than 2^31 - 1 bytes, so that lengths
// fit: no line found in a block of that size means a line that is too long. Any thread; keeps
// nothing.
int32_t SplitLines(const uint8_t* block, size_t size, uint8_t delimiter, int32_t* lengths,
                   int32_t max_lines, size_t* consumed);

}  // namespace duramen
