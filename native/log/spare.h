// Names of files that stand in a partition's directory for a while.
#pragma once

#include <string>

#include "log/append_file.h"

namespace duramen {

// The prepared next segment: its base offset is not known in advance, so rolling renames it.
inline constexpr char kSpareName[] = "next.spare";
// With the log's append mutex held.
inline void RemoveSpare(Env* env, const std::string& directory, AppendFile* spare) {
  if (!spare->file) return;
  *spare = AppendFile();
  (void)env->Unlink(directory + "/" + kSpareName);
}

// What is kept of a segment that is being cut, before it takes the segment's name.
inline constexpr char kCutSuffix[] = ".cut";

}  // namespace duramen
