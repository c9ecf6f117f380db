#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "batch_bytes.h"
#include "check.h"
#include "log/batch_check.h"
#include "log/batch_format.h"

namespace duramen {
namespace {

using test::AppendRecord;
using test::AppendZigZag;
using test::Bytes;
using test::MakeBatch;
using test::Random;
using test::RecordSpec;
using test::Seal;
using test::WrapRecords;

constexpr int64_t kLimit = 1 << 20;

BatchFault Frame(const Bytes& batch) { return CheckBatchFrame(batch.data(), batch.size(), kLimit); }
BatchFault Records(const Bytes& batch, EmptyBatch empty = EmptyBatch::kRefused) {
  return CheckBatchRecords(batch.data(), empty);
}
BatchFault Produced(const Bytes& batch) {
  return CheckProducedBatch(batch.data(), batch.size(), kLimit);
}

// One record of each kind: plain, keyed, nulls, headers, and lengths that take two and three bytes.
Bytes MixedBatch() {
  return MakeBatch({
      {0, 0, std::nullopt, "value", {}},
      {1, -3, "key", "", {}},
      {2, 100'000, std::nullopt, std::nullopt, {}},
      {3, 5, "", "v", {{"trace", "a1"}, {"", std::nullopt}, {"trace", ""}}},
      {4, int64_t{1} << 60, std::string(100, 'k'), std::string(200, 'v'), {}},
      {5, 0, std::nullopt, std::string(9'000, 'v'), {}},
  });
}

TEST(BatchHeaderReadsEveryField) {
  Bytes header(kBatchHeaderSize);
  for (size_t i = 0; i < header.size(); ++i) header[i] = static_cast<uint8_t>(i + 1);
  StoreBig16(&header[kAttributesAt], 0x0054);
  const BatchHeader batch(header.data());
  EXPECT_EQ(batch.base_offset(), 0x0102030405060708);
  EXPECT_EQ(batch.batch_length(), 0x090a0b0c);
  EXPECT_EQ(batch.size(), 0x090a0b0c + 12);
  EXPECT_EQ(batch.leader_epoch(), 0x0d0e0f10);
  EXPECT_EQ(batch.magic(), 0x11);
  EXPECT_EQ(batch.crc(), 0x12131415u);
  EXPECT_EQ(batch.last_offset_delta(), 0x18191a1b);
  EXPECT_EQ(batch.last_offset(), 0x0102030405060708 + 0x18191a1b);
  EXPECT_EQ(batch.base_timestamp(), 0x1c1d1e1f20212223);
  EXPECT_EQ(batch.max_timestamp(), 0x2425262728292a2b);
  EXPECT_EQ(batch.producer_id(), 0x2c2d2e2f30313233);
  EXPECT_EQ(batch.producer_epoch(), 0x3435);
  EXPECT_EQ(batch.base_sequence(), 0x36373839);
  EXPECT_EQ(batch.record_count(), 0x3a3b3c3d);
  EXPECT_EQ(batch.codec(), static_cast<uint8_t>(Codec::kZstd));
  EXPECT_TRUE(batch.is_transactional());
  EXPECT_TRUE(batch.has_delete_horizon());
  EXPECT_FALSE(batch.is_control());
  EXPECT_FALSE(batch.uses_log_append_time());
}

TEST(BatchSizeIsRightForTheLargestLength) {
  Bytes header(kBatchHeaderSize);
  StoreBig32(&header[kBatchLengthAt], INT32_MAX);
  EXPECT_EQ(BatchHeader(header.data()).size(), int64_t{INT32_MAX} + 12);
}

TEST(SoundBatchPassesEveryCheck) {
  const Bytes batch = MixedBatch();
  EXPECT_EQ(Frame(batch), BatchFault::kNone);
  EXPECT_EQ(CheckBatchCrc(batch.data()), BatchFault::kNone);
  EXPECT_EQ(Records(batch), BatchFault::kNone);
  EXPECT_EQ(Produced(batch), BatchFault::kNone);
}

TEST(BatchCutShortAnywhereIsTruncated) {
  const Bytes batch = MixedBatch();
  for (size_t size = 0; size < batch.size(); ++size) {
    const Bytes exact(batch.begin(), batch.begin() + static_cast<ptrdiff_t>(size));
    if (!EXPECT_EQ(Frame(exact), BatchFault::kTruncated)) return;
  }
}

TEST(BatchWithBytesBehindItPasses) {
  Bytes batch = MixedBatch();
  batch.resize(batch.size() + 100, 0xff);
  EXPECT_EQ(Produced(batch), BatchFault::kNone);
}

TEST(BatchWithAnyBitFlippedIsRefused) {
  Bytes batch = MixedBatch();
  for (size_t at = kBatchLengthAt; at < batch.size(); ++at) {
    // The log assigns the leader epoch; nothing covers it.
    if (at >= kLeaderEpochAt && at < kMagicAt) continue;
    for (int bit = 0; bit < 8; ++bit) {
      batch[at] ^= static_cast<uint8_t>(1 << bit);
      if (!EXPECT_TRUE(Produced(batch) != BatchFault::kNone)) return;
      batch[at] ^= static_cast<uint8_t>(1 << bit);
    }
  }
}

TEST(BatchFrameNamesItsFault) {
  const struct {
    int at;
    std::vector<uint8_t> bytes;
    BatchFault fault;
  } kCases[] = {
      {kMagicAt, {0}, BatchFault::kBadMagic},
      {kMagicAt, {1}, BatchFault::kBadMagic},
      {kMagicAt, {3}, BatchFault::kBadMagic},
      {kBatchLengthAt, {0xff, 0xff, 0xff, 0xff}, BatchFault::kBadLength},
      {kBatchLengthAt, {0x80, 0, 0, 0}, BatchFault::kBadLength},
      {kBatchLengthAt, {0, 0, 0, 48}, BatchFault::kBadLength},
      {kBatchLengthAt, {0x7f, 0xff, 0xff, 0xff}, BatchFault::kBadLength},
      {kAttributesAt, {0, 5}, BatchFault::kBadAttributes},
      {kAttributesAt, {0, 7}, BatchFault::kBadAttributes},
      {kRecordCountAt, {0xff, 0xff, 0xff, 0xff}, BatchFault::kBadCount},
      {kRecordCountAt, {0, 0, 0, 7}, BatchFault::kBadDelta},
      {kLastOffsetDeltaAt, {0xff, 0xff, 0xff, 0xff}, BatchFault::kBadDelta},
      {kLastOffsetDeltaAt, {0, 0, 0, 4}, BatchFault::kBadDelta},
      {kBaseOffsetAt, {0x80, 0, 0, 0, 0, 0, 0, 0}, BatchFault::kOffsetOverflow},
      {kBaseOffsetAt,
       {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
       BatchFault::kOffsetOverflow},
  };
  for (const auto& c : kCases) {
    Bytes batch = MixedBatch();
    std::memcpy(&batch[static_cast<size_t>(c.at)], c.bytes.data(), c.bytes.size());
    EXPECT_EQ(Frame(batch), c.fault);
  }
}

TEST(BatchAboveTheLimitIsRefused) {
  const Bytes batch = MixedBatch();
  const auto size = static_cast<int64_t>(batch.size());
  EXPECT_EQ(CheckBatchFrame(batch.data(), batch.size(), size), BatchFault::kNone);
  EXPECT_EQ(CheckBatchFrame(batch.data(), batch.size(), size - 1), BatchFault::kBadLength);
}

TEST(BatchOffsetsEndBelowTwoToThe53) {
  Bytes batch = MixedBatch();  // last offset delta 5
  StoreBig64(&batch[kBaseOffsetAt], (uint64_t{1} << 53) - 6);
  EXPECT_EQ(Frame(batch), BatchFault::kNone);
  StoreBig64(&batch[kBaseOffsetAt], (uint64_t{1} << 53) - 5);
  EXPECT_EQ(Frame(batch), BatchFault::kOffsetOverflow);
  // The log assigns a produced batch's base offset, so what stands there does not matter.
  EXPECT_EQ(Produced(batch), BatchFault::kNone);
}

TEST(EmptyBatchPassesOnlyWhereAllowed) {
  Bytes batch = WrapRecords({}, 0, 10);
  StoreBig32(&batch[kLastOffsetDeltaAt], 4);
  Seal(&batch);
  EXPECT_EQ(Frame(batch), BatchFault::kNone);
  EXPECT_EQ(Records(batch, EmptyBatch::kAllowed), BatchFault::kNone);
  EXPECT_EQ(Records(batch, EmptyBatch::kRefused), BatchFault::kBadCount);
  EXPECT_EQ(Produced(batch), BatchFault::kBadCount);
  batch.push_back(0);
  Seal(&batch);
  EXPECT_EQ(Records(batch, EmptyBatch::kAllowed), BatchFault::kBadCount);
}

TEST(BatchWithGapsIsSoundButNotProduced) {
  const Bytes gaps = MakeBatch({{2, 0, "k", "v", {}}, {7, 0, "k", "v", {}}, {8, 0, "k", "v", {}}});
  EXPECT_EQ(Records(gaps), BatchFault::kNone);
  EXPECT_EQ(Produced(gaps), BatchFault::kBadDelta);
  const Bytes falling = MakeBatch({{3, 0, "k", "v", {}}, {2, 0, "k", "v", {}}, {9, 0, "", "", {}}});
  EXPECT_EQ(Records(falling), BatchFault::kBadRecord);
  const Bytes repeated =
      MakeBatch({{3, 0, "k", "v", {}}, {3, 0, "k", "v", {}}, {9, 0, "", "", {}}});
  EXPECT_EQ(Records(repeated), BatchFault::kBadRecord);
  const Bytes negative = MakeBatch({{-1, 0, "k", "v", {}}, {9, 0, "k", "v", {}}});
  EXPECT_EQ(Records(negative), BatchFault::kBadRecord);
  Bytes beyond = MakeBatch({{2, 0, "k", "v", {}}, {7, 0, "k", "v", {}}});
  StoreBig32(&beyond[kLastOffsetDeltaAt], 6);
  EXPECT_EQ(Records(beyond), BatchFault::kBadRecord);
}

TEST(BatchWithWrongOffsetDeltaInsideIsRefused) {
  const Bytes batch = MakeBatch({{0, 0, "k", "v", {}}, {2, 0, "k", "v", {}}, {2, 0, "k", "v", {}}});
  EXPECT_EQ(Produced(batch), BatchFault::kBadRecord);
}

TEST(BatchWhoseCountLiesIsRefused) {
  const std::vector<RecordSpec> three{
      {0, 0, {}, "a", {}}, {1, 0, {}, "b", {}}, {2, 0, {}, "c", {}}};
  for (const int32_t count : {1, 2, 4, 1'000'000}) {
    Bytes batch = MakeBatch(three);
    StoreBig32(&batch[kRecordCountAt], static_cast<uint32_t>(count));
    StoreBig32(&batch[kLastOffsetDeltaAt], static_cast<uint32_t>(count - 1));
    Seal(&batch);
    EXPECT_EQ(Produced(batch), BatchFault::kBadCount);
  }
}

TEST(CompressedBatchIsCheckedByItsHeaderOnly) {
  Bytes batch = WrapRecords({0xff, 0xff, 0xff}, 5);
  for (uint8_t codec = 1; codec <= 4; ++codec) {
    batch[kAttributesAt + 1] = codec;
    Seal(&batch);
    EXPECT_EQ(Produced(batch), BatchFault::kNone);
  }
}

TEST(ControlBatchPasses) {
  const std::string commit("\0\0\0\1", 4);
  const std::string value("\0\0\0\0\0\3", 6);
  Bytes batch = MakeBatch({{0, 0, commit, value, {}}});
  batch[kAttributesAt + 1] = kControlBit | kTransactionalBit;
  Seal(&batch);
  EXPECT_EQ(Produced(batch), BatchFault::kNone);
}

TEST(BatchFaultsAllHaveTheirOwnText) {
  std::vector<std::string> texts;
  for (int i = 0; i <= static_cast<int>(BatchFault::kOffsetOverflow) + 1; ++i) {
    texts.emplace_back(BatchFaultText(static_cast<BatchFault>(i)));
    for (int j = 0; j < i; ++j) EXPECT_TRUE(texts[static_cast<size_t>(j)] != texts.back());
  }
}

// A second, plain reading of the format, to compare verdicts with.
class SlowReader {
 public:
  SlowReader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  bool RecordsFill(int32_t count) {
    for (int32_t i = 0; i < count && !bad_; ++i) {
      const int64_t length = Number(32);
      const size_t end = at_ + static_cast<size_t>(length);
      if (bad_ || length < 0 || end > size_) return false;
      SlowReader record(data_ + at_, static_cast<size_t>(length));
      if (!record.IsRecord(i)) return false;
      at_ = end;
    }
    return !bad_ && at_ == size_;
  }

 private:
  bool IsRecord(int32_t index) {
    Bytes_(1);
    Number(64);
    if (Number(32) != index) return false;
    Field(-1);
    Field(-1);
    const int64_t headers = Number(32);
    if (headers < 0) return false;
    for (int64_t i = 0; i < headers && !bad_; ++i) {
      Field(0);
      Field(-1);
    }
    return !bad_ && at_ == size_;
  }

  void Field(int64_t least) {
    const int64_t length = Number(32);
    if (length < least) bad_ = true;
    Bytes_(length > 0 ? static_cast<size_t>(length) : 0);
  }

  void Bytes_(size_t count) {
    if (bad_ || count > size_ - at_) {
      bad_ = true;
    } else {
      at_ += count;
    }
  }

  int64_t Number(int bits) {
    unsigned __int128 value = 0;
    for (int shift = 0; !bad_; shift += 7) {
      Bytes_(1);
      if (bad_) break;
      value |= static_cast<unsigned __int128>(data_[at_ - 1] & 0x7f) << shift;
      if (data_[at_ - 1] < 0x80) break;
      if (shift + 7 >= bits) bad_ = true;
    }
    if (value >> bits != 0) bad_ = true;
    const auto raw = static_cast<uint64_t>(value);
    return static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
  }

  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
  bool bad_ = false;
};

Bytes RandomRecords(Random* random, int32_t count) {
  Bytes records;
  for (int32_t i = 0; i < count; ++i) {
    RecordSpec record{i, random->Between(-5, 300), std::nullopt, std::nullopt, {}};
    if (random->OneIn(3)) record.key = std::string(random->Below(90), 'k');
    if (!random->OneIn(5)) record.value = std::string(random->Below(200), 'v');
    if (random->OneIn(6)) record.headers.push_back({"h", std::string(random->Below(9), 'x')});
    AppendRecord(&records, record);
  }
  return records;
}

TEST(HostileRecordsGetTheVerdictOfASlowReader) {
  Random random(6);
  int sound = 0;
  for (int round = 0; round < 40'000; ++round) {
    const auto count = static_cast<int32_t>(1 + random.Below(6));
    Bytes records = RandomRecords(&random, count);
    for (uint64_t changes = random.Below(4); changes > 0; --changes) {
      const size_t at = random.Below(records.size());
      // Small steps keep many batches nearly sound, where an off-by-one would hide.
      records[at] = random.OneIn(2) ? static_cast<uint8_t>(random.Next())
                                    : static_cast<uint8_t>(records[at] + random.Between(-2, 2));
    }
    if (random.OneIn(20)) records.resize(records.size() - 1 - random.Below(3));
    const Bytes batch = WrapRecords(records, count);
    const bool expected = SlowReader(records.data(), records.size()).RecordsFill(count);
    sound += expected;
    if (!EXPECT_EQ(Records(batch) == BatchFault::kNone, expected)) return;
  }
  EXPECT_TRUE(sound > 10'000 && sound < 35'000);
}

TEST(RandomBytesAsBatchAreNeverReadBeyondTheirEnd) {
  Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    Bytes records(random.Below(80));
    random.Fill(records.data(), records.size());
    const Bytes batch = WrapRecords(records, static_cast<int32_t>(1 + random.Below(5)));
    Produced(batch);
    Bytes header(batch);
    random.Fill(&header[random.Below(60)], 1);
    Produced(header);
    Frame(header);
  }
}

}  // namespace
}  // namespace duramen
