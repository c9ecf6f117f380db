#include "util/varint.h"

#include <cstdint>
#include <limits>
#include <vector>

#include "check.h"
#include "util/endian.h"

namespace duramen {
namespace {

using test::Random;

template <typename Int>
struct Coding;

template <>
struct Coding<int32_t> {
  static int Size(int32_t v) { return VarintSize(v); }
  static uint8_t* Encode(uint8_t* p, int32_t v) { return EncodeVarint(p, v); }
  static const uint8_t* Decode(const uint8_t* p, const uint8_t* end, int32_t* v) {
    return DecodeVarint(p, end, v);
  }
};

template <>
struct Coding<int64_t> {
  static int Size(int64_t v) { return VarlongSize(v); }
  static uint8_t* Encode(uint8_t* p, int64_t v) { return EncodeVarlong(p, v); }
  static const uint8_t* Decode(const uint8_t* p, const uint8_t* end, int64_t* v) {
    return DecodeVarlong(p, end, v);
  }
};

// There and back, in the size foretold, and refused for every shorter input.
template <typename Int>
void RoundTrip(Int value) {
  uint8_t bytes[kMaxVarlongSize];
  const uint8_t* const end = Coding<Int>::Encode(bytes, value);
  EXPECT_EQ(end - bytes, Coding<Int>::Size(value));
  Int decoded = 0;
  EXPECT_TRUE(Coding<Int>::Decode(bytes, end, &decoded) == end);
  EXPECT_EQ(decoded, value);
  for (const uint8_t* cut = bytes; cut < end; ++cut) {
    // A copy of the exact size, so that a sanitizer sees a read beyond it.
    const std::vector<uint8_t> exact(static_cast<const uint8_t*>(bytes), cut);
    decoded = 77;
    EXPECT_TRUE(Coding<Int>::Decode(exact.data(), exact.data() + exact.size(), &decoded) ==
                nullptr);
    EXPECT_EQ(decoded, 77);
  }
}

template <typename Int>
void RoundTripAroundEveryPowerOfTwo() {
  using Limits = std::numeric_limits<Int>;
  for (Int value : {Limits::min(), Limits::max(), Int{0}}) RoundTrip<Int>(value);
  for (int bit = 0; bit < Limits::digits; ++bit) {
    const Int power = static_cast<Int>(Int{1} << bit);
    for (Int near : {static_cast<Int>(power - 1), power}) {
      RoundTrip<Int>(near);
      RoundTrip<Int>(static_cast<Int>(-near));
      RoundTrip<Int>(static_cast<Int>(-near - 1));
    }
  }
}

TEST(VarintRoundTripsAroundEveryPowerOfTwo) { RoundTripAroundEveryPowerOfTwo<int32_t>(); }
TEST(VarlongRoundTripsAroundEveryPowerOfTwo) { RoundTripAroundEveryPowerOfTwo<int64_t>(); }

TEST(VarintRoundTripsAtRandom) {
  Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = static_cast<int64_t>(random.Next()) >> random.Below(64);
    RoundTrip<int64_t>(bits);
    RoundTrip<int32_t>(static_cast<int32_t>(bits));
  }
}

TEST(VarintHasTheBytesOfTheFormat) {
  uint8_t bytes[kMaxVarlongSize];
  // Zigzag of 150 is 300 = 2 * 128 + 44.
  EXPECT_EQ(EncodeVarint(bytes, 150) - bytes, 2);
  EXPECT_EQ(bytes[0], 0xac);
  EXPECT_EQ(bytes[1], 0x02);
  EXPECT_EQ(EncodeVarint(bytes, -1) - bytes, 1);
  EXPECT_EQ(bytes[0], 0x01);
}

TEST(VarintTooLongIsRefused) {
  int32_t value = 77;
  const std::vector<uint8_t> six{0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
  EXPECT_TRUE(DecodeVarint(six.data(), six.data() + six.size(), &value) == nullptr);
  const std::vector<uint8_t> bits_beyond_32{0xff, 0xff, 0xff, 0xff, 0x10};
  EXPECT_TRUE(DecodeVarint(bits_beyond_32.data(), bits_beyond_32.data() + 5, &value) == nullptr);
  EXPECT_EQ(value, 77);

  int64_t wide = 77;
  std::vector<uint8_t> eleven(10, 0x80);
  eleven.push_back(0x00);
  EXPECT_TRUE(DecodeVarlong(eleven.data(), eleven.data() + 11, &wide) == nullptr);
  std::vector<uint8_t> bits_beyond_64(9, 0xff);
  bits_beyond_64.push_back(0x02);
  EXPECT_TRUE(DecodeVarlong(bits_beyond_64.data(), bits_beyond_64.data() + 10, &wide) == nullptr);
  EXPECT_EQ(wide, 77);
}

TEST(VarintPaddedWithinItsLongestFormIsRead) {
  // Kafka's readers take such input, so files may hold it.
  const std::vector<uint8_t> padded{0x82, 0x80, 0x80, 0x80, 0x00};
  int32_t value = 0;
  EXPECT_TRUE(DecodeVarint(padded.data(), padded.data() + 5, &value) == padded.data() + 5);
  EXPECT_EQ(value, 1);
}

TEST(BigEndianStoresAndLoadsAtAnyAlignment) {
  uint8_t bytes[24] = {};
  for (int at = 0; at < 9; ++at) {
    StoreBig64(bytes + at, 0x0102030405060708);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(bytes[at + i], i + 1);
    EXPECT_EQ(LoadBig64(bytes + at), 0x0102030405060708u);
    EXPECT_EQ(LoadBig32(bytes + at), 0x01020304u);
    EXPECT_EQ(LoadBig16(bytes + at), 0x0102u);
    StoreBig32(bytes + at, 0xfffefdfc);
    EXPECT_EQ(LoadBig32(bytes + at), 0xfffefdfcu);
    StoreBig16(bytes + at, 0xfa01);
    EXPECT_EQ(LoadBig16(bytes + at), 0xfa01u);
  }
}

}  // namespace
}  // namespace duramen
