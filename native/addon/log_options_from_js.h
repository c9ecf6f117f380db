#pragma once

#include <napi.h>

#include "log/log_options.h"

namespace duramen {

// Every field is there and within its bounds: src/config has checked them.
LogOptions LogOptionsFromJs(const Napi::Object& options);

}  // namespace duramen
