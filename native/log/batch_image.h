// What an append takes and gives.
#pragma once

#include <cstdint>
#include <functional>

#include "log/producer_batch.h"

namespace duramen {

// How a batch gets into the log: `fill` writes the whole of it to memory but byte kMagicAt, which
// it leaves zero. Base offset, leader epoch and magic byte are the log's to store.
struct BatchImage {
  int64_t size = 0;
  int32_t last_offset_delta = 0;
  int64_t max_timestamp = -1;
  int64_t base_offset =
      -1;  // -1: the log assigns the next one; else kept, with a gap if it is higher
  int32_t leader_epoch = -1;  // -1: the log's own
  std::function<void(uint8_t* to)> fill;
  const uint8_t* encoded = nullptr;  // the batch, where it exists in memory already
  ProducerBatch producer;
};

struct AppendResult {
  int64_t base_offset = 0;
  int64_t last_offset = 0;
  // The log had the batch already, at these offsets: nothing was appended.
  bool duplicate = false;
};

}  // namespace duramen
