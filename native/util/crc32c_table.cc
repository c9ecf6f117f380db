// CRC-32C by table, eight bytes a step: for CPUs without a CRC instruction, and as the reference
// that the others are compared with.
#include <array>
#include <cstring>

#include "util/crc32c_internal.h"
#include "util/endian.h"

namespace duramen::crc32c {
namespace {

using Table = std::array<uint32_t, 256>;

// Table k moves one byte's remainder over k more bytes.
constexpr std::array<Table, 8> MakeTables() {
  std::array<Table, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) remainder = TimesX(remainder);
    tables[0][byte] = remainder;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = MakeTables();

uint32_t Step8(uint32_t crc, const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  word ^= crc;
  return kTables[7][word & 0xff] ^ kTables[6][(word >> 8) & 0xff] ^
         kTables[5][(word >> 16) & 0xff] ^ kTables[4][(word >> 24) & 0xff] ^
         kTables[3][(word >> 32) & 0xff] ^ kTables[2][(word >> 40) & 0xff] ^
         kTables[1][(word >> 48) & 0xff] ^ kTables[0][word >> 56];
}

}  // namespace

uint32_t ExtendTable(uint32_t crc, const void* data, size_t size) {
  const auto* p = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (; size >= 8; p += 8, size -= 8) crc = Step8(crc, p);
  for (; size > 0; ++p, --size) crc = (crc >> 8) ^ kTables[0][(crc ^ *p) & 0xff];
  return ~crc;
}

#if !defined(__x86_64__) && !defined(__aarch64__)
void AppendCpuImplementations(std::vector<Crc32cImplementation>*) {}
#endif

}  // namespace duramen::crc32c
