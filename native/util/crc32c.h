// CRC-32C (Castagnoli), the checksum of record batches, in the fastest form this CPU has.
// Every function is safe from any thread; the choice is made once, at the first call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace duramen {

// The checksum of `data`, and of what was already summed to `crc` followed by `data`:
// Crc32c(ab) == Crc32cExtend(Crc32c(a), b), and Crc32c of nothing is 0.
uint32_t Crc32c(const void* data, size_t size);
uint32_t Crc32cExtend(uint32_t crc, const void* data, size_t size);

// Name of the implementation in use, for benchmark reports.
const char* Crc32cName();

using Crc32cFunction = uint32_t (*)(uint32_t crc, const void* data, size_t size);

struct Crc32cImplementation {
  const char* name;
  Crc32cFunction extend;
};

// Those this CPU can run, the one in use last; tests compare them all.
std::vector<Crc32cImplementation> Crc32cImplementations();

}  // namespace duramen
