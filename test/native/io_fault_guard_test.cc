// Faults that are ours, and those that are somebody else's: io/fault_guard.h.
#include "io/fault_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

#include "check.h"
#include "child.h"
#include "io/env.h"
#include "io/mapped_range.h"
#include "mapped_file.h"

namespace duramen::test {
namespace {

TEST(StoreIntoAPrivateRangeMarksItAndNoOther) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 4);
  auto stored = MustMap(file.get(), MapMode::kPrivate, 4);
  auto other = MustMap(file.get(), MapMode::kPrivate, 4);
  auto shared = MustMap(file.get(), MapMode::kSharedWrite, 4);
  EXPECT_EQ(Load(stored, 10), 'a');
  EXPECT_FALSE(stored->written());
  errno = 4711;
  Store(stored, 10, 'x');
  EXPECT_EQ(errno, 4711);
  EXPECT_TRUE(stored->written());
  Store(stored, 3 * kPage, 'y');
  EXPECT_EQ(Load(stored, 10), 'x');
  EXPECT_EQ(Load(stored, 3 * kPage), 'y');
  EXPECT_FALSE(stored->poisoned());

  for (const auto& range : {other, shared}) {
    EXPECT_EQ(Load(range, 10), 'a');
    EXPECT_EQ(Load(range, 3 * kPage), 'a');
    EXPECT_FALSE(range->written());
  }
  EXPECT_EQ(ByteInFile(file.get(), 10), 'a');
  Store(shared, 20, 'z');
  EXPECT_FALSE(shared->written());
  EXPECT_FALSE(other->written());
}

TEST(RangeIsUnmarkedWhereAWrittenOneWas) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  for (int i = 0; i < 3; ++i) {
    auto range = MustMap(file.get(), MapMode::kPrivate, 1);
    EXPECT_FALSE(range->written());
    Store(range, 0, 'x');
    EXPECT_TRUE(range->written());
  }
}

TEST(StoresOfManyThreadsAllSucceed) {
  TempDirectory directory;
  constexpr size_t kThreads = 6;
  auto file = FileOfPages(directory, "f", kThreads);
  for (int i = 0; i < 100; ++i) {
    auto range = MustMap(file.get(), MapMode::kPrivate, kThreads);
    std::atomic<size_t> ready{0};
    std::vector<std::thread> threads;
    for (size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (++ready; ready < kThreads;) {
        }
        Store(range, t * kPage, 'x');
        EXPECT_TRUE(range->written());
        EXPECT_EQ(Load(range, t * kPage), 'x');
      });
    }
    for (auto& thread : threads) thread.join();
    for (size_t t = 0; t < kThreads; ++t) {
      EXPECT_EQ(Load(range, t * kPage), 'x');
      EXPECT_EQ(Load(range, t * kPage + 1), 'a');
      EXPECT_EQ(ByteInFile(file.get(), static_cast<int64_t>(t * kPage)), 'a');
    }
  }
}

TEST(StoreIntoZerosOfACutFileIsSeen) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 3);
  auto range = MustMap(file.get(), MapMode::kPrivate, 3);
  EXPECT_OK(file->Truncate(static_cast<int64_t>(kPage)));
  EXPECT_EQ(Load(range, kPage), 0);
  EXPECT_TRUE(range->poisoned());
  EXPECT_FALSE(range->written());
  Store(range, kPage, 'x');
  EXPECT_TRUE(range->written());
  Store(range, 2 * kPage, 'y');  // which no load has met
  Store(range, 0, 'z');
  EXPECT_EQ(Load(range, kPage), 'x');
  EXPECT_EQ(Load(range, 2 * kPage), 'y');
  EXPECT_EQ(Load(range, 0), 'z');
  EXPECT_EQ(ByteInFile(file.get(), 0), 'a');
}

TEST(SystemCallThatStoresIntoAPrivateRangeIsRefused) {
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  auto range = MustMap(file.get(), MapMode::kPrivate, 1);
  size_t got = 0;
  Status status = file->ReadAt(range->data(), 10, 20, &got);
  EXPECT_EQ(status.sys_errno(), EFAULT);
  EXPECT_FALSE(range->written());
  Store(range, 0, 'x');
  EXPECT_OK(file->ReadAt(range->data(), 10, 20, &got));
}

// A page that belongs to us in no way, and at which `signal` comes.
volatile char* ForeignBadPage(int signal, const TempDirectory& directory) {
  if (signal == SIGSEGV) {
    void* page = mmap(nullptr, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return static_cast<volatile char*>(page);
  }
  EXPECT_OK(FileOfPages(directory, "bad", 1)->Truncate(0));
  int fd = open(directory.File("bad").c_str(), O_RDONLY | O_CLOEXEC);
  void* page = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return static_cast<volatile char*>(page);
}

void UnrelatedFaultsKill(int signal) {
  TempDirectory directory;
  auto good = MustMap(FileOfPages(directory, "g", 1).get(), MapMode::kPrivate, 1);
  volatile char* bad = ForeignBadPage(signal, directory);
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] { (void)*bad; }), signal));
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] { kill(getpid(), signal); }), signal));
  // A sent signal carries no address, whatever stands in its place.
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] {
                       union sigval value;
                       value.sival_ptr = good->data();
                       sigqueue(getpid(), signal, value);
                     }),
                     signal));
}

TEST(UnrelatedBusErrorStillKills) {
  if (IsAlone("UnrelatedBusErrorStillKills")) UnrelatedFaultsKill(SIGBUS);
}

TEST(UnrelatedSegmentationFaultStillKills) {
  if (IsAlone("UnrelatedSegmentationFaultStillKills")) UnrelatedFaultsKill(SIGSEGV);
}

TEST(SegmentationFaultThatIsNoStoreIntoAPrivateRangeKills) {
  if (!IsAlone("SegmentationFaultThatIsNoStoreIntoAPrivateRangeKills")) return;
  TempDirectory directory;
  auto file = FileOfPages(directory, "f", 1);
  auto shared = MustMap(file.get(), MapMode::kSharedRead, 1);
  auto view = MustMap(file.get(), MapMode::kPrivate, 1);
  EXPECT_TRUE(DiedBy(StatusOfDyingChild([&] { Store(shared, 0, 'x'); }), SIGSEGV));
  const auto jump = [&] { reinterpret_cast<void (*)()>(view->data())(); };
  EXPECT_TRUE(DiedBy(StatusOfDyingChild(jump), SIGSEGV));
  uint8_t* gone = view->data();
  view.reset();
  EXPECT_TRUE(
      DiedBy(StatusOfDyingChild([&] { *const_cast<volatile uint8_t*>(gone) = 1; }), SIGSEGV));
}

volatile char* bad_page;
int handled;

void CoverBadPage() {
  ++handled;
  errno = 1;
  mmap(const_cast<char*>(bad_page), kPage, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
       0);
}

// Causes the two faults that are ours; whether they were met.
bool OurFaultsAreMet(const TempDirectory& directory) {
  auto file = FileOfPages(directory, "f", 2);
  auto range = MustMap(file.get(), MapMode::kSharedRead, 2);
  auto view = MustMap(file.get(), MapMode::kPrivate, 1);
  Store(view, 0, 'x');
  EXPECT_OK(file->Truncate(0));
  return EXPECT_TRUE(view->written()) && EXPECT_EQ(Load(range, kPage), 0) &&
         EXPECT_TRUE(range->poisoned());
}

// Installs a handler as a program might have before it loads us, causes faults of ours and one of
// its own, and gives 0 if each handler got its own.
int FaultWithHandler(int signal, const struct sigaction& action, bool send) {
  TempDirectory directory;
  bad_page = ForeignBadPage(signal, directory);
  sigaction(signal, &action, nullptr);
  bool good = OurFaultsAreMet(directory) && EXPECT_EQ(handled, 0);
  if (send) kill(getpid(), signal);
  if (action.sa_handler == SIG_IGN) return good ? 0 : 1;
  errno = 4711;
  char byte = *bad_page;
  good = EXPECT_EQ(errno, 4711) && EXPECT_EQ(byte, 0) && EXPECT_EQ(handled, 1) && good;
  return good && OurFaultsAreMet(directory) ? 0 : 1;
}

TEST(HandlerFromBeforeUsGetsTheOtherFaults) {
  if (!IsAlone("HandlerFromBeforeUsGetsTheOtherFaults")) return;
  for (int signal : {SIGBUS, SIGSEGV}) {
    struct sigaction action = {};
    action.sa_handler = [](int) { CoverBadPage(); };
    const auto fault = [&] { return FaultWithHandler(signal, action, false); };
    EXPECT_TRUE(ExitedWithZero(StatusOfChild(fault)));
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      if (info->si_addr == bad_page) CoverBadPage();
    };
    action.sa_flags = SA_SIGINFO;
    EXPECT_TRUE(ExitedWithZero(StatusOfChild(fault)));
  }
}

TEST(IgnoredFaultSignalStaysIgnoredUnlessItIsAFault) {
  if (!IsAlone("IgnoredFaultSignalStaysIgnoredUnlessItIsAFault")) return;
  for (int signal : {SIGBUS, SIGSEGV}) {
    struct sigaction action = {};
    action.sa_handler = SIG_IGN;
    const auto send = [&] { return FaultWithHandler(signal, action, true); };
    EXPECT_TRUE(ExitedWithZero(StatusOfChild(send)));
    int status = StatusOfDyingChild([&] {
      FaultWithHandler(signal, action, false);
      (void)*bad_page;
    });
    EXPECT_TRUE(DiedBy(status, signal));
  }
}

}  // namespace
}  // namespace duramen::test
