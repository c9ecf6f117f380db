// AppendWindow: blocks and pages made ready ahead of an appender.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "io/env.h"
#include "io/mapped_range.h"

namespace duramen {

// A store into a sparse mapping is a SIGBUS on a full disk, so stores go only below what is
// prepared; a batch that reaches beyond it is written with pwrite, which makes its pages as it
// copies, and waits for nothing. One appender calls Covers, WriteThrough and WantsMore; the
// maintenance thread calls Extend. What Extend prepares follows the rate: the chunk doubles while
// the appender asks again within a second and halves when it does not, because what is prepared has
// to be written back. While sealed segments are being written back, large batches are left to be
// written through: with two cores that makes 4.0 GB/s in all, where extending the window made 2.3.
// So are those of 8 KiB and more where each append is flushed, even into what is prepared: the
// flush write-protects a page that was stored to, and interrupts the other cores for it.
//
// Preparing means writing zeros with pwrite: that makes pages at 10 GB/s, where faults on a fresh
// mapping make them at 4 (large folios). They are then mapped (kPopulate), so that an append takes
// no fault, or synced (kInitialise), so that a flush has no metadata to write (76 against 172 us).
class AppendWindow {
 public:
  enum class Prepare : uint8_t { kPopulate, kInitialise };

  // How much is prepared at a time, in bytes.
  struct Chunk {
    int64_t first = 0;  // 64 KiB at least
    int64_t max = 0;
  };

  // `file` outlives the window, or Stop.
  AppendWindow(File* file, std::shared_ptr<MappedRange> map, int64_t allocated, int64_t capacity,
               Prepare prepare, Chunk chunk);

  // Whether everything below `end` is prepared for stores. No system call.
  bool Covers(int64_t end) const { return end <= prepared_.load(std::memory_order_acquire); }
  // Whether a batch of `size` bytes is to be written through, whatever is prepared.
  bool PrefersWriting(int64_t size) const;
  // Runs `write`, which writes a batch of `size` bytes to the file at `position`, where the one
  // before it ends. Where it fails nothing of the batch is left behind.
  Status WriteThrough(int64_t position, int64_t size, const std::function<Status()>& write);

  // Whether less than a quarter of a chunk is left behind `end`, where a batch of `size` bytes
  // ends, and no Extend has been asked for. `others_wait`: batches before it are not flushed yet.
  bool WantsMore(int64_t end, int64_t size, bool others_wait);
  // What the appender's rate has made of it: a good first one for the next file.
  int64_t chunk() const { return chunk_.load(std::memory_order_relaxed); }
  // Allocates and prepares the next chunk. Errors are left to WriteThrough, which meets them in
  // time.
  void Extend();
  // Nothing is allocated after this; waits for an Extend under way.
  void Stop();

 private:
  // More is needed: a chunk follows how soon that is.
  void FollowRateLocked();
  // Blocks for everything below `end`, and some more.
  Status AllocateLocked(int64_t end);
  Status WriteZeros(int64_t from, int64_t to);
  // One step towards `to`; false when there is nothing left to do, or it failed.
  bool ExtendStep(int64_t to);

  File* const file_;
  const std::shared_ptr<MappedRange> map_;
  const int64_t capacity_;
  const Prepare prepare_;
  const int64_t max_chunk_;
  std::mutex mutex_;               // held for one step of Extend at most
  int64_t blocks_;                 // allocated below it; under mutex_
  std::atomic<int64_t> prepared_;  // publishes: below it stores may go
  std::atomic<int64_t> chunk_;
  std::atomic<bool> asked_{false};
  int64_t last_extend_ms_ = 0;  // under mutex_
  bool stopped_ = false;        // under mutex_
};

}  // namespace duramen
