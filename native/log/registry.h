// Registry: one open log per directory in a process, whatever number of threads opened it.
#pragma once

#include <memory>
#include <string>

#include "log/foreign_log.h"
#include "log/partition_log.h"

namespace duramen {

// One opening of a log. The first of a process to open a directory for writing appends; the others
// read and tail the same log. The process-wide table behind this is the engine's one static.
// Used by one thread at a time.
class LogHandle {
 public:
  // kOptionsDiffer where the log is open here with other options; kForeignDirectory where the
  // directory holds something that is no log.
  static Status Open(Env* env, const std::string& directory, const LogOptions& options,
                     bool read_only, std::unique_ptr<LogHandle>* handle);
  // Without Close the log is abandoned: nothing is lost, but the next opening recovers.
  ~LogHandle();

  // The last handle closes the log. Blocks on the device.
  Status Close();

  ReadableLog& log() { return *log_; }
  // Null for a reader; `status` then says why it may not append.
  PartitionLog* appender(Status* status);

 private:
  LogHandle() = default;
  std::shared_ptr<ReadableLog> log_;
  std::shared_ptr<PartitionLog> owner_;  // the same, where this process owns it
  FileId id_;
  bool read_only_ = false;
  bool appends_ = false;
  bool open_ = false;
};

}  // namespace duramen
