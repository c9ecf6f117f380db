#include "io/mapped_range.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/env.h"
#include "io/fault_guard.h"

namespace duramen {
namespace {

// Older C libraries lack the names; older kernels answer EINVAL.
#ifdef __linux__
constexpr int kPageOut = 21;
constexpr int kPopulateRead = 22;
constexpr int kPopulateWrite = 23;
#endif

std::atomic<int64_t> mapped_bytes{0};  // a count; publishes nothing

size_t PageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

struct Pages {
  uint8_t* start;
  size_t length;
};

// The pages that hold a part of [position, position + length), as far as the range goes.
Pages Covering(uint8_t* data, size_t range_length, size_t position, size_t length) {
  position = std::min(position, range_length);
  size_t end = position + std::min(length, range_length - position);
  size_t start = position & ~(PageSize() - 1);
  return {data + start, end - start};
}

#ifdef __linux__
// 0 or the error; EINVAL stands for a kernel that does not know the advice.
int Populate(const Pages& pages, int advice) {
  static std::atomic<bool> unknown{false};  // remembers an old kernel; publishes nothing
  if (pages.length == 0) return 0;
  if (unknown.load(std::memory_order_relaxed)) return EINVAL;
  for (;;) {
    if (madvise(pages.start, pages.length, advice) == 0) return 0;
    if (errno == EINTR || errno == EAGAIN) continue;
    if (errno == EINVAL) unknown.store(true, std::memory_order_relaxed);
    return errno;
  }
}
#endif

}  // namespace

Status MappedRange::Adopt(uint8_t* data, size_t length, int64_t file_position, MapMode mode,
                          std::shared_ptr<MappedRange>* range) {
  InstallFaultGuard();
  GuardedRange* guard =
      RegisterRange(data, length, mode == MapMode::kPrivate ? OnStore::kCopy : OnStore::kFault);
  if (guard == nullptr) {
    munmap(data, length);
    return Status(Code::kMapLimit,
                  "This process has no room for another memory map (65,536 at most); close logs or "
                  "release views.");
  }
  range->reset(new MappedRange(data, length, file_position, mode == MapMode::kSharedWrite, guard));
  return {};
}

MappedRange::MappedRange(uint8_t* data, size_t length, int64_t file_position, bool writable,
                         GuardedRange* guard)
    : data_(data),
      length_(length),
      file_position_(file_position),
      writable_(writable),
      guard_(guard) {
  mapped_bytes.fetch_add(static_cast<int64_t>(length), std::memory_order_relaxed);
}

MappedRange::~MappedRange() {
  UnregisterRange(guard_);
  munmap(data_, length_);
  mapped_bytes.fetch_sub(static_cast<int64_t>(length_), std::memory_order_relaxed);
}

bool MappedRange::PopulateWrite(size_t position, size_t length) {
  if (!writable_) return false;
#ifdef __linux__
  int error = Populate(Covering(data_, length_, position, length), kPopulateWrite);
  return error == 0 || error == EINVAL;
#else
  return true;
#endif
}

bool MappedRange::PopulateRead(size_t position, size_t length) {
#ifdef __linux__
  int error = Populate(Covering(data_, length_, position, length), kPopulateRead);
  return error != EFAULT && error != EHWPOISON;
#else
  return true;
#endif
}

bool MappedRange::Resident(size_t position, size_t length) const {
  Pages pages = Covering(data_, length_, position, length);
  unsigned char in_memory[1024];
  while (pages.length > 0) {
    size_t chunk = std::min(pages.length, sizeof(in_memory) * PageSize());
    size_t count = (chunk + PageSize() - 1) / PageSize();
#ifdef __APPLE__
    int rc = mincore(pages.start, chunk, reinterpret_cast<char*>(in_memory));
#else
    int rc = mincore(pages.start, chunk, in_memory);
#endif
    if (rc != 0) return false;
    if (!std::all_of(in_memory, in_memory + count, [](auto page) { return page & 1; }))
      return false;
    pages.start += chunk;
    pages.length -= chunk;
  }
  return true;
}

void MappedRange::AdviseSequential(size_t position, size_t length) {
  Pages pages = Covering(data_, length_, position, length);
  if (pages.length > 0) madvise(pages.start, pages.length, MADV_SEQUENTIAL);
}

void MappedRange::ForgetPages(size_t position, size_t length) {
  Pages pages = Covering(data_, length_, position, length);
  if (pages.length > 0) madvise(pages.start, pages.length, MADV_DONTNEED);
}

void MappedRange::DropBehind([[maybe_unused]] size_t position, [[maybe_unused]] size_t length) {
#ifdef __linux__
  // A page that is only partly covered may be somebody's still.
  Pages pages = Covering(data_, length_, position, length);
  size_t skipped = position % PageSize() == 0 ? 0 : std::min(PageSize(), pages.length);
  size_t whole = (pages.length - skipped) & ~(PageSize() - 1);
  if (whole > 0) madvise(pages.start + skipped, whole, kPageOut);
#endif
}

int64_t MappedBytes() { return mapped_bytes.load(std::memory_order_relaxed); }

}  // namespace duramen
