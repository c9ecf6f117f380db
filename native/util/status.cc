#include "util/status.h"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

namespace duramen {
namespace {

const std::string& EmptyString() {
  // Never destroyed: statuses are still read by threads that outlive static destructors.
  static const std::string& empty = *new std::string();
  return empty;
}

// Running out of mappings and running out of memory give the same number; the call tells them
// apart.
bool MapsMemory(const char* syscall) {
  return std::strcmp(syscall, "mmap") == 0 || std::strcmp(syscall, "mremap") == 0;
}

Code CodeFromErrno(int error, const char* syscall) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return Code::kNoSpace;
    case EACCES:
    case EPERM:
      return Code::kAccess;
    case EROFS:
      return Code::kReadOnly;
    case ENOENT:
      return Code::kNotFound;
    case ENOTDIR:
      return Code::kNotADirectory;
    case EMFILE:
    case ENFILE:
      return Code::kTooManyFiles;
    case ENOMEM:
      return MapsMemory(syscall) ? Code::kMapLimit : Code::kOutOfMemory;
    case ENAMETOOLONG:
      return Code::kInvalidArgument;
    default:
      return Code::kIo;
  }
}

const char* Remedy(Code code) {
  switch (code) {
    case Code::kNoSpace:
      return "free space on that file system or raise its quota, then try again";
    case Code::kAccess:
      return "give this user read and write permission on it";
    case Code::kReadOnly:
      return "open it read-only, or remount the file system for writing";
    case Code::kNotFound:
      return "check the path, or create it first";
    case Code::kNotADirectory:
      return "give a path whose every parent is a directory";
    case Code::kTooManyFiles:
      return "raise the limit on open files (ulimit -n)";
    case Code::kMapLimit:
      return "raise vm.max_map_count or the limit on address space (ulimit -v)";
    case Code::kOutOfMemory:
      return "free some memory, then try again";
    case Code::kInvalidArgument:
      return "use a shorter path";
    default:
      return "check the device and the kernel's log";
  }
}

}  // namespace

const char* CodeText(Code code) {
  static constexpr const char* kTexts[] = {
#define DURAMEN_CODE_TEXT(name, text) text,
      DURAMEN_STATUS_CODES(DURAMEN_CODE_TEXT)
#undef DURAMEN_CODE_TEXT
  };
  const auto index = static_cast<size_t>(code);
  return index < std::size(kTexts) ? kTexts[index] : "ERR_UNKNOWN";
}

Status::Status(Code code, std::string message) {
  if (code == Code::kOk) return;
  detail_ = std::make_unique<Detail>();
  detail_->code = code;
  detail_->message = std::move(message);
}

Status Status::FromErrno(int error, const char* syscall, const std::string& path) {
  const Code code = CodeFromErrno(error, syscall);
  Status status(code, std::string(syscall) + " of " + path + " failed: " +
                          std::generic_category().message(error) + "; " + Remedy(code) + ".");
  status.detail_->sys_errno = error;
  status.detail_->syscall = syscall;
  status.detail_->path = path;
  return status;
}

const std::string& Status::message() const { return detail_ ? detail_->message : EmptyString(); }
const std::string& Status::path() const { return detail_ ? detail_->path : EmptyString(); }

Status&& Status::At(std::string path, int64_t position) && {
  if (detail_) {
    detail_->path = std::move(path);
    detail_->position = position;
  }
  return std::move(*this);
}

Status&& Status::Offsets(int64_t from, int64_t to) && {
  if (detail_) {
    detail_->from_offset = from;
    detail_->to_offset = to;
  }
  return std::move(*this);
}

Status Status::Clone() const {
  Status copy;
  if (detail_) copy.detail_ = std::make_unique<Detail>(*detail_);
  return copy;
}

}  // namespace duramen
