// TransactionIndex: the aborted transactions whose markers stand in a segment, `.txnindex` in
// Kafka's bytes (docs/format.md).
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "io/env.h"
#include "log/producer_state.h"

namespace duramen {

// The file is loaded at the first use, and written as markers are appended: they are few, and
// readers in other processes look there. Any thread; a mutex orders them.
class TransactionIndex {
 public:
  TransactionIndex(Env* env, std::string path) : env_(env), path_(std::move(path)) {}

  // Behind the others, unless it is there already. Where the file cannot be written it is written
  // later.
  void Add(const AbortedTransaction& transaction, bool write);
  // What a walk over the segment has found stands there from `from` on; below, what the file has.
  // False where that cannot be told: it is damaged, and the walk has to begin at the segment.
  bool Settle(int64_t from, const std::vector<AbortedTransaction>& found, bool write);
  // Appends those that have offsets in [from, to). kCorruptLog where the file is damaged.
  Status Collect(int64_t from, int64_t to, std::vector<AbortedTransaction>* found) const;
  // Writes what the file lacks.
  Status Persist();
  // The same, durably.
  Status Seal();
  // Forgets all, also what a file of that name has: it belongs to a segment that is gone.
  void Reset();

  const std::string& path() const { return path_; }

 private:
  void LoadLocked() const;
  std::string EncodedFrom(size_t from) const;
  Status WriteLocked();

  Env* const env_;
  const std::string path_;
  mutable std::mutex mutex_;
  mutable bool loaded_ = false;
  mutable bool damaged_ = false;
  mutable std::vector<AbortedTransaction> entries_;  // by last offset
  mutable size_t written_ = 0;                       // how many of them the file has
  mutable bool unsynced_ = false;
};

}  // namespace duramen
