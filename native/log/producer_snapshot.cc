#include "log/producer_snapshot.h"

#include <algorithm>

#include "log/segment.h"
#include "util/crc32c.h"
#include "util/endian.h"

namespace duramen {
namespace {

constexpr char kSuffix[] = ".snapshot";
constexpr uint16_t kVersion = 1;

// Positions in the header, and in an entry; each is the one before plus that field's size.
constexpr size_t kVersionAt = 0;
constexpr size_t kChecksumAt = kVersionAt + 2;
constexpr size_t kCountAt = kChecksumAt + 4;
constexpr size_t kHeaderSize = kCountAt + 4;
constexpr size_t kChecksumFrom = kCountAt;

constexpr size_t kIdAt = 0;
constexpr size_t kEpochAt = kIdAt + 8;
constexpr size_t kSequenceAt = kEpochAt + 2;
constexpr size_t kOffsetAt = kSequenceAt + 4;
constexpr size_t kDeltaAt = kOffsetAt + 8;
constexpr size_t kTimestampAt = kDeltaAt + 4;
constexpr size_t kCoordinatorAt = kTimestampAt + 8;
constexpr size_t kTransactionAt = kCoordinatorAt + 4;
constexpr size_t kEntrySize = kTransactionAt + 8;
static_assert(kHeaderSize == 10 && kEntrySize == 46);

// More producers than a log can reasonably know of: a file that says so is damaged.
constexpr size_t kMostBytes = size_t{1} << 30;

void Encode(const Producer& producer, uint8_t* to) {
  const AppendedBatch none;
  const AppendedBatch& last = producer.last() == nullptr ? none : *producer.last();
  StoreBig64(to + kIdAt, static_cast<uint64_t>(producer.id));
  StoreBig16(to + kEpochAt, static_cast<uint16_t>(producer.epoch));
  StoreBig32(to + kSequenceAt, static_cast<uint32_t>(last.last_sequence));
  StoreBig64(to + kOffsetAt, static_cast<uint64_t>(last.last_offset));
  StoreBig32(to + kDeltaAt, static_cast<uint32_t>(last.offset_delta));
  StoreBig64(to + kTimestampAt, static_cast<uint64_t>(producer.last_timestamp));
  StoreBig32(to + kCoordinatorAt, static_cast<uint32_t>(producer.coordinator_epoch));
  StoreBig64(to + kTransactionAt, static_cast<uint64_t>(producer.transaction_offset));
}

bool Decode(const uint8_t* from, int64_t offset, Producer* producer) {
  const auto number = [from](size_t at) { return static_cast<int64_t>(LoadBig64(from + at)); };
  producer->id = number(kIdAt);
  producer->epoch = static_cast<int16_t>(LoadBig16(from + kEpochAt));
  producer->last_timestamp = number(kTimestampAt);
  producer->coordinator_epoch = static_cast<int32_t>(LoadBig32(from + kCoordinatorAt));
  producer->transaction_offset = number(kTransactionAt);
  AppendedBatch last;
  last.last_sequence = static_cast<int32_t>(LoadBig32(from + kSequenceAt));
  last.last_offset = number(kOffsetAt);
  last.offset_delta = static_cast<int32_t>(LoadBig32(from + kDeltaAt));
  last.timestamp = producer->last_timestamp;
  producer->count = last.last_offset < 0 ? 0 : 1;
  producer->batches[0] = last;
  return producer->id >= 0 && last.offset_delta >= 0 && last.last_offset < offset &&
         producer->transaction_offset < offset;
}

}  // namespace

std::string EncodeProducerSnapshot(const std::vector<Producer>& producers) {
  std::string content(kHeaderSize + producers.size() * kEntrySize, '\0');
  auto* const to = reinterpret_cast<uint8_t*>(content.data());
  StoreBig16(to + kVersionAt, kVersion);
  StoreBig32(to + kCountAt, static_cast<uint32_t>(producers.size()));
  for (size_t i = 0; i < producers.size(); ++i) {
    Encode(producers[i], to + kHeaderSize + i * kEntrySize);
  }
  StoreBig32(to + kChecksumAt, Crc32c(to + kChecksumFrom, content.size() - kChecksumFrom));
  return content;
}

bool DecodeProducerSnapshot(const std::string& content, int64_t offset,
                            std::vector<Producer>* producers) {
  const auto* const from = reinterpret_cast<const uint8_t*>(content.data());
  if (content.size() < kHeaderSize || LoadBig16(from + kVersionAt) != kVersion) return false;
  if (LoadBig32(from + kChecksumAt) != Crc32c(from + kChecksumFrom, content.size() - kChecksumFrom))
    return false;
  const uint64_t count = LoadBig32(from + kCountAt);
  if (content.size() != kHeaderSize + count * kEntrySize) return false;
  producers->resize(count);
  for (size_t i = 0; i < count; ++i) {
    if (!Decode(from + kHeaderSize + i * kEntrySize, offset, &(*producers)[i])) return false;
  }
  return true;
}

std::string SnapshotPath(const std::string& directory, int64_t offset) {
  return directory + "/" + SegmentStem(offset) + kSuffix;
}

Status WriteProducerSnapshot(Env* env, const std::string& directory, int64_t offset,
                             const std::string& content) {
  const std::string path = SnapshotPath(directory, offset);
  std::unique_ptr<File> file;
  DURAMEN_TRY(env->Open(path, OpenMode::kCreate, &file));
  Status status = file->Truncate(0);
  if (status.ok()) status = file->WriteAt(content.data(), content.size(), 0);
  if (!status.ok()) (void)env->Unlink(path);
  return status;
}

bool LoadProducerSnapshot(Env* env, const std::string& directory, int64_t offset,
                          std::vector<Producer>* producers) {
  std::string content;
  return ReadWholeFile(env, SnapshotPath(directory, offset), kMostBytes, &content).ok() &&
         DecodeProducerSnapshot(content, offset, producers);
}

std::vector<int64_t> ListProducerSnapshots(Env* env, const std::string& directory) {
  std::vector<std::string> names;
  std::vector<int64_t> offsets;
  if (!env->List(directory, &names).ok()) return offsets;
  for (const std::string& name : names) {
    if (const int64_t offset = BaseOffsetOfName(name, kSuffix); offset >= 0) {
      offsets.push_back(offset);
    }
  }
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

Status RemoveProducerSnapshot(Env* env, const std::string& directory, int64_t offset) {
  const Status removed = env->Unlink(SnapshotPath(directory, offset));
  return removed.code() == Code::kNotFound ? Status() : removed.Clone();
}

}  // namespace duramen
