// DirectoryLock: one owning process for a log directory.
#pragma once

#include <memory>
#include <string>

#include "util/status.h"

namespace duramen {

// An exclusive lock on `<directory>/.lock`, by an open-file-description lock (F_OFD_SETLK): it and
// the fcntl lock that Java's FileChannel.tryLock takes exclude each other. The owner's pid and
// start time are written into the file for the message only. Released by the destructor or process
// death; an exec'd child does not inherit it (O_CLOEXEC), a forked one that lives on without exec
// keeps it. Falls back to F_SETLK where OFD locks are missing. Within a process the registry above
// keeps a second opener out; this class alone refuses it too where OFD locks exist. (Where they do
// not, any close of `.lock` in the owning process drops the lock: do not call IsHeld there.) Both
// calls may be made from any thread; the caller owns what Acquire gives.
class DirectoryLock {
 public:
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // kLocked names the holder's pid where the file tells it. Makes `.lock`, but not the directory.
  static Status Acquire(const std::string& directory, std::unique_ptr<DirectoryLock>* lock);
  // Whether a process holds it now; takes nothing, writes nothing, needs read permission only.
  // False when there is no .lock. `*holder` reads "process 4711", "this process" or
  // "another process"; empty when not held.
  static Status IsHeld(const std::string& directory, bool* held, std::string* holder);

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace duramen
