// Files that tests map, and loads and stores that no compiler leaves out.
#pragma once

#include <unistd.h>

#include <memory>
#include <string>

#include "check.h"
#include "io/env.h"
#include "io/mapped_range.h"

namespace duramen::test {

inline const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

// A file of so many pages of 'a'.
inline std::unique_ptr<File> FileOfPages(const TempDirectory& directory, const char* name,
                                         size_t pages) {
  std::unique_ptr<File> file;
  EXPECT_OK(Env::Posix()->Open(directory.File(name), OpenMode::kCreate, &file));
  std::string content(pages * kPage, 'a');
  EXPECT_OK(file->WriteAt(content.data(), content.size(), 0));
  return file;
}

inline std::shared_ptr<MappedRange> MustMap(File* file, MapMode mode, size_t pages) {
  std::shared_ptr<MappedRange> range;
  EXPECT_OK(file->Map(mode, 0, pages * kPage, &range));
  return range;
}

inline uint8_t Load(const std::shared_ptr<MappedRange>& range, size_t position) {
  return *const_cast<volatile uint8_t*>(range->data() + position);
}

inline void Store(const std::shared_ptr<MappedRange>& range, size_t position, uint8_t value) {
  *const_cast<volatile uint8_t*>(range->data() + position) = value;
}

inline uint8_t ByteInFile(File* file, int64_t position) {
  uint8_t byte = 0;
  size_t got = 0;
  EXPECT_OK(file->ReadAt(&byte, 1, position, &got));
  EXPECT_EQ(got, 1u);
  return byte;
}

}  // namespace duramen::test
