// Copying a part of a file, for what is set aside and for what is kept of a segment that is cut.
#pragma once

#include <cstdint>
#include <string>

#include "io/env.h"

namespace duramen {

// Makes `path` (anew, where there is one) from the bytes [from, to) of `source`, and syncs it. On
// failure there is no such file. kSegmentLost where `source` ends before `to`.
Status CopyToFile(Env* env, File* source, int64_t from, int64_t to, const std::string& path);

}  // namespace duramen
