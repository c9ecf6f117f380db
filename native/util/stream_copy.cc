#include "util/stream_copy.h"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace duramen {

#ifdef __SSE2__

namespace {

constexpr size_t kLine = 64;
// Below it the copy may as well stay in the cache, for a reader that waits for it.
constexpr size_t kLeast = 16 << 10;

void StreamLine(uint8_t* to, const uint8_t* from) {
  const auto* source = reinterpret_cast<const __m128i*>(from);
  auto* target = reinterpret_cast<__m128i*>(to);
  const __m128i a = _mm_loadu_si128(source), b = _mm_loadu_si128(source + 1);
  const __m128i c = _mm_loadu_si128(source + 2), d = _mm_loadu_si128(source + 3);
  _mm_stream_si128(target, a);
  _mm_stream_si128(target + 1, b);
  _mm_stream_si128(target + 2, c);
  _mm_stream_si128(target + 3, d);
}

}  // namespace

void StreamCopy(uint8_t* to, const uint8_t* from, size_t size) {
  if (size < kLeast) {
    std::memcpy(to, from, size);
    return;
  }
  // Up to the first whole line of the target.
  size_t at = (kLine - reinterpret_cast<uintptr_t>(to) % kLine) % kLine;
  std::memcpy(to, from, at);
  for (; at + kLine <= size; at += kLine) StreamLine(to + at, from + at);
  std::memcpy(to + at, from + at, size - at);
  _mm_sfence();  // such stores obey no other order
}

#else

void StreamCopy(uint8_t* to, const uint8_t* from, size_t size) { std::memcpy(to, from, size); }

#endif

}  // namespace duramen
