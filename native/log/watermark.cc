#include "log/watermark.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "io/shared_word.h"
#include "log/batch_check.h"
#include "log/batch_format.h"
#include "log/segment.h"
#include "util/crc32c.h"
#include "util/endian.h"

namespace duramen {
namespace {

constexpr char kFileMagic[8] = {'D', 'U', 'R', 'A', 'W', 'M', 'R', 'K'};
constexpr uint32_t kVersion = 1;
constexpr size_t kPage = 4096;
constexpr size_t kFileSize = 3 * kPage;

// The live page. The sequence is a futex word, so it is in the CPU's order; all else is big-endian.
constexpr size_t kVersionAt = sizeof kFileMagic;
constexpr size_t kSequenceAt = 64;
constexpr size_t kLiveAt = 72;
// Two of the boot id, then the five offsets and positions, then what tells damage to these.
constexpr size_t kLiveWords = 8;
constexpr size_t kLiveCheckAt = kLiveWords - 1;

// A durable slot, from the start of its page.
constexpr size_t kSlotSequenceAt = 0;
constexpr size_t kSlotBootAt = kSlotSequenceAt + 8;
constexpr size_t kSlotDeviceAt = kSlotBootAt + 16;
constexpr size_t kSlotInodeAt = kSlotDeviceAt + 8;
constexpr size_t kSlotDurableAt = kSlotInodeAt + 8;
constexpr size_t kSlotSegmentBaseAt = kSlotDurableAt + 8;
constexpr size_t kSlotSegmentEndAt = kSlotSegmentBaseAt + 8;
constexpr size_t kSlotBatchPositionAt = kSlotSegmentEndAt + 8;
constexpr size_t kSlotBatchBaseAt = kSlotBatchPositionAt + 8;
constexpr size_t kSlotBatchCrcAt = kSlotBatchBaseAt + 8;
constexpr size_t kSlotFlagsAt = kSlotBatchCrcAt + 4;
constexpr size_t kSlotCrcAt = kSlotFlagsAt + 4;
constexpr size_t kSlotStartAt = kSlotCrcAt + 4;
constexpr size_t kSlotStartCrcAt = kSlotStartAt + 8;
constexpr size_t kSlotSize = kSlotStartCrcAt + 4;

constexpr uint32_t kFencedFlag = 1;
constexpr uint32_t kGapsFlag = 2;
constexpr int kLoadAttempts = 1000;

using Words = std::array<uint64_t, kLiveWords>;

std::atomic_ref<uint64_t> LiveWord(uint8_t* page, size_t index) {
  return std::atomic_ref<uint64_t>(reinterpret_cast<uint64_t*>(page + kLiveAt)[index]);
}

std::atomic_ref<uint32_t> Sequence(uint8_t* page) {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(page + kSequenceAt));
}

// Cheap, as it is made at every append: any one flipped bit changes it.
uint64_t CheckOf(const Words& words) {
  uint64_t check = 0x9e3779b97f4a7c15;
  for (size_t i = 0; i < kLiveCheckAt; ++i) check = std::rotl(check, 9) ^ words[i];
  return check;
}

Words Pack(const LiveMark& mark) {
  Words words;
  std::memcpy(words.data(), mark.boot.data(), mark.boot.size());
  const int64_t numbers[] = {mark.log_start_offset, mark.log_end_offset, mark.high_watermark,
                             mark.segment_base, mark.segment_end};
  for (size_t i = 0; i < std::size(numbers); ++i) {
    StoreBig64(reinterpret_cast<uint8_t*>(&words[2 + i]), static_cast<uint64_t>(numbers[i]));
  }
  words[kLiveCheckAt] = CheckOf(words);
  return words;
}

void Unpack(const Words& words, LiveMark* mark) {
  std::memcpy(mark->boot.data(), words.data(), mark->boot.size());
  int64_t* const numbers[] = {&mark->log_start_offset, &mark->log_end_offset, &mark->high_watermark,
                              &mark->segment_base, &mark->segment_end};
  for (size_t i = 0; i < std::size(numbers); ++i) {
    *numbers[i] = static_cast<int64_t>(LoadBig64(reinterpret_cast<const uint8_t*>(&words[2 + i])));
  }
}

Status NotOurs(const std::string& path) {
  return Status(Code::kCorruptLog,
                path + " is not a watermark file of this version; move it aside and open again")
      .At(path, 0);
}

Status MapFile(File* file, MapMode mode, const std::string& path,
               std::shared_ptr<MappedRange>* map) {
  FileInfo info;
  DURAMEN_TRY(file->Info(&info));
  if (info.size != static_cast<int64_t>(kFileSize)) return NotOurs(path);
  DURAMEN_TRY(file->Map(mode, 0, kFileSize, map));
  const uint8_t* page = (*map)->data();
  const bool ours = std::memcmp(page, kFileMagic, sizeof kFileMagic) == 0 &&
                    LoadBig32(page + kVersionAt) == kVersion;
  return ours ? Status() : NotOurs(path);
}

}  // namespace

Status Watermark::Open(Env* env, const std::string& directory,
                       std::unique_ptr<Watermark>* watermark) {
  const std::string path = directory + "/" + kFileName;
  FileInfo info;
  if (env->Info(path, &info).code() == Code::kNotFound) {
    std::string content(kFileSize, '\0');
    std::memcpy(content.data(), kFileMagic, sizeof kFileMagic);
    StoreBig32(reinterpret_cast<uint8_t*>(content.data()) + kVersionAt, kVersion);
    DURAMEN_TRY(ReplaceFile(env, path, content));
  }
  std::unique_ptr<File> file;
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(env->Open(path, OpenMode::kReadWrite, &file));
  DURAMEN_TRY(MapFile(file.get(), MapMode::kSharedWrite, path, &map));
  // A sequence left odd by a dead owner would make every later one look torn.
  const uint32_t sequence = Sequence(map->data()).load();
  if (sequence & 1) {
    for (size_t i = 0; i < kLiveWords; ++i) LiveWord(map->data(), i).store(0);
    Sequence(map->data()).store(sequence + 1);
  }
  watermark->reset(new Watermark(std::move(file), std::move(map)));
  return Status();
}

Status Watermark::OpenReadOnly(Env* env, const std::string& directory,
                               std::unique_ptr<Watermark>* watermark) {
  const std::string path = directory + "/" + kFileName;
  std::unique_ptr<File> file;
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(env->Open(path, OpenMode::kRead, &file));
  DURAMEN_TRY(MapFile(file.get(), MapMode::kSharedRead, path, &map));
  watermark->reset(new Watermark(std::move(file), std::move(map)));
  return Status();
}

void Watermark::StoreLive(const LiveMark& mark) {
  uint8_t* page = map_->data();
  const Words words = Pack(mark);
  const auto sequence = Sequence(page);
  const uint32_t before = sequence.load(std::memory_order_relaxed);
  sequence.store(before + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < kLiveWords; ++i) {
    LiveWord(page, i).store(words[i], std::memory_order_relaxed);
  }
  sequence.store(before + 2, std::memory_order_release);
}

void Watermark::WakeReaders() { WakeAll(reinterpret_cast<uint32_t*>(map_->data() + kSequenceAt)); }

bool Watermark::LoadLive(LiveMark* mark) const {
  uint8_t* page = map_->data();
  for (int attempt = 0; attempt < kLoadAttempts; ++attempt) {
    const uint32_t before = Sequence(page).load(std::memory_order_acquire);
    if (before == 0) return false;
    if ((before & 1) == 0) {
      Words words;
      for (size_t i = 0; i < kLiveWords; ++i) {
        words[i] = LiveWord(page, i).load(std::memory_order_relaxed);
      }
      std::atomic_thread_fence(std::memory_order_acquire);
      if (Sequence(page).load(std::memory_order_relaxed) == before) {
        Unpack(words, mark);
        return words[kLiveCheckAt] == CheckOf(words) && !map_->poisoned();
      }
    }
    if (attempt > 10) std::this_thread::yield();
  }
  return false;
}

uint32_t Watermark::LiveSequence() const {
  return Sequence(map_->data()).load(std::memory_order_acquire);
}

void Watermark::WaitForLive(uint32_t seen, int timeout_ms) const {
  WaitForChange(reinterpret_cast<const uint32_t*>(map_->data() + kSequenceAt), seen, timeout_ms);
}

void Watermark::StoreDurable(DurableMark mark) {
  DurableMark current[2];
  const bool valid[2] = {LoadSlot(0, &current[0]), LoadSlot(1, &current[1])};
  const bool first_is_newer = valid[0] && (!valid[1] || current[0].sequence > current[1].sequence);
  const int slot = first_is_newer ? 1 : 0;
  mark.sequence =
      1 + std::max(valid[0] ? current[0].sequence : 0, valid[1] ? current[1].sequence : 0);

  uint8_t image[kSlotSize] = {};
  StoreBig64(image + kSlotSequenceAt, mark.sequence);
  std::memcpy(image + kSlotBootAt, mark.boot.data(), mark.boot.size());
  StoreBig64(image + kSlotDeviceAt, mark.file.device);
  StoreBig64(image + kSlotInodeAt, mark.file.inode);
  StoreBig64(image + kSlotDurableAt, static_cast<uint64_t>(mark.durable_offset));
  StoreBig64(image + kSlotSegmentBaseAt, static_cast<uint64_t>(mark.segment_base));
  StoreBig64(image + kSlotSegmentEndAt, static_cast<uint64_t>(mark.segment_end));
  StoreBig64(image + kSlotBatchPositionAt, static_cast<uint64_t>(mark.batch_position));
  StoreBig64(image + kSlotBatchBaseAt, static_cast<uint64_t>(mark.batch_base_offset));
  StoreBig32(image + kSlotBatchCrcAt, mark.batch_crc);
  StoreBig32(image + kSlotFlagsAt,
             (mark.fenced ? kFencedFlag : 0) | (mark.has_gaps ? kGapsFlag : 0));
  StoreBig32(image + kSlotCrcAt, Crc32c(image, kSlotCrcAt));
  StoreBig64(image + kSlotStartAt, static_cast<uint64_t>(mark.log_start_offset));
  StoreBig32(image + kSlotStartCrcAt, Crc32c(image, kSlotStartCrcAt));
  const size_t position = kPage * static_cast<size_t>(1 + slot);
  std::memcpy(map_->data() + position, image, sizeof image);
  file_->StartWriteBack(static_cast<int64_t>(position), kPage);
}

Status Watermark::Sync() { return file_->Sync(); }

bool Watermark::LoadSlot(int slot, DurableMark* mark) const {
  uint8_t image[kSlotSize];
  std::memcpy(image, map_->data() + kPage * static_cast<size_t>(1 + slot), sizeof image);
  if (LoadBig64(image + kSlotSequenceAt) == 0) return false;
  if (LoadBig32(image + kSlotCrcAt) != Crc32c(image, kSlotCrcAt)) return false;
  const auto number = [&image](size_t at) { return static_cast<int64_t>(LoadBig64(image + at)); };
  mark->sequence = LoadBig64(image + kSlotSequenceAt);
  std::memcpy(mark->boot.data(), image + kSlotBootAt, mark->boot.size());
  mark->file = {LoadBig64(image + kSlotDeviceAt), LoadBig64(image + kSlotInodeAt)};
  mark->durable_offset = number(kSlotDurableAt);
  const bool has_start = LoadBig32(image + kSlotStartCrcAt) == Crc32c(image, kSlotStartCrcAt);
  mark->log_start_offset = has_start ? number(kSlotStartAt) : -1;
  mark->segment_base = number(kSlotSegmentBaseAt);
  mark->segment_end = number(kSlotSegmentEndAt);
  mark->batch_position = number(kSlotBatchPositionAt);
  mark->batch_base_offset = number(kSlotBatchBaseAt);
  mark->batch_crc = LoadBig32(image + kSlotBatchCrcAt);
  const uint32_t flags = LoadBig32(image + kSlotFlagsAt);
  mark->fenced = (flags & kFencedFlag) != 0;
  mark->has_gaps = (flags & kGapsFlag) != 0;
  return true;
}

bool Watermark::LoadDurable(DurableMark* mark) const {
  DurableMark slots[2];
  const bool valid[2] = {LoadSlot(0, &slots[0]), LoadSlot(1, &slots[1])};
  if (!valid[0] && !valid[1]) return false;
  *mark = !valid[1] || (valid[0] && slots[0].sequence > slots[1].sequence) ? slots[0] : slots[1];
  return true;
}

bool Watermark::Says(const LiveMark& live, DurableMark durable) const {
  LiveMark stored_live;
  DurableMark stored;
  if (!LoadLive(&stored_live) || !LoadDurable(&stored)) return false;
  durable.sequence = stored.sequence;
  durable.boot = stored.boot;
  return stored_live == live && stored == durable;
}

bool MarkHolds(Env* env, const std::string& directory, const DurableMark& mark, bool clean,
               int64_t closed_at) {
  const std::string path = directory + "/" + SegmentStem(mark.segment_base) + ".log";
  std::unique_ptr<File> file;
  FileInfo info;
  const Status opened = env->Open(path, OpenMode::kRead, &file);
  if (!opened.ok() || !file->Info(&info).ok()) return opened.code() == Code::kNotFound && !clean;
  if (info.id != mark.file) return false;
  if (mark.batch_position < 0) return true;
  if (closed_at == mark.durable_offset && info.size < mark.segment_end) return true;
  std::vector<uint8_t> batch(kBatchHeaderSize);
  size_t got = 0;
  if (!file->ReadAt(batch.data(), batch.size(), mark.batch_position, &got).ok()) return !clean;
  const BatchHeader header(batch.data());
  if (got == batch.size() && header.base_offset() == mark.batch_base_offset &&
      header.crc() == mark.batch_crc) {
    return true;
  }
  const int64_t left = info.size - mark.batch_position;
  if (clean || got < batch.size() || header.size() < kBatchHeaderSize || header.size() > left) {
    return !clean;
  }
  batch.resize(static_cast<size_t>(header.size()));
  if (!file->ReadAt(batch.data(), batch.size(), mark.batch_position, &got).ok()) return true;
  const bool sound = CheckBatchFrame(batch.data(), got, left) == BatchFault::kNone &&
                     CheckBatchCrc(batch.data()) == BatchFault::kNone;
  return !sound || BatchHeader(batch.data()).crc() == mark.batch_crc;
}

}  // namespace duramen
