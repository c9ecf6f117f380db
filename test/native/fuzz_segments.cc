#include <algorithm>
#include <filesystem>
#include <set>

#include "fuzz_targets.h"
#include "log/batch_check.h"
#include "log_support.h"

namespace duramen::test {
namespace {

// The leader epoch is under no checksum.
Bytes WithoutEpoch(Bytes batch) {
  StoreBig32(batch.data() + kLeaderEpochAt, 0);
  return batch;
}

Bytes Joined(const Batches& batches) {
  Bytes joined;
  for (const auto& [offset, bytes] : batches) {
    joined.insert(joined.end(), bytes.begin(), bytes.end());
  }
  return joined;
}

// A log that a process left behind, flushed, in a few segments; with damage, again and again.
class Flushed {
 public:
  Flushed() : log_(OptionsWith(FlushPolicy::kSync, 1500), &env_) {
    EXPECT_OK(log_.Open());
    EXPECT_OK(log_.AppendSeries(36));
    EXPECT_OK(log_->Flush());
    EXPECT_TRUE(AwaitMark(log_.path(), log_.end()));
    all_ = log_.expected;
    const auto segments = log_->segments().Get();
    for (const auto& segment : *segments) {
      names_.push_back(LogName(segment->base_offset()));
      bases_.push_back(segment->base_offset());
      ends_.push_back(static_cast<size_t>(segment->end()));
    }
    DrainBackground();
    log_.Abandon();
    unclean_ = FilesOf(log_.path());
    EXPECT_OK(log_.Open());
    EXPECT_OK(log_.Close());
    clean_ = FilesOf(log_.path());
  }

  size_t segments() const { return names_.size(); }
  Files files(bool clean) const { return clean ? clean_ : unclean_; }
  const std::string& name(size_t segment) const { return names_[segment]; }
  size_t end(size_t segment) const { return ends_[segment]; }

  // `alone`: a single stretch was overwritten, so that nothing else may be missing.
  void Try(const Files& files, bool same_boot, bool alone) {
    PutFiles(log_.path(), files);
    if (!same_boot) env_.ChangeBoot();
    FindDamaged(files);
    log_.next_index = 36;
    if (!EXPECT_OK(log_.Open())) return;
    if (Read(alone && damaged_.size() == 1) && EXPECT_OK(log_.AppendSeries(2)) &&
        EXPECT_OK(log_.Close()) && EXPECT_OK(log_.Open())) {
      (void)Read(alone && damaged_.size() == 1);
    }
    log_.Abandon();
  }

 private:
  // Batches whose bytes are not where they were.
  void FindDamaged(const Files& files) {
    damaged_.clear();
    log_.expected.clear();
    size_t at = 0, segment = 0;
    for (const auto& [offset, bytes] : all_) {
      if (segment + 1 < bases_.size() && offset >= bases_[segment + 1]) {
        ++segment;
        at = 0;
      }
      const std::string& file = files.at(names_[segment]);
      const std::string wanted(bytes.begin(), bytes.end());
      if (file.size() < at || file.compare(at, wanted.size(), wanted) != 0) damaged_.insert(offset);
      at += wanted.size();
      log_.expected[offset] = WithoutEpoch(bytes);
    }
  }

  // What is found is right; what is not is damaged, and reading says so.
  bool Read(bool only_damaged_missing) {
    Batches found;
    std::vector<DamagedOffsets> reported;
    if (!EXPECT_OK(ReadAround(log_.get(), 0, &found, &reported))) return false;
    for (auto& [offset, bytes] : found) {
      const auto wanted = log_.expected.find(offset);
      if (!EXPECT_TRUE(wanted != log_.expected.end()) ||
          !EXPECT_TRUE(WithoutEpoch(bytes) == WithoutEpoch(wanted->second))) {
        return false;
      }
    }
    for (const auto& [offset, bytes] : log_.expected) {
      if (found.contains(offset)) continue;
      const bool is_reported = std::any_of(
          reported.begin(), reported.end(),
          [o = offset](const DamagedOffsets& range) { return o >= range.from && o <= range.to; });
      if (!EXPECT_TRUE(is_reported)) return false;
      if (only_damaged_missing && !EXPECT_TRUE(damaged_.contains(offset))) return false;
    }
    return true;
  }

  FaultEnv env_;
  TestLog log_;
  Batches all_;
  Files unclean_, clean_;
  std::vector<std::string> names_;
  std::vector<int64_t> bases_;
  std::vector<size_t> ends_;
  std::set<int64_t> damaged_;
};

Flushed& FlushedLog() {
  static Flushed flushed;
  return flushed;
}

}  // namespace

// Flags; then for each damage a segment, what is done, a position and a length.
void FuzzDamage(const uint8_t* data, size_t size) {
  enum Damage : uint8_t { kFlip, kZero, kCut, kRepeat, kInsert, kKinds };
  Flushed& flushed = FlushedLog();
  FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  Files files = flushed.files((flags & 1) != 0);
  int damages = 0;
  bool alone = true;
  for (; !input.empty() && damages < 8; ++damages) {
    const size_t segment = input.Byte() % flushed.segments();
    const auto what = static_cast<uint8_t>(input.Byte() % kKinds);
    std::string& file = files[flushed.name(segment)];
    const size_t at = input.Word() % flushed.end(segment);
    const uint8_t value = input.Byte();
    const size_t length = std::min<size_t>(value, file.size() - std::min(at, file.size()));
    if (at >= file.size()) continue;
    if (what == kFlip) {
      file[at] = static_cast<char>(file[at] ^ value);
    } else if (what == kZero) {
      std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at), length, '\0');
    } else if (what == kCut) {
      file.resize(at);
    } else if (what == kRepeat) {
      file.insert(at, file.substr(at, length));
    } else {
      file.insert(at, length, static_cast<char>(value));
    }
    alone &= damages == 0 && what <= kZero;
  }
  flushed.Try(files, (flags & 2) != 0, alone);
}

std::vector<Bytes> DamageSeeds() {
  std::vector<Bytes> seeds;
  for (uint8_t flags = 0; flags < 4; ++flags) {
    seeds.push_back({flags});
    for (uint8_t segment = 0; segment < 4; ++segment) {
      for (uint8_t what = 0; what < 5; ++what) {
        seeds.push_back({flags, segment, what, 0, static_cast<uint8_t>(40 * what + 3), 0x7f});
        seeds.push_back({flags, segment, what, 1, 44, 9, 1, 0, 2, 80, 1});
      }
    }
  }
  return seeds;
}

// Flags, the offset of the recovery point, and the file.
void FuzzSegment(const uint8_t* data, size_t size) {
  FaultEnv env;
  FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  const int64_t recovery_point = input.Byte();
  const Bytes file = input.Rest();
  TestLog log(OptionsWith((flags & 1) != 0 ? FlushPolicy::kSync : FlushPolicy::kOs), &env);
  log.options.strict_recovery = (flags & 2) != 0;
  WriteText(log.directory.File(LogName(0)), std::string(file.begin(), file.end()));
  if ((flags & 4) != 0) WriteText(log.directory.File(".kafka_cleanshutdown"), "{}");
  if ((flags & 8) != 0) {
    EXPECT_OK(WriteOffsetCheckpoint(&env, log.directory.File("recovery-point-offset-checkpoint"),
                                    {{TopicPartitionOfDirectory(log.path()), recovery_point}}));
  }
  const Status opened = log.Open();
  if (!opened.ok()) {
    EXPECT_CODE(opened, Code::kCorruptLog);
    return;
  }
  std::vector<DamagedOffsets> damaged;
  if (!EXPECT_OK(ReadAround(log.get(), 0, &log.expected, &damaged))) return;
  int64_t next = 0;
  for (const auto& [offset, bytes] : log.expected) {
    EXPECT_TRUE(CheckBatchFrame(bytes.data(), bytes.size(), 1 << 20) == BatchFault::kNone);
    EXPECT_TRUE(CheckBatchCrc(bytes.data()) == BatchFault::kNone);
    EXPECT_TRUE(offset >= next);
    next = BatchHeader(bytes.data()).last_offset() + 1;
  }
  EXPECT_TRUE(log.end() >= next);
  // An epoch is not under its batch's CRC, and epochs never fall: damage may have raised it.
  log.options.leader_epoch = log.log->State().leader_epoch;
  const Status appended = log.AppendSeries(2);
  if (!appended.ok()) EXPECT_CODE(appended, Code::kOffsetOverflow);
  Batches again;
  if (EXPECT_OK(log.Reopen()) && EXPECT_OK(ReadAround(log.get(), 0, &again, &damaged))) {
    (void)SameBatches(again, log.expected, __FILE__, __LINE__);
  }
}

std::vector<Bytes> SegmentSeeds() {
  Batches batches;
  int64_t offset = 0;
  for (int64_t i = 0; i < 9; ++i) {
    const Bytes batch = NumberedBatch(i, 12);
    batches[offset] = Stored(batch, offset);
    offset += RecordsOf(batch);
  }
  const Bytes nested = Stored(BatchAt(kStartTime - 1, 24), 5);
  batches[offset] = Stored(
      MakeBatch({{0, 0, std::nullopt, std::string(nested.begin(), nested.end()), {}}}), offset);
  batches[offset + 1] = Stored(BatchAt(kStartTime, 20), offset + 1);
  std::vector<Bytes> seeds;
  for (uint8_t flags = 0; flags < 16; ++flags) {
    Bytes seed{flags, static_cast<uint8_t>(flags)};
    const Bytes content = Joined(batches);
    seed.insert(seed.end(), content.begin(), content.end());
    seeds.push_back(seed);
    seed[2 + 300] ^= 1;
    seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace duramen::test
