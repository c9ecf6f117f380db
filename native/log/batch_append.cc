#include "log/batch_append.h"

#include <cstring>
#include <limits>
#include <string>

#include "log/batch_check.h"
#include "util/crc32c.h"
#include "util/stream_copy.h"

namespace duramen {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

Status FaultStatus(BatchFault fault) {
  if (fault == BatchFault::kNone) return Status();
  const std::string message =
      std::string("the batch ") + BatchFaultText(fault) + "; nothing of it was appended";
  switch (fault) {
    case BatchFault::kBadMagic:
      return Status(Code::kUnsupportedMagic,
                    "only record batches of format version 2 are accepted; older ones (Kafka "
                    "before 0.11) have to be converted first");
    case BatchFault::kOffsetOverflow:
      return Status(Code::kOffsetOverflow, message);
    default:
      return Status(Code::kInvalidBatch, message);
  }
}

BatchFault CheckKeptBatch(const uint8_t* batch, size_t size) {
  BatchFault fault = CheckBatchFrame(batch, size, kNoLimit);
  if (fault == BatchFault::kNone) fault = CheckBatchCrc(batch);
  if (fault == BatchFault::kNone) fault = CheckBatchRecords(batch, EmptyBatch::kAllowed);
  return fault;
}

// Copies all but the magic byte, which the log stores last.
void CopyWithoutMagic(const uint8_t* batch, size_t size, uint8_t* to) {
  StreamCopy(to + kCrcAt, batch + kCrcAt, size - kCrcAt);
  std::memcpy(to, batch, kMagicAt);
  to[kMagicAt] = 0;
}

}  // namespace

Status AppendReady(PartitionLog* log, const uint8_t* batch, size_t size, Offsets offsets,
                   int32_t leader_epoch, AppendResult* result) {
  const bool keep = offsets == Offsets::kKeep;
  const BatchFault fault =
      keep ? CheckKeptBatch(batch, size) : CheckProducedBatch(batch, size, kNoLimit);
  DURAMEN_TRY(FaultStatus(fault));
  const BatchHeader header(batch);
  if (header.size() != static_cast<int64_t>(size)) {
    return Status(Code::kInvalidBatch,
                  std::to_string(static_cast<int64_t>(size) - header.size()) +
                      " bytes stand behind the batch; append one batch at a time");
  }
  BatchImage image;
  image.size = header.size();
  image.last_offset_delta = header.last_offset_delta();
  image.max_timestamp = header.max_timestamp();
  image.base_offset = keep ? header.base_offset() : -1;
  image.leader_epoch = keep && leader_epoch < 0 ? header.leader_epoch() : leader_epoch;
  image.fill = [&](uint8_t* to) { CopyWithoutMagic(batch, size, to); };
  image.encoded = batch;
  image.producer = ProducerBatchOf(batch);
  return log->Append(image, result);
}

Status AppendTrusted(PartitionLog* log, uint8_t* batch, size_t size, BatchCrc crc,
                     AppendResult* result) {
  const BatchFault fault = CheckBatchFrame(batch, size, kNoLimit);
  DURAMEN_TRY(FaultStatus(fault));
  const BatchHeader header(batch);
  if (header.size() != static_cast<int64_t>(size)) {
    return Status(Code::kInvalidBatch, "the batch and its length differ");
  }
  // While the bytes are still in the cache of the core that made them.
  if (crc == BatchCrc::kCompute) {
    StoreBig32(batch + kCrcAt, Crc32c(batch + kCrcCoversFrom, size - kCrcCoversFrom));
  }
  BatchImage image;
  image.size = header.size();
  image.last_offset_delta = header.last_offset_delta();
  image.max_timestamp = header.max_timestamp();
  image.fill = [&](uint8_t* to) { CopyWithoutMagic(batch, size, to); };
  image.encoded = batch;
  image.producer = ProducerBatchOf(batch);
  return log->Append(image, result);
}

Status AppendColumns(PartitionLog* log, const Columns& columns, AppendResult* result) {
  BatchShape shape;
  DURAMEN_TRY(CheckColumns(columns, &shape));
  BatchImage image;
  image.size = shape.size;
  image.last_offset_delta = columns.count - 1;
  image.max_timestamp = shape.max_timestamp;
  image.fill = [&](uint8_t* to) { EncodeColumns(columns, shape, to); };
  return log->Append(image, result);
}

}  // namespace duramen
