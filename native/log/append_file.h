// AppendFile: a log file made ready for appending.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/append_window.h"
#include "io/env.h"
#include "io/mapped_range.h"

namespace duramen {

// What the spare segment is, and the active one has.
struct AppendFile {
  std::unique_ptr<File> file;
  FileId id;
  std::shared_ptr<MappedRange> map;  // for stores over [0, capacity); none: append by WriteAt
  // Of the window alone. The kernel reports a write-back error once to each open file: zeroing must
  // not take the report away from the flush that has to hear of it.
  std::unique_ptr<File> window_file;
  std::shared_ptr<AppendWindow> window;  // with `map` only; whoever extends it holds it
  int64_t capacity = 0;
};

struct AppendFileOptions {
  bool may_map = true;
  int64_t capacity = 0;
  AppendWindow::Prepare prepare = AppendWindow::Prepare::kPopulate;
  AppendWindow::Chunk chunk = {};
};

// `file`, opened from `path`, is as long as its content, which is whole batches.
Status PrepareAppendFile(Env* env, const std::string& path, std::unique_ptr<File> file,
                         const AppendFileOptions& options, AppendFile* prepared);

}  // namespace duramen
