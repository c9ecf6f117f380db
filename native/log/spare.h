#pragma once

namespace duramen {

// The prepared next segment: its base offset is not known in advance, so rolling renames it.
inline constexpr char kSpareName[] = "next.spare";

}  // namespace duramen
