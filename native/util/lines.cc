#include "util/lines.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace duramen {
namespace {

// Lines found so far; `line` is where the next one starts.
struct Splitter {
  const uint8_t* line;
  int32_t* lengths;
  int32_t count;
  int32_t max_lines;

  bool full() const { return count == max_lines; }
  void EndLineAt(const uint8_t* delimiter) {
    lengths[count++] = static_cast<int32_t>(delimiter - line);
    line = delimiter + 1;
  }
};

// From `p` on, which is in the line that has begun.
void SplitBytewise(Splitter* splitter, const uint8_t* p, const uint8_t* end, uint8_t delimiter) {
  while (!splitter->full() && p < end) {
    const void* found = std::memchr(p, delimiter, static_cast<size_t>(end - p));
    if (found == nullptr) return;
    splitter->EndLineAt(static_cast<const uint8_t*>(found));
    p = splitter->line;
  }
}

#if defined(__x86_64__)

#define TARGET_AVX2 __attribute__((target("avx2,bmi")))

TARGET_AVX2 uint64_t MatchesIn64(const uint8_t* p, __m256i wanted) {
  const auto* vectors = reinterpret_cast<const __m256i*>(p);
  const __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256(vectors), wanted);
  const __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256(vectors + 1), wanted);
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

TARGET_AVX2 void SplitAvx2(Splitter* shared, const uint8_t* p, const uint8_t* end,
                           uint8_t delimiter) {
  Splitter splitter = *shared;  // a copy that stays in registers
  const __m256i wanted = _mm256_set1_epi8(static_cast<char>(delimiter));
  for (; end - p >= 64 && !splitter.full(); p += 64) {
    uint64_t matches = MatchesIn64(p, wanted);
    for (; matches != 0 && !splitter.full(); matches &= matches - 1) {
      splitter.EndLineAt(p + __builtin_ctzll(matches));
    }
  }
  *shared = splitter;
  SplitBytewise(shared, p, end, delimiter);
}

#endif

using SplitFunction = void (*)(Splitter*, const uint8_t*, const uint8_t*, uint8_t);

SplitFunction ChooseSplit() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return SplitAvx2;
#endif
  return SplitBytewise;
}

}  // namespace

int32_t SplitLines(const uint8_t* block, size_t size, uint8_t delimiter, int32_t* lengths,
                   int32_t max_lines, size_t* consumed) {
  static const SplitFunction split = ChooseSplit();
  size = std::min<size_t>(size, INT32_MAX);
  Splitter splitter{block, lengths, 0, std::max(max_lines, 0)};
  split(&splitter, block, block + size, delimiter);
  *consumed = static_cast<size_t>(splitter.line - block);
  return splitter.count;
}

}  // namespace duramen
