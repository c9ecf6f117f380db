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
#include "io/sigbus_guard.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DURAMEN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DURAMEN_SANITIZED 1
#endif
#endif

namespace duramen::test {
namespace {

const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

// A file of so many pages of 'a'.
std::unique_ptr<File> FileOfPages(const TempDirectory& directory, const char* name, size_t pages) {
  std::unique_ptr<File> file;
  EXPECT_OK(Env::Posix()->Open(directory.File(name), OpenMode::kCreate, &file));
  std::string content(pages * kPage, 'a');
  EXPECT_OK(file->WriteAt(content.data(), content.size(), 0));
  return file;
}

std::shared_ptr<MappedRange> MustMap(File* file, MapMode mode, size_t pages) {
  std::shared_ptr<MappedRange> range;
  EXPECT_OK(file->Map(mode, 0, pages * kPage, &range));
  return range;
}

uint8_t Load(const std::shared_ptr<MappedRange>& range, size_t position) {
  return *const_cast<volatile uint8_t*>(range->data() + position);
}

void Store(const std::shared_ptr<MappedRange>& range, size_t position, uint8_t value) {
  *const_cast<volatile uint8_t*>(range->data() + position) = value;
}

uint8_t ByteInFile(File* file, int64_t position) {
  uint8_t byte = 0;
  size_t got = 0;
  EXPECT_OK(file->ReadAt(&byte, 1, position, &got));
  EXPECT_EQ(got, 1u);
  return byte;
}

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

// A page of a map that is not ours, and that its file does not reach.
volatile char* ForeignBadPage(File* file, const std::string& path) {
  EXPECT_OK(file->Truncate(0));
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* page = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return static_cast<volatile char*>(page);
}

TEST(UnrelatedBusErrorStillKills) {
  if (!IsAlone("UnrelatedBusErrorStillKills")) return;
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  auto good = MustMap(FileOfPages(directory, "g", 1).get(), MapMode::kSharedRead, 1);
  volatile char* bad = ForeignBadPage(file.get(), directory.File("f"));
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] { (void)*bad; }), SIGBUS));
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([] { kill(getpid(), SIGBUS); }), SIGBUS));
  // A sent signal carries no address, whatever stands in its place.
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] {
                       union sigval value;
                       value.sival_ptr = good->data();
                       sigqueue(getpid(), SIGBUS, value);
                     }),
                     SIGBUS));
}

volatile char* bad_page;
int handled;

void CoverBadPage() {
  ++handled;
  errno = 1;
  mmap(const_cast<char*>(bad_page), kPage, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
       0);
}

// Installs a handler as a program might have before it loads us, cuts a file of ours and one of
// its own, and gives 0 if each handler got its own.
int FaultWithHandler(const struct sigaction& action, int sent) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 2);
  bad_page = ForeignBadPage(FileOfPages(directory, "g", 1).get(), directory.File("g"));
  sigaction(SIGBUS, &action, nullptr);
  auto range = MustMap(file.get(), MapMode::kSharedRead, 2);
  EXPECT_OK(file->Truncate(0));
  bool good =
      EXPECT_EQ(Load(range, kPage), 0) && EXPECT_TRUE(range->poisoned()) && EXPECT_EQ(handled, 0);
  if (sent != 0) kill(getpid(), sent);
  if (action.sa_handler == SIG_IGN) return good ? 0 : 1;
  errno = 4711;
  char byte = *bad_page;
  good = EXPECT_EQ(errno, 4711) && EXPECT_EQ(byte, 0) && EXPECT_EQ(handled, 1) && good;
  return good ? 0 : 1;
}

TEST(HandlerFromBeforeUsGetsTheOtherFaults) {
  if (!IsAlone("HandlerFromBeforeUsGetsTheOtherFaults")) return;
  struct sigaction action = {};
  action.sa_handler = [](int) { CoverBadPage(); };
  EXPECT_TRUE(ExitedWithZero(StatusOfChild([&] { return FaultWithHandler(action, 0); })));
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    if (info->si_addr == bad_page) CoverBadPage();
  };
  action.sa_flags = SA_SIGINFO;
  EXPECT_TRUE(ExitedWithZero(StatusOfChild([&] { return FaultWithHandler(action, 0); })));
}

TEST(IgnoredBusErrorStaysIgnoredUnlessItIsAFault) {
  if (!IsAlone("IgnoredBusErrorStaysIgnoredUnlessItIsAFault")) return;
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;
  EXPECT_TRUE(ExitedWithZero(StatusOfChild([&] { return FaultWithHandler(action, SIGBUS); })));
  int status = StatusOfDyingChild([&] {
    FaultWithHandler(action, 0);
    (void)*bad_page;
  });
  EXPECT_TRUE(DiedBy(status, SIGBUS));
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
    int slot = RegisterRange(pages[0], sizeof(pages[0]));
    ASSERT_TRUE(slot >= 0);
    UnregisterRange(slot);
  }
  std::vector<int> slots;
  int slot;
  while ((slot = RegisterRange(pages[1], sizeof(pages[1]))) >= 0) slots.push_back(slot);
  EXPECT_TRUE(slots.size() <= static_cast<size_t>(kMaxGuardedRanges) && slots.size() > 65'000);
  std::shared_ptr<MappedRange> range;
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  EXPECT_CODE(file->Map(MapMode::kSharedRead, 0, kPage, &range), Code::kMapLimit);
  for (int taken : slots) UnregisterRange(taken);
  EXPECT_OK(file->Map(MapMode::kSharedRead, 0, kPage, &range));
  EXPECT_EQ(RegisterRange(pages[0], 0), -1);
  EXPECT_EQ(RegisterRange(pages[0], size_t{1} << 40), -1);
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
