// Zigzag variable-length integers as Kafka's records use them: seven bits a byte, low bits first,
// the top bit says that more follow. "Varint" holds an int32, "varlong" an int64.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace duramen {

inline constexpr int kMaxVarintSize = 5;
inline constexpr int kMaxVarlongSize = 10;

constexpr uint32_t ZigZag32(int32_t v) {
  return (static_cast<uint32_t>(v) << 1) ^ static_cast<uint32_t>(v >> 31);
}
constexpr uint64_t ZigZag64(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int32_t UnZigZag32(uint32_t v) { return static_cast<int32_t>((v >> 1) ^ (0u - (v & 1))); }
constexpr int64_t UnZigZag64(uint64_t v) {
  return static_cast<int64_t>((v >> 1) ^ (0ull - (v & 1)));
}

namespace internal {

// ceil(significant bits / 7), at least 1; 9/64 stands in for 1/7, and the two agree for every width
// up to 64 bits. Small values go first: finding the top bit takes many CPUs longer than two
// compares.
constexpr int EncodedSize(uint64_t zigzag) {
  if (zigzag < 0x4000) return zigzag < 0x80 ? 1 : 2;
  return (std::bit_width(zigzag) * 9 + 64) / 64;
}

}  // namespace internal

// Bytes that the value takes when encoded.
constexpr int VarintSize(int32_t v) { return internal::EncodedSize(ZigZag32(v)); }
constexpr int VarlongSize(int64_t v) { return internal::EncodedSize(ZigZag64(v)); }

// Write at `p`, which has room for VarintSize / VarlongSize bytes; return the byte after.
inline uint8_t* EncodeVarlong(uint8_t* p, int64_t value) {
  uint64_t v = ZigZag64(value);
  for (; v >= 0x80; v >>= 7) *p++ = static_cast<uint8_t>(v | 0x80);
  *p++ = static_cast<uint8_t>(v);
  return p;
}

inline uint8_t* EncodeVarint(uint8_t* p, int32_t value) {
  uint32_t v = ZigZag32(value);
  for (; v >= 0x80; v >>= 7) *p++ = static_cast<uint8_t>(v | 0x80);
  *p++ = static_cast<uint8_t>(v);
  return p;
}

namespace internal {

// The last byte of the longest form may hold only the bits that are left, so nothing overflows.
template <typename Unsigned, int kMaxSize>
const uint8_t* DecodeUnsigned(const uint8_t* p, const uint8_t* end, Unsigned* value) {
  constexpr int kLastShift = 7 * (kMaxSize - 1);
  constexpr uint8_t kLastByteMax = (1u << (sizeof(Unsigned) * 8 - kLastShift)) - 1;
  Unsigned v = 0;
  for (int shift = 0; shift <= kLastShift; shift += 7) {
    if (p >= end) return nullptr;
    const uint8_t byte = *p++;
    if (shift == kLastShift && byte > kLastByteMax) return nullptr;
    v |= static_cast<Unsigned>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = v;
      return p;
    }
  }
  return nullptr;
}

}  // namespace internal

// Read from [p, end); return the byte after the value, or nullptr (and leave *value alone) when the
// input ends inside it or it is longer than its type allows.
inline const uint8_t* DecodeVarint(const uint8_t* p, const uint8_t* end, int32_t* value) {
  if (p < end && *p < 0x80) {
    *value = UnZigZag32(*p);
    return p + 1;
  }
  uint32_t v = 0;
  p = internal::DecodeUnsigned<uint32_t, kMaxVarintSize>(p, end, &v);
  if (p != nullptr) *value = UnZigZag32(v);
  return p;
}

inline const uint8_t* DecodeVarlong(const uint8_t* p, const uint8_t* end, int64_t* value) {
  if (p < end && *p < 0x80) {
    *value = UnZigZag64(*p);
    return p + 1;
  }
  uint64_t v = 0;
  p = internal::DecodeUnsigned<uint64_t, kMaxVarlongSize>(p, end, &v);
  if (p != nullptr) *value = UnZigZag64(v);
  return p;
}

}  // namespace duramen
