#include "log/segment.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "log/batch_format.h"

namespace duramen {

namespace {

constexpr int kStemDigits = 20;

void SetPlace(uint8_t* batch, int64_t base_offset, int32_t leader_epoch) {
  StoreBig64(batch + kBaseOffsetAt, static_cast<uint64_t>(base_offset));
  StoreBig32(batch + kLeaderEpochAt, static_cast<uint32_t>(leader_epoch));
}

}  // namespace

std::string SegmentStem(int64_t base_offset) {
  char text[32];
  std::snprintf(text, sizeof text, "%020lld", static_cast<long long>(base_offset));
  return text;
}

int64_t BaseOffsetOfName(const std::string& name, const std::string& suffix) {
  if (name.size() != kStemDigits + suffix.size() || !name.ends_with(suffix)) return -1;
  int64_t value = 0;
  for (int i = 0; i < kStemDigits; ++i) {
    const int digit = name[static_cast<size_t>(i)] - '0';
    if (digit < 0 || digit > 9) return -1;
    if (value > (std::numeric_limits<int64_t>::max() - digit) / 10) return -1;
    value = value * 10 + digit;
  }
  return value;
}

Segment::Segment(Env* env, const std::string& directory, int64_t base_offset)
    : env_(env),
      directory_(directory),
      base_offset_(base_offset),
      log_path_(directory + "/" + SegmentStem(base_offset) + ".log"),
      offset_index_(env, directory + "/" + SegmentStem(base_offset) + ".index", base_offset),
      time_index_(env, directory + "/" + SegmentStem(base_offset) + ".timeindex", base_offset),
      transactions_(env, directory + "/" + SegmentStem(base_offset) + ".txnindex"),
      next_offset_(base_offset),
      appended_from_(std::numeric_limits<int64_t>::max()) {}

Status Segment::Open(const std::string& name, OpenMode mode) {
  std::lock_guard lock(read_map_mutex_);
  read_map_.reset();
  opened_path_ = directory_ + "/" + name;
  mode_ = mode;
  DURAMEN_TRY(env_->Open(opened_path_, mode_, &append_.file));
  FileInfo info;
  DURAMEN_TRY(append_.file->Info(&info));
  append_.id = info.id;
  return Status();
}

void Segment::Rest() {
  EndWindow();
  std::lock_guard lock(read_map_mutex_);
  read_map_.reset();
  // Whose file it is stays: others ask for that meanwhile.
  append_.file.reset();
  append_.map.reset();
  append_.window.reset();
  offset_index_.file().Rest();
  time_index_.file().Rest();
}

Status Segment::Hold() {
  std::lock_guard lock(read_map_mutex_);
  return HoldLocked();
}

Status Segment::HoldLocked() {
  if (append_.file) return Status();
  std::unique_ptr<File> file;
  FileInfo info;
  Status opened = env_->Open(log_path_, mode_, &file);
  if (opened.code() == Code::kNotFound) return LostError(0);
  if (!opened.ok()) return opened;
  DURAMEN_TRY(file->Info(&info));
  if (info.id != append_.id || info.size < end()) return LostError(info.size);
  append_.file = std::move(file);
  opened_path_ = log_path_;
  return Status();
}

Status Segment::BeginAppending(const AppendFileOptions& options) {
  SetAppendedFrom(end());
  has_grown_ = true;
  std::unique_ptr<File> file;
  {
    std::lock_guard lock(read_map_mutex_);
    DURAMEN_TRY(HoldLocked());
    file = std::move(append_.file);  // whoever reads meanwhile opens one
  }
  DURAMEN_TRY(file->Truncate(end()));
  AppendFile prepared;
  DURAMEN_TRY(PrepareAppendFile(env_, opened_path_, std::move(file), options, &prepared));
  Adopt(std::move(prepared));
  return Status();
}

void Segment::Adopt(AppendFile prepared) {
  std::lock_guard lock(read_map_mutex_);
  append_ = std::move(prepared);
  read_map_ = append_.map;
}

Status Segment::ReadMap(int64_t at_least, std::shared_ptr<MappedRange>* map) {
  std::lock_guard lock(read_map_mutex_);
  if (!read_map_ || static_cast<int64_t>(read_map_->length()) < at_least ||
      (read_map_->poisoned() && !append_.map)) {
    int64_t size = end();
    if (append_.file) DURAMEN_TRY(append_.file->Size(&size));
    // A segment that grows is mapped in doubling steps, so that readers remap seldom.
    const int64_t length = std::max(size, read_map_ ? 2 * at_least : at_least);
    if (length == 0)
      return Status(Code::kSegmentLost, "the segment file is empty").At(log_path_, 0);
    read_map_.reset();
    DURAMEN_TRY(Map(MapMode::kSharedRead, 0, length, &read_map_));
  }
  *map = read_map_;
  return Status();
}

Status Segment::MapPrivate(int64_t from, int64_t to, std::shared_ptr<MappedRange>* map) {
  std::lock_guard lock(read_map_mutex_);
  return Map(MapMode::kPrivate, from, to - from, map);
}

Status Segment::Map(MapMode mode, int64_t from, int64_t length, std::shared_ptr<MappedRange>* map) {
  const bool rests = append_.file == nullptr;
  DURAMEN_TRY(HoldLocked());
  Status mapped = append_.file->Map(mode, from, static_cast<size_t>(length), map);
  if (rests) append_.file.reset();
  return mapped;
}

Status Segment::Store(const BatchImage& batch, int64_t base_offset, int32_t leader_epoch,
                      uint32_t* crc) {
  const bool covered = append_.window && append_.window->Covers(end() + batch.size);
  if (covered && !append_.window->PrefersWriting(batch.size)) {
    return StoreMapped(batch, base_offset, leader_epoch, crc);
  }
  if (!covered) has_grown_ = true;
  return StoreWritten(batch, base_offset, leader_epoch, crc);
}

Status Segment::StoreMapped(const BatchImage& batch, int64_t base_offset, int32_t leader_epoch,
                            uint32_t* crc) {
  uint8_t* const to = append_.map->data() + end();
  batch.fill(to);
  SetPlace(to, base_offset, leader_epoch);
  *crc = LoadBig32(to + kCrcAt);
  // A batch exists if and only if this byte is 2: after a process death the page cache shows the
  // stores in this order.
  std::atomic_ref<uint8_t>(to[kMagicAt]).store(kMagic, std::memory_order_release);
  return append_.map->poisoned() ? LostError(end()) : Status();
}

Status Segment::StoreWritten(const BatchImage& batch, int64_t base_offset, int32_t leader_epoch,
                             uint32_t* crc) {
  const uint8_t* from = batch.encoded;
  if (from == nullptr) {
    // One a thread, and not one a segment: there are thousands.
    thread_local std::vector<uint8_t> staged;
    staged.resize(static_cast<size_t>(batch.size));
    batch.fill(staged.data());
    from = staged.data();
  }
  uint8_t head[kCrcAt];
  std::copy_n(from, kCrcAt, head);
  SetPlace(head, base_offset, leader_epoch);
  head[kMagicAt] = kMagic;
  *crc = LoadBig32(from + kCrcAt);
  return WriteBatch(head, from, batch.size);
}

Status Segment::WriteBatch(const uint8_t* head, const uint8_t* batch, int64_t size) {
  const int64_t position = end();
  int64_t file_size;
  DURAMEN_TRY(append_.file->Size(&file_size));
  if (file_size < position) return LostError(position);
  const auto write = [&] {
    const size_t rest = static_cast<size_t>(size) - kCrcAt;
    DURAMEN_TRY(append_.file->WriteAt(batch + kCrcAt, rest, position + kCrcAt));
    return append_.file->WriteAt(head, kCrcAt, position);
  };
  if (append_.window) return append_.window->WriteThrough(position, size, write);
  Status written = write();
  // A full disk may have taken a part, which the next, shorter batch would not cover.
  if (!written.ok()) (void)append_.file->Truncate(position);
  return written;
}

Status Segment::CheckWhole() {
  std::lock_guard lock(read_map_mutex_);
  if (!append_.file) {
    FileInfo info;
    const bool there = env_->Info(log_path_, &info).ok() && info.id == append_.id;
    return there && info.size >= end() ? Status() : LostError(0);
  }
  int64_t size;
  DURAMEN_TRY(append_.file->Size(&size));
  const bool poisoned = append_.map && append_.map->poisoned();
  return size < end() || poisoned ? LostError(size) : Status();
}

bool Segment::CutShort() {
  std::lock_guard lock(read_map_mutex_);
  if (append_.map && append_.map->poisoned()) return true;
  FileInfo info;
  const bool there = append_.file ? append_.file->Info(&info).ok()
                                  : env_->Info(log_path_, &info).ok() && info.id == append_.id;
  return there && info.size < end();
}

// Tail and indexes are conveniences (recovery trims and rebuilds); the records are the promise.
Status Segment::Trim(bool sync_indexes) {
  DURAMEN_TRY(Hold());
  EndWindow();
  // Else zeros would take the place of what someone else has cut off.
  DURAMEN_TRY(CheckWhole());
  (void)append_.file->Truncate(end());
  (void)(sync_indexes ? SealIndexes() : PersistIndexes());
  return Status();
}

bool Segment::TakeGrown() { return std::exchange(has_grown_, false); }

void Segment::ForgetPages() {
  std::shared_ptr<MappedRange> map;
  {
    std::lock_guard lock(read_map_mutex_);
    map = append_.map;  // a round may put the segment to rest meanwhile
  }
  if (map) map->ForgetPages(0, static_cast<size_t>(end()));
}

Status Segment::LostError(int64_t position) const {
  return Status(Code::kSegmentLost,
                "the segment file was cut short or its device failed while it was in use; "
                "close the log and open it again to recover")
      .At(log_path_, position);
}

void Segment::Publish(int64_t size, int64_t last_offset, int64_t max_timestamp,
                      int32_t index_interval) {
  const int64_t position = end_.load(std::memory_order_relaxed);
  Account(position, size, last_offset, max_timestamp, index_interval);
  SetEnd(position + size, last_offset + 1);
}

void Segment::Account(int64_t position, int64_t size, int64_t last_offset, int64_t max_timestamp,
                      int32_t index_interval) {
  if (first_timestamp_ < 0) first_timestamp_ = max_timestamp;
  if (max_timestamp > max_timestamp_.load(std::memory_order_relaxed)) {
    RestoreMaxTimestamp(max_timestamp, last_offset);
  }
  if (bytes_since_index_ > index_interval) {
    FinishTimeIndex();
    offset_index_.Append(last_offset, position);
    bytes_since_index_ = 0;
  }
  bytes_since_index_ += size;
}

void Segment::FinishTimeIndex() {
  if (max_timestamp_offset_ < 0) return;
  time_index_.Append(max_timestamp_.load(std::memory_order_relaxed), max_timestamp_offset_);
}

void Segment::SetEnd(int64_t end, int64_t next_offset) {
  next_offset_.store(next_offset, std::memory_order_release);
  end_.store(end, std::memory_order_release);
}

Status Segment::PersistIndexes() {
  const size_t entries = offset_index_.file().count();
  DURAMEN_TRY(time_index_.file().Persist());
  return offset_index_.file().Persist(entries);
}

Status Segment::SealIndexes() {
  Status status = transactions_.Seal();
  if (status.ok()) status = time_index_.file().Seal();
  if (status.ok()) status = offset_index_.file().Seal();
  // It may have the first entries alone. Taken for all of them, it would hide the records behind.
  if (!status.ok()) time_index_.file().Remove();
  return status;
}

void Segment::ForgetIndexes() {
  offset_index_.file().Reset();
  time_index_.file().Reset();
  RestoreMaxTimestamp(-1, -1);
  first_timestamp_ = -1;
  bytes_since_index_ = 0;
}

void Segment::EndWindow() {
  if (window() == nullptr) return;
  window()->Stop();  // from now on it touches no file
  std::lock_guard lock(read_map_mutex_);
  append_.window_file.reset();
}

void Segment::StopWriting() {
  EndWindow();
  offset_index_.file().StopWriting();
  time_index_.file().StopWriting();
}

int64_t Segment::MaxTimestamp() const {
  const int64_t seen = max_timestamp_.load(std::memory_order_acquire);
  if (seen >= 0) return seen;
  // Nobody has scanned the segment since it was opened. Its last entry is the largest timestamp, if
  // it is one at all.
  TimeIndexEntry last;
  if (!time_index_.Last(&last) || last.offset < base_offset_ || last.offset >= next_offset()) {
    return std::numeric_limits<int64_t>::max();
  }
  return last.timestamp;
}

void Segment::RestoreMaxTimestamp(int64_t timestamp, int64_t offset) {
  max_timestamp_offset_ = offset;
  max_timestamp_.store(timestamp, std::memory_order_release);
}

bool Segment::IsChecked(int64_t position) const {
  return position < checked_.load(std::memory_order_acquire) ||
         position >= appended_from_.load(std::memory_order_acquire);
}

void Segment::MarkChecked(int64_t from, int64_t to) {
  int64_t seen = checked_.load(std::memory_order_relaxed);
  while (from <= seen && to > seen &&
         !checked_.compare_exchange_weak(seen, to, std::memory_order_release)) {
  }
}

}  // namespace duramen
