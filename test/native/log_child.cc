#include "log_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "check.h"
#include "io/background.h"
#include "log/registry.h"
#include "log_support.h"

namespace duramen::test {
namespace {

constexpr char kRole[] = "DURAMEN_LOG_CHILD";

struct Command {
  char what = 0;
  int64_t argument = 0;
};

// Runs in the child.
class Servant {
 public:
  Servant(std::string directory, const LogOptions& options, int commands, int replies)
      : directory_(std::move(directory)),
        options_(options),
        commands_(commands),
        replies_(replies) {}

  void Serve() {
    Command command;
    while (read(commands_, &command, sizeof command) == sizeof command) {
      if (command.what == 'e') AppendForEver();
      ChildReply reply;
      reply.code = static_cast<int32_t>(Do(command).code());
      if (handle_) {
        const LogState state = handle_->log().State();
        reply.log_start_offset = state.log_start_offset;
        reply.log_end_offset = state.log_end_offset;
        reply.high_watermark = state.high_watermark;
      }
      if (write(replies_, &reply, sizeof reply) != sizeof reply) return;
    }
  }

 private:
  Status Do(const Command& command) {
    if (command.what == 'o') {
      return LogHandle::Open(Env::Posix(), directory_, options_, false, &handle_);
    }
    Status status;
    PartitionLog* log = handle_ ? handle_->appender(&status) : nullptr;
    if (log == nullptr) return status;
    switch (command.what) {
      case 'a':
        return Append(log, command.argument);
      case 'f':
        return log->Flush();
      case 'h':
        BackgroundThread::Flusher()->Post([] { pause(); });
        return Status();
      case 't':
        return log->TruncateTo(command.argument);
      case 'd':
        return log->DeleteBefore(command.argument);
      default:
        return handle_->Close();
    }
  }

  Status Append(PartitionLog* log, int64_t count) {
    for (; count > 0; --count) {
      const Bytes batch = NumberedBatch(next_index_++);
      AppendResult result;
      DURAMEN_TRY(AppendReady(log, batch.data(), batch.size(), Offsets::kAssign, -1, &result));
    }
    return Status();
  }

  [[noreturn]] void AppendForEver() {
    Status status;
    PartitionLog* log = handle_->appender(&status);
    for (;;) {
      if (!Append(log, 1).ok()) _exit(2);
      const LogState state = log->State();
      const int64_t promised =
          options_.flush == FlushPolicy::kSync ? state.durable_offset : state.log_end_offset;
      if (write(replies_, &promised, sizeof promised) != sizeof promised) _exit(3);
    }
  }

  const std::string directory_;
  const LogOptions options_;
  const int commands_, replies_;
  std::unique_ptr<LogHandle> handle_;
  int64_t next_index_ = 0;
};

TEST(LogChildDoesWhatItIsTold) {
  const char* role = std::getenv(kRole);
  if (role == nullptr) return;  // only in a process that LogChild has started
  int flush = 0, commands = 0, replies = 0, consumed = 0;
  long long segment_bytes = 0;
  if (std::sscanf(role, "%d %lld %d %d %n", &flush, &segment_bytes, &commands, &replies,
                  &consumed) != 4) {
    _exit(4);
  }
  alarm(120);
  Servant(role + consumed,
          OptionsWith(flush != 0 ? FlushPolicy::kSync : FlushPolicy::kOs, segment_bytes), commands,
          replies)
      .Serve();
  _exit(0);
}

}  // namespace

LogChild::LogChild(const std::string& directory, FlushPolicy flush, int64_t segment_bytes) {
  int commands[2], replies[2];
  EXPECT_EQ(pipe2(commands, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(replies, O_CLOEXEC), 0);
  const std::string role = std::to_string(flush == FlushPolicy::kSync) + " " +
                           std::to_string(segment_bytes) + " " + std::to_string(commands[0]) + " " +
                           std::to_string(replies[1]) + " " + directory;
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    fcntl(commands[0], F_SETFD, 0);
    fcntl(replies[1], F_SETFD, 0);
    setenv(kRole, role.c_str(), 1);
    execl("/proc/self/exe", "duramen-test", "LogChildDoesWhatItIsTold", nullptr);
    _exit(127);
  }
  close(commands[0]);
  close(replies[1]);
  commands_ = commands[1];
  replies_ = replies[0];
}

ChildReply LogChild::Ask(char what, int64_t argument) {
  const Command command{what, argument};
  ChildReply reply;
  EXPECT_EQ(write(commands_, &command, sizeof command), ssize_t{sizeof command});
  EXPECT_EQ(read(replies_, &reply, sizeof reply), ssize_t{sizeof reply});
  return reply;
}

void LogChild::AppendForEver() {
  const Command command{'e', 0};
  EXPECT_EQ(write(commands_, &command, sizeof command), ssize_t{sizeof command});
}

int64_t LogChild::LastPromise() {
  int64_t last = 0, promised = 0;
  while (read(replies_, &promised, sizeof promised) == sizeof promised) last = promised;
  close(replies_);
  return last;
}

void LogChild::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(commands_);
  pid_ = 0;
}

}  // namespace duramen::test
