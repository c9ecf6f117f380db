#include "io/fault_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "io/range_table.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace duramen {
namespace {

// Set up before the handlers are.
struct sigaction before_bus, before_segv;
size_t page_size;

struct sigaction& Before(int signal) {
  return signal == SIGBUS ? before_bus : before_segv;
}

// On Linux past the C library, whose functions a sanitizer replaces with ones that no signal
// handler may call, and that take this for a store racing with the loads that the mark is there
// for.
bool Map(uintptr_t page, int protection) {
  constexpr int kFlags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef __linux__
  return syscall(SYS_mmap, page, page_size, protection, kFlags, -1, 0) != -1;
#else
  return mmap(reinterpret_cast<void*>(page), page_size, protection, kFlags, -1, 0) != MAP_FAILED;
#endif
}

bool Protect(uintptr_t start, size_t length, int protection) {
#ifdef __linux__
  return syscall(SYS_mprotect, start, length, protection) == 0;
#else
  return mprotect(reinterpret_cast<void*>(start), length, protection) == 0;
#endif
}

// 0 where this machine's name for it is not known.
uintptr_t ProgramCounter([[maybe_unused]] const void* context) {
#if defined(__linux__) && defined(__x86_64__)
  return static_cast<uintptr_t>(
      static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__linux__) && defined(__aarch64__)
  return static_cast<uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.pc);
#else
  return 0;
#endif
}

// Fails where the process has no maps left to split one.
bool LayZeroPage(GuardedRange* range, uintptr_t address) {
  // Before the page is there: zeros read are zeros known.
  range->poisoned.store(true, std::memory_order_seq_cst);
  // Stores into a range that watches for them are to be seen here too.
  const bool watched = range->on_store.load(std::memory_order_relaxed) == OnStore::kCopy;
  return Map(address & ~(page_size - 1), watched ? PROT_READ : PROT_READ | PROT_WRITE);
}

// Fails where the system refuses to promise the memory.
bool AllowStores(GuardedRange* range, const siginfo_t* info, const void* context) {
  if (info->si_code != SEGV_ACCERR) return false;
  if (range->on_store.load(std::memory_order_relaxed) != OnStore::kCopy) return false;
  // A jump into the range is refused as a store is, but would be refused again, for ever.
  if (range->Contains(ProgramCounter(context))) return false;
  // Before any store succeeds. Other threads may be here for the same range: what they do next is
  // what this does, so a range found marked is no reason to leave.
  range->written.store(true, std::memory_order_seq_cst);
  return Protect(range->start(), range->length(), PROT_READ | PROT_WRITE);
}

// Whether a process sent the signal; then si_addr is no address.
bool WasSent(const siginfo_t* info) { return info->si_code <= 0 || info->si_code == SI_USER; }

bool Repair(int signal, const siginfo_t* info, const void* context) {
  if (WasSent(info)) return false;
  GuardedRange* range = FindRange(info->si_addr);
  if (range == nullptr) return false;
  return signal == SIGBUS ? LayZeroPage(range, reinterpret_cast<uintptr_t>(info->si_addr))
                          : AllowStores(range, info, context);
}

void PassOn(int signal, siginfo_t* info, void* context) {
  const struct sigaction& before = Before(signal);
  if (before.sa_handler == SIG_IGN && WasSent(info)) return;
  if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
    // A fault comes again as soon as this returns, and then meets what was there before us; one
    // that somebody sent does not.
    sigaction(signal, &before, nullptr);
    if (WasSent(info)) raise(signal);
  } else if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(signal, info, context);
  } else {
    before.sa_handler(signal);
  }
}

void Handle(int signal, siginfo_t* info, void* context) {
  int saved = errno;
  if (!Repair(signal, info, context)) PassOn(signal, info, context);
  errno = saved;
}

void Install(int signal) {
  struct sigaction& before = Before(signal);
  sigaction(signal, nullptr, &before);
  struct sigaction action = {};
  action.sa_sigaction = Handle;
  // What the previous handler asked for, it still gets when we call it.
  action.sa_mask = before.sa_mask;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_RESTART | SA_NODEFER));
  sigaction(signal, &action, nullptr);
}

}  // namespace

void InstallFaultGuard() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    page_size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    Install(SIGBUS);
    Install(SIGSEGV);
  });
}

}  // namespace duramen
