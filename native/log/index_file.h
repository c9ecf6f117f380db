// The two sparse indexes of a segment, in Kafka's bytes (docs/format.md).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/env.h"

namespace duramen {

// A file of fixed-size entries. While a segment grows its entries are in memory and reach the file
// by pwrite (an index is never mapped for writing nor preallocated: it can be rebuilt, and a torn
// one must look torn). Sealed, the file is mapped read-only at the first look-up, so that the page
// cache and not the heap bounds what many sealed indexes take.
//
// One thread appends, any thread reads; a mutex orders them (15 ns uncontended, once each
// index.interval.bytes). Persist, Seal and StopWriting may come from any thread.
class IndexFile {
 public:
  static constexpr size_t kAll = SIZE_MAX;

  // The file is loaded at the first use: whole entries, up to the first that is all zeros (Kafka
  // preallocates). A missing or unreadable file is an empty index: look-ups then scan.
  IndexFile(Env* env, std::string path, int entry_size);

  // Forgets all entries and what the file has; the next Persist rewrites it.
  void Reset();

  void Append(const uint8_t* entry);
  // Keeps the first `count` entries.
  void Truncate(size_t count);
  size_t count() const;
  // Of the entries, without loading them: Kafka's zeros count, too.
  int64_t Bytes() const;
  // Copies entry `index` out; false when there is none.
  bool Entry(size_t index, uint8_t* entry) const;
  // Number of leading entries for which `keep` holds; entries are ordered by it.
  template <typename Predicate>
  size_t CountWhile(Predicate keep) const {
    std::lock_guard lock(mutex_);
    LoadLocked();
    size_t low = 0, high = CountLocked();
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (keep(AtLocked(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // Writes the entries that the file does not have yet, of the first `limit` ones; does not sync.
  Status Persist(size_t limit = kAll);
  // Persist, cut the file to size, sync it, and give the memory back.
  Status Seal();
  // Removes the file; memory keeps the entries, for the next Persist.
  void Remove();
  // Gives memory and map back where the file has all entries; the next use loads it again.
  void Rest();
  // Waits for a Persist under way, after which the file is never written again: the name may then
  // become another segment's.
  void StopWriting();

  const std::string& path() const { return path_; }

 private:
  Status PersistWriting(size_t limit);
  size_t CountLocked() const;
  const uint8_t* AtLocked(size_t index) const;
  void LoadLocked() const;
  Status ReadFileLocked() const;

  Env* const env_;
  const std::string path_;
  const size_t entry_size_;
  std::mutex file_mutex_;  // held while the file is written; taken before mutex_
  bool stopped_ = false;   // under file_mutex_
  mutable std::mutex mutex_;
  mutable std::vector<uint8_t> memory_;
  mutable std::shared_ptr<MappedRange> map_;  // set: entries are here, not in memory_
  mutable size_t mapped_count_ = 0;
  mutable bool loaded_ = false;
  size_t limit_ = kAll;           // of the entries that loading finds
  mutable size_t persisted_ = 0;  // entries that the file has
  mutable bool file_is_longer_ =
      false;  // the file has bytes behind them that are no longer entries
};

struct OffsetIndexEntry {
  int64_t offset = 0;    // of the last record of the batch
  int64_t position = 0;  // where that batch starts
};

struct TimeIndexEntry {
  int64_t timestamp = 0;  // the largest so far
  int64_t offset = 0;     // the last of the batch that holds it
};

class OffsetIndex {
 public:
  OffsetIndex(Env* env, std::string path, int64_t base_offset)
      : file_(env, std::move(path), 8), base_offset_(base_offset) {}

  void Append(int64_t offset, int64_t position);
  // The last entry whose offset is at most `offset`; false when there is none.
  bool Lookup(int64_t offset, OffsetIndexEntry* entry) const;
  bool At(size_t index, OffsetIndexEntry* entry) const;
  bool Last(OffsetIndexEntry* entry) const;
  IndexFile& file() { return file_; }
  const IndexFile& file() const { return file_; }

 private:
  OffsetIndexEntry Decode(const uint8_t* bytes) const;
  IndexFile file_;
  const int64_t base_offset_;
};

class TimeIndex {
 public:
  TimeIndex(Env* env, std::string path, int64_t base_offset)
      : file_(env, std::move(path), 12), base_offset_(base_offset) {}

  // Ignored unless it is later than the last entry: entries rise strictly.
  void Append(int64_t timestamp, int64_t offset);
  // Keeps the entries for batches up to the one with `offset`.
  void DropAfter(int64_t offset);
  // The last entry whose timestamp is less than `timestamp`; false when there is none.
  bool LookupBefore(int64_t timestamp, TimeIndexEntry* entry) const;
  bool At(size_t index, TimeIndexEntry* entry) const;
  bool Last(TimeIndexEntry* entry) const;
  IndexFile& file() { return file_; }
  const IndexFile& file() const { return file_; }

 private:
  TimeIndexEntry Decode(const uint8_t* bytes) const;
  IndexFile file_;
  const int64_t base_offset_;
};

}  // namespace duramen
