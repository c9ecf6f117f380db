// What the check of a produced batch tells of its records.
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "batch_bytes.h"
#include "check.h"
#include "log/batch_check.h"
#include "log/batch_format.h"

namespace duramen {
namespace {

using test::Bytes;
using test::MakeBatch;
using test::Seal;
using test::WrapRecords;

constexpr int64_t kLimit = 1 << 20;
constexpr int64_t kBase = 1'700'000'000'000;  // what MakeBatch gives

BatchFault Summary(const Bytes& batch, RecordSummary* summary) {
  return CheckProducedBatch(batch.data(), batch.size(), kLimit, summary);
}

// The records of the batch as if they had been decompressed, in memory of their own size.
BatchFault Decompressed(const Bytes& batch, RecordSummary* summary) {
  const Bytes records(batch.begin() + kBatchHeaderSize, batch.end());
  return CheckDecompressed(batch.data(), records.data(), records.size(), summary);
}

void ExpectSummary(const Bytes& batch, int64_t least, int64_t largest, bool has_null_key) {
  for (const auto check : {Summary, Decompressed}) {
    RecordSummary summary;
    EXPECT_EQ(check(batch, &summary), BatchFault::kNone);
    EXPECT_EQ(summary.least_timestamp, least);
    EXPECT_EQ(summary.largest_timestamp, largest);
    EXPECT_EQ(summary.has_null_key, has_null_key);
  }
}

TEST(SummaryHasLeastAndLargestTimestampOfShortAndLongRecords) {
  ExpectSummary(MakeBatch({{0, 0, "k", "v", {}}}), kBase, kBase, false);
  ExpectSummary(MakeBatch({{0, 5, "k", "v", {}}, {1, -3, "k", "v", {}}, {2, 100, "k", "v", {}}}),
                kBase - 3, kBase + 100, false);
  ExpectSummary(MakeBatch({{0, -900'000, "k", std::string(9'000, 'v'), {}},
                           {1, 2, "k", "v", {}},
                           {2, 900'000, "k", "v", {{"header", "h"}}}}),
                kBase - 900'000, kBase + 900'000, false);
}

TEST(SummaryTellsOfAKeyThatIsNull) {
  ExpectSummary(MakeBatch({{0, 0, "", "v", {}}, {1, 0, "k", "v", {}}}), kBase, kBase, false);
  ExpectSummary(MakeBatch({{0, 0, "k", "v", {}}, {1, 0, std::nullopt, "v", {}}}), kBase, kBase,
                true);
  ExpectSummary(MakeBatch({{0, 0, std::nullopt, "v", {{"h", "v"}}}, {1, 0, "k", "v", {}}}), kBase,
                kBase, true);
}

TEST(RecordsWithTimestampsBeyondWhatIsPossibleAreRefused) {
  for (const int64_t delta :
       {int64_t{1} << 53, -(int64_t{1} << 54), std::numeric_limits<int64_t>::max(),
        std::numeric_limits<int64_t>::min()}) {
    RecordSummary summary;
    const Bytes batch = MakeBatch({{0, 0, "k", "v", {}}, {1, delta, "k", "v", {}}});
    EXPECT_EQ(Summary(batch, &summary), BatchFault::kBadTimestamp);
    EXPECT_EQ(Decompressed(batch, &summary), BatchFault::kBadTimestamp);
  }
}

TEST(DecompressedRecordsAreHeldToTheHeader) {
  const Bytes batch = MakeBatch({{0, 0, "k", "v", {}}, {1, 0, "k", "v", {}}});
  for (size_t size = 0; size < batch.size() - kBatchHeaderSize; ++size) {
    const Bytes records(batch.begin() + kBatchHeaderSize,
                        batch.begin() + kBatchHeaderSize + static_cast<ptrdiff_t>(size));
    RecordSummary summary;
    EXPECT_TRUE(CheckDecompressed(batch.data(), records.data(), records.size(), &summary) !=
                BatchFault::kNone);
  }
  for (const uint32_t count : {1u, 3u}) {
    Bytes lying = batch;
    StoreBig32(&lying[kRecordCountAt], count);
    StoreBig32(&lying[kLastOffsetDeltaAt], count - 1);
    RecordSummary summary;
    EXPECT_TRUE(Decompressed(lying, &summary) != BatchFault::kNone);
  }
}

TEST(AHeaderWithoutRecordsOrWithImpossibleTimestampsHasNoSummary) {
  RecordSummary summary;
  Bytes batch = MakeBatch({{0, 0, "k", "v", {}}});
  StoreBig64(&batch[kBaseTimestampAt], std::numeric_limits<uint64_t>::max() / 2);
  EXPECT_EQ(Decompressed(batch, &summary), BatchFault::kBadTimestamp);
  EXPECT_EQ(Decompressed(WrapRecords({}, 0), &summary), BatchFault::kBadCount);
}

TEST(OfACompressedBatchTheSummaryIsLeftToItsRecords) {
  Bytes batch = MakeBatch({{0, 0, "k", "v", {}}});
  StoreBig16(&batch[kAttributesAt], static_cast<uint16_t>(Codec::kLz4));
  Seal(&batch);
  RecordSummary summary;
  EXPECT_EQ(Summary(batch, &summary), BatchFault::kNone);
  EXPECT_EQ(summary.largest_timestamp, -1);
}

}  // namespace
}  // namespace duramen
