#include <algorithm>

#include "check.h"
#include "fuzz_targets.h"
#include "log/batch_check.h"
#include "log/batch_values.h"
#include "util/varint.h"

namespace duramen::test {
namespace {

constexpr int64_t kLimit = 1 << 20;

// Reads records one field at a time, as docs/format.md has them.
class Reading {
 public:
  explicit Reading(const Bytes& batch)
      : at_(batch.data() + kBatchHeaderSize), end_(batch.data() + batch.size()) {}

  // Whether the records fill the batch and keep the order of offsets.
  bool IsSound(const BatchHeader& header) {
    const bool has_gaps = header.last_offset_delta() != header.record_count() - 1;
    int32_t previous = -1;
    for (int32_t i = 0; i < header.record_count(); ++i) {
      int32_t delta = -1;
      if (!Record(&delta) || delta <= previous || delta > header.last_offset_delta()) return false;
      if (!has_gaps && delta != i) return false;
      previous = delta;
    }
    return at_ == end_;
  }

 private:
  bool Number(int32_t* value) {
    at_ = at_ == nullptr ? nullptr : DecodeVarint(at_, end_, value);
    return at_ != nullptr;
  }

  bool Field(bool null_allowed) {
    int32_t length = 0;
    if (!Number(&length) || length > end_ - at_) return false;
    if (length < 0) return null_allowed && length == -1;
    at_ += length;
    return true;
  }

  bool Record(int32_t* delta) {
    int32_t length = 0, headers = 0;
    if (!Number(&length) || length < 1 || length > end_ - at_) return false;
    const uint8_t* const batch_end = end_;
    end_ = at_ + length;
    ++at_;  // attributes
    int64_t timestamp_delta;
    at_ = DecodeVarlong(at_, end_, &timestamp_delta);
    bool sound = at_ != nullptr && Number(delta) && Field(true) && Field(true) &&
                 Number(&headers) && headers >= 0;
    for (; sound && headers > 0; --headers) sound = Field(false) && Field(true);
    sound &= at_ == end_;
    end_ = batch_end;
    return sound;
  }

  const uint8_t* at_;
  const uint8_t* end_;
};

bool IsTimestamp(int64_t ms) { return ms > -kOffsetLimit && ms < kOffsetLimit; }

void CheckWhole(const Bytes& bytes) {
  const BatchHeader header(bytes.data());
  const bool is_plain = header.codec() == 0;
  const BatchFault fault = CheckBatchRecords(bytes.data(), EmptyBatch::kAllowed);
  if (IsTimestamp(header.base_timestamp()) && IsTimestamp(header.max_timestamp())) {
    const bool sound = !is_plain || Reading(bytes).IsSound(header);
    EXPECT_EQ(fault == BatchFault::kNone, sound);
  } else {
    EXPECT_TRUE(fault == BatchFault::kBadTimestamp);
  }
  if (!is_plain || fault != BatchFault::kNone) return;
  Bytes values(bytes.size());
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t joined = JoinValues(bytes.data(), size, '\n', values.data());
  EXPECT_TRUE(joined >= header.record_count() && joined <= size);
}

void Check(const Bytes& bytes) {
  const BatchFault produced = CheckProducedBatch(bytes.data(), bytes.size(), kLimit);
  const BatchFault frame = CheckBatchFrame(bytes.data(), bytes.size(), kLimit);
  if (frame != BatchFault::kNone) {
    // The base offset of a produced batch is the log's to give.
    EXPECT_TRUE(produced != BatchFault::kNone || frame == BatchFault::kOffsetOverflow);
    return;
  }
  const BatchHeader header(bytes.data());
  if (!EXPECT_TRUE(header.size() >= kBatchHeaderSize) ||
      !EXPECT_TRUE(header.size() <= static_cast<int64_t>(bytes.size()))) {
    return;
  }
  const BatchFault crc = CheckBatchCrc(bytes.data());
  RecordSummary summary;
  EXPECT_TRUE(produced == CheckProducedBatch(bytes.data(), bytes.size(), kLimit, &summary) ||
              produced == BatchFault::kNone);
  // In memory of its own size, so that reading beyond it is seen.
  const Bytes whole(bytes.begin(), bytes.begin() + header.size());
  CheckWhole(whole);
  const Bytes records(whole.begin() + kBatchHeaderSize, whole.end());
  (void)CheckDecompressed(whole.data(), records.data(), records.size(), &summary);
  if (produced == BatchFault::kNone) EXPECT_TRUE(crc == BatchFault::kNone);
}

}  // namespace

// As it is, and with length, magic and CRC made right, so that the records are looked at.
void FuzzBatch(const uint8_t* data, size_t size) {
  Bytes bytes(data, data + size);
  Check(bytes);
  if (bytes.size() < kBatchHeaderSize) return;
  bytes[kMagicAt] = kMagic;
  Seal(&bytes);
  Check(bytes);
}

std::vector<Bytes> BatchSeeds() {
  const std::string text(200, 't');
  return {
      MakeBatch({{0, 0, std::nullopt, "value", {}}}),
      MakeBatch(
          {{0, 0, "k", "v", {}}, {1, 5, std::nullopt, std::nullopt, {}}, {2, -9, "", "", {}}}),
      MakeBatch({{0, 0, "k", text, {{"trace", "a"}, {"", std::nullopt}}}, {3, 1, text, "v", {}}}),
      WrapRecords({}, 0),
      WrapRecords({1, 2, 3}, 7),
  };
}

}  // namespace duramen::test
