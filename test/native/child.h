// Tests that need another process, or one that has not run anything yet.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "check.h"

namespace duramen::test {

// Runs `body` in a forked child, which exits with what it returns; gives waitpid's status.
// A child that hangs is ended by SIGALRM.
template <typename Body>
int StatusOfChild(Body body) {
  std::fflush(nullptr);
  pid_t pid = fork();
  if (pid == 0) {
    alarm(60);
    _exit(body());
  }
  int status = -1;
  return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

// The same for a body that is to die: its report and its core dump are nobody's to read.
template <typename Body>
int StatusOfDyingChild(Body body) {
  return StatusOfChild([&] {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    body();
    return 0;
  });
}

inline bool ExitedWithZero(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

// A sanitizer turns the signal into a report and its own exit code.
inline bool DiedBy(int status, int signal) {
  return (WIFSIGNALED(status) && WTERMSIG(status) == signal) ||
         (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

// For a test that must meet a process as it starts. Called first in test `name`: runs that test
// alone in a new process, checks that it passed, and returns false; returns true in there.
inline bool IsAlone(const char* name) {
  if (std::getenv("DURAMEN_TEST_ALONE") != nullptr) return true;
  int status = StatusOfChild([&] {
    setenv("DURAMEN_TEST_ALONE", "1", 1);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execl("/proc/self/exe", "duramen-test", name, nullptr);
    return 127;
  });
  EXPECT_TRUE(ExitedWithZero(status));
  return false;
}

}  // namespace duramen::test
