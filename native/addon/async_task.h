// AsyncTask: blocking work on Node's thread pool, its result given to a callback.
#pragma once

#include <napi.h>

#include <functional>
#include <utility>

#include "addon/errors.h"

namespace duramen {

// Runs `work` on a pool thread, then calls `callback(error)` or `callback(null, done(env))` on the
// JavaScript thread. What `work` touches it has to keep alive itself.
class AsyncTask final : public Napi::AsyncWorker {
 public:
  using Work = std::function<Status()>;
  using Done = std::function<Napi::Value(Napi::Env)>;

  static void Run(const Napi::Function& callback, Work work, Done done) {
    (new AsyncTask(callback, std::move(work), std::move(done)))->Queue();
  }

 protected:
  void Execute() override { status_ = work_(); }

  void OnOK() override {
    Napi::HandleScope scope(Env());
    if (!status_.ok()) {
      Callback().Call({ToError(Env(), status_)});
      return;
    }
    const Napi::Value value = done_(Env());
    if (Env().IsExceptionPending()) {
      Callback().Call({Env().GetAndClearPendingException().Value()});
      return;
    }
    Callback().Call({Env().Null(), value});
  }

 private:
  AsyncTask(const Napi::Function& callback, Work work, Done done)
      : Napi::AsyncWorker(callback), work_(std::move(work)), done_(std::move(done)) {}

  Work work_;
  Done done_;
  Status status_;
};

}  // namespace duramen
