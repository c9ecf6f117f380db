// What the CRC-32C implementations share: the arithmetic behind their constants, so that no file
// holds a number that cannot be derived, and the entry points for the dispatcher.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "util/crc32c.h"

namespace duramen::crc32c {

// Castagnoli's polynomial P without its x^32 term, reflected: bit i is the coefficient of x^(31-i).
inline constexpr uint32_t kPolynomial = 0x82f63b78;

// a * x mod P, reflected as above.
constexpr uint32_t TimesX(uint32_t a) { return (a >> 1) ^ ((a & 1) != 0 ? kPolynomial : 0); }

// x^n mod P, reflected as above.
constexpr uint32_t PowerOfX(int n) {
  uint32_t power = 0x80000000;
  for (; n > 0; --n) power = TimesX(power);
  return power;
}

// Folding multiplies the 128 bits of a sum by x^bits, to add them to data that lies `bits` further
// on. The register's low half has the higher powers, hence 64 more for it; a carry-less product of
// reflected numbers comes out one place low, hence 1 less for both. The constants are reflected in
// 64 bits, hence the shift.
struct FoldConstants {
  uint64_t low;
  uint64_t high;
};
constexpr FoldConstants FoldBy(int bits) {
  return {uint64_t{PowerOfX(bits + 64 - 1)} << 32, uint64_t{PowerOfX(bits - 1)} << 32};
}

// A CRC times this, as a 64-bit carry-less product, put through the CPU's 64-bit CRC step is the
// CRC moved over `bytes` bytes of zeros: the step itself multiplies by x^32, and the product comes
// out one place low.
constexpr uint64_t SkipConstant(int bytes) { return PowerOfX(bytes * 8 - 32 - 1); }

// Three streams of this many bytes each keep a CRC instruction of latency 3 busy. Long ones are a
// page, so that the CPU's prefetchers follow them through memory (13 GB/s; 8 with 1 KiB); short
// ones serve batches of a few records.
inline constexpr int kLongStream = 4096;
inline constexpr int kShortStream = 128;

uint32_t ExtendTable(uint32_t crc, const void* data, size_t size);

// Appends what this CPU has beyond the table, slowest first.
void AppendCpuImplementations(std::vector<Crc32cImplementation>* implementations);

}  // namespace duramen::crc32c
