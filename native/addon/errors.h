// From Status to a JavaScript error: the one place where the border is crossed.
#pragma once

#include <napi.h>

#include "util/status.h"

namespace duramen {

// What the addon keeps for each environment (main thread or worker).
struct AddonData {
  // (code, message, details) => DuramenError, given by src/binding.ts.
  Napi::FunctionReference make_error;
  Napi::FunctionReference region_class;
  Napi::FunctionReference log_class;
  Napi::FunctionReference directory_class;
};

Napi::Value ToError(Napi::Env env, const Status& status);
// Throws; the caller returns at once.
void Throw(Napi::Env env, const Status& status);

}  // namespace duramen
