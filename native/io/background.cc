#include "io/background.h"

#include <sys/resource.h>

#include <future>
#include <thread>
#include <utility>

namespace duramen {
namespace {

// A tenth of what another thread gets of a core that both want.
constexpr int kLowPriority = 10;

// On Linux 0 is the calling thread, elsewhere the process.
void LowerPriority([[maybe_unused]] int niceness) {
#ifdef __linux__
  (void)setpriority(PRIO_PROCESS, 0, niceness);
#endif
}

}  // namespace

BackgroundThread* BackgroundThread::Flusher() {
  static auto* const thread = new BackgroundThread(0);
  return thread;
}

BackgroundThread* BackgroundThread::Maintenance() {
  static auto* const thread = new BackgroundThread(0);
  return thread;
}

BackgroundThread* BackgroundThread::WriteBack() {
  static auto* const thread = new BackgroundThread(kLowPriority);
  return thread;
}

void BackgroundThread::Post(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    ++pending_;
    StartLocked();
  }
  // Not before: it would wake up to find the mutex taken.
  wake_.notify_one();
}

void BackgroundThread::PostAfter(int64_t milliseconds, std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    later_.emplace(Clock::now() + std::chrono::milliseconds(milliseconds), std::move(task));
    StartLocked();
  }
  wake_.notify_one();
}

void BackgroundThread::StartLocked() {
  if (started_) return;
  started_ = true;
  std::thread([this] { Run(); }).detach();
}

void BackgroundThread::Drain() {
  std::promise<void> reached;
  Post([&] { reached.set_value(); });
  reached.get_future().wait();
}

std::function<void()> BackgroundThread::Next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!later_.empty() && later_.begin()->first <= Clock::now()) {
      tasks_.push_back(std::move(later_.extract(later_.begin()).mapped()));
      ++pending_;
    }
    if (!tasks_.empty()) break;
    if (later_.empty()) {
      wake_.wait(lock);
    } else {
      const Clock::time_point due = later_.begin()->first;
      wake_.wait_until(lock, due);
    }
  }
  std::function<void()> task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void BackgroundThread::Run() {
  if (niceness_ > 0) LowerPriority(niceness_);
  for (;;) {
    Next()();
    --pending_;
  }
}

}  // namespace duramen
