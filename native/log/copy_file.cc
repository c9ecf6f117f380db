#include "log/copy_file.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace duramen {
namespace {

constexpr int64_t kChunk = 1 << 20;

Status Copy(Env* env, File* source, int64_t from, int64_t to, const std::string& path) {
  std::unique_ptr<File> file;
  DURAMEN_TRY(env->Open(path, OpenMode::kCreate, &file));
  DURAMEN_TRY(file->Truncate(0));
  std::vector<uint8_t> chunk(static_cast<size_t>(std::min(kChunk, to - from)));
  for (int64_t at = from; at < to;) {
    const auto wanted = std::min(static_cast<int64_t>(chunk.size()), to - at);
    size_t got = 0;
    DURAMEN_TRY(source->ReadAt(chunk.data(), static_cast<size_t>(wanted), at, &got));
    if (got == 0) {
      return Status(Code::kSegmentLost, "the segment file was cut short while it was copied to " +
                                            path + "; close the log and open it again to recover");
    }
    DURAMEN_TRY(file->WriteAt(chunk.data(), got, at - from));
    at += static_cast<int64_t>(got);
  }
  return file->Sync();
}

}  // namespace

Status CopyToFile(Env* env, File* source, int64_t from, int64_t to, const std::string& path) {
  Status status = Copy(env, source, from, to, path);
  if (!status.ok()) (void)env->Unlink(path);
  return status;
}

}  // namespace duramen
