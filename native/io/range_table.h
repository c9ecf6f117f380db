// The table in which the fault handlers of this process look up whose memory a fault is in.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace duramen {

// Ranges that one process can have registered: as many as Linux allows maps by default (65,530).
inline constexpr int kMaxGuardedRanges = 65536;

// What a store into a range that is mapped for reading only is to do.
enum class OnStore : uint8_t {
  kFault,  // what it does anywhere
  kCopy,   // make the range writable; for private maps, where the store then copies the page
};

// One slot. The slots are static, so that a handler never follows a dead object; the range in one
// stays in place while anybody touches it. The owner of the range reads the marks, on any thread.
struct GuardedRange {
  // The range as one word, so that a handler can never see the start of one range with the length
  // of another. Publishes nothing: who may fault in a range was handed it since. 0 is a free slot.
  std::atomic<uint64_t> packed;
  std::atomic<OnStore> on_store;
  std::atomic<bool> poisoned;  // a page that the file no longer had reads as zeros
  std::atomic<bool> written;   // a store has made the range writable

  bool Contains(uintptr_t address) const;
  uintptr_t start() const;
  size_t length() const;  // in whole pages of 4 KiB
};

// Enters [start, start + length), `start` being page-aligned, with both marks clear. Null: the
// table is full, or the range is one that it cannot express. Thread-safe. A range must not be
// touched after it was unregistered.
GuardedRange* RegisterRange(const uint8_t* start, size_t length, OnStore on_store);
// Call this before munmap, so that nobody else's mapping at that address is taken for ours.
void UnregisterRange(GuardedRange* range);

// The range that holds the address; null where there is none. Takes no lock and allocates nothing:
// for signal handlers, on behalf of a thread that has just touched the address.
GuardedRange* FindRange(const void* address);

}  // namespace duramen
