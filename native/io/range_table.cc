#include "io/range_table.h"

#include <algorithm>

namespace duramen {
namespace {

// Page number in the upper 40 bits, number of pages in the lower 24. Pages are 4 KiB here whatever
// the machine's are: 52-bit addresses, 64 GiB a range.
constexpr int kPageShift = 12;
constexpr int kCountBits = 24;
constexpr uint64_t kMaxCount = (uint64_t{1} << kCountBits) - 1;
constexpr uint64_t kMaxPage = (uint64_t{1} << (64 - kCountBits)) - 1;

// Everything a handler touches is static, without locks, and set up before the handler is.
static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<OnStore>::is_always_lock_free);
GuardedRange slots[kMaxGuardedRanges];
std::atomic<int> high_water{0};   // slots at and above it were never used
std::atomic<int> lowest_free{0};  // a hint where to look first

uint64_t Pack(const uint8_t* start, size_t length) {
  uint64_t page = reinterpret_cast<uintptr_t>(start) >> kPageShift;
  uint64_t count = (static_cast<uint64_t>(length) + (1 << kPageShift) - 1) >> kPageShift;
  if (count == 0 || count > kMaxCount || page == 0 || page > kMaxPage - kMaxCount) return 0;
  return page << kCountBits | count;
}

int Claim(int from, int to, uint64_t packed) {
  for (int i = from; i < to; ++i) {
    uint64_t free = 0;
    if (slots[i].packed.load(std::memory_order_relaxed) == 0 &&
        slots[i].packed.compare_exchange_strong(free, packed, std::memory_order_acq_rel)) {
      return i;
    }
  }
  return -1;
}

}  // namespace

bool GuardedRange::Contains(uintptr_t address) const {
  uint64_t range = packed.load(std::memory_order_acquire);
  uint64_t page = static_cast<uint64_t>(address) >> kPageShift;
  return page - (range >> kCountBits) < (range & kMaxCount);
}

uintptr_t GuardedRange::start() const {
  return static_cast<uintptr_t>(packed.load(std::memory_order_acquire) >> kCountBits << kPageShift);
}

size_t GuardedRange::length() const {
  return static_cast<size_t>((packed.load(std::memory_order_acquire) & kMaxCount) << kPageShift);
}

GuardedRange* RegisterRange(const uint8_t* start, size_t length, OnStore on_store) {
  uint64_t packed = Pack(start, length);
  if (packed == 0) return nullptr;
  int hint = lowest_free.load(std::memory_order_relaxed);
  int slot = Claim(hint, kMaxGuardedRanges, packed);
  if (slot < 0) slot = Claim(0, std::min(hint, kMaxGuardedRanges), packed);
  if (slot < 0) return nullptr;
  // The range is not in anybody's hands yet, so that no fault can ask or mark before this.
  slots[slot].on_store.store(on_store, std::memory_order_relaxed);
  slots[slot].poisoned.store(false, std::memory_order_relaxed);
  slots[slot].written.store(false, std::memory_order_relaxed);
  lowest_free.store(slot + 1, std::memory_order_relaxed);
  int used = high_water.load(std::memory_order_relaxed);
  while (used <= slot && !high_water.compare_exchange_weak(used, slot + 1)) {
  }
  return &slots[slot];
}

void UnregisterRange(GuardedRange* range) {
  range->packed.store(0, std::memory_order_release);
  int slot = static_cast<int>(range - slots);
  int hint = lowest_free.load(std::memory_order_relaxed);
  while (slot < hint && !lowest_free.compare_exchange_weak(hint, slot)) {
  }
}

GuardedRange* FindRange(const void* address) {
  // Only the slot of a range that contains the address is acted on, and that range is alive, for
  // the thread that faulted is using it; other slots may come and go while this looks at them.
  int used = high_water.load(std::memory_order_acquire);
  for (int i = 0; i < used; ++i) {
    if (slots[i].Contains(reinterpret_cast<uintptr_t>(address))) return &slots[i];
  }
  return nullptr;
}

}  // namespace duramen
