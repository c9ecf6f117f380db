#include "addon/directory_object.h"

#include <string>
#include <utility>

#include "addon/async_task.h"
#include "addon/errors.h"

namespace duramen {
namespace {

using HandOver = std::unique_ptr<DirectoryClaim>;

Napi::Value Nothing(Napi::Env env) { return env.Undefined(); }

}  // namespace

Napi::Function DirectoryObject::Define(Napi::Env env) {
  return DefineClass(env, "Directory",
                     {InstanceMethod<&DirectoryObject::Forget>("forget"),
                      InstanceMethod<&DirectoryObject::Release>("release")});
}

void DirectoryObject::Claim(const Napi::CallbackInfo& info) {
  auto claim = std::make_shared<HandOver>();
  AsyncTask::Run(
      info[1].As<Napi::Function>(),
      [claim, path = info[0].As<Napi::String>().Utf8Value()] {
        return DirectoryClaim::Take(Env::Posix(), path, claim.get());
      },
      [claim](Napi::Env env) -> Napi::Value {
        return env.GetInstanceData<AddonData>()->directory_class.New(
            {Napi::External<HandOver>::New(env, claim.get())});
      });
}

DirectoryObject::DirectoryObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<DirectoryObject>(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    Throw(info.Env(), Status(Code::kInvalidArgument, "directories are claimed, not constructed"));
    return;
  }
  claim_ = std::move(*info[0].As<Napi::External<HandOver>>().Data());
}

bool DirectoryObject::CheckHeld(Napi::Env env) {
  if (claim_ != nullptr) return true;
  Throw(env, Status(Code::kClosed, "the data directory was let go of; open it again"));
  return false;
}

void DirectoryObject::Forget(const Napi::CallbackInfo& info) {
  if (!CheckHeld(info.Env())) return;
  AsyncTask::Run(
      info[1].As<Napi::Function>(),
      [claim = claim_, topic = info[0].As<Napi::String>().Utf8Value()] {
        return claim->directory().Forget(topic);
      },
      Nothing);
}

void DirectoryObject::Release(const Napi::CallbackInfo& info) {
  if (!CheckHeld(info.Env())) return;
  AsyncTask::Run(
      info[0].As<Napi::Function>(),
      [claim = std::move(claim_)]() mutable {
        claim.reset();
        return Status();
      },
      Nothing);
}

}  // namespace duramen
