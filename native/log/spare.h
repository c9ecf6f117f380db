// Names of files that stand in a partition's directory for a while.
#pragma once

namespace duramen {

// The prepared next segment: its base offset is not known in advance, so rolling renames it.
inline constexpr char kSpareName[] = "next.spare";
// What is kept of a segment that is being cut, before it takes the segment's name.
inline constexpr char kCutSuffix[] = ".cut";

}  // namespace duramen
