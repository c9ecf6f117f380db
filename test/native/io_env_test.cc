// Files and directories of the operating system: io/env.h.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "child.h"
#include "io/env.h"
#include "io/mapped_range.h"

namespace duramen::test {
namespace {

Env* env = Env::Posix();

std::unique_ptr<File> MustOpen(const std::string& path, OpenMode mode = OpenMode::kCreate) {
  std::unique_ptr<File> file;
  EXPECT_OK(env->Open(path, mode, &file));
  return file;
}

int64_t SizeOf(File* file) {
  FileInfo info;
  EXPECT_OK(file->Info(&info));
  return info.size;
}

TEST(ReadPastTheEndGivesWhatIsThere) {
  TempDirectory directory;
  auto file = MustOpen(directory.File("f"));
  EXPECT_OK(file->WriteAt("abcdef", 6, 0));
  char text[16] = {};
  size_t got = 99;
  EXPECT_OK(file->ReadAt(text, sizeof(text), 2, &got));
  EXPECT_EQ(std::string(text, got), "cdef");
  EXPECT_OK(file->ReadAt(text, sizeof(text), 6, &got));
  EXPECT_EQ(got, 0u);
  EXPECT_OK(file->ReadAt(text, sizeof(text), 6000, &got));
  EXPECT_EQ(got, 0u);
}

TEST(OpenModesAskForWhatTheySay) {
  TempDirectory directory;
  std::string path = directory.File("f");
  std::unique_ptr<File> file;
  Status status = env->Open(path, OpenMode::kRead, &file);
  EXPECT_CODE(status, Code::kNotFound);
  EXPECT_EQ(status.path(), path);
  EXPECT_EQ(std::string(status.syscall()), "open");
  EXPECT_EQ(status.sys_errno(), ENOENT);
  EXPECT_CODE(env->Open(path, OpenMode::kReadWrite, &file), Code::kNotFound);
  EXPECT_OK(env->Open(path, OpenMode::kCreateNew, &file));
  EXPECT_EQ(env->Open(path, OpenMode::kCreateNew, &file).sys_errno(), EEXIST);
  EXPECT_OK(env->Open(path, OpenMode::kCreate, &file));
  EXPECT_OK(env->Open(path, OpenMode::kRead, &file));
  EXPECT_FALSE(file->WriteAt("x", 1, 0).ok());
  EXPECT_CODE(env->Open(path + "/g", OpenMode::kRead, &file), Code::kNotADirectory);
}

TEST(AllocateGrowsTheFileAndKeepsItsBytes) {
  TempDirectory directory;
  auto file = MustOpen(directory.File("f"));
  EXPECT_OK(file->WriteAt("abc", 3, 0));
  bool supported = false;
  EXPECT_OK(file->Allocate(0, 1 << 20, &supported));
  if (!supported) {
    std::printf("skipped: no fallocate in %s\n", directory.path().c_str());
    return;
  }
  EXPECT_EQ(SizeOf(file.get()), 1 << 20);
  struct stat stat;
  EXPECT_EQ(::stat(directory.File("f").c_str(), &stat), 0);
  EXPECT_TRUE(stat.st_blocks * 512 >= 1 << 20);
  char text[4];
  size_t got;
  EXPECT_OK(file->ReadAt(text, 4, 0, &got));
  EXPECT_EQ(std::string(text, 4), std::string("abc\0", 4));
  EXPECT_OK(file->Truncate(3));
  EXPECT_EQ(SizeOf(file.get()), 3);
}

TEST(AllocateFinishesUnderATimer) {
  // tmpfs gives up at a signal, and undoes what it had.
  std::string path = "/dev/shm/duramen-test-" + std::to_string(getpid());
  if (access("/dev/shm", W_OK) != 0) {
    std::printf("skipped: no /dev/shm\n");
    return;
  }
  struct sigaction action = {}, old_action;
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, &old_action);
  struct itimerval often = {{0, 1000}, {0, 1000}}, never = {};
  setitimer(ITIMER_REAL, &often, nullptr);
  auto file = MustOpen(path, OpenMode::kCreateNew);
  EXPECT_OK(env->Unlink(path));  // so that it goes with us, however we end
  bool supported = false;
  Status status = file->Allocate(0, 32 << 20, &supported);
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &old_action, nullptr);
  if (status.code() == Code::kNoSpace) {
    std::printf("skipped: /dev/shm is too small\n");
  } else {
    EXPECT_OK(status);
    EXPECT_EQ(SizeOf(file.get()), 32 << 20);
  }
}

TEST(DirectoriesAreMadeListedAndSynced) {
  TempDirectory directory;
  std::string inner = directory.File("inner");
  EXPECT_OK(env->MakeDirectory(inner));
  EXPECT_OK(env->MakeDirectory(inner));
  MustOpen(inner + "/b");
  MustOpen(inner + "/a");
  EXPECT_CODE(env->MakeDirectory(inner + "/a"), Code::kNotADirectory);
  EXPECT_OK(env->SyncDirectory(inner));
  std::vector<std::string> names;
  EXPECT_OK(env->List(inner, &names));
  std::sort(names.begin(), names.end());
  EXPECT_TRUE((names == std::vector<std::string>{"a", "b"}));
  EXPECT_OK(env->Rename(inner + "/b", inner + "/a"));
  EXPECT_OK(env->Unlink(inner + "/a"));
  EXPECT_CODE(env->Unlink(inner + "/a"), Code::kNotFound);
  EXPECT_OK(env->List(inner, &names));
  EXPECT_TRUE(names.empty());
  EXPECT_CODE(env->List(directory.File("none"), &names), Code::kNotFound);
  EXPECT_CODE(env->SyncDirectory(directory.File("none")), Code::kNotFound);
}

TEST(InfoTellsFilesApart) {
  TempDirectory directory;
  auto file = MustOpen(directory.File("a"));
  MustOpen(directory.File("b"));
  EXPECT_OK(file->WriteAt("abc", 3, 0));
  FileInfo by_path, by_file, other, folder;
  EXPECT_OK(env->Info(directory.File("a"), &by_path));
  EXPECT_OK(file->Info(&by_file));
  EXPECT_OK(env->Info(directory.File("b"), &other));
  EXPECT_OK(env->Info(directory.path(), &folder));
  EXPECT_TRUE(by_path.id == by_file.id);
  EXPECT_FALSE(by_path.id == other.id);
  EXPECT_EQ(by_path.size, 3);
  EXPECT_TRUE(std::abs(by_path.modified_ms - env->NowMs()) < 60'000);
  EXPECT_FALSE(by_path.is_directory);
  EXPECT_TRUE(folder.is_directory);
  EXPECT_CODE(env->Info(directory.File("none"), &other), Code::kNotFound);
}

TEST(BootIdIsKnownAndStays) {
  EXPECT_FALSE(env->CurrentBoot() == BootId{});
  EXPECT_TRUE(env->CurrentBoot() == env->CurrentBoot());
}

TEST(PseudoFileSystemsAreNotMappedForWriting) {
  EXPECT_FALSE(env->MayMapForWriting("/proc"));
  EXPECT_FALSE(env->MayMapForWriting("/no/such/directory"));
  if (access("/dev/shm", W_OK) == 0) EXPECT_TRUE(env->MayMapForWriting("/dev/shm"));
}

TEST(ReplacedFileIsAlwaysTheOldOrTheNewOne) {
  TempDirectory directory;
  std::string path = directory.File("checkpoint");
  std::string old_content(100, 'o'), new_content(20'000, 'n');
  EXPECT_OK(ReplaceFile(env, path, old_content));
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      std::string content;
      EXPECT_OK(ReadWholeFile(env, path, 1 << 20, &content));
      EXPECT_TRUE(content == old_content || content == new_content);
    }
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_OK(ReplaceFile(env, path, i % 2 == 0 ? new_content : old_content));
  }
  done = true;
  reader.join();
  std::vector<std::string> names;
  EXPECT_OK(env->List(directory.path(), &names));
  EXPECT_EQ(names.size(), 1u);
}

TEST(FailedReplacementLeavesTheOldFileAndNoOther) {
  TempDirectory directory;
  std::string path = directory.File("checkpoint");
  EXPECT_OK(env->MakeDirectory(path));  // no file can be renamed over it
  MustOpen(path + "/inside");
  EXPECT_FALSE(ReplaceFile(env, path, "new").ok());
  std::vector<std::string> names;
  EXPECT_OK(env->List(directory.path(), &names));
  EXPECT_TRUE((names == std::vector<std::string>{"checkpoint"}));
  EXPECT_CODE(ReplaceFile(env, directory.File("none/f"), "new"), Code::kNotFound);
}

TEST(TemporaryFileOfACrashIsNoPartOfTheNextReplacement) {
  TempDirectory directory;
  std::string path = directory.File("checkpoint");
  EXPECT_OK(MustOpen(path + ".tmp")->WriteAt("left behind", 11, 0));
  EXPECT_OK(ReplaceFile(env, path, "new"));
  std::string content;
  EXPECT_OK(ReadWholeFile(env, path, 3, &content));
  EXPECT_EQ(content, "new");
  EXPECT_CODE(ReadWholeFile(env, path, 2, &content), Code::kInvalidArgument);
  EXPECT_CODE(ReadWholeFile(env, directory.File("none"), 2, &content), Code::kNotFound);
}

TEST(TooManyOpenFilesIsATypedErrorAndPasses) {
  TempDirectory directory;
  int status = StatusOfChild([&] {
    struct rlimit few = {32, 32};
    setrlimit(RLIMIT_NOFILE, &few);
    std::vector<std::unique_ptr<File>> files;
    Status failure;
    for (int i = 0; i < 64 && failure.ok(); ++i) {
      files.emplace_back();
      failure = env->Open(directory.File("f"), OpenMode::kCreate, &files.back());
    }
    std::vector<std::string> names;
    bool good = EXPECT_CODE(failure, Code::kTooManyFiles) &&
                EXPECT_CODE(env->List(directory.path(), &names), Code::kTooManyFiles);
    files.clear();
    good = good && EXPECT_OK(env->List(directory.path(), &names));
    return good ? 0 : 1;
  });
  EXPECT_TRUE(ExitedWithZero(status));
}

// For files of /proc, which have no positions.
bool WriteText(const char* path, const std::string& text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

// A file system of a megabyte, which goes with the process that mounted it.
bool MountSmallDisk(const std::string& directory) {
  std::string user = "0 " + std::to_string(getuid()) + " 1";
  std::string group = "0 " + std::to_string(getgid()) + " 1";
  bool alone =
      unshare(CLONE_NEWNS) == 0 ||
      (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && WriteText("/proc/self/setgroups", "deny") &&
       WriteText("/proc/self/uid_map", user) && WriteText("/proc/self/gid_map", group));
  if (!alone) return false;
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=1m") == 0;
}

bool SurvivesAFullDisk(const std::string& directory) {
  auto file = MustOpen(directory + "/log");
  bool supported = false;
  bool good = EXPECT_OK(ReplaceFile(env, directory + "/checkpoint", "old"));
  good = good && EXPECT_OK(file->Allocate(0, 256 << 10, &supported)) && EXPECT_TRUE(supported);
  std::shared_ptr<MappedRange> range;
  good = good && EXPECT_OK(file->Map(MapMode::kSharedWrite, 0, 4 << 20, &range));
  {
    auto ballast = MustOpen(directory + "/ballast");
    good = good && EXPECT_OK(ballast->Allocate(0, 512 << 10, &supported));
  }
  Status full = file->Allocate(256 << 10, 512 << 10, &supported);
  good = good && EXPECT_CODE(full, Code::kNoSpace) && EXPECT_EQ(full.sys_errno(), ENOSPC) &&
         EXPECT_EQ(full.path(), directory + "/log");
  std::string large(1 << 20, 'x'), content;
  good = good && EXPECT_CODE(ReplaceFile(env, directory + "/checkpoint", large), Code::kNoSpace) &&
         EXPECT_CODE(file->WriteAt(large.data(), large.size(), 0), Code::kNoSpace) &&
         EXPECT_OK(ReadWholeFile(env, directory + "/checkpoint", 10, &content)) &&
         EXPECT_EQ(content, "old");
  good = good && EXPECT_OK(env->Unlink(directory + "/ballast")) &&
         EXPECT_OK(file->Allocate(256 << 10, 512 << 10, &supported));
  if (good) memset(range->data() + (256 << 10), 'x', 512 << 10);
  return good && EXPECT_FALSE(range->poisoned());
}

TEST(FullDiskIsATypedErrorAndPasses) {
  TempDirectory directory;
  constexpr int kNoMount = 77;
  int status = StatusOfChild([&] {
    if (!MountSmallDisk(directory.path())) return kNoMount;
    return SurvivesAFullDisk(directory.path()) ? 0 : 1;
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMount) {
    std::printf("skipped: no permission to mount a small disk\n");
    return;
  }
  EXPECT_TRUE(ExitedWithZero(status));
}

}  // namespace
}  // namespace duramen::test
