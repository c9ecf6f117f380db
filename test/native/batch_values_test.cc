#include "log/batch_values.h"

#include <algorithm>
#include <string>

#include "batch_bytes.h"
#include "check.h"

namespace duramen {
namespace {

using test::Bytes;
using test::MakeBatch;
using test::Random;
using test::RecordSpec;

// Into memory of the exact size, so that a sanitizer sees a write beyond it.
int64_t Join(const Bytes& batch, std::string* text) {
  Bytes out(batch.size());
  const int64_t written =
      JoinValues(batch.data(), static_cast<int64_t>(batch.size()), '\n', out.data());
  text->assign(out.begin(), out.begin() + std::max<int64_t>(written, 0));
  return written;
}

TEST(JoinValuesPutsADelimiterBehindEach) {
  std::string text;
  const Bytes batch = MakeBatch({{0, 0, "key", "one", {{"h", "v"}}},
                                 {1, 5, {}, ""},
                                 {2, 9, {}, {}},
                                 {3, 70000, {}, std::string(300, 'x')}});
  EXPECT_EQ(Join(batch, &text), 3 + 300 + 4);
  EXPECT_EQ(text, "one\n\n\n" + std::string(300, 'x') + "\n");
}

TEST(JoinValuesOfAnEmptyBatchIsNothing) {
  std::string text;
  EXPECT_EQ(Join(MakeBatch({}), &text), 0);
}

TEST(JoinValuesRefusesACountThatLies) {
  std::string text;
  Bytes batch = MakeBatch({{0, 0, {}, "one"}, {1, 0, {}, "two"}});
  StoreBig32(&batch[kRecordCountAt], 3);
  EXPECT_EQ(Join(batch, &text), -1);
  StoreBig32(&batch[kRecordCountAt], 1);
  EXPECT_EQ(Join(batch, &text), -1);
}

TEST(JoinValuesStaysInBoundsWhateverTheBytesAre) {
  Random random(20261121);
  const Bytes sound = MakeBatch({{0, 0, "k", "value"}, {1, 300, {}, std::string(90, 'y')}});
  for (int round = 0; round < 20000; ++round) {
    Bytes batch = sound;
    const size_t records = batch.size() - kBatchHeaderSize;
    for (uint64_t changes = 1 + random.Below(3); changes > 0; --changes) {
      batch[kBatchHeaderSize + random.Below(records)] = static_cast<uint8_t>(random.Next());
    }
    std::string text;
    EXPECT_TRUE(Join(batch, &text) <= static_cast<int64_t>(batch.size()));
  }
}

}  // namespace
}  // namespace duramen
