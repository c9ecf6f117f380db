// A second CRC-32C, written apart from native/util: the yardstick for its speed, a witness of its
// sums.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duramen::bench {

// Whether this CPU has the crc32 instruction (SSE 4.2).
bool HasCrcReference();

// Three interleaved streams of the crc32 instruction, joined by tables of "append n zero bytes".
// As duramen::Crc32cExtend. HasCrcReference() must hold.
uint32_t CrcReference(uint32_t crc, const void* data, size_t size);

}  // namespace duramen::bench
