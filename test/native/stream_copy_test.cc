// A copy past the caches is still a copy: util/stream_copy.h.
#include "util/stream_copy.h"

#include <algorithm>
#include <vector>

#include "check.h"

namespace duramen::test {
namespace {

constexpr size_t kThreshold = 16 << 10;
constexpr size_t kMargin = 256;  // around what is copied, to see that it stays

// Copies `size` bytes between places that are so far past a line; whether they and no others came.
bool CopiesExactly(size_t size, size_t to, size_t from) {
  Random random(size * 64 * 64 + to * 64 + from);
  std::vector<uint8_t> source(kMargin + 128 + size + kMargin), target(source.size());
  random.Fill(source.data(), source.size());
  random.Fill(target.data(), target.size());
  const auto line = [](std::vector<uint8_t>& bytes) {
    return kMargin + (64 - reinterpret_cast<uintptr_t>(bytes.data() + kMargin) % 64) % 64;
  };
  to += line(target);
  from += line(source);
  std::vector<uint8_t> expected = target;
  std::copy_n(source.begin() + static_cast<ptrdiff_t>(from), size,
              expected.begin() + static_cast<ptrdiff_t>(to));
  const std::vector<uint8_t> before = source;
  StreamCopy(target.data() + to, source.data() + from, size);
  return target == expected && source == before;
}

TEST(StreamCopyTakesEveryByteAndNoOther) {
  const size_t sizes[] = {0,
                          1,
                          15,
                          16,
                          63,
                          64,
                          65,
                          1000,
                          kThreshold - 1,
                          kThreshold,
                          kThreshold + 1,
                          kThreshold + 63,
                          kThreshold + 64,
                          kThreshold + 65,
                          3 * kThreshold + 17,
                          size_t{1} << 20};
  for (size_t size : sizes) {
    for (size_t to : {0, 1, 15, 16, 31, 63}) {
      for (size_t from : {0, 1, 8, 16, 33, 63}) {
        ASSERT_TRUE(CopiesExactly(size, to, from));
      }
    }
  }
}

}  // namespace
}  // namespace duramen::test
