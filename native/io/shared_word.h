// Waiting for a 32-bit word in mapped memory to change, across threads and processes (futex(2)).
#pragma once

#include <cstdint>

namespace duramen {

// Returns when `*word` is no longer `seen`, when woken, after `timeout_ms`, or for no reason: load
// the word again. Works on a read-only shared mapping (never on a private one: its waiters are not
// found). Elsewhere than on Linux: polls every millisecond. Blocks; any thread may call.
void WaitForChange(const uint32_t* word, uint32_t seen, int timeout_ms);
// Wakes every waiter in every process. One system call.
void WakeAll(const uint32_t* word);

}  // namespace duramen
