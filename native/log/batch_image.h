// What an append takes and gives.
#pragma once

#include <cstdint>
#include <functional>

namespace duramen {

// How a batch gets into the log's memory. `fill` writes the whole batch but byte kMagicAt, which it
// leaves zero; base offset and leader epoch are overwritten afterwards.
struct BatchImage {
  int64_t size = 0;
  int32_t last_offset_delta = 0;
  int64_t max_timestamp = -1;
  int64_t base_offset =
      -1;  // -1: the log assigns the next one; else kept, with a gap if it is higher
  int32_t leader_epoch = -1;  // -1: the log's own
  std::function<void(uint8_t* to)> fill;
};

struct AppendResult {
  int64_t base_offset = 0;
  int64_t last_offset = 0;
};

}  // namespace duramen
