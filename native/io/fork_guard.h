#pragma once

namespace duramen {

// Whether this process is a fork of the one that loaded the engine: it shares open files and
// mappings with its parent but has none of its threads, and must not touch a log.
bool InForkedChild();

}  // namespace duramen
