#include "crash_env.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "log_support.h"

namespace duramen::test {
namespace {

constexpr size_t kSector = 512;

uint64_t InodeOf(const std::string& path) {
  FileInfo info;
  return Env::Posix()->Info(path, &info).ok() ? info.id.inode : 0;
}

std::string NameOf(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// Any of the sectors in which they differ, and either size.
std::string Mix(const std::string& durable, const std::string& now, Random* random) {
  const uint64_t choice = random->Below(4);
  if (choice == 0) return durable;
  std::string mixed = now;
  if (choice == 1) return mixed;
  for (size_t at = 0; at < mixed.size(); at += kSector) {
    if (random->OneIn(2)) continue;
    const size_t length = std::min(kSector, mixed.size() - at);
    std::string old = at < durable.size() ? durable.substr(at, length) : std::string();
    old.resize(length, '\0');
    mixed.replace(at, length, old);
  }
  if (random->OneIn(4)) mixed.resize(durable.size(), '\0');
  return mixed;
}

class CrashFile final : public File {
 public:
  CrashFile(CrashEnv* env, std::string path, std::unique_ptr<File> real)
      : env_(env), path_(std::move(path)), real_(std::move(real)) {
    FileInfo info;
    if (real_->Info(&info).ok()) inode_ = info.id.inode;
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
    env_->Synced(path_, inode_);
    return Status();
  }
  void StartWriteBack(int64_t position, int64_t length) override {
    env_->Enter();
    env_->WriteBackStarted(path_, inode_, position, length);
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
};

}  // namespace

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

// The file may have been renamed since it was opened, or be gone.
void CrashEnv::Synced(const std::string& path, uint64_t inode) {
  std::lock_guard lock(mutex_);
  if (InodeOf(path) == inode) {
    durable_[IdOf(inode)] = ReadText(path);
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      const std::string other = entry.path().string();
      if (InodeOf(other) == inode) durable_[IdOf(inode)] = ReadText(other);
    }
  }
  for (const Pending& range : pending_) {
    std::string& bytes = durable_[range.id];
    if (bytes.size() < range.position + range.bytes.size()) {
      bytes.resize(range.position + range.bytes.size(), '\0');
    }
    bytes.replace(range.position, range.bytes.size(), range.bytes);
  }
  pending_.clear();
}

void CrashEnv::WriteBackStarted(const std::string& path, uint64_t inode, int64_t position,
                                int64_t length) {
  std::lock_guard lock(mutex_);
  if (InodeOf(path) != inode) return;
  const std::string bytes = ReadText(path);
  const auto from = std::min(bytes.size(), static_cast<size_t>(position));
  pending_.push_back({IdOf(inode), from, bytes.substr(from, static_cast<size_t>(length))});
}

void CrashEnv::KeepContent(const std::string& path) {
  const uint64_t inode = InodeOf(path);
  if (inode == 0) return;
  gone_[IdOf(inode)] = ReadText(path);
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
    changes_.push_back({"", NameOf(path), IdOf(InodeOf(path))});
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
  changes_.push_back({NameOf(from), NameOf(to), id});
  return Status();
}

Status CrashEnv::Unlink(const std::string& path) {
  Enter();
  std::lock_guard lock(mutex_);
  KeepContent(path);
  DURAMEN_TRY(real_->Unlink(path));
  changes_.push_back({NameOf(path), "", 0});
  return Status();
}

Status CrashEnv::SyncDirectory(const std::string& path) {
  Enter();
  std::lock_guard lock(mutex_);
  if (path != directory_) return Status();
  changes_.clear();
  durable_names_.clear();
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string file = entry.path().string();
    durable_names_[NameOf(file)] = IdOf(InodeOf(file));
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
    if (inode != 0) image.files[NameOf(path)] = {ReadText(path), inode};
  };
  // First: it must not know of a batch that the image of the segment does not have.
  take(directory_ + "/duramen.watermark");
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (!image.files.contains(entry.path().filename().string())) take(entry.path().string());
  }
  return image;
}

Image CrashEnv::AfterPowerCut(Random* random) {
  std::lock_guard lock(mutex_);
  std::map<Id, std::string> now = gone_;
  std::map<Id, uint64_t> inodes;
  for (const auto& [name, content] : Now().files) {
    const Id id = IdOf(content.inode);
    now[id] = content.bytes;
    inodes[id] = content.inode;
  }
  Names names = durable_names_;
  const size_t survived = random->Below(changes_.size() + 1);
  for (size_t i = 0; i < survived; ++i) {
    names.erase(changes_[i].removed);
    if (!changes_[i].added.empty()) names[changes_[i].added] = changes_[i].id;
  }
  Image image;
  for (const auto& [name, id] : names) {
    image.files[name] = {Mix(durable_[id], now[id], random), inodes[id]};
  }
  return image;
}

void CrashEnv::Restore(const Image& image) {
  std::lock_guard lock(mutex_);
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::filesystem::remove(entry.path());
  }
  for (const auto& [name, content] : image.files) {
    WriteText(directory_ + "/" + name, content.bytes);
  }
  if (image.files.contains("duramen.watermark")) {
    EditSlots(directory_, [&](uint8_t* slot) {
      const std::string name = LogName(static_cast<int64_t>(LoadBig64(slot + Slot::kBaseAt)));
      const auto named = image.files.find(name);
      const bool same =
          named != image.files.end() && named->second.inode == LoadBig64(slot + Slot::kInodeAt);
      StoreBig64(slot + Slot::kInodeAt, same ? InodeOf(directory_ + "/" + name) : 1);
    });
  }
  changes_.clear();
  pending_.clear();
  gone_.clear();
  durable_.clear();
  durable_names_.clear();
  ids_.clear();
  for (const auto& [name, content] : Now().files) {
    durable_names_[name] = IdOf(content.inode);
    durable_[IdOf(content.inode)] = content.bytes;
  }
}

}  // namespace duramen::test
