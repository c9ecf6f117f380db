#include "log/append_file.h"

#include <algorithm>
#include <utility>

namespace duramen {

Status PrepareAppendFile(Env* env, const std::string& path, std::unique_ptr<File> file,
                         const AppendFileOptions& options, AppendFile* prepared) {
  FileInfo info;
  DURAMEN_TRY(file->Info(&info));
  prepared->capacity = std::max(options.capacity, info.size);
  prepared->file = std::move(file);
  prepared->id = info.id;
  if (!options.may_map) return Status();
  // Whether the file system allocates at all shows at the first block.
  bool supported = true;
  const Status probed = prepared->file->Allocate(info.size, 1, &supported);
  // A full disk is no reason not to open: the append that needs a block is refused.
  if (!probed.ok() && probed.code() != Code::kNoSpace) return probed.Clone();
  DURAMEN_TRY(prepared->file->Truncate(info.size));
  if (!supported) return Status();
  DURAMEN_TRY(prepared->file->Map(MapMode::kSharedWrite, 0, static_cast<size_t>(prepared->capacity),
                                  &prepared->map));
  DURAMEN_TRY(env->Open(path, OpenMode::kReadWrite, &prepared->window_file));
  prepared->window =
      std::make_shared<AppendWindow>(prepared->window_file.get(), prepared->map, info.size,
                                     prepared->capacity, options.prepare, options.chunk);
  return Status();
}

}  // namespace duramen
