// FaultEnv: the real operating system, but for the calls that a test wants to fail or to lie.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/env.h"

namespace duramen::test {

// The calls that can fail, as bits.
enum Call : uint32_t {
  kOpenCall = 1,  // for writing
  kWriteCall = 2,
  kAllocateCall = 4,
  kTruncateCall = 8,
  kSyncCall = 16,
  kMapCall = 32,
  kRenameCall = 64,
  kUnlinkCall = 128,
  kSyncDirectoryCall = 256,
  kOpenReadCall = 512,
  kReadCall = 1024,
};

// Thread-safe; outlives every log opened through it. What only asks (stat, list) never fails.
class FaultEnv final : public Env {
 public:
  explicit FaultEnv(Env* real = Env::Posix()) : real_(real) {}

  // The `nth` call (from 1) of those in `calls` fails with `error`, and with `from_then_on` every
  // later one; 0: none. Counting starts anew.
  void FailAt(int64_t nth, uint32_t calls, int error = ENOSPC, bool from_then_on = false);
  void Heal() { FailAt(0, 0); }
  // Calls that FailAt named and that came since, failed ones included.
  int64_t calls() const { return calls_.load(); }
  bool failed() const { return failed_.load(); }

  // Syncs do nothing: for tests that only care about what the page cache holds, and run often.
  void SkipSyncs() { skip_syncs_ = true; }
  void AppendByWriting() { may_map_ = false; }
  void ShareBarriers() { shares_barriers_ = true; }
  void ChangeBoot() { ++boot_changes_; }
  void SetClock(int64_t now_ms) { now_ms_ = now_ms; }

  Status Open(const std::string& path, OpenMode mode, std::unique_ptr<File>* file) override;
  Status Info(const std::string& path, FileInfo* info) override;
  Status List(const std::string& directory, std::vector<std::string>* names) override;
  Status MakeDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Unlink(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  bool MayMapForWriting(const std::string& directory) override;
  uint64_t DeviceOfBarriers(const std::string&) override { return shares_barriers_ ? 1 : 0; }
  BootId CurrentBoot() override;
  int64_t NowMs() override;

  // For the files it hands out: whether this call is the one to fail.
  Status Check(Call call, const char* syscall, const std::string& path);
  bool skips_syncs() const { return skip_syncs_; }

 private:
  Env* const real_;
  std::atomic<int64_t> fail_at_{0};
  std::atomic<uint32_t> failing_calls_{0};
  std::atomic<int> error_{0};
  std::atomic<bool> from_then_on_{false};
  std::atomic<int64_t> calls_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> skip_syncs_{false};
  std::atomic<bool> may_map_{true};
  std::atomic<bool> shares_barriers_{false};
  std::atomic<int> boot_changes_{0};
  std::atomic<int64_t> now_ms_{-1};
};

}  // namespace duramen::test
