// Runs every test, or those whose name contains the first argument. `--name number` is a parameter
// of a campaign.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "check.h"

namespace duramen::test {
namespace {

// The filter; null where the arguments make no sense.
const char* Parse(int argc, char** argv) {
  const char* filter = "";
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--", 2) != 0) {
      filter = argv[i];
    } else if (i + 1 < argc) {
      char* end = nullptr;
      SetParameter(argv[i] + 2, std::strtoll(argv[i + 1], &end, 10));
      if (*argv[++i] == '\0' || *end != '\0') return nullptr;
    } else {
      return nullptr;
    }
  }
  return filter;
}

}  // namespace
}  // namespace duramen::test

int main(int argc, char** argv) {
  const char* filter = duramen::test::Parse(argc, argv);
  if (filter == nullptr) std::fprintf(stderr, "usage: %s [FILTER] [--name NUMBER]...\n", argv[0]);
  return filter != nullptr ? duramen::test::RunAll(filter) : 2;
}
