// MappedRange: a piece of a file in memory, and what becomes of it when the file is cut short.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "io/range_table.h"
#include "util/status.h"

namespace duramen {

enum class MapMode : uint8_t;

// Held by shared_ptr: the segment, its readers and every JavaScript ArrayBuffer over it keep it
// mapped; the last of them unmaps it, on whatever thread that happens. Every call may be made from
// any thread; `position` counts from data()[0], and need not be the start of a page.
//
// A touch of a page that the file no longer has (someone else truncated it, or the device failed)
// raises SIGBUS. A process-wide handler, chained before the previous one and acting on registered
// ranges only, lays a zero page over the fault and sets `poisoned`. Whoever copies from or into the
// range asks `poisoned()` afterwards, before it trusts what it read or publishes what it wrote.
// The mark is this range's own: another range over the same file learns of the cut by itself.
//
// A store into a private range, which is mapped for reading only, raises SIGSEGV (on Linux). The
// handler of that sets `written` and makes the range writable: what is in it is the file's no more,
// though the file is as it was.
//
// System calls that are given a page of either kind fail with EFAULT instead, and set no mark; a
// thread that blocks these signals has no protection.
class MappedRange {
 public:
  // Takes a mapping made by mmap and registers it with the handler. kMapLimit, and the mapping is
  // gone, where the handler's table is full.
  static Status Adopt(uint8_t* data, size_t length, int64_t file_position, MapMode mode,
                      std::shared_ptr<MappedRange>* range);
  ~MappedRange();
  MappedRange(const MappedRange&) = delete;
  MappedRange& operator=(const MappedRange&) = delete;

  uint8_t* data() const { return data_; }
  size_t length() const { return length_; }
  int64_t file_position() const { return file_position_; }  // where data()[0] stands in the file

  // Orders itself after the loads before it, so that zeros read by this thread are never taken for
  // the file's when another thread met the fault. Publishes nothing else.
  bool poisoned() const {
#ifndef __SANITIZE_THREAD__  // which knows no fences, and warns
    std::atomic_thread_fence(std::memory_order_acquire);
#endif
    return guard_->poisoned.load(std::memory_order_acquire);
  }
  // Whether somebody has stored into this private range: seen by every load after the store.
  bool written() const { return guard_->written.load(std::memory_order_acquire); }

  // Pages made present and dirty ahead of stores (MADV_POPULATE_WRITE). False: the pages cannot be
  // had (the file does not reach, no memory, not a shared writable map); nothing was signalled.
  // True without doing anything before Linux 5.14 and elsewhere.
  bool PopulateWrite(size_t position, size_t length);
  // The same for reading (MADV_POPULATE_READ). False only where the file does not reach or cannot
  // be read, so that a touch would poison the range. True is no promise: an older kernel cannot
  // tell, and the file may be cut a moment later.
  bool PopulateRead(size_t position, size_t length);
  // Whether every page is in memory (mincore(2)). Of a file that this process neither owns nor may
  // write, the kernel always says yes.
  bool Resident(size_t position, size_t length) const;
  // Wider read-ahead. Advice for a part splits the map, and counts against the limit on maps.
  void AdviseSequential(size_t position, size_t length);
  // Takes the pages of a shared map out of this process's page tables; they stay in memory, and
  // come back at a touch. The kernel write-protects each page that it writes back, in every process
  // that has it mapped, and interrupts their other cores: what is not mapped is spared that.
  void ForgetPages(size_t position, size_t length);
  // Gives the whole pages of a range back to the kernel (MADV_PAGEOUT; pages that others map stay).
  // For what a scan itself brought in: ask Resident first, or it throws out what was hot before.
  void DropBehind(size_t position, size_t length);

 private:
  MappedRange(uint8_t* data, size_t length, int64_t file_position, bool writable,
              GuardedRange* guard);

  uint8_t* data_;
  size_t length_;
  int64_t file_position_;
  bool writable_;        // a store reaches the file
  GuardedRange* guard_;  // in the handlers' table
};

// Bytes now mapped through MappedRange in this process.
int64_t MappedBytes();

}  // namespace duramen
