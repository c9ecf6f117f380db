#include "io/fork_guard.h"

#include <pthread.h>

#include <atomic>

namespace duramen {
namespace {

std::atomic<bool> forked{false};

// A handler and a flag, because glibc does not cache getpid (50 ns at each append).
const int registered = pthread_atfork(nullptr, nullptr, [] { forked.store(true); });

}  // namespace

bool InForkedChild() { return registered == 0 && forked.load(std::memory_order_relaxed); }

Status ForkedError() {
  return Status(Code::kForked,
                "this process is a fork of the one that loaded the engine, and has none of its "
                "threads; open the log in a process of its own program (exec)");
}

}  // namespace duramen
