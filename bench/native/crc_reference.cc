#include "crc_reference.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace duramen::bench {
namespace {

constexpr size_t kStream = 8192;  // bytes of one of the three streams
constexpr uint32_t kPolynomial = 0x82f63b78;

// A linear map of CRC registers: column i is where bit i goes.
using Matrix = std::array<uint32_t, 32>;

uint32_t Apply(const Matrix& matrix, uint32_t vector) {
  uint32_t sum = 0;
  for (size_t bit = 0; bit < 32; ++bit) {
    if ((vector >> bit) & 1) sum ^= matrix[bit];
  }
  return sum;
}

// The map of `bytes` zero bytes (a power of two): one zero bit, squared again and again.
Matrix AppendZeros(size_t bytes) {
  Matrix matrix{};
  matrix[0] = kPolynomial;
  for (size_t bit = 1; bit < 32; ++bit) matrix[bit] = uint32_t{1} << (bit - 1);
  for (size_t bits = 1; bits < bytes * 8; bits *= 2) {
    Matrix square{};
    for (size_t bit = 0; bit < 32; ++bit) square[bit] = Apply(matrix, matrix[bit]);
    matrix = square;
  }
  return matrix;
}

// The same map, a table for each byte of the register.
struct ShiftTable {
  std::array<std::array<uint32_t, 256>, 4> bytes;

  ShiftTable() {
    const Matrix matrix = AppendZeros(kStream);
    for (uint32_t byte = 0; byte < 4; ++byte) {
      for (uint32_t value = 0; value < 256; ++value) {
        bytes[byte][value] = Apply(matrix, value << (8 * byte));
      }
    }
  }

  uint32_t operator()(uint32_t crc) const {
    return bytes[0][crc & 255] ^ bytes[1][(crc >> 8) & 255] ^ bytes[2][(crc >> 16) & 255] ^
           bytes[3][crc >> 24];
  }
};

}  // namespace

#if defined(__x86_64__)

namespace {

uint64_t Load(const uint8_t* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

}  // namespace

bool HasCrcReference() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t CrcReference(uint32_t crc, const void* data,
                                                        size_t size) {
  static const ShiftTable shift;
  const auto* at = static_cast<const uint8_t*>(data);
  uint64_t a = ~crc;
  for (; size >= 3 * kStream; size -= 3 * kStream, at += 3 * kStream) {
    uint64_t b = 0;
    uint64_t c = 0;
    for (size_t i = 0; i < kStream; i += 8) {
      a = _mm_crc32_u64(a, Load(at + i));
      b = _mm_crc32_u64(b, Load(at + kStream + i));
      c = _mm_crc32_u64(c, Load(at + 2 * kStream + i));
    }
    a = shift(shift(static_cast<uint32_t>(a)) ^ static_cast<uint32_t>(b)) ^ c;
  }
  for (; size >= 8; size -= 8, at += 8) a = _mm_crc32_u64(a, Load(at));
  for (; size > 0; --size, ++at) a = _mm_crc32_u8(static_cast<uint32_t>(a), *at);
  return ~static_cast<uint32_t>(a);
}

#else

bool HasCrcReference() { return false; }
uint32_t CrcReference(uint32_t, const void*, size_t) { return 0; }

#endif

}  // namespace duramen::bench
