#include "io/directory_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "io/fork_guard.h"
#include "io/posix_file.h"

namespace duramen {
namespace {

std::string LockPath(const std::string& directory) { return directory + "/.lock"; }

// What stands in a small file, from its start; empty where it cannot be read.
std::string ReadText(int fd) {
  char text[1024];
  ssize_t n = RetryEintr([&] { return pread(fd, text, sizeof(text), 0); });
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : std::string();
}

// When a process started, in the kernel's ticks: field 22 of its stat, counted from behind the
// command's name, which may hold anything. 0 where there is no such process, and no /proc.
uint64_t StartTimeOf(pid_t pid) {
  std::string path = "/proc/" + std::to_string(pid) + "/stat";
  int fd = RetryEintr([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd < 0) return 0;
  std::string text = ReadText(fd);
  close(fd);
  size_t next = text.rfind(')');
  for (int field = 2; next != std::string::npos && field < 22; ++field) {
    next = text.find(' ', next + 1);
  }
  return next == std::string::npos ? 0 : strtoull(text.c_str() + next, nullptr, 10);
}

struct flock WholeFile() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// Open-file-description locks where there are any: closing another descriptor of the file, in some
// other corner of this process, drops a lock of the classic kind.
int LockCall(int fd, bool query, struct flock* lock) {
#ifdef F_OFD_SETLK
  int rc = RetryEintr([&] { return fcntl(fd, query ? F_OFD_GETLK : F_OFD_SETLK, lock); });
  if (rc == 0 || errno != EINVAL) return rc;
#endif
  return RetryEintr([&] { return fcntl(fd, query ? F_GETLK : F_SETLK, lock); });
}

void WriteOwner(int fd) {
  std::string text = std::to_string(getpid()) + " " + std::to_string(StartTimeOf(getpid())) + "\n";
  // For the message only: a full disk must not keep the owner out.
  ssize_t n = RetryEintr([&] { return pwrite(fd, text.data(), text.size(), 0); });
  if (n < 0) n = 0;
  (void)!ftruncate(fd, n);
}

std::string NameOf(pid_t pid) {
  return pid == getpid() ? "this process" : "process " + std::to_string(pid);
}

// Who holds the lock, in words. The kernel knows the pid of a classic lock (Java's) only; a pid in
// the file counts if that process still is the one that wrote it.
std::string HolderOf(int fd, pid_t by_kernel) {
  if (by_kernel > 0) return NameOf(by_kernel);
  long long pid = 0;
  unsigned long long started = 0;
  if (sscanf(ReadText(fd).c_str(), "%19lld %20llu", &pid, &started) == 2 && pid > 0 &&
      pid <= INT32_MAX && started != 0 && StartTimeOf(static_cast<pid_t>(pid)) == started) {
    return NameOf(static_cast<pid_t>(pid));
  }
  return "another process";
}

}  // namespace

// Unlocked expressly: a child that some other thread forks at this moment holds the descriptor too,
// until it execs. Not in a forked child, which would take the lock from its parent.
DirectoryLock::~DirectoryLock() {
  if (!InForkedChild()) {
    struct flock request = WholeFile();
    request.l_type = F_UNLCK;
    (void)LockCall(fd_, /*query=*/false, &request);
  }
  close(fd_);
}

Status DirectoryLock::Acquire(const std::string& directory, std::unique_ptr<DirectoryLock>* lock) {
  std::string path = LockPath(directory);
  int fd = RetryEintr([&] { return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); });
  if (fd < 0) return Status::FromErrno(errno, "open", path);
  std::unique_ptr<DirectoryLock> owner(new DirectoryLock(fd));
  struct flock request = WholeFile();
  if (LockCall(fd, /*query=*/false, &request) == 0) {
    WriteOwner(fd);
    *lock = std::move(owner);
    return {};
  }
  if (errno != EAGAIN && errno != EACCES) return Status::FromErrno(errno, "fcntl", path);
  struct flock query = WholeFile();
  bool known = LockCall(fd, /*query=*/true, &query) == 0 && query.l_type != F_UNLCK;
  return Status(Code::kLocked, directory + " is held by " + HolderOf(fd, known ? query.l_pid : 0) +
                                   "; close it there, or open it read-only.")
      .At(path, -1);
}

Status DirectoryLock::IsHeld(const std::string& directory, bool* held, std::string* holder) {
  *held = false;
  holder->clear();
  std::string path = LockPath(directory);
  // Asking for a write lock's obstacles needs no permission to write; taking one would.
  int fd = RetryEintr([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd < 0 && errno == ENOENT) return {};
  if (fd < 0) return Status::FromErrno(errno, "open", path);
  DirectoryLock closer(fd);
  struct flock query = WholeFile();
  if (LockCall(fd, /*query=*/true, &query) != 0) return Status::FromErrno(errno, "fcntl", path);
  *held = query.l_type != F_UNLCK;
  if (*held) *holder = HolderOf(fd, query.l_pid);
  return {};
}

}  // namespace duramen
