#include "log/log_directory.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <utility>
#include <vector>

#include "io/fork_guard.h"

namespace duramen {
namespace {

// A flush of an abandoned log may take long on a slow device.
constexpr std::chrono::minutes kEndLimit(5);

constexpr char kMarker[] = "/.kafka_cleanshutdown";
constexpr char kMarkerContent[] = "{\"version\":0,\"brokerEpoch\":-1}";

std::string InDirectory(const std::string& path, const char* name) { return path + "/" + name; }

bool Exists(Env* env, const std::string& path) {
  FileInfo info;
  return env->Info(path, &info).ok();
}

// The process-wide table of owned directories. An entry whose pointer has expired is being released
// right now: its lock is still held, so whoever wants the directory waits until the entry is gone.
struct OwnedDirectories {
  std::mutex mutex;
  std::condition_variable released;
  std::map<FileId, std::weak_ptr<LogDirectory>> entries;
};

OwnedDirectories& Owned() {
  static auto* const owned = new OwnedDirectories();
  return *owned;
}

int64_t Find(const OffsetCheckpoint& entries, const TopicPartition& log) {
  const auto found = entries.find(log);
  return found == entries.end() ? -1 : found->second;
}

}  // namespace

std::string NameOfDirectory(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string LogDirectoryOf(Env* env, const std::string& partition_directory) {
  const size_t slash = partition_directory.find_last_of('/');
  const std::string parent =
      slash == std::string::npos ? "." : partition_directory.substr(0, std::max<size_t>(slash, 1));
  const bool shared = Exists(env, parent + "/meta.properties") || Exists(env, parent + "/.lock");
  return shared ? parent : partition_directory;
}

Status LogDirectory::Acquire(Env* env, const std::string& path,
                             std::shared_ptr<LogDirectory>* directory) {
  FileInfo info;
  DURAMEN_TRY(env->Info(path, &info));
  OwnedDirectories& owned = Owned();
  std::unique_lock lock(owned.mutex);
  owned.released.wait(lock, [&] {
    const auto found = owned.entries.find(info.id);
    return found == owned.entries.end() || (*directory = found->second.lock()) != nullptr;
  });
  if (*directory) return Status();
  std::unique_ptr<LogDirectory> fresh(new LogDirectory(env, path));
  DURAMEN_TRY(DirectoryLock::Acquire(path, &fresh->lock_));
  fresh->was_clean_ = fresh->marker_stands_ = Exists(env, path + kMarker);
  *directory = std::shared_ptr<LogDirectory>(fresh.release(), [id = info.id](LogDirectory* last) {
    delete last;
    std::lock_guard release(Owned().mutex);
    Owned().entries.erase(id);
    Owned().released.notify_all();
  });
  owned.entries[info.id] = *directory;
  return Status();
}

Status LogDirectory::Load() {
  recovery_points_.clear();
  log_start_offsets_.clear();
  cleaner_offsets_.clear();
  DURAMEN_TRY(
      ReadOffsetCheckpoint(env_, InDirectory(path_, kRecoveryPointCheckpoint), &recovery_points_));
  DURAMEN_TRY(
      ReadOffsetCheckpoint(env_, InDirectory(path_, kLogStartCheckpoint), &log_start_offsets_));
  return ReadOffsetCheckpoint(env_, InDirectory(path_, kCleanerCheckpoint), &cleaner_offsets_);
}

LogDirectory::~LogDirectory() {
  std::lock_guard lock(mutex_);
  if (marker_stands_ || unstored_ || !AllCleanLocked()) return;
  // A failure leaves the directory unclean, which costs a scan at the next opening and no data.
  (void)ReplaceFile(env_, path_ + kMarker, kMarkerContent);
}

bool LogDirectory::AllCleanLocked() const {
  const bool opened_clean =
      std::all_of(clean_.begin(), clean_.end(), [](const auto& entry) { return entry.second; });
  if (!opened_clean || clean_.empty()) return false;
  if (was_clean_) return true;
  // After an unclean stop every log has to be recovered before the whole directory is clean.
  std::vector<std::string> names;
  if (!env_->List(path_, &names).ok()) return false;
  return std::all_of(names.begin(), names.end(), [this](const std::string& name) {
    FileInfo info;
    if (!env_->Info(path_ + "/" + name, &info).ok() || !info.is_directory) return true;
    return clean_.contains(name);
  });
}

Status LogDirectory::Begin(const std::string& name, bool* clean) {
  std::unique_lock lock(mutex_);
  if (!ended_.wait_for(lock, kEndLimit, [&] { return !open_.contains(name); })) {
    return Status(Code::kLocked, path_ + " has " + name +
                                     " open in this process; close it before opening it again")
        .At(path_, -1);
  }
  if (open_.empty() && !unstored_) DURAMEN_TRY(Load());
  if (marker_stands_) {
    DURAMEN_TRY(env_->Unlink(path_ + kMarker));
    DURAMEN_TRY(env_->SyncDirectory(path_));
    marker_stands_ = false;
  }
  const auto found = clean_.find(name);
  *clean = found == clean_.end() ? was_clean_ : found->second;
  clean_[name] = false;
  open_.insert(name);
  ++unclosed_;
  return Status();
}

void LogDirectory::End(const std::string& name) {
  std::lock_guard lock(mutex_);
  open_.erase(name);
  if (!clean_[name] && --unclosed_ == 0) (void)StoreClosedLocked();  // it was abandoned
  ended_.notify_all();
}

Status LogDirectory::MarkClean(const std::string& name, int64_t recovery_point,
                               int64_t log_start_offset) {
  std::lock_guard lock(mutex_);
  const TopicPartition log = TopicPartitionOfDirectory(name);
  unstored_ |= Find(recovery_points_, log) != recovery_point ||
               Find(log_start_offsets_, log) != log_start_offset;
  recovery_points_[log] = recovery_point;
  log_start_offsets_[log] = log_start_offset;
  if (unclosed_ == 1) DURAMEN_TRY(StoreClosedLocked());
  clean_[name] = true;
  --unclosed_;
  return Status();
}

Status LogDirectory::StoreClosedLocked() {
  if (!unstored_) return Status();
  DURAMEN_TRY(
      WriteOffsetCheckpoint(env_, InDirectory(path_, kRecoveryPointCheckpoint), recovery_points_));
  DURAMEN_TRY(
      WriteOffsetCheckpoint(env_, InDirectory(path_, kLogStartCheckpoint), log_start_offsets_));
  unstored_ = false;
  return Status();
}

LogDirectoryFacts LogDirectory::FactsOf(const TopicPartition& log) const {
  std::lock_guard lock(mutex_);
  return {path_, was_clean_, Find(recovery_points_, log), Find(log_start_offsets_, log),
          std::max<int64_t>(Find(cleaner_offsets_, log), 0)};
}

Status LogDirectory::SetRecoveryPoint(const TopicPartition& log, int64_t offset) {
  std::lock_guard lock(mutex_);
  return Change(kRecoveryPointCheckpoint, &recovery_points_, log, offset);
}

Status LogDirectory::SetLogStartOffset(const TopicPartition& log, int64_t offset) {
  std::lock_guard lock(mutex_);
  return Change(kLogStartCheckpoint, &log_start_offsets_, log, offset);
}

// Memory does not say more than the file of what has to be durable, also where writing failed.
Status LogDirectory::Change(const char* name, OffsetCheckpoint* entries, const TopicPartition& log,
                            int64_t offset) {
  const auto found = entries->find(log);
  const int64_t before = found == entries->end() ? -1 : found->second;
  (*entries)[log] = offset;
  Status written = WriteOffsetCheckpoint(env_, InDirectory(path_, name), *entries);
  if (written.ok()) return written;
  if (before < 0) entries->erase(log);
  if (before >= 0) (*entries)[log] = before;
  // The new content may have taken the name, and only the directory's sync have failed.
  (void)WriteOffsetCheckpoint(env_, InDirectory(path_, name), *entries);
  return written;
}

Status LogDirectory::Forget(const std::string& topic) {
  std::lock_guard lock(mutex_);
  const auto of_topic = [&](const auto& entry) { return entry.first.topic == topic; };
  for (const char* name : {kRecoveryPointCheckpoint, kLogStartCheckpoint, kCleanerCheckpoint,
                           kReplicationCheckpoint}) {
    OffsetCheckpoint entries;
    DURAMEN_TRY(ReadOffsetCheckpoint(env_, InDirectory(path_, name), &entries));
    if (std::erase_if(entries, of_topic) == 0) continue;
    DURAMEN_TRY(WriteOffsetCheckpoint(env_, InDirectory(path_, name), entries));
  }
  std::erase_if(recovery_points_, of_topic);
  std::erase_if(log_start_offsets_, of_topic);
  std::erase_if(cleaner_offsets_, of_topic);
  std::erase_if(clean_, [&](const auto& entry) {
    return !open_.contains(entry.first) && TopicPartitionOfDirectory(entry.first).topic == topic;
  });
  return Status();
}

Status DirectoryClaim::Take(Env* env, const std::string& path,
                            std::unique_ptr<DirectoryClaim>* claim) {
  if (InForkedChild()) return ForkedError();
  std::shared_ptr<LogDirectory> directory;
  DURAMEN_TRY(LogDirectory::Acquire(env, path, &directory));
  std::lock_guard lock(directory->mutex_);
  if (directory->claimed_) {
    return Status(Code::kLocked, path + " is held by this process; close what has it open there")
        .At(path, -1);
  }
  directory->claimed_ = true;
  claim->reset(new DirectoryClaim(directory));
  return Status();
}

DirectoryClaim::~DirectoryClaim() {
  std::lock_guard lock(directory_->mutex_);
  directory_->claimed_ = false;
}

Status ReadLogDirectoryFacts(Env* env, const std::string& path, const TopicPartition& log,
                             LogDirectoryFacts* facts) {
  OffsetCheckpoint recovery_points, log_start_offsets, cleaner_offsets;
  facts->root = path;
  facts->clean = Exists(env, path + kMarker);
  DURAMEN_TRY(
      ReadOffsetCheckpoint(env, InDirectory(path, kRecoveryPointCheckpoint), &recovery_points));
  DURAMEN_TRY(
      ReadOffsetCheckpoint(env, InDirectory(path, kLogStartCheckpoint), &log_start_offsets));
  DURAMEN_TRY(ReadOffsetCheckpoint(env, InDirectory(path, kCleanerCheckpoint), &cleaner_offsets));
  facts->recovery_point = Find(recovery_points, log);
  facts->log_start_offset = Find(log_start_offsets, log);
  facts->cleaner_offset = std::max<int64_t>(Find(cleaner_offsets, log), 0);
  return Status();
}

}  // namespace duramen
