// CRC-32C on ARMv8: three streams of the CRC instruction, joined by carry-less multiplication.
// The instructions are written out, because compilers differ in how a function asks for them.
#if defined(__aarch64__)

#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <cstring>

#include "util/crc32c_internal.h"

namespace duramen::crc32c {
namespace {

uint64_t LoadWord(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

uint32_t Step64(uint32_t crc, uint64_t word) {
  __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
  return crc;
}

uint32_t Step8(uint32_t crc, uint8_t byte) {
  __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(uint32_t{byte}));
  return crc;
}

uint64_t Product(uint64_t a, uint64_t b) {
  uint64_t product;
  __asm__(
      ".arch_extension aes\n\t"
      "fmov d0, %x1\n\t"
      "fmov d1, %x2\n\t"
      "pmull v0.1q, v0.1d, v1.1d\n\t"
      "fmov %x0, d0"
      : "=r"(product)
      : "r"(a), "r"(b)
      : "v0", "v1");
  return product;
}

// Here and below `crc` is the register's value: the sum before its final inversion.
uint32_t ExtendSerial(uint32_t crc, const uint8_t* p, size_t size) {
  for (; size >= 8; p += 8, size -= 8) crc = Step64(crc, LoadWord(p));
  for (; size > 0; ++p, --size) crc = Step8(crc, *p);
  return crc;
}

// Sums three adjoining streams of kStream bytes side by side, then moves the first two sums over
// what follows them. The last word of the third stream takes both in, at no step of its own.
template <int kStream>
uint32_t ExtendThreeStreams(uint32_t crc, const uint8_t* p) {
  uint32_t a = crc;
  uint32_t b = 0;
  uint32_t c = 0;
  for (int i = 0; i < kStream - 8; i += 8) {
    a = Step64(a, LoadWord(p + i));
    b = Step64(b, LoadWord(p + i + kStream));
    c = Step64(c, LoadWord(p + i + 2 * kStream));
  }
  a = Step64(a, LoadWord(p + kStream - 8));
  b = Step64(b, LoadWord(p + 2 * kStream - 8));
  const uint64_t moved = Product(a, SkipConstant(2 * kStream)) ^ Product(b, SkipConstant(kStream));
  return Step64(c, LoadWord(p + 3 * kStream - 8) ^ moved);
}

uint32_t ExtendCrc(uint32_t crc, const void* data, size_t size) {
  return ~ExtendSerial(~crc, static_cast<const uint8_t*>(data), size);
}

uint32_t ExtendCrcPmull(uint32_t crc, const void* data, size_t size) {
  const auto* p = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (; size >= 3 * kLongStream; p += 3 * kLongStream, size -= 3 * kLongStream) {
    crc = ExtendThreeStreams<kLongStream>(crc, p);
  }
  for (; size >= 3 * kShortStream; p += 3 * kShortStream, size -= 3 * kShortStream) {
    crc = ExtendThreeStreams<kShortStream>(crc, p);
  }
  return ~ExtendSerial(crc, p, size);
}

struct CpuFeatures {
  bool crc;
  bool pmull;
};

CpuFeatures DetectCpu() {
#if defined(__linux__)
  const unsigned long features = getauxval(AT_HWCAP);
  return {(features & HWCAP_CRC32) != 0, (features & HWCAP_PMULL) != 0};
#else
  return {true, true};  // every Apple CPU of this architecture has both
#endif
}

}  // namespace

void AppendCpuImplementations(std::vector<Crc32cImplementation>* implementations) {
  const CpuFeatures cpu = DetectCpu();
  if (cpu.crc) implementations->push_back({"armv8", ExtendCrc});
  if (cpu.crc && cpu.pmull) implementations->push_back({"armv8-pmull", ExtendCrcPmull});
}

}  // namespace duramen::crc32c

#endif
