#include "util/lines.h"

#include <cstdint>
#include <string>
#include <vector>

#include "check.h"

namespace duramen {
namespace {

using test::Random;

struct Split {
  std::vector<int32_t> lengths;
  size_t consumed = 0;
};

// From memory of the exact size, so that a sanitizer sees a read beyond it.
Split SplitText(const std::string& text, int32_t max_lines, uint8_t delimiter = '\n') {
  const std::vector<uint8_t> exact(text.begin(), text.end());
  Split split;
  split.lengths.resize(static_cast<size_t>(max_lines));
  const int32_t count = SplitLines(exact.data(), exact.size(), delimiter, split.lengths.data(),
                                   max_lines, &split.consumed);
  split.lengths.resize(static_cast<size_t>(count));
  return split;
}

Split SplitSlowly(const std::string& text, size_t max_lines) {
  Split split;
  int32_t length = 0;
  for (size_t i = 0; i < text.size() && split.lengths.size() < max_lines; ++i, ++length) {
    if (text[i] != '\n') continue;
    split.lengths.push_back(length);
    split.consumed = i + 1;
    length = -1;
  }
  return split;
}

TEST(SplitLinesTakesCompleteLinesOnly) {
  const Split split = SplitText("one\n\nthree\r\nrest", 10);
  EXPECT_TRUE((split.lengths == std::vector<int32_t>{3, 0, 6}));
  EXPECT_EQ(split.consumed, 12u);
}

TEST(SplitLinesOfNothingIsNothing) {
  EXPECT_EQ(SplitText("", 10).lengths.size(), 0u);
  EXPECT_EQ(SplitText("no end", 10).consumed, 0u);
  EXPECT_EQ(SplitText("a\nb\n", 0).consumed, 0u);
}

TEST(SplitLinesTakesAnyDelimiter) {
  const Split split = SplitText(std::string("a\0bc\0\n", 6), 10, 0);
  EXPECT_TRUE((split.lengths == std::vector<int32_t>{1, 2}));
  EXPECT_EQ(SplitText("a\xff", 10, 0xff).lengths.size(), 1u);
}

TEST(SplitLinesEqualsASlowSplitForEverySizeAndDensity) {
  Random random(5);
  for (int round = 0; round < 3'000; ++round) {
    const uint64_t density = 1 + random.Below(120);
    std::string text(random.Below(700), 'x');
    for (char& c : text) {
      if (random.OneIn(density)) c = '\n';
    }
    const auto max_lines = static_cast<int32_t>(random.OneIn(2) ? 1'000 : random.Below(20));
    const Split split = SplitText(text, max_lines);
    const Split expected = SplitSlowly(text, static_cast<size_t>(max_lines));
    EXPECT_TRUE(split.lengths == expected.lengths);
    if (!EXPECT_EQ(split.consumed, expected.consumed)) return;
  }
}

}  // namespace
}  // namespace duramen
