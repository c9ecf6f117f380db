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

}  // namespace duramen
