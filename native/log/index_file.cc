#include "log/index_file.h"

#include <algorithm>
#include <utility>

#include "io/mapped_range.h"
#include "util/endian.h"

namespace duramen {
namespace {

bool IsZero(const uint8_t* bytes, size_t size) {
  return std::all_of(bytes, bytes + size, [](uint8_t byte) { return byte == 0; });
}

}  // namespace

IndexFile::IndexFile(Env* env, std::string path, int entry_size)
    : env_(env), path_(std::move(path)), entry_size_(static_cast<size_t>(entry_size)) {}

void IndexFile::LoadLocked() const {
  if (loaded_) return;
  loaded_ = true;
  if (!ReadFileLocked().ok()) mapped_count_ = persisted_ = 0;
  if (limit_ >= mapped_count_) return;
  mapped_count_ = persisted_ = limit_;
  file_is_longer_ = true;
}

void IndexFile::Rest() {
  std::lock_guard writing(file_mutex_);
  std::lock_guard lock(mutex_);
  if (!loaded_ || persisted_ != CountLocked()) return;
  limit_ = persisted_;
  memory_ = {};
  map_.reset();
  mapped_count_ = persisted_ = 0;
  loaded_ = false;
}

Status IndexFile::ReadFileLocked() const {
  std::unique_ptr<File> file;
  Status status = env_->Open(path_, OpenMode::kRead, &file);
  if (status.code() == Code::kNotFound) return Status();
  if (!status.ok()) return status;
  FileInfo info;
  DURAMEN_TRY(file->Info(&info));
  file_is_longer_ = info.size > 0;
  if (info.size < static_cast<int64_t>(entry_size_)) return Status();
  DURAMEN_TRY(file->Map(MapMode::kSharedRead, 0, static_cast<size_t>(info.size), &map_));
  // Entries of zeros stand only at the end, so the boundary can be searched for.
  size_t low = 0, high = static_cast<size_t>(info.size) / entry_size_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (IsZero(map_->data() + middle * entry_size_, entry_size_)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  mapped_count_ = persisted_ = low;
  file_is_longer_ = info.size != static_cast<int64_t>(low * entry_size_);
  return Status();
}

void IndexFile::Reset() {
  std::lock_guard writing(file_mutex_);
  std::lock_guard lock(mutex_);
  loaded_ = true;
  limit_ = kAll;
  memory_.clear();
  map_.reset();
  mapped_count_ = persisted_ = 0;
  file_is_longer_ = true;
}

void IndexFile::Append(const uint8_t* entry) {
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (map_) {  // reopened for growth: take the entries into memory
    memory_.assign(map_->data(), map_->data() + mapped_count_ * entry_size_);
    map_.reset();
  }
  memory_.insert(memory_.end(), entry, entry + entry_size_);
}

void IndexFile::Truncate(size_t count) {
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (count >= CountLocked()) return;
  if (map_) {
    mapped_count_ = count;
  } else {
    memory_.resize(count * entry_size_);
  }
  if (persisted_ > count) {
    persisted_ = count;
    file_is_longer_ = true;
  }
}

size_t IndexFile::CountLocked() const {
  return map_ ? mapped_count_ : memory_.size() / entry_size_;
}

const uint8_t* IndexFile::AtLocked(size_t index) const {
  return (map_ ? map_->data() : memory_.data()) + index * entry_size_;
}

size_t IndexFile::count() const {
  std::lock_guard lock(mutex_);
  LoadLocked();
  return CountLocked();
}

int64_t IndexFile::Bytes() const {
  std::lock_guard lock(mutex_);
  FileInfo info;
  if (!loaded_ && !env_->Info(path_, &info).ok()) return 0;
  const size_t there = static_cast<size_t>(info.size) / entry_size_;
  return static_cast<int64_t>((loaded_ ? CountLocked() : std::min(there, limit_)) * entry_size_);
}

bool IndexFile::Entry(size_t index, uint8_t* entry) const {
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (index >= CountLocked()) return false;
  std::copy_n(AtLocked(index), entry_size_, entry);
  return true;
}

Status IndexFile::Persist(size_t limit) {
  std::lock_guard writing(file_mutex_);
  return PersistWriting(limit);
}

Status IndexFile::PersistWriting(size_t limit) {
  if (stopped_) return Status();
  std::vector<uint8_t> fresh;
  size_t from, count;
  {
    std::lock_guard lock(mutex_);
    LoadLocked();
    from = persisted_;
    count = std::max(from, std::min(limit, CountLocked()));
    if (from == count && !file_is_longer_) return Status();
    if (count > from) {
      fresh.assign(AtLocked(from), AtLocked(from) + (count - from) * entry_size_);
    }
    file_is_longer_ = true;  // until all below has succeeded
  }
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(path_, OpenMode::kCreate, &file));
  const auto position = static_cast<int64_t>(from * entry_size_);
  // What stood behind came from an older, longer index (a rebuild, or Kafka's preallocation).
  DURAMEN_TRY(file->Truncate(position));
  DURAMEN_TRY(file->WriteAt(fresh.data(), fresh.size(), position));
  std::lock_guard lock(mutex_);
  persisted_ = count;
  file_is_longer_ = false;
  return Status();
}

Status IndexFile::Seal() {
  std::lock_guard writing(file_mutex_);
  if (stopped_) return Status();
  DURAMEN_TRY(PersistWriting(kAll));
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(path_, OpenMode::kCreate, &file));
  DURAMEN_TRY(file->Truncate(static_cast<int64_t>(count() * entry_size_)));
  DURAMEN_TRY(file->Sync());
  std::lock_guard lock(mutex_);
  limit_ = kAll;
  memory_ = {};
  map_.reset();
  loaded_ = false;
  return Status();
}

void IndexFile::Remove() {
  std::lock_guard writing(file_mutex_);
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (!stopped_ && env_->Unlink(path_).ok()) persisted_ = 0;
}

void IndexFile::StopWriting() {
  std::lock_guard writing(file_mutex_);
  stopped_ = true;
}

OffsetIndexEntry OffsetIndex::Decode(const uint8_t* bytes) const {
  return {base_offset_ + static_cast<int32_t>(LoadBig32(bytes)),
          static_cast<int32_t>(LoadBig32(bytes + 4))};
}

void OffsetIndex::Append(int64_t offset, int64_t position) {
  uint8_t entry[8];
  StoreBig32(entry, static_cast<uint32_t>(offset - base_offset_));
  StoreBig32(entry + 4, static_cast<uint32_t>(position));
  file_.Append(entry);
}

bool OffsetIndex::Lookup(int64_t offset, OffsetIndexEntry* entry) const {
  const size_t count =
      file_.CountWhile([&](const uint8_t* bytes) { return Decode(bytes).offset <= offset; });
  return count > 0 && At(count - 1, entry);
}

bool OffsetIndex::At(size_t index, OffsetIndexEntry* entry) const {
  uint8_t bytes[8];
  if (!file_.Entry(index, bytes)) return false;
  *entry = Decode(bytes);
  return true;
}

bool OffsetIndex::Last(OffsetIndexEntry* entry) const {
  const size_t count = file_.count();
  return count > 0 && At(count - 1, entry);
}

TimeIndexEntry TimeIndex::Decode(const uint8_t* bytes) const {
  return {static_cast<int64_t>(LoadBig64(bytes)),
          base_offset_ + static_cast<int32_t>(LoadBig32(bytes + 8))};
}

void TimeIndex::Append(int64_t timestamp, int64_t offset) {
  TimeIndexEntry last;
  if (Last(&last) && last.timestamp >= timestamp) return;
  uint8_t entry[12];
  StoreBig64(entry, static_cast<uint64_t>(timestamp));
  StoreBig32(entry + 8, static_cast<uint32_t>(offset - base_offset_));
  file_.Append(entry);
}

void TimeIndex::DropAfter(int64_t offset) {
  file_.Truncate(
      file_.CountWhile([&](const uint8_t* bytes) { return Decode(bytes).offset <= offset; }));
}

bool TimeIndex::LookupBefore(int64_t timestamp, TimeIndexEntry* entry) const {
  const size_t count =
      file_.CountWhile([&](const uint8_t* bytes) { return Decode(bytes).timestamp < timestamp; });
  return count > 0 && At(count - 1, entry);
}

bool TimeIndex::At(size_t index, TimeIndexEntry* entry) const {
  uint8_t bytes[12];
  if (!file_.Entry(index, bytes)) return false;
  *entry = Decode(bytes);
  return true;
}

bool TimeIndex::Last(TimeIndexEntry* entry) const {
  const size_t count = file_.count();
  return count > 0 && At(count - 1, entry);
}

}  // namespace duramen
