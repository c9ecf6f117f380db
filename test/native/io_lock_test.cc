// One owner for a directory: io/directory_lock.h.
#include <signal.h>
#include <sys/stat.h>

#include <cstring>

#include "check.h"
#include "child.h"
#include "io/directory_lock.h"
#include "io/env.h"

namespace duramen::test {
namespace {

bool Names(const Status& status, const std::string& holder) {
  return status.code() == Code::kLocked &&
         status.message().find("is held by " + holder + ";") != std::string::npos;
}

// A child that takes the lock of a directory by `take` and keeps it till it is killed.
class Holder {
 public:
  template <typename Take>
  explicit Holder(Take take) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      alarm(60);
      char ok = take() ? 'y' : 'n';
      (void)!write(ends[1], &ok, 1);
      pause();
      _exit(0);
    }
    close(ends[1]);
    char ok = 0;
    EXPECT_EQ(read(ends[0], &ok, 1), 1);
    EXPECT_EQ(ok, 'y');
    close(ends[0]);
  }
  ~Holder() { Kill(); }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string name() const { return "process " + std::to_string(pid_); }

 private:
  pid_t pid_ = 0;
};

TEST(SecondOpenerIsRefusedWithWhoHoldsTheLock) {
  TempDirectory directory;
  std::unique_ptr<DirectoryLock> lock, second;
  bool held = true;
  std::string holder;
  EXPECT_OK(DirectoryLock::IsHeld(directory.path(), &held, &holder));
  EXPECT_FALSE(held);
  EXPECT_OK(DirectoryLock::Acquire(directory.path(), &lock));
  EXPECT_TRUE(Names(DirectoryLock::Acquire(directory.path(), &second), "this process"));
  EXPECT_OK(DirectoryLock::IsHeld(directory.path(), &held, &holder));
  EXPECT_TRUE(held);
  EXPECT_EQ(holder, "this process");
  std::string parent = "process " + std::to_string(getpid());
  EXPECT_TRUE(ExitedWithZero(StatusOfChild(
      [&] { return Names(DirectoryLock::Acquire(directory.path(), &second), parent) ? 0 : 1; })));
  // The child closed what it inherited: the lock is still ours.
  EXPECT_TRUE(Names(DirectoryLock::Acquire(directory.path(), &second), "this process"));
  lock.reset();
  EXPECT_OK(DirectoryLock::IsHeld(directory.path(), &held, &holder));
  EXPECT_FALSE(held);
  EXPECT_EQ(holder, "");
  EXPECT_OK(DirectoryLock::Acquire(directory.path(), &second));
}

TEST(LockIsReleasedByTheDeathOfItsHolder) {
  TempDirectory directory;
  std::unique_ptr<DirectoryLock> lock;
  Holder child([&] { return DirectoryLock::Acquire(directory.path(), &lock).ok(); });
  bool held = false;
  std::string holder;
  EXPECT_TRUE(Names(DirectoryLock::Acquire(directory.path(), &lock), child.name()));
  EXPECT_OK(DirectoryLock::IsHeld(directory.path(), &held, &holder));
  EXPECT_TRUE(held);
  EXPECT_EQ(holder, child.name());
  child.Kill();
  EXPECT_OK(DirectoryLock::IsHeld(directory.path(), &held, &holder));
  EXPECT_FALSE(held);
  EXPECT_OK(DirectoryLock::Acquire(directory.path(), &lock));
}

TEST(ClassicLockOfAnotherProgramExcludesUs) {
  // What a Java program does; the pid that stands in the file is from an owner before it.
  TempDirectory directory;
  std::string path = directory.File(".lock");
  EXPECT_OK(ReplaceFile(Env::Posix(), path, "1 1\n"));
  Holder child([&] {
    int fd = open(path.c_str(), O_RDWR);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    return fcntl(fd, F_SETLK, &lock) == 0;
  });
  std::unique_ptr<DirectoryLock> lock;
  EXPECT_TRUE(Names(DirectoryLock::Acquire(directory.path(), &lock), child.name()));
}

TEST(StalePidInTheLockFileIsNotBlamed) {
  TempDirectory directory;
  std::string path = directory.File(".lock");
  std::unique_ptr<DirectoryLock> lock, second;
  EXPECT_OK(DirectoryLock::Acquire(directory.path(), &lock));
  for (const char* text : {"", "garbage", "1 1\n", "-7 0\n", "99999999999999999999 5\n", "1"}) {
    std::unique_ptr<File> file;
    EXPECT_OK(Env::Posix()->Open(path, OpenMode::kReadWrite, &file));
    EXPECT_OK(file->Truncate(0));
    EXPECT_OK(file->WriteAt(text, strlen(text), 0));
    EXPECT_TRUE(Names(DirectoryLock::Acquire(directory.path(), &second), "another process"));
  }
}

TEST(ReaderWithoutPermissionToWriteLearnsOfTheOwner) {
  TempDirectory directory;
  std::unique_ptr<DirectoryLock> lock;
  EXPECT_OK(DirectoryLock::Acquire(directory.path(), &lock));
  chmod(directory.path().c_str(), 0755);
  chmod(directory.File(".lock").c_str(), 0444);
  std::string parent = "process " + std::to_string(getpid());
  int status = StatusOfChild([&] {
    if (getuid() == 0 && setuid(65534) != 0) return 1;
    bool held = false;
    std::string holder;
    bool good = EXPECT_OK(DirectoryLock::IsHeld(directory.path(), &held, &holder)) &&
                EXPECT_TRUE(held) && EXPECT_EQ(holder, parent);
    std::unique_ptr<DirectoryLock> second;
    good = good && EXPECT_CODE(DirectoryLock::Acquire(directory.path(), &second), Code::kAccess);
    return good ? 0 : 1;
  });
  EXPECT_TRUE(ExitedWithZero(status));
}

TEST(LockOfWhatIsNoDirectoryIsATypedError) {
  TempDirectory directory;
  std::unique_ptr<DirectoryLock> lock;
  EXPECT_CODE(DirectoryLock::Acquire(directory.File("none"), &lock), Code::kNotFound);
  EXPECT_OK(ReplaceFile(Env::Posix(), directory.File("file"), ""));
  EXPECT_CODE(DirectoryLock::Acquire(directory.File("file"), &lock), Code::kNotADirectory);
}

}  // namespace
}  // namespace duramen::test
