// BackgroundThread: work that must not run on the thread that appends.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace duramen {

// One thread and a queue, first in first out. Post may be called from any thread. The two instances
// below live for ever (their threads idle on a condition at process exit, so nothing they could use
// is destroyed under them) and start with their first task.
class BackgroundThread {
 public:
  // Makes data durable: fdatasync and all that must follow it.
  static BackgroundThread* Flusher();
  // Prepares space ahead of the appenders and tidies up behind them. Never waits for the device
  // on behalf of sealed data, because an appender may be waiting for its next window.
  static BackgroundThread* Maintenance();

  void Post(std::function<void()> task);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool started_ = false;
};

}  // namespace duramen
