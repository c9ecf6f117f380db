// Each byte (DURAMEN_LONG: each bit) of a batch cut off, flipped, or zeroed with its sector, before
// the log is opened by the next process (the same boot) or after a power cut (another one). Nothing
// wrong is ever read, nothing that was promised goes without being reported, and the log goes on.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "log/verify.h"
#include "log_support.h"

namespace duramen::test {
namespace {

enum class Promise { kNothing, kFlushed, kSync };  // `os`, `os` and then a flush, `sync`

struct Scene {
  Promise promise;
  bool same_boot;
  int64_t segment_bytes;
  int64_t batches;
  int64_t target;  // the batch that is damaged, by its number in the series
};

// A log that a process left behind without closing it, and the same with damage, again and again.
class Damaged {
 public:
  explicit Damaged(const Scene& scene) : scene_(scene), log_(Options(scene), &env_) {
    EXPECT_OK(log_.Open());
    EXPECT_OK(log_.AppendSeries(scene.batches, 12));
    if (scene.promise != Promise::kNothing) EXPECT_OK(log_->Flush());
    FindTarget();
    const int64_t sealed_end = log_->segments().Get()->back()->base_offset();
    EXPECT_TRUE(Eventually([&] { return log_->State().durable_offset >= sealed_end; }));
    promised_end_ = scene.same_boot ? log_.end() : log_->State().durable_offset;
    log_.Abandon();
    files_ = FilesOf(log_.path());
    all_ = log_.expected;
  }

  int64_t size() const { return static_cast<int64_t>(target_bytes_.size()); }
  int64_t position() const { return position_; }

  bool Cut(int64_t byte) {
    return Try("cut", byte,
               [&](std::string* file) { file->resize(static_cast<size_t>(position_ + byte)); });
  }
  bool Flip(int64_t byte, uint8_t bits) {
    return Try("flip", byte, [&](std::string* file) {
      (*file)[static_cast<size_t>(position_ + byte)] ^= static_cast<char>(bits);
    });
  }
  bool ZeroSector(int64_t byte) {
    return Try("zero", byte, [&](std::string* file) {
      const auto start = static_cast<size_t>(position_ + byte) / 512 * 512;
      std::fill_n(file->begin() + static_cast<std::ptrdiff_t>(start),
                  std::min<size_t>(512, file->size() - start), '\0');
    });
  }

 private:
  static LogOptions Options(const Scene& scene) {
    return OptionsWith(scene.promise == Promise::kSync ? FlushPolicy::kSync : FlushPolicy::kOs,
                       scene.segment_bytes);
  }

  void FindTarget() {
    auto entry = std::next(log_.expected.begin(), scene_.target);
    target_bytes_ = entry->second;
    const auto segments = log_->segments().Get();
    segment_base_ = (*segments)[SegmentList::IndexOf(*segments, entry->first)]->base_offset();
    for (auto at = log_.expected.find(segment_base_); at != entry; ++at) {
      position_ += static_cast<int64_t>(at->second.size());
    }
  }

  template <typename Change>
  bool Try(const char* what, int64_t byte, Change change) {
    Files files = files_;
    std::string& file = files[LogName(segment_base_)];
    change(&file);
    if (file == files_[LogName(segment_base_)]) return true;
    PutFiles(log_.path(), files);
    // Its own boot for each trial: what the trial before wrote means nothing.
    if (!scene_.same_boot) env_.ChangeBoot();
    log_.expected = all_;
    log_.next_index = scene_.batches;
    FindDamage(file);
    const bool good = Recover();
    log_.Abandon();
    if (!good) {
      Fail(__FILE__, __LINE__,
           std::string(what) + " at byte " + std::to_string(byte) + " of " +
               std::to_string(size()) + ", promise " +
               std::to_string(static_cast<int>(scene_.promise)) +
               (scene_.same_boot ? ", same boot" : ", another boot"));
    }
    // Back to the boot that the marks name.
    return good;
  }

  // The batches of the target's segment whose bytes differ now.
  void FindDamage(const std::string& file) {
    damaged_.clear();
    int64_t at = 0;
    for (auto entry = all_.find(segment_base_); entry != all_.end(); ++entry) {
      const auto size = static_cast<int64_t>(entry->second.size());
      if (scene_.segment_bytes < at + size) break;
      const auto wanted = std::string(entry->second.begin(), entry->second.end());
      if (at > static_cast<int64_t>(file.size()) ||
          file.compare(static_cast<size_t>(at), static_cast<size_t>(size), wanted) != 0) {
        damaged_.insert(entry->first);
      }
      at += size;
    }
  }

  bool Recover() {
    if (!EXPECT_OK(log_.Open())) return false;
    if (!CheckFindings() || !CheckContent() || !EXPECT_OK(log_.AppendSeries(2, 12))) return false;
    if (!CheckContent()) return false;
    log_.Abandon();
    if (!EXPECT_OK(log_.Open()) || !CheckContent()) return false;
    if (!EXPECT_OK(log_.AppendSeries(2, 12)) || !EXPECT_OK(log_->Flush())) return false;
    if (!EXPECT_OK(log_.Close())) return false;
    VerifyReport report;
    if (!EXPECT_OK(VerifyLog(&env_, log_.path(), 0, &report))) return false;
    for (const VerifyFinding& finding : report.findings) {
      const std::string what = finding.path + " at " + std::to_string(finding.position) + ": ";
      if (damage_free_) Fail(__FILE__, __LINE__, what + finding.what);
    }
    if (!EXPECT_EQ(report.findings.empty(), damage_free_)) return false;
    return EXPECT_OK(log_.Open()) && EXPECT_TRUE(log_->recovery().clean) && CheckContent();
  }

  bool CheckFindings() {
    const auto& findings = log_->recovery().findings;
    const bool in_tail = scene_.target + 1 == scene_.batches;
    bool corruption = false;
    for (const RecoveryFinding& finding : findings) {
      corruption |= finding.kind == RecoveryFinding::Kind::kCorruption;
      if (finding.kind != RecoveryFinding::Kind::kTornTail) continue;
      const std::string original = files_[LogName(segment_base_)];
      if (!EXPECT_TRUE(FileExists(finding.moved_to))) return false;
      if (!EXPECT_EQ(ReadText(finding.moved_to).size(), static_cast<size_t>(finding.bytes))) {
        return false;
      }
    }
    const int64_t target_offset = std::next(all_.begin(), scene_.target)->first;
    if (target_offset >= promised_end_) return EXPECT_FALSE(in_tail && corruption);
    // In front of the tail nothing is looked at before it is read, if the pages cannot have gone.
    return !in_tail || (EXPECT_TRUE(corruption) && EXPECT_TRUE(log_.end() >= promised_end_));
  }

  // Every batch that is found is right, and every promised one is found or reported.
  bool CheckContent() {
    Batches found;
    std::vector<DamagedOffsets> reported;
    if (!EXPECT_OK(ReadAround(log_.get(), 0, &found, &reported))) return false;
    damage_free_ = reported.empty();
    for (const auto& [offset, bytes] : found) {
      const auto wanted = log_.expected.find(offset);
      // Offsets of what was cut are given anew.
      if (!EXPECT_TRUE(wanted != log_.expected.end() && wanted->second == bytes)) return false;
    }
    for (const auto& [offset, bytes] : log_.expected) {
      if (found.contains(offset)) continue;
      const bool promised = offset < promised_end_;
      if (promised && !EXPECT_TRUE(damaged_.contains(offset))) return false;
      const bool is_reported = std::any_of(
          reported.begin(), reported.end(),
          [o = offset](const DamagedOffsets& range) { return o >= range.from && o <= range.to; });
      if (promised && !EXPECT_TRUE(is_reported)) return false;
    }
    return true;
  }

  const Scene scene_;
  FaultEnv env_;
  TestLog log_;
  Files files_;
  Batches all_;
  Bytes target_bytes_;
  int64_t segment_base_ = 0;
  int64_t position_ = 0;
  int64_t promised_end_ = 0;
  std::set<int64_t> damaged_;
  bool damage_free_ = false;
};

bool Long() { return std::getenv("DURAMEN_LONG") != nullptr; }

void DamageBytes(const Scene& scene, int64_t step) {
  Damaged damaged(scene);
  std::set<int64_t> sectors;
  for (int64_t byte = 0; byte < damaged.size(); byte += step) {
    if (!damaged.Cut(byte)) return;
    if (sectors.insert((damaged.position() + byte) / 512).second && !damaged.ZeroSector(byte)) {
      return;
    }
    // The leader epoch is under no checksum.
    if (byte >= kLeaderEpochAt && byte < kMagicAt) continue;
    for (int bit = 0; bit < (Long() ? 8 : 1); ++bit) {
      if (!damaged.Flip(byte, static_cast<uint8_t>(1 << ((byte + bit) % 8)))) return;
    }
  }
}

void DamageWithEveryPromise(int64_t segment_bytes, int64_t batches, int64_t target, int64_t step) {
  for (const Promise promise : {Promise::kNothing, Promise::kFlushed, Promise::kSync}) {
    for (const bool same_boot : {true, false}) {
      DamageBytes({promise, same_boot, segment_bytes, batches, target}, Long() ? 1 : step);
    }
  }
}

TEST(DamagedLastBatchIsReportedOrSetAside) { DamageWithEveryPromise(1 << 20, 9, 8, 1); }

TEST(DamagedBatchInTheMiddleIsReportedAndEverythingAroundItRead) {
  DamageWithEveryPromise(1 << 20, 12, 5, 3);
}

TEST(DamagedBatchOfASealedSegmentIsReportedAndEverythingAroundItRead) {
  DamageWithEveryPromise(1000, 30, 3, 3);
}

TEST(DamagedLastBatchOfASealedSegmentIsReportedAndEverythingAroundItRead) {
  DamageWithEveryPromise(1000, 30, 8, 3);
}

TEST(DamagedOnlyBatchOfTheLastSegmentIsReportedOrSetAside) { DamageWithEveryPromise(800, 8, 7, 2); }

}  // namespace
}  // namespace duramen::test
