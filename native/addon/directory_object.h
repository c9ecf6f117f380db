// DirectoryObject: a data directory that JavaScript holds.
#pragma once

#include <napi.h>

#include <memory>

#include "log/log_directory.h"

namespace duramen {

// Wraps a claim on a directory; lets go of it at `release`, when it is collected, or when its
// environment ends. Lives on its environment's thread; its work is done on the thread pool.
class DirectoryObject final : public Napi::ObjectWrap<DirectoryObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  // claimDirectory(path, callback): a DirectoryObject.
  static void Claim(const Napi::CallbackInfo& info);
  explicit DirectoryObject(const Napi::CallbackInfo& info);

 private:
  // forget(topic, callback)
  void Forget(const Napi::CallbackInfo& info);
  // release(callback)
  void Release(const Napi::CallbackInfo& info);
  // Throws after `release`.
  bool CheckHeld(Napi::Env env);

  std::shared_ptr<DirectoryClaim> claim_;
};

}  // namespace duramen
