// Env: the one seam between the engine and the operating system. Tests put another Env in its
// place to fail a call or to lose unsynced pages; nothing else in native/log calls the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "util/status.h"

namespace duramen {

class MappedRange;

struct FileId {
  uint64_t device = 0;
  uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

struct FileInfo {
  FileId id;
  int64_t size = 0;
  int64_t modified_ms = 0;
  bool is_directory = false;
};

using BootId = std::array<uint8_t, 16>;

enum class OpenMode : uint8_t {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // read and write; made when missing, kept when there
  kCreateNew,  // read and write; must not exist
};

enum class MapMode : uint8_t {
  kSharedRead,   // native scans, CRC
  kSharedWrite,  // the appender
  kPrivate,      // what JavaScript sees: a stray write stays in this process, and is seen
};

// One open file. Descriptors are O_CLOEXEC. Every call may be made from any thread; calls on
// overlapping bytes are the caller's to order.
class File {
 public:
  virtual ~File() = default;

  virtual Status Info(FileInfo* info) = 0;
  // Of these the size alone. Where files are flushed often this is the one to ask: once somebody
  // has seen a file's times, Linux 6.13 and later give the next store a time of its own, which is
  // one more block for fdatasync to write.
  virtual Status Size(int64_t* size) = 0;
  // Reads up to `length` bytes; `*got` is less only at the end of the file.
  virtual Status ReadAt(void* to, size_t length, int64_t position, size_t* got) = 0;
  virtual Status WriteAt(const void* from, size_t length, int64_t position) = 0;
  // Blocks for [position, position + length), the file grown to cover them (fallocate(2)).
  // `*supported` is false where the file system cannot (EOPNOTSUPP): then append with WriteAt.
  // After kNoSpace a part of it may be there and the file have grown: call it again once there is
  // room, or truncate.
  virtual Status Allocate(int64_t position, int64_t length, bool* supported) = 0;
  virtual Status Truncate(int64_t size) = 0;
  // fdatasync(2): data, and what metadata is needed to read it back. After a failure nothing is
  // known about the bytes written since the last success, and a second call proves nothing.
  virtual Status Sync() = 0;
  // Starts write-back of a range without waiting for it (sync_file_range(2) where there is one).
  virtual void StartWriteBack(int64_t position, int64_t length) = 0;
  // The same, and waits for it. No promise of durability, which is Sync's; but a failure is
  // reported here and not again by Sync, so it means what a failed Sync means.
  virtual Status WriteBack(int64_t, int64_t) { return Status(); }
  // Maps [position, position + length); `position` is a multiple of the page size. The range may
  // reach past the end of the file: touching those pages is then a fault that poisons the range.
  // The range outlives this object. kMapLimit where the process may have no more maps.
  virtual Status Map(MapMode mode, int64_t position, size_t length,
                     std::shared_ptr<MappedRange>* range) = 0;
};

// Thread-safe. Paths are as given by the caller; errors name them.
class Env {
 public:
  virtual ~Env() = default;

  // The real operating system; lives for ever.
  static Env* Posix();

  virtual Status Open(const std::string& path, OpenMode mode, std::unique_ptr<File>* file) = 0;
  virtual Status Info(const std::string& path, FileInfo* info) = 0;  // follows links; kNotFound
  // Names without "." and "..", in no order.
  virtual Status List(const std::string& directory, std::vector<std::string>* names) = 0;
  virtual Status MakeDirectory(const std::string& path) = 0;  // one level; fine when there already
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Unlink(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  // Whether stores through a shared mapping of a file in `directory` are safe after Allocate
  // (ext4, xfs, tmpfs, f2fs, and overlayfs, taken to lie over these; elsewhere append with WriteAt:
  // btrfs and zfs copy on write, so that an allocated block is no promise of room).
  virtual bool MayMapForWriting(const std::string& directory) = 0;
  // The device of `directory`, where an fdatasync of any file on it also makes what was written
  // back of other files there durable; else 0. So it is on ext4: it ends with a flush of the
  // device's cache even if there was nothing to write. Not on xfs: a file that `cp` shares blocks
  // with (reflink) gets others at the next write, which only its own fdatasync makes durable.
  virtual uint64_t DeviceOfBarriers(const std::string&) { return 0; }
  virtual BootId CurrentBoot() = 0;  // changes at every start of the kernel; zeros if unknown
  virtual int64_t NowMs() = 0;       // wall clock, since the epoch
};

// Writes `content` to `path` so that after any crash either the old or the new content is there:
// temporary file beside it, sync, rename, sync of the directory.
Status ReplaceFile(Env* env, const std::string& path, const std::string& content);
// The whole of a small file. kNotFound; kInvalidArgument above `limit` bytes.
Status ReadWholeFile(Env* env, const std::string& path, size_t limit, std::string* content);

}  // namespace duramen
