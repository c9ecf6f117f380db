#include "crash_env.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "log_support.h"

namespace duramen::test {
namespace {

constexpr size_t kSector = 512;
constexpr size_t kPage = 4096;
constexpr char kWatermark[] = "/duramen.watermark";

uint64_t InodeOf(const std::string& path) {
  FileInfo info;
  return Env::Posix()->Info(path, &info).ok() ? info.id.inode : 0;
}

std::string DirectoryOf(const std::string& path) { return path.substr(0, path.find_last_of('/')); }

// `length` bytes, zeros where there are none.
std::string Piece(const std::string& bytes, size_t at, size_t length) {
  std::string piece = at < bytes.size() ? bytes.substr(at, length) : std::string();
  piece.resize(length, '\0');
  return piece;
}

// Any of the sectors in which they differ, and either size.
std::string Mix(const std::string& durable, const std::string& now, Random* random) {
  const uint64_t choice = random->Below(4);
  if (choice == 0) return durable;
  std::string mixed = now;
  if (choice == 1) return mixed;
  for (size_t at = 0; at < mixed.size(); at += kSector) {
    if (random->OneIn(2)) continue;
    const size_t length = std::min(kSector, mixed.size() - at);
    mixed.replace(at, length, Piece(durable, at, length));
  }
  if (random->OneIn(4)) mixed.resize(durable.size(), '\0');
  return mixed;
}

// What a sync writes: pages that a failed one left clean stay as they are on the device.
std::string Written(const std::string& durable, const std::string& lost, const std::string& now) {
  std::string written = now;
  for (size_t at = 0; at < std::min(lost.size(), now.size()); at += kPage) {
    const size_t length = std::min(kPage, now.size() - at);
    if (now.compare(at, length, Piece(lost, at, length)) != 0) continue;
    written.replace(at, length, Piece(durable, at, length));
  }
  return written;
}

class CrashFile final : public File {
 public:
  CrashFile(CrashEnv* env, std::string path, std::unique_ptr<File> real)
      : env_(env), path_(std::move(path)), real_(std::move(real)) {
    FileInfo info;
    if (real_->Info(&info).ok()) inode_ = info.id.inode;
    seen_errors_ = env_->ErrorsOf(inode_);
  }

  Status Info(FileInfo* info) override { return real_->Info(info); }
  Status Size(int64_t* size) override { return real_->Size(size); }
  Status ReadAt(void* to, size_t length, int64_t position, size_t* got) override {
    return real_->ReadAt(to, length, position, got);
  }
  Status WriteAt(const void* from, size_t length, int64_t position) override {
    env_->Enter();
    return real_->WriteAt(from, length, position);
  }
  Status Allocate(int64_t position, int64_t length, bool* supported) override {
    env_->Enter();
    return real_->Allocate(position, length, supported);
  }
  Status Truncate(int64_t size) override {
    env_->Enter();
    return real_->Truncate(size);
  }
  Status Sync() override {
    env_->Enter();
    return env_->Synced(path_, inode_, &seen_errors_);
  }
  void StartWriteBack(int64_t position, int64_t length) override {
    env_->Enter();
    env_->WriteBackStarted(path_, inode_, position, length, false);
  }
  Status WriteBack(int64_t position, int64_t length) override {
    env_->Enter();
    env_->WriteBackStarted(path_, inode_, position, length, true);
    return Status();
  }
  Status Map(MapMode mode, int64_t position, size_t length,
             std::shared_ptr<MappedRange>* range) override {
    return real_->Map(mode, position, length, range);
  }

 private:
  CrashEnv* const env_;
  const std::string path_;
  const std::unique_ptr<File> real_;
  uint64_t inode_ = 0;
  int seen_errors_ = 0;  // under the environment's mutex
};

}  // namespace

void CrashEnv::Watch(const std::string& directory) {
  std::lock_guard lock(mutex_);
  directories_.push_back(directory);
  TakeAsDurable();
}

void CrashEnv::Before(int64_t nth, std::function<void()> then) {
  std::lock_guard lock(mutex_);
  nth_ = nth;
  then_ = std::move(then);
  calls_ = 0;
}

int64_t CrashEnv::calls() {
  std::lock_guard lock(mutex_);
  return calls_;
}

void CrashEnv::Enter() {
  std::lock_guard lock(mutex_);
  if (++calls_ == nth_) then_();
}

CrashEnv::Id CrashEnv::IdOf(uint64_t inode) {
  Id& id = ids_[inode];
  if (id == 0) id = next_id_++;
  return id;
}

void CrashEnv::LoseNextWriteBack(const std::string& directory) {
  std::lock_guard lock(mutex_);
  loses_in_ = directory;
}

int CrashEnv::ErrorsOf(uint64_t inode) {
  std::lock_guard lock(mutex_);
  return errors_[IdOf(inode)];
}

std::vector<std::string> CrashEnv::Paths() const {
  std::vector<std::string> paths;
  for (const std::string& directory : directories_) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (!entry.is_directory()) paths.push_back(entry.path().string());
    }
  }
  return paths;
}

// The file may have been renamed since it was opened, or be gone: then the path is empty.
std::string CrashEnv::PathOf(const std::string& opened, uint64_t inode) const {
  if (InodeOf(opened) == inode) return opened;
  for (const std::string& other : Paths()) {
    if (InodeOf(other) == inode) return other;
  }
  return "";
}

Status CrashEnv::Synced(const std::string& path, uint64_t inode, int* seen) {
  std::lock_guard lock(mutex_);
  const Id id = IdOf(inode);
  const std::string named = PathOf(path, inode);
  const std::string now = named.empty() ? std::string() : ReadText(named);
  if (DirectoryOf(path) == loses_in_ && named.ends_with(".log")) {
    loses_in_.clear();
    lost_[id] = now;
    ++errors_[id];
  }
  if (std::exchange(*seen, errors_[id]) != errors_[id]) {
    return Status::FromErrno(EIO, "fdatasync", path);
  }
  FinishWriteBack();
  durable_[id] = Written(durable_[id], lost_[id], now);
  return Status();
}

// What was only started may be late for the barrier. A size that grew is metadata: it needs a sync
// of the file itself.
void CrashEnv::FinishWriteBack() {
  for (const Pending& range : pending_) {
    if (!range.awaited && random_.OneIn(2)) continue;
    std::string& bytes = durable_[range.id];
    if (range.position >= bytes.size()) continue;
    const size_t length = std::min(range.bytes.size(), bytes.size() - range.position);
    bytes.replace(range.position, length, range.bytes, 0, length);
  }
  pending_.clear();
}

void CrashEnv::WriteBackStarted(const std::string& path, uint64_t inode, int64_t position,
                                int64_t length, bool awaited) {
  std::lock_guard lock(mutex_);
  const std::string named = PathOf(path, inode);
  if (named.empty()) return;
  const std::string bytes = ReadText(named);
  const auto from = std::min(bytes.size(), static_cast<size_t>(position));
  pending_.push_back({IdOf(inode), from, bytes.substr(from, static_cast<size_t>(length)), awaited});
}

void CrashEnv::KeepContent(const std::string& path) {
  const uint64_t inode = InodeOf(path);
  if (inode == 0) return;
  gone_[IdOf(inode)] = {ReadText(path), inode};
  ids_.erase(inode);
}

Status CrashEnv::Open(const std::string& path, OpenMode mode, std::unique_ptr<File>* file) {
  const bool creates = mode == OpenMode::kCreate || mode == OpenMode::kCreateNew;
  if (creates) Enter();
  std::lock_guard lock(mutex_);
  const bool is_new = creates && InodeOf(path) == 0;
  std::unique_ptr<File> real;
  DURAMEN_TRY(real_->Open(path, mode, &real));
  if (is_new) {
    ids_[InodeOf(path)] = next_id_++;
    changes_[DirectoryOf(path)].push_back({"", path, IdOf(InodeOf(path))});
  }
  *file = std::make_unique<CrashFile>(this, path, std::move(real));
  return Status();
}

Status CrashEnv::Rename(const std::string& from, const std::string& to) {
  Enter();
  std::lock_guard lock(mutex_);
  KeepContent(to);
  const Id id = IdOf(InodeOf(from));
  DURAMEN_TRY(real_->Rename(from, to));
  changes_[DirectoryOf(to)].push_back({from, to, id});
  return Status();
}

Status CrashEnv::Unlink(const std::string& path) {
  Enter();
  std::lock_guard lock(mutex_);
  KeepContent(path);
  DURAMEN_TRY(real_->Unlink(path));
  changes_[DirectoryOf(path)].push_back({path, "", 0});
  return Status();
}

Status CrashEnv::SyncDirectory(const std::string& path) {
  Enter();
  std::lock_guard lock(mutex_);
  changes_[path].clear();
  std::erase_if(durable_names_, [&](const auto& name) { return DirectoryOf(name.first) == path; });
  for (const std::string& file : Paths()) {
    if (DirectoryOf(file) == path) durable_names_[file] = IdOf(InodeOf(file));
  }
  return Status();
}

BootId CrashEnv::CurrentBoot() {
  BootId boot = real_->CurrentBoot();
  boot[0] = static_cast<uint8_t>(boot[0] + boot_changes_);
  return boot;
}

Image CrashEnv::Now() {
  Image image;
  const auto take = [&](const std::string& path) {
    const uint64_t inode = InodeOf(path);
    if (inode != 0) image.files[path] = {ReadText(path), inode};
  };
  // First: it must not know of a batch that the image of the segment does not have.
  for (const std::string& directory : directories_) take(directory + kWatermark);
  for (const std::string& path : Paths()) {
    if (!image.files.contains(path)) take(path);
  }
  return image;
}

Image CrashEnv::AfterPowerCut(Random* random) {
  std::lock_guard lock(mutex_);
  std::map<Id, Image::Content> now = gone_;
  for (const auto& [path, content] : Now().files) now[IdOf(content.inode)] = content;
  Names names = durable_names_;
  for (const auto& [directory, changes] : changes_) {
    const size_t survived = random->Below(changes.size() + 1);
    for (size_t i = 0; i < survived; ++i) {
      names.erase(changes[i].removed);
      if (!changes[i].added.empty()) names[changes[i].added] = changes[i].id;
    }
  }
  Image image;
  for (const auto& [path, id] : names) {
    // Pages that a failed sync left clean do not come to the device any more.
    const std::string cached = Written(durable_[id], lost_[id], now[id].bytes);
    image.files[path] = {Mix(durable_[id], cached, random), now[id].inode};
  }
  return image;
}

void CrashEnv::Restore(const Image& image) {
  std::lock_guard lock(mutex_);
  for (const std::string& path : Paths()) std::filesystem::remove(path);
  for (const auto& [path, content] : image.files) WriteText(path, content.bytes);
  for (const std::string& directory : directories_) {
    if (!image.files.contains(directory + kWatermark)) continue;
    EditSlots(directory, [&](uint8_t* slot) {
      const std::string path =
          directory + "/" + LogName(static_cast<int64_t>(LoadBig64(slot + Slot::kBaseAt)));
      const auto named = image.files.find(path);
      const bool same =
          named != image.files.end() && named->second.inode == LoadBig64(slot + Slot::kInodeAt);
      StoreBig64(slot + Slot::kInodeAt, same ? InodeOf(path) : 1);
    });
  }
  changes_.clear();
  pending_.clear();
  gone_.clear();
  durable_.clear();
  lost_.clear();
  errors_.clear();
  durable_names_.clear();
  ids_.clear();
  loses_in_.clear();
  TakeAsDurable();
}

void CrashEnv::TakeAsDurable() {
  for (const auto& [path, content] : Now().files) {
    durable_names_[path] = IdOf(content.inode);
    durable_[IdOf(content.inode)] = content.bytes;
  }
}

}  // namespace duramen::test
