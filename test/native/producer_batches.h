// Batches of idempotent and transactional producers, and what a log has to know after them.
#pragma once

#include <vector>

#include "log/producer_snapshot.h"
#include "log_support.h"

namespace duramen::test {

struct Sent {
  int64_t producer_id = 7;
  int16_t epoch = 0;
  int32_t sequence = 0;
  int32_t records = 1;
  bool is_transactional = false;
  int64_t timestamp = kStartTime;
};

inline Bytes StampedWith(Bytes batch, const Sent& sent, uint16_t attributes) {
  StoreBig16(&batch[kAttributesAt], attributes);
  StoreBig64(&batch[kProducerIdAt], static_cast<uint64_t>(sent.producer_id));
  StoreBig16(&batch[kProducerEpochAt], static_cast<uint16_t>(sent.epoch));
  StoreBig32(&batch[kBaseSequenceAt], static_cast<uint32_t>(sent.sequence));
  Seal(&batch);
  return batch;
}

inline Bytes SentBatch(const Sent& sent) {
  const uint16_t attributes = sent.is_transactional ? kTransactionalBit : 0;
  return StampedWith(BatchAt(sent.timestamp, 20, sent.records), sent, attributes);
}

inline Bytes MarkerOf(bool commits, int64_t producer_id = 7, int16_t epoch = 0,
                      int32_t coordinator_epoch = 0) {
  std::string value(6, '\0');
  StoreBig32(reinterpret_cast<uint8_t*>(value.data()) + 2,
             static_cast<uint32_t>(coordinator_epoch));
  Bytes batch = MakeBatch({{0, 0, std::string("\0\0\0", 3) + (commits ? '\1' : '\0'), value}});
  return StampedWith(std::move(batch), {producer_id, epoch, -1}, kTransactionalBit | kControlBit);
}

// In the form in which a snapshot has it: of a producer's batches the last alone counts.
struct Known {
  std::string producers;
  std::vector<AbortedTransaction> aborted;
  int64_t last_stable_offset = 0;
  bool operator==(const Known&) const = default;
};

// By reading every batch, one after the other.
inline Known KnownAfter(const Batches& batches, int64_t start, int64_t end) {
  ProducerState state(int64_t{1} << 60);
  Known known;
  for (const auto& [offset, bytes] : batches) {
    const ProducerBatch batch = ProducerBatchOf(bytes.data());
    if (!batch.HasProducer()) continue;
    const auto aborted = state.Note(batch, offset);
    if (aborted && aborted->last_offset >= start) known.aborted.push_back(*aborted);
  }
  known.producers = EncodeProducerSnapshot(state.Producers());
  known.last_stable_offset = std::max(start, state.LastStableOffset(end));
  return known;
}

inline std::vector<AbortedTransaction> AbortedIn(const SegmentList& segments, int64_t from,
                                                 int64_t to) {
  std::vector<AbortedTransaction> found;
  EXPECT_OK(segments.AbortedTransactions(from, to, &found));
  return found;
}

inline Known KnownTo(PartitionLog* log) {
  const LogState state = log->State();
  return {EncodeProducerSnapshot(log->producers().List()),
          AbortedIn(log->segments(), state.log_start_offset, kOffsetLimit),
          state.last_stable_offset};
}

}  // namespace duramen::test
