#include "addon/progress_calls.h"

namespace duramen {

ProgressCalls::ProgressCalls(Napi::Env env)
    : queue_(decltype(queue_)::New(env, "duramen progress", 0, 1, this)) {
  queue_.Unref(env);
  // After the thread-safe function's own hook was added, so that it runs before that.
  napi_add_env_cleanup_hook(env, ReleaseHook, this);
}

void ProgressCalls::ReleaseHook(void* self) { static_cast<ProgressCalls*>(self)->queue_.Release(); }

void ProgressCalls::Call(const Callback& callback) {
  auto* queued = new Callback(callback);
  if (queue_.NonBlockingCall(queued) != napi_ok) delete queued;
}

// Without an environment: it has ended, and its callbacks are empty.
void ProgressCalls::Run(Napi::Env env, Napi::Function, ProgressCalls*, Callback* callback) {
  const std::unique_ptr<Callback> queued(callback);
  if (env != nullptr && !(*queued)->IsEmpty()) (*queued)->Call({});
}

void ProgressCalls::Ref(Napi::Env env) {
  if (refs_++ == 0) queue_.Ref(env);
}

void ProgressCalls::Unref(Napi::Env env) {
  if (--refs_ == 0) queue_.Unref(env);
}

}  // namespace duramen
