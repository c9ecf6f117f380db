#include "io/posix_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "io/mapped_range.h"

namespace duramen {
namespace {

// Linux moves at most 2 GiB - 4 KiB in one call, macOS refuses more than 2 GiB - 1.
constexpr size_t kMaxTransfer = size_t{1} << 30;

}  // namespace

void FillFileInfo(const struct stat& stat, FileInfo* info) {
#ifdef __APPLE__
  const struct timespec& modified = stat.st_mtimespec;
#else
  const struct timespec& modified = stat.st_mtim;
#endif
  info->id = {static_cast<uint64_t>(stat.st_dev), static_cast<uint64_t>(stat.st_ino)};
  info->size = stat.st_size;
  info->modified_ms = int64_t{modified.tv_sec} * 1000 + modified.tv_nsec / 1'000'000;
  info->is_directory = S_ISDIR(stat.st_mode);
}

PosixFile::~PosixFile() { close(fd_); }  // never repeated: Linux frees the descriptor even on EINTR

Status PosixFile::Info(FileInfo* info) {
  struct stat stat;
  if (fstat(fd_, &stat) != 0) return Error("fstat");
  FillFileInfo(stat, info);
  return {};
}

Status PosixFile::Size(int64_t* size) {
  const off_t end = lseek(fd_, 0, SEEK_END);
  if (end < 0) return Error("lseek");
  *size = end;
  return {};
}

Status PosixFile::ReadAt(void* to, size_t length, int64_t position, size_t* got) {
  *got = 0;
  while (*got < length) {
    size_t wanted = std::min(length - *got, kMaxTransfer);
    ssize_t n = RetryEintr([&] {
      return pread(fd_, static_cast<char*>(to) + *got, wanted,
                   position + static_cast<int64_t>(*got));
    });
    if (n < 0) return Error("pread");
    if (n == 0) break;
    *got += static_cast<size_t>(n);
  }
  return {};
}

Status PosixFile::WriteAt(const void* from, size_t length, int64_t position) {
  const char* next = static_cast<const char*>(from);
  while (length > 0) {
    size_t wanted = std::min(length, kMaxTransfer);
    ssize_t n = RetryEintr([&] { return pwrite(fd_, next, wanted, position); });
    if (n < 0) return Error("pwrite");
    next += n;
    position += n;
    length -= static_cast<size_t>(n);
  }
  return {};
}

Status PosixFile::Allocate([[maybe_unused]] int64_t position, [[maybe_unused]] int64_t length,
                           bool* supported) {
#ifdef __linux__
  *supported = true;
  // tmpfs undoes all of an interrupted call: under a profiler's timer a large one would never end.
  constexpr int64_t kSmallest = 64 << 10;
  int64_t step = length;
  while (length > 0) {
    int64_t chunk = std::min(length, step);
    if (fallocate(fd_, 0, position, chunk) == 0) {
      position += chunk;
      length -= chunk;
    } else if (errno == EINTR) {
      step = std::max(kSmallest, step / 2);
    } else if (errno == EOPNOTSUPP || errno == ENOSYS) {
      *supported = false;
      return {};
    } else {
      return Error("fallocate");
    }
  }
#else
  *supported = false;
#endif
  return {};
}

Status PosixFile::Truncate(int64_t size) {
  if (RetryEintr([&] { return ftruncate(fd_, size); }) != 0) return Error("ftruncate");
  return {};
}

Status PosixFile::Sync() {
#ifdef __APPLE__
  // fsync leaves the data in the device's cache. Not every file system knows F_FULLFSYNC.
  if (RetryEintr([&] { return fcntl(fd_, F_FULLFSYNC); }) == 0) return {};
  if (RetryEintr([&] { return fsync(fd_); }) != 0) return Error("fsync");
#else
  if (RetryEintr([&] { return fdatasync(fd_); }) != 0) return Error("fdatasync");
#endif
  return {};
}

void PosixFile::StartWriteBack([[maybe_unused]] int64_t position, [[maybe_unused]] int64_t length) {
#ifdef __linux__
  // A failure is not lost: the next Sync reports it.
  (void)sync_file_range(fd_, position, length, SYNC_FILE_RANGE_WRITE);
#endif
}

Status PosixFile::WriteBack([[maybe_unused]] int64_t position, [[maybe_unused]] int64_t length) {
#ifdef __linux__
  constexpr unsigned kWait =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (sync_file_range(fd_, position, length, kWait) == 0) return Status();
  if (errno != ESPIPE && errno != EINVAL && errno != ENOSYS) {
    return Status::FromErrno(errno, "sync_file_range", path_);
  }
#endif
  // Nobody may rely on a write-back that there was not.
  return Sync();
}

Status PosixFile::Map(MapMode mode, int64_t position, size_t length,
                      std::shared_ptr<MappedRange>* range) {
  if (length == 0 || position < 0 || position % sysconf(_SC_PAGESIZE) != 0) {
    return Status(Code::kInvalidArgument,
                  "A map starts at a multiple of the page size and is not "
                  "empty; give such a position and length.")
        .At(path_, position);
  }
  const bool writable = mode == MapMode::kSharedWrite;
  // A private map becomes writable at the first store, which is seen that way.
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  int flags = mode == MapMode::kPrivate ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
  void* data = mmap(nullptr, length, protection, flags, fd_, position);
  if (data == MAP_FAILED) return Error("mmap");
#ifdef __linux__
  // A forked child must not be able to store into the parent's log.
  if (writable && madvise(data, length, MADV_DONTFORK) != 0) {
    Status status = Error("madvise");
    munmap(data, length);
    return status;
  }
#endif
  return MappedRange::Adopt(static_cast<uint8_t*>(data), length, position, mode, range);
}

}  // namespace duramen
