// ProducerState: what a log knows of the producers that write to it, so that a batch that is sent
// again is not stored again, and of their transactions, so that readers see whole ones.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "log/producer_batch.h"
#include "util/status.h"

namespace duramen {

// A batch that was appended.
struct AppendedBatch {
  int32_t last_sequence = -1;
  int64_t last_offset = -1;
  int32_t offset_delta = 0;
  int64_t timestamp = -1;

  int64_t base_offset() const { return last_offset - offset_delta; }
  int32_t first_sequence() const;
};

// One producer, as Kafka's ProducerStateEntry.
struct Producer {
  static constexpr size_t kBatches = 5;

  int64_t id = -1;
  int16_t epoch = -1;
  int32_t coordinator_epoch = -1;
  int64_t last_timestamp = -1;
  int64_t transaction_offset = -1;              // the first of its open transaction; -1: none
  std::array<AppendedBatch, kBatches> batches;  // the last of this epoch, in order
  uint8_t count = 0;

  const AppendedBatch* last() const { return count == 0 ? nullptr : &batches[count - 1U]; }
  void Add(int16_t epoch, const AppendedBatch& batch);
  void Enter(int16_t epoch);
};

// A transaction that an ABORT marker has ended, as an entry of `.txnindex` has it.
struct AbortedTransaction {
  int64_t producer_id = -1;
  int64_t first_offset = 0;
  int64_t last_offset = 0;         // the marker's
  int64_t last_stable_offset = 0;  // once it was ended
  bool operator==(const AbortedTransaction&) const = default;
};

// The log's append mutex orders all but LastStableOffset, which any thread may call.
class ProducerState {
 public:
  explicit ProducerState(int64_t expiration_ms) : expiration_ms_(expiration_ms) {}

  // Whether the batch may be appended, by the rules of Kafka's ProducerAppendInfo;
  // `*duplicate` is the batch that it was before, if it is in the log already.
  // kOutOfOrderSequence, kInvalidProducerEpoch, kInvalidTransactionState,
  // kTransactionCoordinatorFenced, kInvalidBatch.
  Status Check(const ProducerBatch& batch, std::optional<AppendedBatch>* duplicate) const;

  // The batch is in the log, whatever the checks would have said. Before readers may see it. The
  // transaction that it has aborted, if any.
  std::optional<AbortedTransaction> Note(const ProducerBatch& batch, int64_t base_offset);

  // Whether so many have come that it is time to look for expired ones.
  bool WantsExpiry() const { return producers_.size() >= expire_at_; }
  // Not more often than Kafka does: a producer may well send what is older than that.
  void Expire(int64_t now_ms);

  // Readers of committed records see what is below: the first offset of a transaction that is open,
  // or whose end is not below the high watermark; else the high watermark.
  int64_t LastStableOffset(int64_t high_watermark);

  int64_t expiration_ms() const { return expiration_ms_; }
  // -1: nothing is known of it.
  int16_t EpochOf(int64_t producer_id) const;
  // For snapshots. Sorted by id.
  std::vector<Producer> Producers() const;
  void Restore(const Producer& producer);
  // Nothing is known of anybody.
  void Forget() { Replace(ProducerState(expiration_ms_)); }
  // Becomes what `other` is.
  void Replace(ProducerState&& other);

 private:
  struct EndedTransaction {
    int64_t first_offset = 0;
    int64_t last_offset = 0;
  };

  bool IsExpired(const Producer& producer, int64_t now_ms) const;
  std::optional<AbortedTransaction> End(Producer* producer, const ProducerBatch& batch,
                                        int64_t offset);

  const int64_t expiration_ms_;
  std::unordered_map<int64_t, Producer> producers_;
  static constexpr size_t kFewProducers = 1024;
  size_t expire_at_ = kFewProducers;
  int64_t expire_after_ms_ = 0;

  std::mutex transactions_mutex_;  // all below
  std::set<int64_t> open_;         // first offsets
  std::vector<EndedTransaction> ended_;
  // Whether there are any: without transactions, nobody takes the mutex. Set before the log end
  // that covers the batch is published.
  std::atomic<bool> has_transactions_{false};
};

}  // namespace duramen
