#include "log/registry.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "io/fork_guard.h"

namespace duramen {
namespace {

struct Entry {
  std::weak_ptr<PartitionLog> log;
  int handles = 0;
  bool has_appender = false;
  bool busy = false;  // being opened or closed
};

struct Table {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<FileId, Entry> entries;
};

Table& Logs() {
  static auto* const table = new Table();
  return *table;
}

// Waits for the turn to open or close the log of `id`; the lock is held on return.
Entry& TakeTurn(std::unique_lock<std::mutex>* lock, const FileId& id) {
  Table& table = Logs();
  table.changed.wait(*lock, [&] { return !table.entries[id].busy; });
  return table.entries[id];
}

bool EndsWithAny(const std::string& name, std::initializer_list<const char*> suffixes) {
  for (const char* suffix : suffixes) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

// A directory without segments is taken only when nothing in it looks like someone else's.
Status CheckDirectory(Env* env, const std::string& directory) {
  FileInfo info;
  DURAMEN_TRY(env->Info(directory, &info));
  if (!info.is_directory) {
    return Status(Code::kNotADirectory, directory + " is a file; give the log a directory")
        .At(directory, -1);
  }
  std::vector<std::string> names;
  DURAMEN_TRY(env->List(directory, &names));
  for (const std::string& name : names) {
    if (BaseOffsetOfName(name, ".log") >= 0) return Status();
  }
  for (const std::string& name : names) {
    const bool ours = name.starts_with('.') || name.starts_with("duramen.") ||
                      name.starts_with("leader-epoch-checkpoint") ||
                      name.find(".broken-") != std::string::npos ||
                      EndsWithAny(name, {".index", ".timeindex", ".txnindex", ".snapshot",
                                         ".metadata", ".deleted", ".cleaned", ".swap", ".spare",
                                         "-offset-checkpoint", "-offset-checkpoint.tmp"});
    const Status found = ours ? env->Info(directory + "/" + name, &info) : Status();
    // A temporary file of another opening may have gone since.
    if (ours && (found.ok() ? !info.is_directory : found.code() == Code::kNotFound)) continue;
    return Status(Code::kForeignDirectory,
                  directory + " holds " + name +
                      ", which is not part of a log; give the log an empty or a new directory")
        .At(directory, -1);
  }
  return Status();
}

}  // namespace

Status LogHandle::Open(Env* env, const std::string& directory, const LogOptions& options,
                       bool read_only, std::unique_ptr<LogHandle>* handle) {
  if (InForkedChild()) return ForkedError();
  DURAMEN_TRY(CheckDirectory(env, directory));
  FileInfo info;
  DURAMEN_TRY(env->Info(directory, &info));
  std::unique_ptr<LogHandle> fresh(new LogHandle());
  fresh->id_ = info.id;
  fresh->read_only_ = read_only;
  Table& table = Logs();
  std::unique_lock lock(table.mutex);
  Entry& entry = TakeTurn(&lock, info.id);
  if (entry.handles == 0) {
    if (read_only) {
      lock.unlock();
      std::shared_ptr<ForeignLog> foreign;
      DURAMEN_TRY(ForeignLog::Open(env, directory, options, &foreign));
      fresh->log_ = std::move(foreign);
      *handle = std::move(fresh);
      return Status();
    }
    entry.busy = true;
    lock.unlock();
    std::shared_ptr<PartitionLog> log;
    const Status opened = PartitionLog::Open(env, directory, options, &log);
    lock.lock();
    entry.busy = false;
    table.changed.notify_all();
    if (!opened.ok()) return opened.Clone();
    entry.log = log;
    fresh->owner_ = std::move(log);
  } else {
    fresh->owner_ = entry.log.lock();
    if (!read_only && !(fresh->owner_->options() == options)) {
      return Status(Code::kOptionsDiffer,
                    directory +
                        " is already open in this process with other options; "
                        "open it with the same ones")
          .At(directory, -1);
    }
  }
  ++entry.handles;
  fresh->appends_ = !read_only && !entry.has_appender;
  entry.has_appender |= fresh->appends_;
  fresh->open_ = true;
  fresh->log_ = fresh->owner_;
  *handle = std::move(fresh);
  return Status();
}

PartitionLog* LogHandle::appender(Status* status) {
  if (appends_) return owner_.get();
  *status =
      read_only_
          ? Status(Code::kReadOnly, "the log was opened read-only; open it for writing")
          : Status(
                Code::kNotAppender,
                "another handle in this process opened the log first; append through that one, or, "
                "once it is closed, open the log anew");
  return nullptr;
}

Status LogHandle::Close() {
  if (owner_ == nullptr) return log_->Close();
  if (!open_) return Status();
  open_ = false;
  // Others may keep the log open for long: what this one was promised must not wait for them.
  const bool durably = appends_ && owner_->options().flush != FlushPolicy::kOs;
  Status flushed = durably ? owner_->Flush() : Status();
  Table& table = Logs();
  std::unique_lock lock(table.mutex);
  Entry& entry = TakeTurn(&lock, id_);
  if (appends_) entry.has_appender = false;
  if (entry.handles > 1) {
    --entry.handles;
    return flushed;
  }
  entry.busy = true;
  lock.unlock();
  const Status closed = owner_->Close();
  lock.lock();
  entry.busy = false;
  entry.handles = 0;
  entry.log.reset();
  table.changed.notify_all();
  return closed.Clone();
}

LogHandle::~LogHandle() {
  if (!open_) return;
  Table& table = Logs();
  std::unique_lock lock(table.mutex);
  Entry& entry = TakeTurn(&lock, id_);
  if (appends_) entry.has_appender = false;
  --entry.handles;
}

}  // namespace duramen
