#pragma once

#include "util/status.h"

namespace duramen {

// Whether this process is a fork of the one that loaded the engine: it shares open files and
// mappings with its parent but has none of its threads, and must not touch a log.
bool InForkedChild();
// kForked, with the remedy.
Status ForkedError();

}  // namespace duramen
