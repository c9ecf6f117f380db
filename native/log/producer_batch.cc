#include "log/producer_batch.h"

#include <limits>

#include "util/varint.h"

namespace duramen {
namespace {

// Kafka's ControlRecordType.
constexpr uint16_t kAbortType = 0, kCommitType = 1;
constexpr int32_t kMarkerKeySize = 4, kMarkerValueSize = 6;

// Reads the one record of a control batch, whose bytes are anything.
void ReadMarker(BatchHeader header, ProducerBatch* batch) {
  if (header.codec() != static_cast<uint8_t>(Codec::kNone) || header.record_count() < 1) return;
  const uint8_t* p = header.data() + kBatchHeaderSize;
  const uint8_t* const end = header.data() + header.size();
  int32_t length, offset_delta, key_length, value_length;
  int64_t timestamp_delta;
  p = DecodeVarint(p, end, &length);
  if (p == nullptr || length < 1 || length > end - p) return;
  p = DecodeVarlong(p + 1, end, &timestamp_delta);
  if (p == nullptr) return;
  p = DecodeVarint(p, end, &offset_delta);
  if (p == nullptr) return;
  p = DecodeVarint(p, end, &key_length);
  if (p == nullptr || key_length < kMarkerKeySize || key_length > end - p) return;
  const uint16_t type = LoadBig16(p + 2);
  p = DecodeVarint(p + key_length, end, &value_length);
  if (p == nullptr || value_length < kMarkerValueSize || value_length > end - p) return;
  if (type != kAbortType && type != kCommitType) return;
  batch->marker = type == kAbortType ? Marker::kAbort : Marker::kCommit;
  batch->coordinator_epoch = static_cast<int32_t>(LoadBig32(p + 2));
}

}  // namespace

int32_t SequenceAfter(int32_t sequence, int32_t increment) {
  constexpr int64_t kSequences = int64_t{std::numeric_limits<int32_t>::max()} + 1;
  return static_cast<int32_t>((int64_t{sequence} + increment) % kSequences);
}

ProducerBatch ReadProducerBatch(BatchHeader header) {
  ProducerBatch batch;
  batch.producer_id = header.producer_id();
  batch.epoch = header.producer_epoch();
  batch.first_sequence = header.base_sequence();
  batch.last_offset_delta = header.last_offset_delta();
  batch.last_sequence =
      batch.first_sequence < 0 ? -1 : SequenceAfter(batch.first_sequence, batch.last_offset_delta);
  batch.timestamp = header.max_timestamp();
  batch.is_transactional = header.is_transactional();
  batch.is_control = header.is_control();
  if (batch.is_control) ReadMarker(header, &batch);
  return batch;
}

}  // namespace duramen
