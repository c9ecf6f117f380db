// The process-wide handlers of faults in mapped files: SIGBUS and SIGSEGV.
#pragma once

namespace duramen {

// Whether a store into a range mapped for reading only can be told from other faults. macOS raises
// SIGBUS for it, as for a page that the file no longer has.
#ifdef __linux__
inline constexpr bool kStoresAreSeen = true;
#else
inline constexpr bool kStoresAreSeen = false;
#endif

// Installs the handlers, once; every later call does nothing. From then on, in a range that is
// registered in io/range_table.h,
// - SIGBUS lays a zero page over the fault, and marks the range as poisoned;
// - SIGSEGV from a store marks the range as written and makes all of it writable, where the range
//   asked for that: once a range, for no store into it faults again.
// The access is then tried again. Any other fault goes to whoever handled it before: the runtime,
// which makes exceptions of what WebAssembly faults at, a sanitizer, or the system's default. A
// handler that somebody installs later has to pass on what it does not know, or it disarms ours.
//
// Thread-safe. The library that holds this code must stay loaded once it was called.
void InstallFaultGuard();

}  // namespace duramen
