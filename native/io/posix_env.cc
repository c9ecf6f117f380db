#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "io/env.h"
#include "io/posix_file.h"

#ifdef __linux__
#include <sys/vfs.h>
#else
#include <sys/sysctl.h>
#endif

namespace duramen {
namespace {

constexpr uint64_t kExt4 = 0xEF53, kXfs = 0x58465342, kTmpfs = 0x01021994;
constexpr uint64_t kF2fs = 0xF2F52010, kOverlay = 0x794C7630;

// statfs(2)'s number for the file system; 0 where it is not known.
uint64_t FileSystemOf([[maybe_unused]] const std::string& directory) {
#ifdef __linux__
  struct statfs fs;
  if (RetryEintr([&] { return statfs(directory.c_str(), &fs); }) != 0) return 0;
  return static_cast<uint64_t>(fs.f_type) & 0xFFFFFFFF;
#else
  return 0;
#endif
}

int FlagsOf(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

// The text of a UUID, as both kernels give it, in bytes; zeros where it is not one.
BootId ParseBootId(const char* text) {
  BootId id{};
  size_t digits = 0;
  for (; *text != '\0' && *text != '\n'; ++text) {
    if (*text == '-') continue;
    const char* hex = "0123456789abcdef";
    const char* found = strchr(hex, *text | 0x20);
    if (found == nullptr || digits == 32) return {};
    id[digits / 2] = static_cast<uint8_t>(id[digits / 2] << 4 | (found - hex));
    ++digits;
  }
  return digits == 32 ? id : BootId{};
}

BootId ReadBootId() {
  char text[64] = {};
#ifdef __linux__
  int fd = RetryEintr([] { return open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC); });
  if (fd < 0) return {};
  ssize_t n = RetryEintr([&] { return read(fd, text, sizeof(text) - 1); });
  close(fd);
  if (n <= 0) return {};
#else
  size_t size = sizeof(text) - 1;
  if (sysctlbyname("kern.bootsessionuuid", text, &size, nullptr, 0) != 0) return {};
#endif
  return ParseBootId(text);
}

class PosixEnv final : public Env {
 public:
  Status Open(const std::string& path, OpenMode mode, std::unique_ptr<File>* file) override {
    int fd =
        RetryEintr([&] { return open(path.c_str(), FlagsOf(mode) | O_CLOEXEC | O_NOCTTY, 0644); });
    if (fd < 0) return Status::FromErrno(errno, "open", path);
    *file = std::make_unique<PosixFile>(fd, path);
    return {};
  }

  Status Info(const std::string& path, FileInfo* info) override {
    struct stat stat;
    if (::stat(path.c_str(), &stat) != 0) return Status::FromErrno(errno, "stat", path);
    FillFileInfo(stat, info);
    return {};
  }

  Status List(const std::string& directory, std::vector<std::string>* names) override {
    names->clear();
    DIR* stream = opendir(directory.c_str());
    if (stream == nullptr) return Status::FromErrno(errno, "opendir", directory);
    errno = 0;
    while (const dirent* entry = readdir(stream)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names->push_back(std::move(name));
      errno = 0;
    }
    int error = errno;
    closedir(stream);
    if (error != 0) return Status::FromErrno(error, "readdir", directory);
    return {};
  }

  Status MakeDirectory(const std::string& path) override {
    if (mkdir(path.c_str(), 0755) == 0) return {};
    if (errno != EEXIST) return Status::FromErrno(errno, "mkdir", path);
    FileInfo info;
    DURAMEN_TRY(Info(path, &info));
    if (!info.is_directory) return Status::FromErrno(ENOTDIR, "mkdir", path);
    return {};
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return Status::FromErrno(errno, "rename", from);
    return {};
  }

  Status Unlink(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return Status::FromErrno(errno, "unlink", path);
    return {};
  }

  Status SyncDirectory(const std::string& path) override {
    int fd = RetryEintr([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return Status::FromErrno(errno, "open", path);
    int rc = RetryEintr([&] { return fsync(fd); });
    int error = errno;
    close(fd);
    // Some network file systems have no fsync for directories, and nothing in its place.
    if (rc != 0 && error != EINVAL) return Status::FromErrno(error, "fsync", path);
    return {};
  }

  bool MayMapForWriting(const std::string& directory) override {
    const uint64_t type = FileSystemOf(directory);
    return type == kExt4 || type == kXfs || type == kTmpfs || type == kF2fs || type == kOverlay;
  }

  uint64_t DeviceOfBarriers(const std::string& directory) override {
    const uint64_t type = FileSystemOf(directory);
    FileInfo info;
    if (type != kExt4 || !Info(directory, &info).ok()) return 0;
    return info.id.device;
  }

  BootId CurrentBoot() override {
    static const BootId id = ReadBootId();
    return id;
  }

  int64_t NowMs() override {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
  }
};

}  // namespace

Env* Env::Posix() {
  // Never destroyed: threads may use it while the process exits.
  static Env* env = new PosixEnv;
  return env;
}

}  // namespace duramen
