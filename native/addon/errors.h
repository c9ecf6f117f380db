// From Status to a JavaScript error: the one place where the border is crossed.
#pragma once

#include <napi.h>

#include "addon/progress_calls.h"
#include "util/status.h"

namespace duramen {

// What the addon keeps for each environment (main thread or worker).
struct AddonData {
  explicit AddonData(Napi::Env env) : progress_calls(env) {}

  // (code, message, details) => DuramenError, given by src/binding.ts.
  Napi::FunctionReference make_error;
  Napi::FunctionReference region_class;
  Napi::FunctionReference log_class;
  Napi::FunctionReference directory_class;
  ProgressCalls progress_calls;
};

Napi::Value ToError(Napi::Env env, const Status& status);
// Throws; the caller returns at once.
void Throw(Napi::Env env, const Status& status);

}  // namespace duramen
