#include "io/background.h"

#include <thread>
#include <utility>

namespace duramen {

BackgroundThread* BackgroundThread::Flusher() {
  static auto* const thread = new BackgroundThread();
  return thread;
}

BackgroundThread* BackgroundThread::Maintenance() {
  static auto* const thread = new BackgroundThread();
  return thread;
}

void BackgroundThread::Post(std::function<void()> task) {
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (!started_) {
    started_ = true;
    std::thread([this] { Run(); }).detach();
  }
  wake_.notify_one();
}

void BackgroundThread::Run() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !tasks_.empty(); });
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace duramen
