#include "addon/errors.h"

namespace duramen {

Napi::Value ToError(Napi::Env env, const Status& status) {
  Napi::Object details = Napi::Object::New(env);
  if (status.sys_errno() != 0) {
    details["errno"] = Napi::Number::New(env, -status.sys_errno());
    details["syscall"] = Napi::String::New(env, status.syscall());
  }
  if (!status.path().empty()) details["path"] = Napi::String::New(env, status.path());
  const auto number = [&](const char* name, int64_t value) {
    if (value >= 0) details[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  number("position", status.position());
  number("fromOffset", status.from_offset());
  number("toOffset", status.to_offset());
  AddonData* data = env.GetInstanceData<AddonData>();
  if (data->make_error.IsEmpty()) return Napi::Error::New(env, status.message()).Value();
  return data->make_error.Call({Napi::String::New(env, CodeText(status.code())),
                                Napi::String::New(env, status.message()), details});
}

void Throw(Napi::Env env, const Status& status) {
  const Napi::Value error = ToError(env, status);
  if (!env.IsExceptionPending()) napi_throw(env, error);
}

}  // namespace duramen
