// What makes bytes a sound record batch. The checks come in steps, because a scan needs the frame
// of every batch, recovery the CRC as well, and only an append from outside all of it.
// Pure functions over caller's memory; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duramen {

enum class BatchFault : uint8_t {
  kNone,
  kTruncated,       // fewer bytes than the header, or than its length says
  kBadMagic,        // not format version 2
  kBadLength,       // negative, shorter than a header, or above the limit
  kBadCrc,          // bytes differ from those that were summed
  kBadAttributes,   // a codec that does not exist
  kBadCount,        // negative, zero where that is refused, or not the number of records
  kBadDelta,        // last offset delta negative or below record count - 1
  kBadRecord,       // a record that does not parse, fill its length or keep offset order
  kOffsetOverflow,  // base offset negative, or last offset at or above 2^53
  kBadTimestamp,    // one that JavaScript cannot hold: at or above 2^53, or at or below -2^53
};

// A phrase that follows "the batch ...", for messages.
const char* BatchFaultText(BatchFault fault);

// Compaction leaves a producer's last batch behind as a bare header; a producer never sends one.
enum class EmptyBatch : bool { kRefused, kAllowed };

// Header fields only: cheap. On kNone all of BatchHeader(data).size() bytes are within `available`,
// and no more than `max_size`. A record count of 0 passes.
BatchFault CheckBatchFrame(const uint8_t* data, size_t available, int64_t max_size);

// The frame was checked before.
BatchFault CheckBatchCrc(const uint8_t* data);

// Timestamps are possible ones, then every record: lengths, keys, values and headers fill the batch
// exactly, offset deltas run from 0 (or rise, where compaction left gaps), the count is right. The
// records of a compressed batch are not looked at. The frame was checked before.
BatchFault CheckBatchRecords(const uint8_t* data, EmptyBatch empty);

// All of the above for a batch whose offsets the log is to assign: at least one record, no gaps,
// any base offset.
BatchFault CheckProducedBatch(const uint8_t* data, size_t available, int64_t max_size);

// What a broker asks of the records of a batch beside that they are sound.
struct RecordSummary {
  int64_t least_timestamp = -1;
  int64_t largest_timestamp = -1;
  bool has_null_key = false;
};

// The same; of a batch that is not compressed the summary too.
BatchFault CheckProducedBatch(const uint8_t* data, size_t available, int64_t max_size,
                              RecordSummary* summary);

// The records of a compressed batch that passed the call above, decompressed into `size` bytes.
BatchFault CheckDecompressed(const uint8_t* data, const uint8_t* records, size_t size,
                             RecordSummary* summary);

}  // namespace duramen
