// The ways into a log: a ready batch, one that the batch builder has just made, and columns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "log/batch_encoder.h"
#include "log/partition_log.h"

namespace duramen {

enum class Offsets : uint8_t {
  kAssign,  // the log gives the batch the next offsets, as to a producer
  kKeep,    // the batch has its own, at or above the log end, as from a leader
};

// One batch, complete with CRC, from outside: everything in it is checked (the records of a
// compressed batch only when they are read). `leader_epoch` -1: the log's own, or with kKeep that
// of the batch. kInvalidBatch, kUnsupportedMagic, kBatchTooLarge, kOffsetOverflow; nothing is
// appended. What a producer sends is checked against what it sent before, also below
// (ProducerState::Check); what a leader has accepted is not.
Status AppendReady(PartitionLog* log, const uint8_t* batch, size_t size, Offsets offsets,
                   int32_t leader_epoch, AppendResult* result);

enum class BatchCrc : uint8_t {
  kCompute,  // the batch was just made, or changed
  kChecked,  // it is right
};

// One batch that src/record's builder made, or that was checked (CheckProducedBatch): trusted but
// for its frame.
Status AppendTrusted(PartitionLog* log, uint8_t* batch, size_t size, BatchCrc crc,
                     AppendResult* result);

// Encodes straight into the log's memory.
Status AppendColumns(PartitionLog* log, const Columns& columns, AppendResult* result);

}  // namespace duramen
