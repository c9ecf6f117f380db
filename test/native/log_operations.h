// What a log is asked to do while calls fail under it, its process dies or the power goes.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "log_support.h"

namespace duramen::test {

struct Operation {
  const char* name;
  std::function<Status(TestLog* log)> run;
  int64_t keeps_below = kOffsetLimit;  // whatever comes of it, batches below this offset stay,
  int64_t keeps_from = 0;              // and from this one on
  bool opens = false;                  // begins with a log that is not open
};

// For a log of segments of kOperationSegmentBytes with at least 24 numbered batches.
const std::vector<Operation>& Operations();

inline constexpr int64_t kOperationSegmentBytes = 1024;

}  // namespace duramen::test
