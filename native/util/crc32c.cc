#include "util/crc32c.h"

#include <atomic>

#include "util/crc32c_internal.h"

namespace duramen {
namespace {

uint32_t ChooseAndExtend(uint32_t crc, const void* data, size_t size);

// Publishes nothing but itself: whichever value a thread sees gives the same sums.
std::atomic<Crc32cFunction> chosen{ChooseAndExtend};

uint32_t ChooseAndExtend(uint32_t crc, const void* data, size_t size) {
  const Crc32cFunction extend = Crc32cImplementations().back().extend;
  chosen.store(extend, std::memory_order_relaxed);
  return extend(crc, data, size);
}

}  // namespace

uint32_t Crc32cExtend(uint32_t crc, const void* data, size_t size) {
  return chosen.load(std::memory_order_relaxed)(crc, data, size);
}

uint32_t Crc32c(const void* data, size_t size) { return Crc32cExtend(0, data, size); }

std::vector<Crc32cImplementation> Crc32cImplementations() {
  std::vector<Crc32cImplementation> implementations{{"table", crc32c::ExtendTable}};
  crc32c::AppendCpuImplementations(&implementations);
  return implementations;
}

const char* Crc32cName() { return Crc32cImplementations().back().name; }

}  // namespace duramen
