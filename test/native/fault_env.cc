#include "fault_env.h"

#include <utility>

namespace duramen::test {
namespace {

class FaultFile final : public File {
 public:
  FaultFile(FaultEnv* env, std::string path, std::unique_ptr<File> real)
      : env_(env), path_(std::move(path)), real_(std::move(real)) {}

  Status Info(FileInfo* info) override { return real_->Info(info); }
  Status Size(int64_t* size) override { return real_->Size(size); }
  Status ReadAt(void* to, size_t length, int64_t position, size_t* got) override {
    *got = 0;
    DURAMEN_TRY(env_->Check(kReadCall, "pread", path_));
    return real_->ReadAt(to, length, position, got);
  }
  // A part of what was to be written is there, as on a disk that became full meanwhile.
  Status WriteAt(const void* from, size_t length, int64_t position) override {
    Status status = env_->Check(kWriteCall, "pwrite", path_);
    if (!status.ok()) (void)real_->WriteAt(from, length / 2, position);
    return status.ok() ? real_->WriteAt(from, length, position) : std::move(status);
  }
  Status Allocate(int64_t position, int64_t length, bool* supported) override {
    *supported = true;
    DURAMEN_TRY(env_->Check(kAllocateCall, "fallocate", path_));
    return real_->Allocate(position, length, supported);
  }
  Status Truncate(int64_t size) override {
    DURAMEN_TRY(env_->Check(kTruncateCall, "ftruncate", path_));
    return real_->Truncate(size);
  }
  Status Sync() override {
    DURAMEN_TRY(env_->Check(kSyncCall, "fdatasync", path_));
    return env_->skips_syncs() ? Status() : real_->Sync();
  }
  void StartWriteBack(int64_t position, int64_t length) override {
    if (!env_->skips_syncs()) real_->StartWriteBack(position, length);
  }
  Status WriteBack(int64_t position, int64_t length) override {
    DURAMEN_TRY(env_->Check(kSyncCall, "sync_file_range", path_));
    return env_->skips_syncs() ? Status() : real_->WriteBack(position, length);
  }
  Status Map(MapMode mode, int64_t position, size_t length,
             std::shared_ptr<MappedRange>* range) override {
    DURAMEN_TRY(env_->Check(kMapCall, "mmap", path_));
    return real_->Map(mode, position, length, range);
  }

 private:
  FaultEnv* const env_;
  const std::string path_;
  const std::unique_ptr<File> real_;
};

}  // namespace

void FaultEnv::FailAt(int64_t nth, uint32_t calls, int error, bool from_then_on) {
  fail_at_ = 0;
  failing_calls_ = calls;
  error_ = error;
  from_then_on_ = from_then_on;
  calls_ = 0;
  failed_ = false;
  fail_at_ = nth;
}

Status FaultEnv::Check(Call call, const char* syscall, const std::string& path) {
  if ((failing_calls_.load() & call) == 0) return Status();
  const int64_t number = ++calls_;
  const int64_t at = fail_at_.load();
  if (at == 0 || (from_then_on_ ? number < at : number != at)) return Status();
  failed_ = true;
  return Status::FromErrno(error_.load(), syscall, path);
}

Status FaultEnv::Open(const std::string& path, OpenMode mode, std::unique_ptr<File>* file) {
  DURAMEN_TRY(Check(mode == OpenMode::kRead ? kOpenReadCall : kOpenCall, "open", path));
  std::unique_ptr<File> real;
  DURAMEN_TRY(real_->Open(path, mode, &real));
  *file = std::make_unique<FaultFile>(this, path, std::move(real));
  return Status();
}

Status FaultEnv::Info(const std::string& path, FileInfo* info) { return real_->Info(path, info); }

Status FaultEnv::List(const std::string& directory, std::vector<std::string>* names) {
  return real_->List(directory, names);
}

Status FaultEnv::MakeDirectory(const std::string& path) { return real_->MakeDirectory(path); }

Status FaultEnv::Rename(const std::string& from, const std::string& to) {
  DURAMEN_TRY(Check(kRenameCall, "rename", from));
  return real_->Rename(from, to);
}

Status FaultEnv::Unlink(const std::string& path) {
  DURAMEN_TRY(Check(kUnlinkCall, "unlink", path));
  return real_->Unlink(path);
}

Status FaultEnv::SyncDirectory(const std::string& path) {
  DURAMEN_TRY(Check(kSyncDirectoryCall, "fsync", path));
  return skip_syncs_ ? Status() : real_->SyncDirectory(path);
}

bool FaultEnv::MayMapForWriting(const std::string& directory) {
  return may_map_ && real_->MayMapForWriting(directory);
}

BootId FaultEnv::CurrentBoot() {
  BootId boot = real_->CurrentBoot();
  for (int i = 0; i < 4; ++i) boot[i] ^= static_cast<uint8_t>(boot_changes_.load() >> (8 * i));
  return boot;
}

int64_t FaultEnv::NowMs() { return now_ms_ >= 0 ? now_ms_.load() : real_->NowMs(); }

}  // namespace duramen::test
