// CRC-32C on x86-64: three streams of the CRC instruction, or folding with 512-bit carry-less
// multiplication. Target attributes let one binary hold both and run on CPUs without either.
#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "util/crc32c_internal.h"

namespace duramen::crc32c {
namespace {

#define TARGET_SSE42 __attribute__((target("sse4.2,pclmul")))
#define TARGET_AVX512 __attribute__((target("sse4.2,pclmul,avx512f,avx512vl,vpclmulqdq")))

uint64_t LoadWord(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// Here and below `crc` is the register's value: the sum before its final inversion.
TARGET_SSE42 uint32_t ExtendSerial(uint32_t crc, const uint8_t* p, size_t size) {
  uint64_t sum = crc;
  for (; size >= 8; p += 8, size -= 8) sum = _mm_crc32_u64(sum, LoadWord(p));
  crc = static_cast<uint32_t>(sum);
  if ((size & 4) != 0) {
    uint32_t word;
    std::memcpy(&word, p, sizeof word);
    crc = _mm_crc32_u32(crc, word);
    p += 4;
  }
  if ((size & 2) != 0) {
    uint16_t word;
    std::memcpy(&word, p, sizeof word);
    crc = _mm_crc32_u16(crc, word);
    p += 2;
  }
  return (size & 1) != 0 ? _mm_crc32_u8(crc, *p) : crc;
}

TARGET_SSE42 uint64_t Product(uint64_t a, uint64_t b) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<int64_t>(a)),
                                               _mm_cvtsi64_si128(static_cast<int64_t>(b)), 0);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
}

// Sums three adjoining streams of kStream bytes side by side, then moves the first two sums over
// what follows them. The last word of the third stream takes both in, at no step of its own.
template <int kStream>
TARGET_SSE42 uint32_t ExtendThreeStreams(uint32_t crc, const uint8_t* p) {
  uint64_t a = crc;
  uint64_t b = 0;
  uint64_t c = 0;
  for (int i = 0; i < kStream - 8; i += 8) {
    a = _mm_crc32_u64(a, LoadWord(p + i));
    b = _mm_crc32_u64(b, LoadWord(p + i + kStream));
    c = _mm_crc32_u64(c, LoadWord(p + i + 2 * kStream));
  }
  a = _mm_crc32_u64(a, LoadWord(p + kStream - 8));
  b = _mm_crc32_u64(b, LoadWord(p + 2 * kStream - 8));
  const uint64_t moved = Product(a, SkipConstant(2 * kStream)) ^ Product(b, SkipConstant(kStream));
  return static_cast<uint32_t>(_mm_crc32_u64(c, LoadWord(p + 3 * kStream - 8) ^ moved));
}

TARGET_SSE42 uint32_t ExtendSse42(uint32_t crc, const void* data, size_t size) {
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

// Below this the way in and out of folding costs more than it saves.
constexpr size_t kFoldFrom = 128;

// One constant pair for each 128-bit lane of a 512-bit register.
struct alignas(64) LaneConstants {
  FoldConstants lanes[4];
};
constexpr LaneConstants EveryLaneBy(int bits) {
  return {{FoldBy(bits), FoldBy(bits), FoldBy(bits), FoldBy(bits)}};
}
constexpr LaneConstants kBy64Bytes = EveryLaneBy(512);
constexpr LaneConstants kBy128Bytes = EveryLaneBy(1024);
constexpr LaneConstants kBy192Bytes = EveryLaneBy(1536);
constexpr LaneConstants kBy256Bytes = EveryLaneBy(2048);
// Brings the first three lanes to the place of the last one.
constexpr LaneConstants kToLastLane = {{FoldBy(384), FoldBy(256), FoldBy(128), {0, 0}}};

TARGET_AVX512 __m512i LoadConstants(const LaneConstants& constants) {
  return _mm512_load_si512(&constants);
}

// What `sum` adds to `data` when it lies as far ahead as `constants` say.
TARGET_AVX512 __m512i Fold(__m512i sum, __m512i constants, __m512i data) {
  constexpr int kXorOfThree = 0x96;
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(sum, constants, 0x00),
                                   _mm512_clmulepi64_epi128(sum, constants, 0x11), data,
                                   kXorOfThree);
}

TARGET_AVX512 uint32_t Reduce(__m512i sum) {
  const __m512i last_lane_only = _mm512_maskz_mov_epi64(0xc0, sum);
  const __m512i moved = Fold(sum, LoadConstants(kToLastLane), last_lane_only);
  // The forms with a mask, because GCC 12 warns of an uninitialised value inside the plain ones.
  const __m256i half = _mm256_xor_si256(_mm512_maskz_extracti64x4_epi64(0xff, moved, 0),
                                        _mm512_maskz_extracti64x4_epi64(0xff, moved, 1));
  const __m128i lane =
      _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  const uint64_t crc = _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(lane)));
  return static_cast<uint32_t>(
      _mm_crc32_u64(crc, static_cast<uint64_t>(_mm_extract_epi64(lane, 1))));
}

// Four sums side by side over at least 256 bytes from *p on, which moves past what they took in.
TARGET_AVX512 __m512i FoldFourSums(__m512i a, const uint8_t** start, const uint8_t* end) {
  const uint8_t* p = *start;
  __m512i b = _mm512_loadu_si512(p + 64);
  __m512i c = _mm512_loadu_si512(p + 128);
  __m512i d = _mm512_loadu_si512(p + 192);
  const __m512i by_256 = LoadConstants(kBy256Bytes);
  for (p += 256; end - p >= 256; p += 256) {
    a = Fold(a, by_256, _mm512_loadu_si512(p));
    b = Fold(b, by_256, _mm512_loadu_si512(p + 64));
    c = Fold(c, by_256, _mm512_loadu_si512(p + 128));
    d = Fold(d, by_256, _mm512_loadu_si512(p + 192));
  }
  *start = p;
  c = Fold(c, LoadConstants(kBy64Bytes), d);
  return Fold(a, LoadConstants(kBy192Bytes), Fold(b, LoadConstants(kBy128Bytes), c));
}

TARGET_AVX512 uint32_t ExtendAvx512(uint32_t crc, const void* data, size_t size) {
  const auto* p = static_cast<const uint8_t*>(data);
  const uint8_t* const end = p + size;
  crc = ~crc;
  if (size >= kFoldFrom) {
    __m512i sum = _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc)));
    sum = _mm512_xor_si512(sum, _mm512_loadu_si512(p));
    if (size >= 256) {
      sum = FoldFourSums(sum, &p, end);
    } else {
      p += 64;
    }
    const __m512i by_64 = LoadConstants(kBy64Bytes);
    for (; end - p >= 64; p += 64) sum = Fold(sum, by_64, _mm512_loadu_si512(p));
    crc = Reduce(sum);
  }
  return ~ExtendSerial(crc, p, static_cast<size_t>(end - p));
}

}  // namespace

void AppendCpuImplementations(std::vector<Crc32cImplementation>* implementations) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("pclmul")) return;
  implementations->push_back({"sse4.2", ExtendSse42});
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("vpclmulqdq")) {
    return;
  }
  implementations->push_back({"avx512", ExtendAvx512});
}

}  // namespace duramen::crc32c

#endif
