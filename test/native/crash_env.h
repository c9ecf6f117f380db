// CrashEnv: what directories would hold if the process died, or the power went, before a given
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

// Files by path. Inodes tell whether a mark that names one still names the same.
struct Image {
  struct Content {
    std::string bytes;
    uint64_t inode = 0;
  };
  std::map<std::string, Content> files;
};

// Carries every call out and remembers what a device would have: a file's bytes as of its last sync
// (and of a write-back before the last sync of any file), names as of their directory's last sync.
// Thread-safe; outlives every log opened through it.
class CrashEnv final : public Env {
 public:
  // To be looked after, without what is below it; before a log in it is opened. What stands there
  // is durable. All are on one file system.
  // `seed` decides what of write-back that was only started a barrier covers.
  explicit CrashEnv(uint64_t seed = 1) : random_(seed) {}
  void Watch(const std::string& directory);
  // From now on a sync of any file makes durable what was written back of others.
  void ShareBarriers() { shares_barriers_ = true; }

  // Calls `then` before the `nth` call (from 1) that changes something. Counting starts anew.
  void Before(int64_t nth, std::function<void()> then);
  int64_t calls();
  // The next sync of a segment of `directory` fails, and once for each other open file of it. What
  // it should have written stays in the page cache as if it had been, and no later sync writes it.
  void LoseNextWriteBack(const std::string& directory);
  void Heal() { LoseNextWriteBack(""); }

  // What the page cache shows now. An append may be going on: stores to memory make no call.
  Image Now();
  // What a power cut would leave: of the names' changes since the directory's sync some first ones,
  // of each file's changed sectors any, as `random` has it.
  Image AfterPowerCut(Random* random);
  // Puts the image into the directories. Watermark slots that named a file of it name it again.
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
  uint64_t DeviceOfBarriers(const std::string&) override { return shares_barriers_ ? 1 : 0; }
  BootId CurrentBoot() override;
  int64_t NowMs() override { return real_->NowMs(); }

  // For the files that it hands out. `seen` counts the write-back errors that one was told of.
  void Enter();
  int ErrorsOf(uint64_t inode);
  Status Synced(const std::string& path, uint64_t inode, int* seen);
  void WriteBackStarted(const std::string& path, uint64_t inode, int64_t position, int64_t length,
                        bool awaited);

 private:
  // Files by a number of our own: the kernel gives an inode again at once.
  using Id = uint64_t;
  using Names = std::map<std::string, Id>;
  struct Change {
    std::string removed, added;  // paths; empty where there is none
    Id id = 0;
  };
  struct Pending {
    Id id;
    size_t position;
    std::string bytes;
    bool awaited;
  };
  Id IdOf(uint64_t inode);
  void KeepContent(const std::string& path);
  std::string PathOf(const std::string& opened, uint64_t inode) const;
  std::vector<std::string> Paths() const;
  void FinishWriteBack();
  void TakeAsDurable();

  Env* const real_ = Env::Posix();
  std::vector<std::string> directories_;
  bool shares_barriers_ = false;
  std::recursive_mutex mutex_;
  std::function<void()> then_;
  int64_t nth_ = 0, calls_ = 0;
  std::string loses_in_;
  Names durable_names_;
  std::map<std::string, std::vector<Change>> changes_;  // since the directory was synced
  std::map<uint64_t, Id> ids_;                          // by inode, of the files that have a name
  Id next_id_ = 1;
  std::map<Id, std::string> durable_;  // a file's bytes on the device
  std::map<Id, std::string> lost_;     // what a failed sync left in the page cache
  std::map<Id, int> errors_;
  std::map<Id, Image::Content> gone_;  // files that have no name any more
  std::vector<Pending> pending_;
  Random random_;
  int boot_changes_ = 0;
};

}  // namespace duramen::test
