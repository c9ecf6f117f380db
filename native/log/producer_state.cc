#include "log/producer_state.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace duramen {
namespace {

// Kafka's producer.id.expiration.check.interval.ms.
constexpr int64_t kExpiryIntervalMs = 600'000;
constexpr int32_t kLastSequence = std::numeric_limits<int32_t>::max();

std::string NameOf(const ProducerBatch& batch) {
  return "producer " + std::to_string(batch.producer_id) + " of epoch " +
         std::to_string(batch.epoch);
}

Status OutOfOrder(const ProducerBatch& batch, int64_t expected) {
  return Status(Code::kOutOfOrderSequence,
                NameOf(batch) + " sent sequence " + std::to_string(batch.first_sequence) +
                    " where " + std::to_string(expected) +
                    " has to follow; begin a new epoch with sequence 0, or take a new producer id");
}

Status CheckEpoch(const Producer& producer, const ProducerBatch& batch) {
  if (batch.epoch >= producer.epoch) return Status();
  return Status(Code::kInvalidProducerEpoch,
                NameOf(batch) + " is out of date: the log has seen epoch " +
                    std::to_string(producer.epoch) + "; close that producer, or take a new id");
}

Status CheckSequence(const Producer& producer, const ProducerBatch& batch) {
  if (producer.epoch < 0) return Status();
  if (batch.epoch != producer.epoch) {
    return batch.first_sequence == 0 ? Status() : OutOfOrder(batch, 0);
  }
  // After a marker alone nothing is known of the sequence: it begins.
  const AppendedBatch* last = producer.last();
  const int32_t expected = last == nullptr ? 0 : SequenceAfter(last->last_sequence, 1);
  return batch.first_sequence == expected ? Status() : OutOfOrder(batch, expected);
}

Status CheckMarker(const Producer& producer, const ProducerBatch& batch) {
  DURAMEN_TRY(CheckEpoch(producer, batch));
  if (batch.marker == Marker::kNone || batch.coordinator_epoch >= producer.coordinator_epoch) {
    return Status();
  }
  return Status(Code::kTransactionCoordinatorFenced,
                "a marker of coordinator epoch " + std::to_string(batch.coordinator_epoch) +
                    " comes after one of epoch " + std::to_string(producer.coordinator_epoch) +
                    "; let the newer coordinator end the transaction");
}

const AppendedBatch* FindDuplicate(const Producer& producer, const ProducerBatch& batch) {
  if (producer.epoch != batch.epoch) return nullptr;
  for (size_t i = 0; i < producer.count; ++i) {
    const AppendedBatch& before = producer.batches[i];
    if (before.last_sequence == batch.last_sequence &&
        before.first_sequence() == batch.first_sequence) {
      return &before;
    }
  }
  return nullptr;
}

}  // namespace

int32_t AppendedBatch::first_sequence() const {
  const int64_t first = int64_t{last_sequence} - offset_delta;
  return static_cast<int32_t>(first < 0 ? first + kLastSequence + 1 : first);
}

void Producer::Enter(int16_t to) {
  if (epoch == to) return;
  epoch = to;
  count = 0;
}

void Producer::Add(int16_t of, const AppendedBatch& batch) {
  Enter(of);
  if (count == kBatches) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --count;
  }
  batches[count++] = batch;
  last_timestamp = batch.timestamp;
}

Status ProducerState::Check(const ProducerBatch& batch,
                            std::optional<AppendedBatch>* duplicate) const {
  if (batch.epoch < 0 || (!batch.is_control && batch.first_sequence < 0)) {
    return Status(Code::kInvalidBatch, "a batch with producer id " +
                                           std::to_string(batch.producer_id) +
                                           " needs an epoch and a sequence from 0 on");
  }
  const auto found = producers_.find(batch.producer_id);
  if (found == producers_.end()) return Status();
  const Producer& producer = found->second;
  if (batch.is_control) return CheckMarker(producer, batch);
  if (const AppendedBatch* before = FindDuplicate(producer, batch)) {
    *duplicate = *before;
    return Status();
  }
  DURAMEN_TRY(CheckEpoch(producer, batch));
  DURAMEN_TRY(CheckSequence(producer, batch));
  if (producer.transaction_offset < 0 || batch.is_transactional) return Status();
  return Status(Code::kInvalidTransactionState,
                NameOf(batch) +
                    " has an open transaction, and sent a batch that is not part of "
                    "it; end the transaction first");
}

std::optional<AbortedTransaction> ProducerState::Note(const ProducerBatch& batch,
                                                      int64_t base_offset) {
  // Compaction may leave an empty control batch, whose transaction is gone from the log.
  if (batch.is_control && batch.marker == Marker::kNone) return std::nullopt;
  Producer& producer = producers_[batch.producer_id];
  producer.id = batch.producer_id;
  if (batch.is_control) return End(&producer, batch, base_offset);
  const int64_t last_offset = base_offset + batch.last_offset_delta;
  producer.Add(batch.epoch,
               {batch.last_sequence, last_offset, batch.last_offset_delta, batch.timestamp});
  if (batch.is_transactional && producer.transaction_offset < 0) {
    producer.transaction_offset = base_offset;
    std::lock_guard lock(transactions_mutex_);
    open_.insert(base_offset);
    has_transactions_.store(true);
  }
  return std::nullopt;
}

std::optional<AbortedTransaction> ProducerState::End(Producer* producer, const ProducerBatch& batch,
                                                     int64_t offset) {
  producer->Enter(batch.epoch);
  producer->coordinator_epoch = batch.coordinator_epoch;
  producer->last_timestamp = batch.timestamp;
  const int64_t first = std::exchange(producer->transaction_offset, -1);
  if (first < 0) return std::nullopt;
  std::lock_guard lock(transactions_mutex_);
  open_.erase(first);
  ended_.push_back({first, offset});
  if (batch.marker != Marker::kAbort) return std::nullopt;
  const int64_t stable = open_.empty() ? offset + 1 : *open_.begin();
  return AbortedTransaction{batch.producer_id, first, offset, stable};
}

int64_t ProducerState::LastStableOffset(int64_t high_watermark) {
  if (!has_transactions_.load()) return high_watermark;
  std::lock_guard lock(transactions_mutex_);
  std::erase_if(ended_, [&](const EndedTransaction& transaction) {
    return transaction.last_offset < high_watermark;
  });
  int64_t stable = high_watermark;
  if (!open_.empty()) stable = std::min(stable, *open_.begin());
  for (const EndedTransaction& transaction : ended_) {
    stable = std::min(stable, transaction.first_offset);
  }
  has_transactions_.store(!open_.empty() || !ended_.empty());
  return stable;
}

bool ProducerState::IsExpired(const Producer& producer, int64_t now_ms) const {
  return producer.transaction_offset < 0 && producer.last_timestamp <= now_ms &&
         now_ms - producer.last_timestamp >= expiration_ms_;
}

// The next look comes when there are twice as many: on average it costs each producer a constant.
void ProducerState::Expire(int64_t now_ms) {
  expire_at_ = std::max(expire_at_, 2 * producers_.size());
  if (now_ms < expire_after_ms_) return;
  expire_after_ms_ = now_ms + kExpiryIntervalMs;
  std::erase_if(producers_, [&](const auto& entry) { return IsExpired(entry.second, now_ms); });
  expire_at_ = std::max(kFewProducers, 2 * producers_.size());
}

int16_t ProducerState::EpochOf(int64_t producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? int16_t{-1} : found->second.epoch;
}

std::vector<Producer> ProducerState::Producers() const {
  std::vector<Producer> all;
  all.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) all.push_back(producer);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return all;
}

void ProducerState::Restore(const Producer& producer) {
  producers_[producer.id] = producer;
  if (producer.transaction_offset < 0) return;
  std::lock_guard lock(transactions_mutex_);
  open_.insert(producer.transaction_offset);
  has_transactions_.store(true);
}

void ProducerState::Replace(ProducerState&& other) {
  producers_ = std::move(other.producers_);
  expire_at_ = std::max(kFewProducers, 2 * producers_.size());
  std::lock_guard lock(transactions_mutex_);
  open_ = std::move(other.open_);
  ended_ = std::move(other.ended_);
  has_transactions_.store(!open_.empty() || !ended_.empty());
}

}  // namespace duramen
