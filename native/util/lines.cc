#include "util/lines.h"

#include <algorithm>
#include <cstring>

namespace duramen {
int32_t SplitLines(const uint8_t* block, size_t size, uint8_t delimiter, int32_t* lengths,
                   int32_t max_lines, size_t* consumed) {
  size = std::min<size_t>(size, INT32_MAX);
  const uint8_t* line = block;
  const uint8_t* const end = block + size;
  int32_t count = 0;
  while (count < max_lines && line < end) {
    const void* found = std::memchr(line, delimiter, static_cast<size_t>(end - line));
    if (found == nullptr) break;
    const auto* stop = static_cast<const uint8_t*>(found);
    lengths[count++] = static_cast<int32_t>(stop - line);
    line = stop + 1;
  }
  *consumed = static_cast<size_t>(line - block);
  return count;
}
}  // namespace duramen
