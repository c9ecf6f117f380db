// The process-wide SIGBUS handler behind MappedRange, and its table of ranges.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace duramen {

// Ranges that one process can have registered: as many as Linux allows maps by default (65,530).
inline constexpr int kMaxGuardedRanges = 65536;

// Enters [start, start + length) into the table; the first call installs the handler. `start` is
// page-aligned. From then on, a SIGBUS inside the range puts a zero page over the fault and sets
// the slot's mark instead of ending the process; any other SIGBUS goes to whoever handled it
// before. -1: the table is full, or the range is one that the table cannot express.
//
// Thread-safe. The library that holds this code must stay loaded once it was called. A range must
// not be touched after it was unregistered: its owner, holding it, is what keeps a slot in place
// while the handler works on it.
int RegisterRange(const uint8_t* start, size_t length);
// Call this before munmap, so that nobody else's mapping at that address is taken for ours.
void UnregisterRange(int slot);

// Set by the handler after it laid a page; cleared when the slot is registered again.
std::atomic<bool>* PoisonMark(int slot);

}  // namespace duramen
