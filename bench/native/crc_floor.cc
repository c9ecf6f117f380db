// crc: every implementation this CPU runs, and the reference, over memory larger than the caches.
#include <cstdio>
#include <cstdlib>

#include "crc_reference.h"
#include "floor.h"
#include "util/crc32c.h"

namespace duramen::bench {

namespace {

struct Region {
  std::vector<uint8_t> bytes;
  size_t block;
};

// Sums the region a block at a time.
Stopwatch Measure(const Crc32cImplementation& implementation, const Region& region) {
  uint32_t sum = 0;
  Stopwatch watch;
  for (size_t at = 0; at + region.block <= region.bytes.size(); at += region.block) {
    sum ^= implementation.extend(0, region.bytes.data() + at, region.block);
  }
  watch.Stop();
  if (sum == 0x5eed) std::fprintf(stderr, "%u\n", sum);  // so that no sum is optimised away
  return watch;
}

void CheckThatTheyAgree(const std::vector<Crc32cImplementation>& all,
                        const std::vector<uint8_t>& bytes) {
  const uint32_t expected = all.front().extend(0, bytes.data(), bytes.size());
  for (const Crc32cImplementation& each : all) {
    if (each.extend(0, bytes.data(), bytes.size()) == expected) continue;
    std::fprintf(stderr, "crc: %s differs from %s\n", each.name, all.front().name);
    std::exit(1);
  }
}

}  // namespace

// bytes (of the region), block (summed at a time).
void CrcFloor(const Arguments& arguments) {
  const Region region{RandomBytes(arguments.Number("bytes", 256 << 20)),
                      static_cast<size_t>(arguments.Number("block", 1 << 20))};
  std::vector<Crc32cImplementation> all = Crc32cImplementations();
  if (HasCrcReference()) all.push_back({"three-way crc32q reference", CrcReference});
  CheckThatTheyAgree(all, region.bytes);

  const auto bytes = static_cast<int64_t>(region.bytes.size());
  const auto blocks = bytes / static_cast<int64_t>(region.block);
  Stopwatch fastest = Measure(all.front(), region);
  for (const Crc32cImplementation& each : all) {
    const Stopwatch watch = Measure(each, region);
    watch.Print(each.name, blocks, bytes);
    if (watch.seconds() < fastest.seconds()) fastest = watch;
  }
  fastest.Print("fastest", blocks, bytes);
}

}  // namespace duramen::bench
