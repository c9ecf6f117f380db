// LogDirectory: what the logs of one data directory share: the lock, the clean-shutdown marker and
// Kafka's offset checkpoints.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "io/directory_lock.h"
#include "io/env.h"
#include "log/checkpoint.h"

namespace duramen {

inline constexpr char kRecoveryPointCheckpoint[] = "recovery-point-offset-checkpoint";
inline constexpr char kLogStartCheckpoint[] = "log-start-offset-checkpoint";
inline constexpr char kCleanerCheckpoint[] = "cleaner-offset-checkpoint";

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
  void MarkClean(const std::string& name);
  void End(const std::string& name);

  LogDirectoryFacts FactsOf(const TopicPartition& log) const;
  Status SetRecoveryPoint(const TopicPartition& log, int64_t offset);
  Status SetLogStartOffset(const TopicPartition& log, int64_t offset);

  const std::string& path() const { return path_; }

 private:
  LogDirectory(Env* env, std::string path) : env_(env), path_(std::move(path)) {}
  Status Load();
  Status Change(const char* name, OffsetCheckpoint* entries, const TopicPartition& log,
                int64_t offset);
  bool AllCleanLocked() const;

  Env* const env_;
  const std::string path_;
  std::unique_ptr<DirectoryLock> lock_;
  mutable std::mutex mutex_;
  bool was_clean_ = false;  // the marker stood there when we took the lock
  bool marker_stands_ = false;
  std::map<std::string, bool> clean_;  // logs opened since, by directory name
  std::set<std::string> open_;         // between Begin and End
  std::condition_variable ended_;
  OffsetCheckpoint recovery_points_;
  OffsetCheckpoint log_start_offsets_;
};

// The same for a reader that owns nothing.
Status ReadLogDirectoryFacts(Env* env, const std::string& path, const TopicPartition& log,
                             LogDirectoryFacts* facts);
// Below this offset compaction may have left gaps: `cleaner-offset-checkpoint`, else 0.
Status ReadCleanerOffset(Env* env, const std::string& path, const TopicPartition& log,
                         int64_t* offset);

}  // namespace duramen
