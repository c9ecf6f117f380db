// ProgressCalls: how word of a log's progress gets from any thread to JavaScript.
#pragma once

#include <napi.h>

#include <memory>

namespace duramen {

// One for an environment, all its logs share it: libuv looks at every handle whenever one of them
// wakes the loop, and with a handle for each of 10,000 logs any file call took 220 instead of 17
// us. Lives on its environment's thread, but for Call, and as long as no log is attached any more.
class ProgressCalls {
 public:
  // Whoever made it empties it, on the environment's thread, when it is to be called no more.
  using Callback = std::shared_ptr<Napi::FunctionReference>;

  explicit ProgressCalls(Napi::Env env);

  // Calls it soon, from the event loop. Any thread.
  void Call(const Callback& callback);
  // The event loop stays alive while there were more Refs than Unrefs.
  void Ref(Napi::Env env);
  void Unref(Napi::Env env);

 private:
  static void Run(Napi::Env env, Napi::Function none, ProgressCalls* self, Callback* callback);
  static void ReleaseHook(void* self);

  Napi::TypedThreadSafeFunction<ProgressCalls, Callback, Run> queue_;
  int refs_ = 0;
};

}  // namespace duramen
