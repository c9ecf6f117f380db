// Mapped files, and what becomes of them when the file is cut short: io/mapped_range.h.
#include <signal.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "child.h"
#include "io/env.h"
#include "io/mapped_range.h"
#include "io/range_table.h"
#include "mapped_file.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DURAMEN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DURAMEN_SANITIZED 1
#endif
#endif

namespace duramen::test {
namespace {

TEST(StoreIntoAMapIsReadBackFromTheFile) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  auto range = MustMap(file.get(), MapMode::kSharedWrite, 4);
  EXPECT_OK(file->Truncate(static_cast<int64_t>(4 * kPage)));  // grows below the map
  EXPECT_TRUE(range->PopulateWrite(0, 4 * kPage));
  Store(range, 3 * kPage + 5, 'x');
  EXPECT_EQ(ByteInFile(file.get(), static_cast<int64_t>(3 * kPage + 5)), 'x');
  EXPECT_FALSE(range->poisoned());
  file->StartWriteBack(0, static_cast<int64_t>(4 * kPage));
  EXPECT_OK(file->Sync());
}

TEST(MapOfALaterPartKnowsWhereItStands) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 3);
  EXPECT_OK(file->WriteAt("z", 1, static_cast<int64_t>(2 * kPage)));
  std::shared_ptr<MappedRange> range;
  auto position = static_cast<int64_t>(kPage);
  int64_t before = MappedBytes();
  EXPECT_OK(file->Map(MapMode::kSharedRead, position, 2 * kPage, &range));
  EXPECT_EQ(range->file_position(), position);
  EXPECT_EQ(Load(range, kPage), 'z');
  EXPECT_EQ(MappedBytes() - before, static_cast<int64_t>(2 * kPage));
  file.reset();
  EXPECT_EQ(Load(range, 0), 'a');
  range.reset();
  EXPECT_EQ(MappedBytes(), before);
}

TEST(MapAtAnOddPositionIsRefused) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  std::shared_ptr<MappedRange> range;
  EXPECT_CODE(file->Map(MapMode::kSharedRead, 100, kPage, &range), Code::kInvalidArgument);
  EXPECT_CODE(file->Map(MapMode::kSharedRead, -4096, kPage, &range), Code::kInvalidArgument);
  EXPECT_CODE(file->Map(MapMode::kSharedRead, 0, 0, &range), Code::kInvalidArgument);
  std::unique_ptr<File> reader;
  EXPECT_OK(Env::Posix()->Open(directory.File("f"), OpenMode::kRead, &reader));
  EXPECT_CODE(reader->Map(MapMode::kSharedWrite, 0, kPage, &range), Code::kAccess);
}

TEST(StrayWriteIntoAPrivateMapNeverReachesTheFile) {
  TempDirectory directory;
  FileOfPages(directory, "f", 2);
  std::unique_ptr<File> file;
  EXPECT_OK(Env::Posix()->Open(directory.File("f"), OpenMode::kRead, &file));
  auto view = MustMap(file.get(), MapMode::kPrivate, 2);
  auto reader = MustMap(file.get(), MapMode::kSharedRead, 2);
  EXPECT_TRUE(view->PopulateRead(0, 2 * kPage));
  EXPECT_FALSE(view->PopulateWrite(0, 2 * kPage));  // would make every page a copy
  Store(view, 10, 'x');
  EXPECT_EQ(Load(view, 10), 'x');
  EXPECT_EQ(Load(reader, 10), 'a');
  EXPECT_EQ(ByteInFile(file.get(), 10), 'a');
}

TEST(FileCutShortPoisonsTheRangeThatReadsIt) {
  for (MapMode mode : {MapMode::kSharedRead, MapMode::kSharedWrite, MapMode::kPrivate}) {
    TempDirectory directory;
    auto file = FileOfPages(directory, "f", 4);
    auto range = MustMap(file.get(), mode, 4);
    auto other = MustMap(file.get(), MapMode::kSharedRead, 4);
    EXPECT_EQ(Load(range, 3 * kPage), 'a');  // present before the cut: no populating would tell
    EXPECT_OK(file->Truncate(static_cast<int64_t>(kPage)));
    EXPECT_EQ(Load(range, 0), 'a');
    EXPECT_FALSE(range->poisoned());
    EXPECT_EQ(Load(range, 3 * kPage + 7), 0);
    EXPECT_TRUE(range->poisoned());
    EXPECT_EQ(Load(range, 0), 'a');
    EXPECT_EQ(Load(range, 2 * kPage), 0);
    EXPECT_FALSE(other->poisoned());
  }
}

TEST(FileCutShortPoisonsTheRangeThatWritesIt) {
  for (MapMode mode : {MapMode::kSharedWrite, MapMode::kPrivate}) {
    TempDirectory directory;
    auto file = FileOfPages(directory, "f", 4);
    auto range = MustMap(file.get(), mode, 4);
    EXPECT_OK(file->Truncate(static_cast<int64_t>(kPage)));
    errno = 4711;
    memset(range->data() + 2 * kPage - 100, 'x', 200);  // across two pages that are gone
    EXPECT_EQ(errno, 4711);
    EXPECT_TRUE(range->poisoned());
    FileInfo info;
    EXPECT_OK(file->Info(&info));
    EXPECT_EQ(info.size, static_cast<int64_t>(kPage));
  }
}

TEST(PopulatingTellsThatTheFileDoesNotReach) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 2);
  auto range = MustMap(file.get(), MapMode::kSharedWrite, 4);
  // Behind the end of an old kernel's knowledge, both say true and do nothing.
  bool known = madvise(range->data(), kPage, 22) == 0;
  EXPECT_TRUE(range->PopulateRead(100, kPage));
  EXPECT_TRUE(range->PopulateWrite(100, kPage));
  EXPECT_EQ(range->PopulateRead(kPage, 2 * kPage), !known);
  EXPECT_EQ(range->PopulateWrite(kPage, 2 * kPage), !known);
  EXPECT_TRUE(range->PopulateRead(100 * kPage, kPage));  // nothing of the range
  EXPECT_FALSE(range->poisoned());
}

TEST(ResidentPagesAreToldFromAbsentOnes) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 5000);
  EXPECT_OK(file->Sync());
  auto range = MustMap(file.get(), MapMode::kSharedRead, 5002);
  EXPECT_TRUE(range->PopulateRead(0, 5000 * kPage));
  EXPECT_TRUE(range->Resident(1, 5000 * kPage - 1));
  EXPECT_FALSE(range->Resident(0, 5001 * kPage));
  EXPECT_FALSE(range->Resident(0, SIZE_MAX));
  range->AdviseSequential(0, 5000 * kPage);
  range->DropBehind(1, 5000 * kPage - 2);  // the first and the last page are not whole
  EXPECT_TRUE(range->Resident(0, 1));
  EXPECT_EQ(Load(range, 2500 * kPage), 'a');
}

TEST(ForkedChildCannotStoreIntoTheParentsLog) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  auto range = MustMap(file.get(), MapMode::kSharedWrite, 1);
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] { Store(range, 0, 'x'); }), SIGSEGV));
  EXPECT_EQ(Load(range, 0), 'a');
}

TEST(FaultsAndRegistrationsInManyThreadsStayApart) {
  TempDirectory directory;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      std::string name = "f" + std::to_string(t);
      for (int i = 0; i < 100; ++i) {
        auto file = FileOfPages(directory, name.c_str(), 3);
        auto whole =
            MustMap(FileOfPages(directory, (name + "w").c_str(), 1).get(), MapMode::kSharedRead, 1);
        auto cut = MustMap(file.get(), i % 2 ? MapMode::kSharedRead : MapMode::kPrivate, 3);
        EXPECT_FALSE(cut->poisoned());
        EXPECT_OK(file->Truncate(0));
        EXPECT_EQ(Load(cut, i % 3 * kPage), 0);
        EXPECT_TRUE(cut->poisoned());
        EXPECT_EQ(Load(whole, 0), 'a');
        EXPECT_FALSE(whole->poisoned());
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(ZerosOfACutFileAreNeverTrustedByAnotherThread) {
  // All threads meet the same fault; only one of them runs the handler first.
  TempDirectory directory;
  for (int i = 0; i < 100; ++i) {
    auto file = FileOfPages(directory, "f", 1);
    auto range = MustMap(file.get(), MapMode::kSharedRead, 1);
    EXPECT_OK(file->Truncate(0));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        if (Load(range, 0) == 0) EXPECT_TRUE(range->poisoned());
      });
    }
    for (auto& thread : threads) thread.join();
  }
}

TEST(SlotsOfTheGuardAreUsedAgain) {
  alignas(4096) static uint8_t pages[2][4096];
  for (int i = 0; i < 2 * kMaxGuardedRanges; ++i) {
    GuardedRange* slot = RegisterRange(pages[0], sizeof(pages[0]), OnStore::kFault);
    ASSERT_TRUE(slot != nullptr);
    UnregisterRange(slot);
  }
  std::vector<GuardedRange*> slots;
  GuardedRange* slot;
  while ((slot = RegisterRange(pages[1], sizeof(pages[1]), OnStore::kFault)) != nullptr) {
    slots.push_back(slot);
  }
  EXPECT_TRUE(slots.size() <= static_cast<size_t>(kMaxGuardedRanges) && slots.size() > 65'000);
  std::shared_ptr<MappedRange> range;
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  EXPECT_CODE(file->Map(MapMode::kSharedRead, 0, kPage, &range), Code::kMapLimit);
  for (GuardedRange* taken : slots) UnregisterRange(taken);
  EXPECT_OK(file->Map(MapMode::kSharedRead, 0, kPage, &range));
  EXPECT_TRUE(RegisterRange(pages[0], 0, OnStore::kFault) == nullptr);
  EXPECT_TRUE(RegisterRange(pages[0], size_t{1} << 40, OnStore::kFault) == nullptr);
}

#ifndef DURAMEN_SANITIZED  // which need maps of their own
TEST(LimitOnMapsIsATypedErrorAndPasses) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  int status = StatusOfChild([&] {
    std::vector<std::shared_ptr<MappedRange>> ranges;
    ranges.reserve(100'000);
    Status failure;
    while (failure.ok() && ranges.size() < 100'000) {
      ranges.emplace_back();
      failure = file->Map(MapMode::kSharedRead, 0, kPage, &ranges.back());
    }
    bool good = EXPECT_CODE(failure, Code::kMapLimit);
    ranges.resize(10);
    std::shared_ptr<MappedRange> range;
    good = good && EXPECT_OK(file->Map(MapMode::kSharedRead, 0, kPage, &range));
    return good ? 0 : 1;
  });
  EXPECT_TRUE(ExitedWithZero(status));
}
#endif

}  // namespace
}  // namespace duramen::test
