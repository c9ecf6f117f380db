// What a batch says of the producer that made it, and of the transaction that it belongs to or
// ends.
#pragma once

#include <cstdint>

#include "log/batch_format.h"

namespace duramen {

// How a control batch ends a transaction; none where it is no such batch, or does not parse.
enum class Marker : uint8_t { kNone, kAbort, kCommit };

struct ProducerBatch {
  int64_t producer_id = -1;  // below 0: none, and the rest has no meaning
  int16_t epoch = -1;
  int32_t first_sequence = -1;
  int32_t last_sequence = -1;
  int32_t last_offset_delta = 0;
  int64_t timestamp = -1;  // the largest; of a marker its own
  bool is_transactional = false;
  bool is_control = false;
  Marker marker = Marker::kNone;
  int32_t coordinator_epoch = -1;  // of a marker

  bool HasProducer() const { return producer_id >= 0; }
};

// The sequence `increment` records after `sequence`: behind 2^31 - 1 comes 0.
int32_t SequenceAfter(int32_t sequence, int32_t increment);

ProducerBatch ReadProducerBatch(BatchHeader header);

// The frame of the batch was checked. Most batches have no producer, which costs one look.
inline ProducerBatch ProducerBatchOf(const uint8_t* batch) {
  const BatchHeader header(batch);
  return header.producer_id() < 0 ? ProducerBatch() : ReadProducerBatch(header);
}

}  // namespace duramen
