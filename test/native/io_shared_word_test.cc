// Waiting for a word in a mapped file: io/shared_word.h.
#include <chrono>

#include "check.h"
#include "child.h"
#include "io/env.h"
#include "io/mapped_range.h"
#include "io/shared_word.h"

namespace duramen::test {
namespace {

const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

uint32_t* WordOf(const std::shared_ptr<MappedRange>& range) {
  return reinterpret_cast<uint32_t*>(range->data());
}

struct Fixture {
  Fixture() {
    EXPECT_OK(Env::Posix()->Open(directory.File("f"), OpenMode::kCreate, &file));
    EXPECT_OK(file->Truncate(static_cast<int64_t>(kPage)));
    EXPECT_OK(file->Map(MapMode::kSharedWrite, 0, kPage, &writer));
    EXPECT_OK(file->Map(MapMode::kSharedRead, 0, kPage, &reader));
  }
  TempDirectory directory;
  std::unique_ptr<File> file;
  std::shared_ptr<MappedRange> writer, reader;
};

int64_t MillisecondsOfWait(const uint32_t* word, uint32_t seen, int timeout_ms) {
  auto start = std::chrono::steady_clock::now();
  WaitForChange(word, seen, timeout_ms);
  auto spent = std::chrono::steady_clock::now() - start;
  return std::chrono::duration_cast<std::chrono::milliseconds>(spent).count();
}

TEST(WaitEndsAtItsTimeout) {
  Fixture f;
  int64_t spent = MillisecondsOfWait(WordOf(f.reader), 0, 30);
  EXPECT_TRUE(spent >= 29 && spent < 10'000);
}

TEST(WaitForAWordThatHasChangedReturnsAtOnce) {
  Fixture f;
  __atomic_store_n(WordOf(f.writer), 1, __ATOMIC_RELEASE);
  EXPECT_TRUE(MillisecondsOfWait(WordOf(f.reader), 0, 30'000) < 10'000);
}

TEST(WakeReachesAnotherProcessOnAReadOnlyMap) {
  Fixture f;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    const uint32_t* word = WordOf(f.reader);
    (void)!write(ends[1], "r", 1);
    int64_t spent = 0;
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == 0 && spent < 20'000) {
      spent += MillisecondsOfWait(word, 0, 30'000);
    }
    _exit(__atomic_load_n(word, __ATOMIC_ACQUIRE) == 1 && spent < 20'000 ? 0 : 1);
  }
  char ready;
  EXPECT_EQ(read(ends[0], &ready, 1), 1);
  usleep(50'000);  // the child is most likely asleep by now
  __atomic_store_n(WordOf(f.writer), 1, __ATOMIC_RELEASE);
  WakeAll(WordOf(f.writer));
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(ExitedWithZero(status));
  close(ends[0]);
  close(ends[1]);
}

TEST(WaitOnAWordWhoseFileWasCutSleepsAndPoisonsTheRange) {
  Fixture f;
  EXPECT_OK(f.file->Truncate(0));
  EXPECT_TRUE(MillisecondsOfWait(WordOf(f.reader), 0, 30) >= 29);
  EXPECT_TRUE(f.reader->poisoned());
}

}  // namespace
}  // namespace duramen::test
