// BackgroundThread: work that must not run on the thread that appends.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

namespace duramen {

// One thread and a queue, first in first out. Post may be called from any thread. The instances
// below live for ever (their threads idle on a condition at process exit, so nothing they could use
// is destroyed under them) and start with their first task.
class BackgroundThread {
 public:
  // Makes data durable: fdatasync and all that must follow it.
  static BackgroundThread* Flusher();
  // Prepares space ahead of the appenders. Never waits for the device on behalf of sealed data,
  // because an appender may be waiting for its next window.
  static BackgroundThread* Maintenance();
  // Hands sealed data to the device where nobody waits for it, at a low priority: two cores are
  // few, and an appender goes first.
  static BackgroundThread* WriteBack();

  void Post(std::function<void()> task);
  // The same after a while, on the thread's own clock.
  void PostAfter(int64_t milliseconds, std::function<void()> task);
  // Whether a task runs or waits.
  bool IsBusy() const { return pending_.load(std::memory_order_relaxed) > 0; }
  // Returns once everything posted before has run. For tests, whose environment ends before them.
  void Drain();

 private:
  using Clock = std::chrono::steady_clock;

  explicit BackgroundThread(int niceness) : niceness_(niceness) {}
  void Run();
  void StartLocked();
  // Waits for a task that is due.
  std::function<void()> Next();

  const int niceness_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::multimap<Clock::time_point, std::function<void()>> later_;
  std::atomic<int> pending_{0};  // tasks that have not ended
  bool started_ = false;
};

}  // namespace duramen
