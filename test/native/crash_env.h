// CrashEnv: what a directory would hold if the process died, or the power went, before a given
// call.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "batch_bytes.h"
#include "check.h"
#include "io/env.h"

namespace duramen::test {

// A directory's files. Inodes tell whether a mark that names one still names the same.
struct Image {
  struct Content {
    std::string bytes;
    uint64_t inode = 0;
  };
  std::map<std::string, Content> files;
};

// Carries every call out and remembers what a device would have: a file's bytes as of its last sync
// (and of a write-back started before the last sync of any file), names as of the directory's last
// sync. One directory, on one file system. Thread-safe; outlives every log opened through it.
class CrashEnv final : public Env {
 public:
  explicit CrashEnv(std::string directory) : directory_(std::move(directory)) {}

  // Calls `then` before the `nth` call (from 1) that changes something. Counting starts anew.
  void Before(int64_t nth, std::function<void()> then);
  int64_t calls();

  // What the page cache shows now. An append may be going on: stores to memory make no call.
  Image Now();
  // What a power cut would leave: of the names' changes since the directory's sync some first ones,
  // of each file's changed sectors any, as `random` has it.
  Image AfterPowerCut(Random* random);
  // Puts the image into the directory. Watermark slots that named a file of it name it again.
  void Restore(const Image& image);

  void ChangeBoot() { ++boot_changes_; }

  Status Open(const std::string& path, OpenMode mode, std::unique_ptr<File>* file) override;
  Status Info(const std::string& path, FileInfo* info) override { return real_->Info(path, info); }
  Status List(const std::string& directory, std::vector<std::string>* names) override {
    return real_->List(directory, names);
  }
  Status MakeDirectory(const std::string& path) override { return real_->MakeDirectory(path); }
  Status Rename(const std::string& from, const std::string& to) override;
  Status Unlink(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  bool MayMapForWriting(const std::string& path) override { return real_->MayMapForWriting(path); }
  BootId CurrentBoot() override;
  int64_t NowMs() override { return real_->NowMs(); }

  // For the files that it hands out.
  void Enter();
  void Synced(const std::string& path, uint64_t inode);
  void WriteBackStarted(const std::string& path, uint64_t inode, int64_t position, int64_t length);

 private:
  // Files by a number of our own: the kernel gives an inode again at once.
  using Id = uint64_t;
  using Names = std::map<std::string, Id>;
  struct Change {
    std::string removed, added;  // names; empty where there is none
    Id id = 0;
  };
  struct Pending {
    Id id;
    size_t position;
    std::string bytes;
  };
  Id IdOf(uint64_t inode);
  void KeepContent(const std::string& path);

  Env* const real_ = Env::Posix();
  const std::string directory_;
  std::recursive_mutex mutex_;
  std::function<void()> then_;
  int64_t nth_ = 0, calls_ = 0;
  Names durable_names_;
  std::vector<Change> changes_;  // since the directory was synced
  std::map<uint64_t, Id> ids_;   // by inode, of the files that have a name
  Id next_id_ = 1;
  std::map<Id, std::string> durable_;  // a file's bytes on the device
  std::map<Id, std::string> gone_;     // bytes of files that have no name any more
  std::vector<Pending> pending_;
  int boot_changes_ = 0;
};

}  // namespace duramen::test
