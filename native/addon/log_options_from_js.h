#pragma once

#include <napi.h>

#include "log/log_options.h"

namespace duramen {

// Every field is there and within its bounds: src/config has checked them.
// False in a thread that is being terminated: no property can be read there any more.
bool LogOptionsFromJs(const Napi::Object& options, LogOptions* result);

}  // namespace duramen
