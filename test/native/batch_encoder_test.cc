#include "log/batch_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "batch_bytes.h"
#include "check.h"
#include "log/batch_check.h"
#include "log/batch_format.h"

namespace duramen {
namespace {

using test::Bytes;
using test::Random;
using test::RecordSpec;

constexpr int64_t kTimestamp = 1'700'000'000'000;

// Owns what a Columns points to, in memory of the exact size.
struct ColumnData {
  Bytes values;
  std::vector<int32_t> value_lengths;
  Bytes keys;
  std::vector<int32_t> key_lengths;
  std::vector<double> timestamps;
  int32_t gap = 0;

  void Add(const std::optional<std::string>& key, const std::optional<std::string>& value) {
    Put(value, &values, &value_lengths);
    values.insert(values.end(), static_cast<size_t>(gap), '\n');
    Put(key, &keys, &key_lengths);
  }

  Columns Get() const {
    Columns columns;
    columns.count = static_cast<int32_t>(value_lengths.size());
    columns.values = values.data();
    columns.values_size = values.size();
    columns.value_lengths = value_lengths.data();
    columns.value_gap = gap;
    columns.keys = keys.data();
    columns.keys_size = keys.size();
    columns.key_lengths = key_lengths.data();
    columns.timestamps = timestamps.empty() ? nullptr : timestamps.data();
    columns.timestamp = kTimestamp;
    return columns;
  }

 private:
  static void Put(const std::optional<std::string>& field, Bytes* block,
                  std::vector<int32_t>* lengths) {
    lengths->push_back(field ? static_cast<int32_t>(field->size()) : -1);
    if (field) block->insert(block->end(), field->begin(), field->end());
  }
};

// Encodes into memory of the exact size that held other bytes before, then publishes.
Bytes Encode(const Columns& columns) {
  BatchShape shape;
  if (!EXPECT_OK(CheckColumns(columns, &shape))) return {};
  Bytes batch(static_cast<size_t>(shape.size), 0xee);
  StoreBig64(&batch[kBaseOffsetAt], 41);
  StoreBig32(&batch[kLeaderEpochAt], 3);
  EncodeColumns(columns, shape, batch.data());
  EXPECT_EQ(batch[kMagicAt], 0);
  EXPECT_EQ(BatchHeader(batch.data()).base_offset(), 41);
  EXPECT_EQ(BatchHeader(batch.data()).leader_epoch(), 3);
  EXPECT_EQ(BatchHeader(batch.data()).max_timestamp(), shape.max_timestamp);
  batch[kMagicAt] = kMagic;
  EXPECT_EQ(CheckProducedBatch(batch.data(), batch.size(), INT32_MAX), BatchFault::kNone);
  return batch;
}

std::optional<std::string> RandomField(Random* random, size_t max) {
  if (random->OneIn(8)) return std::nullopt;
  std::string field(random->OneIn(20) ? random->Below(20'000) : random->Below(max), ' ');
  random->Fill(reinterpret_cast<uint8_t*>(field.data()), field.size());
  return field;
}

TEST(EncodedColumnsEqualASlowEncoding) {
  Random random(8);
  for (int round = 0; round < 400; ++round) {
    ColumnData data;
    std::vector<RecordSpec> records;
    data.gap = static_cast<int32_t>(random.Below(3));
    const bool timed = random.OneIn(2);
    double max = -1;
    for (int32_t i = 0; i < 1 + static_cast<int32_t>(round % 150); ++i) {
      const auto key = RandomField(&random, 30);
      const auto value = RandomField(&random, 300);
      data.Add(key, value);
      if (timed) data.timestamps.push_back(static_cast<double>(random.Between(-1, 1LL << 53)));
      if (timed) max = std::max(max, data.timestamps.back());
      const double delta = timed ? data.timestamps.back() - data.timestamps.front() : 0;
      records.push_back({i, static_cast<int64_t>(delta), key, value, {}});
    }
    Bytes expected = test::MakeBatch(records, 41);
    StoreBig32(&expected[kLeaderEpochAt], 3);
    if (timed) {
      StoreBig64(&expected[kBaseTimestampAt],
                 static_cast<uint64_t>(static_cast<int64_t>(data.timestamps.front())));
      StoreBig64(&expected[kMaxTimestampAt], static_cast<uint64_t>(static_cast<int64_t>(max)));
    }
    test::Seal(&expected);
    if (!EXPECT_TRUE(Encode(data.Get()) == expected)) return;
  }
}

TEST(EncodedColumnsWithoutKeysHaveNullKeys) {
  ColumnData data;
  std::vector<RecordSpec> records;
  for (int32_t i = 0; i < 3'000; ++i) {
    data.Add(std::nullopt, std::string(static_cast<size_t>(i % 300), 'v'));
    records.push_back({i, 0, std::nullopt, std::string(static_cast<size_t>(i % 300), 'v'), {}});
  }
  Columns columns = data.Get();
  columns.keys = nullptr;
  columns.keys_size = 0;
  columns.key_lengths = nullptr;
  Bytes expected = test::MakeBatch(records, 41);
  StoreBig32(&expected[kLeaderEpochAt], 3);
  EXPECT_TRUE(Encode(columns) == expected);
}

TEST(EncodedLinesNeedNoDelimiterAfterTheLastOne) {
  ColumnData data;
  data.gap = 1;
  data.Add(std::nullopt, "first");
  data.Add(std::nullopt, "");
  data.Add(std::nullopt, "last");
  const Bytes whole = Encode(data.Get());
  data.values.pop_back();
  EXPECT_TRUE(Encode(data.Get()) == whole);
  data.values.pop_back();
  BatchShape shape;
  EXPECT_CODE(CheckColumns(data.Get(), &shape), Code::kInvalidArgument);
}

TEST(EncodedColumnsOfNullsNeedNoMemory) {
  const std::vector<int32_t> nulls(5, -1);
  Columns columns;
  columns.count = 5;
  columns.value_lengths = nulls.data();
  columns.timestamp = -1;
  EXPECT_EQ(Encode(columns).size(), static_cast<size_t>(kBatchHeaderSize + 5 * kMinRecordSize));
}

TEST(ColumnsThatLieAreRefused) {
  ColumnData data;
  for (int i = 0; i < 3; ++i) data.Add("key", "value");
  const Columns good = data.Get();
  BatchShape shape;
  EXPECT_OK(CheckColumns(good, &shape));

  Columns bad = good;
  bad.count = 0;
  EXPECT_CODE(CheckColumns(bad, &shape), Code::kInvalidArgument);
  bad.count = -1;
  EXPECT_CODE(CheckColumns(bad, &shape), Code::kInvalidArgument);
  bad = good;
  bad.value_lengths = nullptr;
  EXPECT_CODE(CheckColumns(bad, &shape), Code::kInvalidArgument);
  bad = good;
  bad.value_gap = -1;
  EXPECT_CODE(CheckColumns(bad, &shape), Code::kInvalidArgument);
  bad = good;
  bad.values_size -= 1;
  EXPECT_CODE(CheckColumns(bad, &shape), Code::kInvalidArgument);
  bad = good;
  bad.keys_size -= 1;
  EXPECT_CODE(CheckColumns(bad, &shape), Code::kInvalidArgument);
  for (const int32_t length : {-2, INT32_MIN}) {
    ColumnData changed = data;
    changed.value_lengths[1] = length;
    EXPECT_CODE(CheckColumns(changed.Get(), &shape), Code::kInvalidArgument);
    changed = data;
    changed.key_lengths[2] = length;
    EXPECT_CODE(CheckColumns(changed.Get(), &shape), Code::kInvalidArgument);
  }
}

TEST(TimestampsThatAreNotMillisecondsAreRefused) {
  ColumnData data;
  data.Add(std::nullopt, "a");
  data.Add(std::nullopt, "b");
  BatchShape shape;
  const double kTwoTo53 = 9007199254740992.0;
  const double kLargest = kTwoTo53 - 2;
  for (const double good : {-1.0, 0.0, -0.0, kLargest}) {
    data.timestamps = {good, 5};
    EXPECT_OK(CheckColumns(data.Get(), &shape));
    EXPECT_EQ(shape.base_timestamp, static_cast<int64_t>(good));
    EXPECT_EQ(shape.max_timestamp, std::max<int64_t>(5, static_cast<int64_t>(good)));
  }
  for (const double bad : {-2.0, 0.5, kTwoTo53, 1e300, -1e300, std::nan(""),
                           std::numeric_limits<double>::infinity()}) {
    data.timestamps = {5, bad};
    EXPECT_CODE(CheckColumns(data.Get(), &shape), Code::kInvalidArgument);
  }
  data.timestamps.clear();
  for (const int64_t bad : {int64_t{-2}, int64_t{1} << 53, INT64_MIN, INT64_MAX}) {
    Columns columns = data.Get();
    columns.timestamp = bad;
    EXPECT_CODE(CheckColumns(columns, &shape), Code::kInvalidArgument);
  }
}

TEST(ColumnsOfMoreThanABatchHoldsAreRefused) {
  // Only lengths and sizes are looked at, so no gigabytes are needed.
  const uint8_t byte = 0;
  const std::vector<int32_t> lengths(3, INT32_MAX);
  Columns columns;
  columns.values = &byte;
  columns.values_size = SIZE_MAX;
  columns.value_lengths = lengths.data();
  BatchShape shape;
  for (columns.count = 1; columns.count <= 3; ++columns.count) {
    EXPECT_CODE(CheckColumns(columns, &shape), Code::kBatchTooLarge);
  }
}

}  // namespace
}  // namespace duramen
