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
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  ++pending_;
  if (!started_) {
    started_ = true;
    std::thread([this] { Run(); }).detach();
  }
  wake_.notify_one();
}

void BackgroundThread::Drain() {
  std::promise<void> reached;
  Post([&] { reached.set_value(); });
  reached.get_future().wait();
}

void BackgroundThread::Run() {
  if (niceness_ > 0) LowerPriority(niceness_);
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !tasks_.empty(); });
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    --pending_;
  }
}

}  // namespace duramen
