// PosixFile: a File by a descriptor of the operating system.
#pragma once

#include <cerrno>
#include <memory>
#include <string>

#include "io/env.h"

struct stat;

namespace duramen {

// Repeats a system call that a signal handler interrupted.
template <typename Call>
auto RetryEintr(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

void FillFileInfo(const struct stat& stat, FileInfo* info);

// Owns the descriptor. Any thread may call; see File. Errors name the path it was opened by.
class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Status Info(FileInfo* info) override;
  Status Size(int64_t* size) override;
  Status ReadAt(void* to, size_t length, int64_t position, size_t* got) override;
  Status WriteAt(const void* from, size_t length, int64_t position) override;
  Status Allocate(int64_t position, int64_t length, bool* supported) override;
  Status Truncate(int64_t size) override;
  Status Sync() override;
  void StartWriteBack(int64_t position, int64_t length) override;
  Status WriteBack(int64_t position, int64_t length) override;
  Status Map(MapMode mode, int64_t position, size_t length,
             std::shared_ptr<MappedRange>* range) override;

 private:
  Status Error(const char* syscall) const { return Status::FromErrno(errno, syscall, path_); }

  const int fd_;
  const std::string path_;
};

}  // namespace duramen
