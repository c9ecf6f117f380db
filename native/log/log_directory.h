// LogDirectory: what the logs of one data directory share: the lock, the clean-shutdown marker and
// Kafka's offset checkpoints.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "io/directory_lock.h"
#include "io/env.h"
#include "log/checkpoint.h"

namespace duramen {

inline constexpr char kRecoveryPointCheckpoint[] = "recovery-point-offset-checkpoint";
inline constexpr char kLogStartCheckpoint[] = "log-start-offset-checkpoint";
inline constexpr char kCleanerCheckpoint[] = "cleaner-offset-checkpoint";
// Kafka's high watermarks; nothing here writes it.
inline constexpr char kReplicationCheckpoint[] = "replication-offset-checkpoint";

// Where a partition's directory keeps lock, marker and checkpoints: its parent, when that has
// `meta.properties` or `.lock` (a data directory of Kafka's), else the directory itself.
std::string LogDirectoryOf(Env* env, const std::string& partition_directory);

// The last part of a path, by which a LogDirectory knows its logs.
std::string NameOfDirectory(const std::string& path);

// What it says about one log; -1 where a checkpoint has no entry.
struct LogDirectoryFacts {
  std::string root;
  bool clean = false;  // the marker stands, or stood
  int64_t recovery_point = -1;
  int64_t log_start_offset = -1;
  int64_t cleaner_offset = 0;  // below it compaction may have left gaps
};

// Owned: the process holds `.lock`. One object a directory and process, shared by every log opened
// for writing in it; the destructor of the last writes the marker if all is clean, and unlocks.
// Thread-safe.
class LogDirectory {
 public:
  // Takes the lock and reads nothing yet: who has it may mend the checkpoints.
  static Status Acquire(Env* env, const std::string& path,
                        std::shared_ptr<LogDirectory>* directory);
  ~LogDirectory();

  // Reads the checkpoints, unless logs are open. Whether the files of the log in `name` may be
  // trusted as they are. Takes the marker away (and syncs that) before it answers, so that a crash
  // from here on is seen as one. The log counts as unclean until MarkClean. One log object has a
  // name at a time: waits for the End of one that was abandoned, whose background tasks may still
  // be writing.
  Status Begin(const std::string& name, bool* clean);
  // The log is closed, all of it durable and trimmed. Its offsets are stored with those of the last
  // one that closes: each writing has all logs in it, and until the marker stands they only say
  // where a scan may begin.
  Status MarkClean(const std::string& name, int64_t recovery_point, int64_t log_start_offset);
  void End(const std::string& name);

  LogDirectoryFacts FactsOf(const TopicPartition& log) const;
  Status SetRecoveryPoint(const TopicPartition& log, int64_t offset);
  Status SetLogStartOffset(const TopicPartition& log, int64_t offset);
  // Drops a topic, whose logs are closed, from every checkpoint: a topic that is made anew under
  // its name must not start where that one ended. Durable on return.
  Status Forget(const std::string& topic);

  const std::string& path() const { return path_; }

 private:
  friend class DirectoryClaim;
  LogDirectory(Env* env, std::string path) : env_(env), path_(std::move(path)) {}
  Status Load();
  Status Change(const char* name, OffsetCheckpoint* entries, const TopicPartition& log,
                int64_t offset);
  Status StoreClosedLocked();
  bool AllCleanLocked() const;

  Env* const env_;
  const std::string path_;
  std::unique_ptr<DirectoryLock> lock_;
  mutable std::mutex mutex_;
  bool was_clean_ = false;  // the marker stood there when we took the lock
  bool marker_stands_ = false;
  bool claimed_ = false;
  std::map<std::string, bool> clean_;  // logs opened since, by directory name
  std::set<std::string> open_;         // between Begin and End
  size_t unclosed_ = 0;                // of these, not marked clean
  std::condition_variable ended_;
  bool unstored_ = false;  // the checkpoints lack what MarkClean was told
  OffsetCheckpoint recovery_points_;
  OffsetCheckpoint log_start_offsets_;
  OffsetCheckpoint cleaner_offsets_;
};

// The directory as a whole: its holder decides which logs there are, and in a process there is one
// at a time. Keeps the directory locked, also while no log is open, until it is destroyed.
// Thread-safe.
class DirectoryClaim {
 public:
  // kLocked where another process, or another holder in this one, has it.
  static Status Take(Env* env, const std::string& path, std::unique_ptr<DirectoryClaim>* claim);
  ~DirectoryClaim();

  LogDirectory& directory() { return *directory_; }

 private:
  explicit DirectoryClaim(std::shared_ptr<LogDirectory> directory)
      : directory_(std::move(directory)) {}
  const std::shared_ptr<LogDirectory> directory_;
};

// The same for a reader that owns nothing.
Status ReadLogDirectoryFacts(Env* env, const std::string& path, const TopicPartition& log,
                             LogDirectoryFacts* facts);

}  // namespace duramen
