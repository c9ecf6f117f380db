#include "io/shared_word.h"

#include <time.h>

#include <cerrno>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#endif

namespace duramen {
namespace {

// Sleeping in steps, where the kernel cannot wait for the word.
void Poll(const uint32_t* word, uint32_t seen, int timeout_ms) {
  for (int i = 0; i < timeout_ms && __atomic_load_n(word, __ATOMIC_ACQUIRE) == seen; ++i) {
    struct timespec millisecond = {0, 1'000'000};
    nanosleep(&millisecond, nullptr);
  }
}

}  // namespace

void WaitForChange(const uint32_t* word, uint32_t seen, int timeout_ms) {
#ifdef __linux__
  // Without FUTEX_PRIVATE_FLAG: the waker has the page at another address, in another process.
  struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  long rc = syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, nullptr, 0);
  if (rc == 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) return;
    // EFAULT: the page is no longer in the file. Reading the word below finds out, and marks the
    // map.
#endif
  Poll(word, seen, timeout_ms);
}

void WakeAll([[maybe_unused]] const uint32_t* word) {
#ifdef __linux__
  (void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
#endif
}

}  // namespace duramen
