#include "io/sigbus_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace duramen {
namespace {

// A range is one word, so that the handler can never see the start of one range with the length
// of another: page number in the upper 40 bits, number of pages in the lower 24; 0 is a free slot.
// Pages are 4 KiB here whatever the machine's are: 52-bit addresses, 64 GiB a range.
constexpr int kPageShift = 12;
constexpr int kCountBits = 24;
constexpr uint64_t kMaxCount = (uint64_t{1} << kCountBits) - 1;
constexpr uint64_t kMaxPage = (uint64_t{1} << (64 - kCountBits)) - 1;

struct Slot {
  std::atomic<uint64_t> range;  // publishes nothing: who may fault in it was handed it since
  std::atomic<bool> poisoned;   // set before the zero page is there: zeros read are zeros known
};

// Everything the handler touches is static, without locks, and set up before the handler is.
static_assert(std::atomic<uint64_t>::is_always_lock_free);
Slot slots[kMaxGuardedRanges];
std::atomic<int> high_water{0};   // slots at and above it were never used
std::atomic<int> lowest_free{0};  // a hint where to look first
struct sigaction previous;
size_t page_size;

uint64_t Pack(const uint8_t* start, size_t length) {
  uint64_t page = reinterpret_cast<uintptr_t>(start) >> kPageShift;
  uint64_t count = (static_cast<uint64_t>(length) + (1 << kPageShift) - 1) >> kPageShift;
  if (count == 0 || count > kMaxCount || page == 0 || page > kMaxPage - kMaxCount) return 0;
  return page << kCountBits | count;
}

bool Contains(uint64_t range, const void* address) {
  uint64_t page = reinterpret_cast<uintptr_t>(address) >> kPageShift;
  return page - (range >> kCountBits) < (range & kMaxCount);
}

bool LayZeroPage(uintptr_t page) {
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef __linux__
  // Past the C library, whose function a sanitizer replaces with one that no signal handler may
  // call, and that takes this for a store racing with the loads that the mark is there for.
  return syscall(SYS_mmap, page, page_size, kProtection, kFlags, -1, 0) != -1;
#else
  return mmap(reinterpret_cast<void*>(page), page_size, kProtection, kFlags, -1, 0) != MAP_FAILED;
#endif
}

// False where the address is not ours, or where the process has no maps left to split one.
bool Repair(void* address) {
  // Only the slot of a range that contains the address is acted on, and that range is alive, for
  // the thread that faulted is using it; other slots may come and go while this looks at them.
  int used = high_water.load(std::memory_order_acquire);
  for (int i = 0; i < used; ++i) {
    uint64_t range = slots[i].range.load(std::memory_order_acquire);
    if (!Contains(range, address)) continue;
    slots[i].poisoned.store(true, std::memory_order_seq_cst);
    return LayZeroPage(reinterpret_cast<uintptr_t>(address) & ~(page_size - 1));
  }
  return false;
}

// Whether a process sent the signal; then si_addr is no address.
bool WasSent(const siginfo_t* info) { return info->si_code <= 0 || info->si_code == SI_USER; }

void PassOn(int signal, siginfo_t* info, void* context) {
  if (previous.sa_handler == SIG_IGN && WasSent(info)) return;
  if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // A fault comes again as soon as this returns, and then meets what was there before us; one
    // that somebody sent does not.
    sigaction(SIGBUS, &previous, nullptr);
    if (WasSent(info)) raise(SIGBUS);
  } else if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else {
    previous.sa_handler(signal);
  }
}

void Handle(int signal, siginfo_t* info, void* context) {
  int saved = errno;
  if (WasSent(info) || !Repair(info->si_addr)) PassOn(signal, info, context);
  errno = saved;
}

void Install() {
  page_size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  sigaction(SIGBUS, nullptr, &previous);
  struct sigaction action = {};
  action.sa_sigaction = Handle;
  // What the previous handler asked for, it still gets when we call it.
  action.sa_mask = previous.sa_mask;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | (previous.sa_flags & (SA_RESTART | SA_NODEFER));
  sigaction(SIGBUS, &action, nullptr);
}

int Claim(int from, int to, uint64_t range) {
  for (int i = from; i < to; ++i) {
    uint64_t free = 0;
    if (slots[i].range.load(std::memory_order_relaxed) == 0 &&
        slots[i].range.compare_exchange_strong(free, range, std::memory_order_acq_rel)) {
      return i;
    }
  }
  return -1;
}

}  // namespace

int RegisterRange(const uint8_t* start, size_t length) {
  static std::once_flag installed;
  std::call_once(installed, Install);
  uint64_t range = Pack(start, length);
  if (range == 0) return -1;
  int hint = lowest_free.load(std::memory_order_relaxed);
  int slot = Claim(hint, kMaxGuardedRanges, range);
  if (slot < 0) slot = Claim(0, std::min(hint, kMaxGuardedRanges), range);
  if (slot < 0) return -1;
  // The range is not in anybody's hands yet, so that no fault can set the mark before this.
  slots[slot].poisoned.store(false, std::memory_order_relaxed);
  lowest_free.store(slot + 1, std::memory_order_relaxed);
  int used = high_water.load(std::memory_order_relaxed);
  while (used <= slot && !high_water.compare_exchange_weak(used, slot + 1)) {
  }
  return slot;
}

void UnregisterRange(int slot) {
  slots[slot].range.store(0, std::memory_order_release);
  int hint = lowest_free.load(std::memory_order_relaxed);
  while (slot < hint && !lowest_free.compare_exchange_weak(hint, slot)) {
  }
}

std::atomic<bool>* PoisonMark(int slot) { return &slots[slot].poisoned; }

}  // namespace duramen
