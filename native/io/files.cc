#include <algorithm>

#include "io/env.h"

namespace duramen {
namespace {

std::string DirectoryOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status WriteAndSync(Env* env, const std::string& path, const std::string& content) {
  std::unique_ptr<File> file;
  DURAMEN_TRY(env->Open(path, OpenMode::kCreate, &file));
  DURAMEN_TRY(file->Truncate(0));  // one that a crash left behind
  DURAMEN_TRY(file->WriteAt(content.data(), content.size(), 0));
  return file->Sync();
}

}  // namespace

Status ReplaceFile(Env* env, const std::string& path, const std::string& content) {
  std::string temporary = path + ".tmp";
  Status status = WriteAndSync(env, temporary, content);
  if (status.ok()) status = env->Rename(temporary, path);
  if (!status.ok()) {
    (void)env->Unlink(temporary);
    return status;
  }
  return env->SyncDirectory(DirectoryOf(path));
}

Status ReadWholeFile(Env* env, const std::string& path, size_t limit, std::string* content) {
  std::unique_ptr<File> file;
  DURAMEN_TRY(env->Open(path, OpenMode::kRead, &file));
  FileInfo info;
  DURAMEN_TRY(file->Info(&info));
  if (static_cast<uint64_t>(info.size) > limit) {
    return Status(Code::kInvalidArgument, path + " has " + std::to_string(info.size) +
                                              " bytes, and at most " + std::to_string(limit) +
                                              " belong there; move it aside if it is not ours.")
        .At(path, 0);
  }
  content->resize(static_cast<size_t>(info.size));
  size_t got = 0;
  DURAMEN_TRY(file->ReadAt(content->data(), content->size(), 0, &got));
  content->resize(got);
  return {};
}

}  // namespace duramen
