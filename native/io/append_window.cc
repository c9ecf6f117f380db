#include "io/append_window.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "io/background.h"

namespace duramen {
namespace {

constexpr int64_t kMinChunk = 64 << 10;
// What one Extend prepares before the appender may use it; it waits for no more than that. Where
// zeros are synced a flush waits for that, too (100 KB a flush: p99 3.3 ms with 4 MiB, 1.1 ms with
// 512 KiB, at the same rate).
constexpr int64_t kLargeStep = 4 << 20;
constexpr int64_t kSmallStep = 512 << 10;
// Bytes of zeros a pwrite. The page cache keeps them in folios of that size. Large ones are what
// makes it fast; but the largest come from blocks of free memory that a virtual machine has given
// back to its host (a gigabyte of lines from a file: 0.67 to 1.55 s with 2 MiB, 0.44 to 0.60 s with
// 512 KiB, 0.43 to 0.55 s with 128 KiB), and a 4 KiB store dirties its whole folio, so under
// frequent flushes 1 MiB ones wrote 1,900 MiB for 2,000 flushes (530 us each), 16 KiB ones 50 MiB
// (100 us).
constexpr int64_t kLargeWrite = 128 << 10;
constexpr int64_t kSmallWrite = 16 << 10;
constexpr int64_t kBusyMs = 1000;
// From here on a batch written through costs no more than one that is stored in the window: the
// system call is small beside the copy.
constexpr int64_t kLargeBatch = 64 << 10;
// And from here on less, where each is flushed.
constexpr int64_t kLargeFlushed = 8 << 10;

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

AppendWindow::AppendWindow(File* file, std::shared_ptr<MappedRange> map, int64_t allocated,
                           int64_t capacity, Prepare prepare, Chunk chunk)
    : file_(file),
      map_(std::move(map)),
      capacity_(capacity),
      prepare_(prepare),
      max_chunk_(std::max(chunk.max, kMinChunk)),
      blocks_(allocated),
      prepared_(allocated),
      chunk_(std::clamp(chunk.first, kMinChunk, max_chunk_)) {}

bool AppendWindow::PrefersWriting(int64_t size) const {
  return prepare_ == Prepare::kInitialise && size >= kLargeFlushed;
}

bool AppendWindow::WantsMore(int64_t end, int64_t size, bool others_wait) {
  const int64_t ready = prepared_.load(std::memory_order_relaxed);
  if (ready >= capacity_ || ready - end > chunk() / 4) return false;
  if (PrefersWriting(size) && others_wait) return false;
  if (size >= kLargeBatch && BackgroundThread::WriteBack()->IsBusy()) return false;
  return !asked_.exchange(true, std::memory_order_acq_rel);
}

Status AppendWindow::WriteThrough(int64_t position, int64_t size,
                                  const std::function<Status()>& write) {
  const int64_t end = position + size;
  std::unique_lock lock(mutex_, std::defer_lock);
  Status status;
  // Extend, which may wait for the device now, does not write what is prepared (p99 5 ms, else 2).
  if (!Covers(end)) {
    lock.lock();
    if (end > blocks_ && PrefersWriting(size)) FollowRateLocked();
    status = AllocateLocked(end);
  }
  if (status.ok()) status = write();
  if (!status.ok()) {
    if (!lock) lock.lock();
    // A full disk may have taken a part, which the next, shorter batch would not cover.
    if (status.code() != Code::kSegmentLost && file_->Truncate(position).ok()) blocks_ = position;
    prepared_.store(std::min(prepared_.load(std::memory_order_relaxed), blocks_));
  } else if (!Covers(end)) {
    prepared_.store(end, std::memory_order_release);
  }
  return status;
}

void AppendWindow::FollowRateLocked() {
  const int64_t now = SteadyMs();
  if (last_extend_ms_ != 0) {
    const bool busy = now - last_extend_ms_ < kBusyMs;
    const int64_t next =
        busy ? std::min(chunk() * 2, max_chunk_) : std::max(chunk() / 2, kMinChunk);
    chunk_.store(next, std::memory_order_relaxed);
  }
  last_extend_ms_ = now;
}

// Growing a file that somebody cut short would put zeros where batches were, and no fault would
// tell.
Status AppendWindow::AllocateLocked(int64_t end) {
  if (end <= blocks_) return Status();
  int64_t size;
  DURAMEN_TRY(file_->Size(&size));
  if (size < blocks_) {
    return Status(
        Code::kSegmentLost,
        "the segment file was cut short while it was being appended to; close the log and "
        "open it again to recover");
  }
  const int64_t wanted = std::max(end, blocks_ + chunk());
  int64_t to = std::min(capacity_, RoundUp(wanted, kMinChunk));
  bool supported = true;  // seen when the file was prepared
  Status status = file_->Allocate(blocks_, to - blocks_, &supported);
  // What is needed may still fit; but the last 64 KiB are left to the files that make room.
  const int64_t least = std::min(capacity_, RoundUp(end, kMinChunk));
  if (status.code() == Code::kNoSpace && to > least) {
    to = least;
    status = file_->Allocate(blocks_, to - blocks_, &supported);
  }
  if (status.ok()) blocks_ = to;
  return status;
}

void AppendWindow::Extend() {
  int64_t to;
  {
    std::lock_guard lock(mutex_);
    FollowRateLocked();
    to = std::min(capacity_, prepared_.load(std::memory_order_relaxed) + chunk());
    asked_.store(false, std::memory_order_release);
  }
  while (ExtendStep(to)) {
  }
}

bool AppendWindow::ExtendStep(int64_t to) {
  int64_t from, end;
  {
    std::lock_guard lock(mutex_);
    from = prepared_.load(std::memory_order_relaxed);
    end = std::min(to, from + (prepare_ == Prepare::kPopulate ? kLargeStep : kSmallStep));
    if (stopped_ || end <= from || !AllocateLocked(end).ok()) return false;
    // Before they are published, so that no zero is written over a batch.
    if (!WriteZeros(from, end).ok()) return false;
    if (prepare_ == Prepare::kInitialise && !file_->Sync().ok()) return false;
    prepared_.store(end, std::memory_order_release);
  }
  const auto length = static_cast<size_t>(end - from);
  if (prepare_ == Prepare::kPopulate) map_->PopulateWrite(static_cast<size_t>(from), length);
  return end < to;
}

Status AppendWindow::WriteZeros(int64_t from, int64_t to) {
  const int64_t write = prepare_ == Prepare::kPopulate ? kLargeWrite : kSmallWrite;
  static const std::vector<uint8_t> zeros(kLargeWrite);
  for (int64_t at = from; at < to;) {
    const int64_t end = std::min(to, at / write * write + write);
    DURAMEN_TRY(file_->WriteAt(zeros.data(), static_cast<size_t>(end - at), at));
    at = end;
  }
  return Status();
}

void AppendWindow::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
}

}  // namespace duramen
