#include "util/crc32c.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "check.h"

namespace duramen {
namespace {

using test::Random;

// The definition, one bit at a time: shares no table and no constant with what it checks.
uint32_t BitByBit(uint32_t crc, const uint8_t* p, size_t size) {
  crc = ~crc;
  for (; size > 0; ++p, --size) {
    crc ^= *p;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

TEST(Crc32cMatchesPublishedVectors) {
  const std::vector<uint8_t> zeros(32, 0x00);
  const std::vector<uint8_t> ones(32, 0xff);
  std::vector<uint8_t> rising(32);
  for (uint8_t i = 0; i < 32; ++i) rising[i] = i;
  const std::vector<uint8_t> falling(rising.rbegin(), rising.rend());
  for (const Crc32cImplementation& crc : Crc32cImplementations()) {
    // RFC 3720, appendix B.4; and the check value of the CRC catalogues.
    EXPECT_EQ(crc.extend(0, zeros.data(), 32), 0x8a9136aau);
    EXPECT_EQ(crc.extend(0, ones.data(), 32), 0x62a8ab43u);
    EXPECT_EQ(crc.extend(0, rising.data(), 32), 0x46dd794eu);
    EXPECT_EQ(crc.extend(0, falling.data(), 32), 0x113fdb5cu);
    EXPECT_EQ(crc.extend(0, "123456789", 9), 0xe3069283u);
    EXPECT_EQ(crc.extend(0, nullptr, 0), 0u);
  }
}

TEST(Crc32cAgreesForEveryShortLengthAndAlignment) {
  constexpr size_t kMaxSize = 300;
  constexpr size_t kAlignments = 64;
  alignas(64) uint8_t storage[kMaxSize + kAlignments];
  Random(1).Fill(storage, sizeof storage);
  const auto implementations = Crc32cImplementations();
  for (size_t start = 0; start < kAlignments; ++start) {
    for (size_t size = 0; size <= kMaxSize; ++size) {
      // A copy of the exact size, so that a sanitizer sees a read beyond either end.
      const std::vector<uint8_t> exact(storage + start, storage + start + size);
      const uint32_t expected = BitByBit(0, exact.data(), size);
      for (const auto& crc : implementations) {
        if (!EXPECT_EQ(crc.extend(0, storage + start, size), expected)) return;
        if (!EXPECT_EQ(crc.extend(0, exact.data(), size), expected)) return;
      }
    }
  }
}

TEST(Crc32cAgreesForLargeRandomSizes) {
  Random random(2);
  std::vector<uint8_t> data(1 << 20);
  random.Fill(data.data(), data.size());
  const auto implementations = Crc32cImplementations();
  for (int round = 0; round < 200; ++round) {
    const size_t start = random.Below(1000);
    const size_t size = random.Below(round < 150 ? 40'000 : data.size() - start);
    const auto seed = static_cast<uint32_t>(random.Next());
    const uint32_t expected = implementations.front().extend(seed, data.data() + start, size);
    if (round < 5) EXPECT_EQ(BitByBit(seed, data.data() + start, size), expected);
    for (const auto& crc : implementations) {
      if (!EXPECT_EQ(crc.extend(seed, data.data() + start, size), expected)) return;
    }
  }
}

TEST(Crc32cExtendedInPiecesEqualsTheWhole) {
  Random random(3);
  std::vector<uint8_t> data(20'000);
  random.Fill(data.data(), data.size());
  const uint32_t whole = Crc32c(data.data(), data.size());
  EXPECT_EQ(whole, BitByBit(0, data.data(), data.size()));
  for (int round = 0; round < 300; ++round) {
    uint32_t crc = 0;
    for (size_t at = 0; at < data.size();) {
      const size_t piece = std::min<size_t>(data.size() - at, random.Below(2'000));
      crc = Crc32cExtend(crc, data.data() + at, piece);
      at += piece;
    }
    if (!EXPECT_EQ(crc, whole)) return;
  }
}

TEST(Crc32cNamesTheImplementationInUse) {
  EXPECT_EQ(std::strcmp(Crc32cName(), Crc32cImplementations().back().name), 0);
}

}  // namespace
}  // namespace duramen
