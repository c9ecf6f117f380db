// crc: every implementation this CPU runs, and the reference, over memory larger than the caches.
#include <cstdio>
#include <cstdlib>

#include "crc_reference.h"
#include "floor.h"
#include "util/crc32c.h"

namespace duramen::bench {

// bytes (of the region), block (summed at a time), total.
void CrcFloor(const Arguments& arguments) {
  const int64_t bytes = arguments.Number("bytes", 256 << 20);
  const int64_t block = arguments.Number("block", 1 << 20);
  const int64_t total = arguments.Number("total", bytes);
  const std::vector<uint8_t> region = RandomBytes(bytes);

  std::vector<Crc32cImplementation> all = Crc32cImplementations();
  if (HasCrcReference()) all.push_back({"three-way crc32q reference", CrcReference});
  const uint32_t expected = all.front().extend(0, region.data(), region.size());
  for (const Crc32cImplementation& each : all) {
    if (each.extend(0, region.data(), region.size()) != expected) {
      std::fprintf(stderr, "crc: %s differs from %s\n", each.name, all.front().name);
      std::exit(1);
    }
    uint32_t sum = 0;
    Stopwatch watch;
    for (int64_t done = 0, at = 0; done < total; done += block, at += block) {
      if (at + block > bytes) at = 0;
      sum ^= each.extend(0, region.data() + at, static_cast<size_t>(block));
    }
    watch.Stop();
    if (sum == 0x5eed) std::fprintf(stderr, "%u\n", sum);  // so that no sum is optimised away
    watch.Print(each.name, total / block, total);
  }
}

}  // namespace duramen::bench
