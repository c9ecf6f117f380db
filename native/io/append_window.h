// AppendWindow: blocks and pages made ready ahead of an appender.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "io/env.h"
#include "io/mapped_range.h"

namespace duramen {

// A store into a sparse mapping is a SIGBUS on a full disk, so stores go only below allocated().
// One appender calls Reserve and WantsMore; the maintenance thread calls Extend. What Extend prepares
// follows the rate: the chunk doubles while the appender asks again within a second and halves when
// it does not, because what is prepared has to be written back.
//
// Preparing means writing zeros with pwrite: that makes pages at 10 GB/s, where faults on a fresh
// mapping make them at 4 (large folios). They are then mapped (kPopulate), so that an append takes
// no fault, or synced (kInitialise), so that a flush has no metadata to write (76 against 172 us).
class AppendWindow {
 public:
  enum class Prepare : uint8_t { kPopulate, kInitialise };

  // `file` and `map` outlive the window.
  AppendWindow(File* file, MappedRange* map, int64_t allocated, int64_t capacity, Prepare prepare,
               int64_t max_chunk);

  // Blocks for everything below `end`. Inside the window: no system call.
  Status Reserve(int64_t end) {
    if (end <= allocated_.load(std::memory_order_acquire)) return Status();
    return AllocateNow(end);
  }
  // Whether less than half a chunk is left behind `end`, and no Extend has been asked for.
  bool WantsMore(int64_t end);
  // Allocates and prepares the next chunk. Errors are left to Reserve, which meets them in time.
  void Extend();
  // Nothing is allocated after this; waits for an Extend under way.
  void Stop();

  int64_t allocated() const { return allocated_.load(std::memory_order_acquire); }

 private:
  Status AllocateNow(int64_t end);
  Status AllocateLocked(int64_t from, int64_t to);
  Status WriteZeros(int64_t from, int64_t to);
  // One step towards `to`; false when there is nothing left to do, or it failed.
  bool ExtendStep(int64_t to);

  File* const file_;
  MappedRange* const map_;
  const int64_t capacity_;
  const Prepare prepare_;
  const int64_t max_chunk_;
  std::mutex mutex_;                // one allocation at a time, of a step's length at most
  std::atomic<int64_t> allocated_;  // publishes: blocks below it belong to the file
  std::atomic<int64_t> chunk_;
  std::atomic<bool> asked_{false};
  int64_t last_extend_ms_ = 0;  // under mutex_
  bool stopped_ = false;        // under mutex_
};

}  // namespace duramen
