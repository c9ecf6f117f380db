#include "io/append_window.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace duramen {
namespace {

constexpr int64_t kMinChunk = 64 << 10;
constexpr int64_t kStep = 1 << 20;
constexpr int64_t kBusyMs = 1000;

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

AppendWindow::AppendWindow(File* file, MappedRange* map, int64_t allocated, int64_t capacity,
                           Prepare prepare, int64_t max_chunk)
    : file_(file),
      map_(map),
      capacity_(capacity),
      prepare_(prepare),
      max_chunk_(std::max(max_chunk, kMinChunk)),
      allocated_(allocated),
      ready_(allocated),
      chunk_(kMinChunk) {}

bool AppendWindow::WantsMore(int64_t end) {
  const int64_t ready = ready_.load(std::memory_order_relaxed);
  if (ready >= capacity_ || ready - end > chunk_.load(std::memory_order_relaxed) / 2) return false;
  return !asked_.exchange(true, std::memory_order_acq_rel);
}

Status AppendWindow::AllocateNow(int64_t end) {
  std::lock_guard lock(mutex_);
  const int64_t from = allocated_.load(std::memory_order_relaxed);
  if (end <= from) return Status();
  const int64_t to = std::min(capacity_, RoundUp(end, kMinChunk));
  DURAMEN_TRY(AllocateLocked(from, to));
  allocated_.store(to, std::memory_order_release);
  return Status();
}

// Growing a file that somebody cut short would put zeros where batches were, and no fault would tell.
Status AppendWindow::AllocateLocked(int64_t from, int64_t to) {
  FileInfo info;
  DURAMEN_TRY(file_->Info(&info));
  if (info.size < from) {
    return Status(Code::kSegmentLost,
                  "the segment file was cut short while it was being appended to; close the log and "
                  "open it again to recover");
  }
  bool supported = true;  // seen when the file was prepared
  return file_->Allocate(from, to - from, &supported);
}

void AppendWindow::Extend() {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  const int64_t now = SteadyMs();
  const int64_t chunk = chunk_.load(std::memory_order_relaxed);
  chunk_.store(now - last_extend_ms_ < kBusyMs ? std::min(chunk * 2, max_chunk_)
                                               : std::max(chunk / 2, kMinChunk),
               std::memory_order_relaxed);
  last_extend_ms_ = now;
  const int64_t from = allocated_.load(std::memory_order_relaxed);
  asked_.store(false, std::memory_order_release);
  (void)ExtendLocked(std::min(capacity_, from + chunk_.load(std::memory_order_relaxed)));
}

Status AppendWindow::Prefill(int64_t end) {
  std::lock_guard lock(mutex_);
  if (stopped_) return Status();
  return ExtendLocked(std::min(capacity_, RoundUp(end, kMinChunk)));
}

Status AppendWindow::ExtendLocked(int64_t to) {
  const int64_t from = allocated_.load(std::memory_order_relaxed);
  if (to <= from) return Status();
  DURAMEN_TRY(AllocateLocked(from, to));
  if (prepare_ == Prepare::kInitialise) {
    // Before the blocks are published, so that no zero is written over a batch.
    const std::vector<uint8_t> zeros(static_cast<size_t>(std::min(kStep, to - from)));
    for (int64_t at = from; at < to; at += kStep) {
      const int64_t length = std::min(kStep, to - at);
      DURAMEN_TRY(file_->WriteAt(zeros.data(), static_cast<size_t>(length), at));
    }
    DURAMEN_TRY(file_->Sync());
  }
  allocated_.store(to, std::memory_order_release);
  if (prepare_ == Prepare::kPopulate) Populate(from, to);
  ready_.store(to, std::memory_order_release);
  return Status();
}

void AppendWindow::Populate(int64_t from, int64_t to) {
  // In steps, so that an appender close behind finds the first ones done.
  for (int64_t at = from; at < to; at += kStep) {
    if (!map_->PopulateWrite(static_cast<size_t>(at),
                             static_cast<size_t>(std::min(kStep, to - at)))) {
      return;
    }
    ready_.store(std::min(at + kStep, to), std::memory_order_release);
  }
}

void AppendWindow::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
}

}  // namespace duramen
