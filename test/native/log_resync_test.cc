// What ends damage: batches in values, wrong base offsets and second damages stand in the way.
#include <filesystem>

#include "log_support.h"

namespace duramen::test {
namespace {

using Kind = RecoveryFinding::Kind;

constexpr int64_t kBatches = 11;
constexpr int64_t kOuter = 3;

// What a mirror keeps in a value: a batch with the base offset that it had elsewhere.
Bytes Foreign(int64_t base_offset, size_t value_size = 24) {
  return Stored(BatchAt(kStartTime - 1, value_size), base_offset);
}

Bytes Around(const Bytes& value) {
  return MakeBatch({{0, 0, std::nullopt, std::string(value.begin(), value.end()), {}}});
}

// Batches of one record at offsets 0 to 10; the value of number 3 holds another batch.
class Nest {
 public:
  Nest(bool clean, const Bytes& nested = Foreign(5000)) : log_(OptionsWith(FlushPolicy::kSync)) {
    EXPECT_OK(log_.Open());
    for (int64_t i = 0; i < kBatches; ++i) {
      positions_.push_back(log_->segments().Get()->back()->end());
      EXPECT_OK(log_.Append(i == kOuter ? Around(nested) : BatchAt(kStartTime + i, 24)));
    }
    if (clean) {
      EXPECT_OK(log_.Close());
    } else {
      log_.Abandon();
    }
  }

  void Flip(int64_t batch, int byte, uint8_t bits) {
    const std::string path = log_.directory.File(LogName(0));
    std::string content = ReadText(path);
    const auto position = static_cast<size_t>(positions_[static_cast<size_t>(batch)] + byte);
    content[position] = static_cast<char>(content[position] ^ bits);
    WriteText(path, content);
  }

  // A byte comes in between in one batch, and one is gone from another.
  void Shift(int64_t from, int64_t to) {
    const std::string path = log_.directory.File(LogName(0));
    std::string content = ReadText(path);
    content.erase(static_cast<size_t>(positions_[static_cast<size_t>(to)] + kBatchHeaderSize + 2),
                  1);
    content.insert(static_cast<size_t>(positions_[static_cast<size_t>(from)] + kProducerIdAt), 1,
                   7);
    WriteText(path, content);
  }

  // Every offset but the lost ones is what it was, now and after another opening.
  bool LosesOnly(const std::vector<int64_t>& lost) {
    Batches wanted = log_.expected;
    for (const int64_t offset : lost) wanted.erase(offset);
    for (int round = 0; round < 2; ++round) {
      if (!EXPECT_OK(log_.Open()) || !EXPECT_EQ(log_.end(), kBatches)) return false;
      Batches found;
      std::vector<DamagedOffsets> damaged;
      if (!EXPECT_OK(ReadAround(log_.get(), 0, &found, &damaged))) return false;
      if (!SameBatches(found, wanted, __FILE__, __LINE__)) return false;
      if (!EXPECT_OK(log_.Close())) return false;
    }
    return EXPECT_EQ(NamesWith(log_.path(), ".broken-").size(), 0u);
  }

 private:
  TestLog log_;
  std::vector<int64_t> positions_;
};

TEST(BatchesBetweenTwoDamagesAreReadThoughTheSecondSeemsToContinueThem) {
  for (const bool clean : {true, false}) {
    Nest nest(clean);
    nest.Shift(1, 7);
    if (!EXPECT_TRUE(nest.LosesOnly({1, 7}))) return;
  }
}

TEST(BatchInAValueDoesNotEndTheDamageAroundIt) {
  for (const bool clean : {true, false}) {
    for (const int64_t base : {3, 4, 5, 9, 10, 11, 5000}) {
      Nest nest(clean, Foreign(base));
      nest.Flip(kOuter, kBatchLengthAt, 0x7f);
      if (!EXPECT_TRUE(nest.LosesOnly({kOuter}))) return;
    }
  }
}

TEST(BatchesInAValueDoNotEndTheDamageAroundThem) {
  Bytes nested;
  for (int64_t base = 5; base < 9; ++base) {
    const Bytes batch = Foreign(base, 200);
    nested.insert(nested.end(), batch.begin(), batch.end());
  }
  for (const bool clean : {true, false}) {
    Nest nest(clean, nested);
    nest.Flip(kOuter, kBatchLengthAt, 0x7f);
    if (!EXPECT_TRUE(nest.LosesOnly({kOuter}))) return;
  }
}

TEST(WrongBaseOffsetBehindDamageIsPartOfIt) {
  for (const bool clean : {true, false}) {
    for (const uint8_t bits : {2, 4, 8}) {
      Nest nest(clean);
      nest.Flip(kOuter, kBatchHeaderSize + 9, 1);
      nest.Flip(kOuter + 1, kBaseOffsetAt + 7, bits);
      if (!EXPECT_TRUE(nest.LosesOnly({kOuter, kOuter + 1}))) return;
    }
    Nest nest(clean);
    nest.Flip(kOuter, kBatchHeaderSize + 9, 1);
    nest.Flip(kOuter + 1, kBaseOffsetAt + 1, 1);
    if (!EXPECT_TRUE(nest.LosesOnly({kOuter, kOuter + 1}))) return;
  }
}

TEST(IntactBatchesBetweenDamagesAreRead) {
  for (const bool clean : {true, false}) {
    for (const int64_t last : {5, 6, 8, 10}) {
      for (const int byte : {kBatchLengthAt, int{kMagicAt}, kBatchHeaderSize + 9}) {
        Nest nest(clean);
        nest.Flip(kOuter, byte, 0x7f);
        nest.Flip(last, byte, 0x7f);
        if (!EXPECT_TRUE(nest.LosesOnly({kOuter, last}))) return;
      }
    }
  }
}

TEST(BatchesBehindDamageAreReadInASealedSegmentThatWasNotTrimmed) {
  TestLog log(OptionsWith(FlushPolicy::kSync, 1024));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(40));
  EXPECT_OK(log->Flush());
  log.Abandon();
  const std::string path = log.directory.File(LogName(0));
  std::string content = ReadText(path);
  content[kBatchLengthAt] = 0x7f;
  WriteText(path, content + std::string(500, '\0'));
  std::filesystem::remove(log.directory.File("00000000000000000000.index"));
  ASSERT_OK(log.Open());
  Batches found;
  std::vector<DamagedOffsets> damaged;
  EXPECT_OK(ReadAround(log.get(), 0, &found, &damaged));
  log.expected.erase(0);
  EXPECT_TRUE(SameBatches(found, log.expected, __FILE__, __LINE__));
}

TEST(LastBatchWithABatchInItsValueIsDamagedAsAWhole) {
  for (const bool clean : {true, false}) {
    for (const int64_t base : {2, 3, 5000}) {
      TestLog log(OptionsWith(FlushPolicy::kSync));
      ASSERT_OK(log.Open());
      EXPECT_OK(log.Append(BatchAt(kStartTime, 24)));
      EXPECT_OK(log.Append(BatchAt(kStartTime, 24)));
      const auto position = static_cast<size_t>(log->segments().Get()->back()->end());
      EXPECT_OK(log.Append(Around(Foreign(base))));
      if (clean) {
        EXPECT_OK(log.Close());
      } else {
        log.Abandon();
      }
      std::string content = ReadText(log.directory.File(LogName(0)));
      content[position + kBatchLengthAt] = 0x7f;
      WriteText(log.directory.File(LogName(0)), content);
      ASSERT_OK(log.Open());
      EXPECT_EQ(log.end(), 3);
      Batches found;
      std::vector<DamagedOffsets> damaged;
      EXPECT_OK(ReadAround(log.get(), 0, &found, &damaged));
      log.expected.erase(2);
      EXPECT_TRUE(SameBatches(found, log.expected, __FILE__, __LINE__));
    }
  }
}

TEST(StrictOpensATornBatchWithABatchInItsValue) {
  TestLog log(OptionsWith(FlushPolicy::kOs));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(4));
  const int64_t end = log.end();
  const auto position = static_cast<size_t>(log->segments().Get()->back()->end());
  log.Abandon();
  std::string content = ReadText(log.directory.File(LogName(0)));
  const Bytes batch = Around(Foreign(end + 1));
  content.replace(position, batch.size(), std::string(batch.begin(), batch.end()));
  content.replace(position, kMagicAt + 1, std::string(kMagicAt + 1, '\0'));
  WriteText(log.directory.File(LogName(0)), content);
  log.options.strict_recovery = true;
  ASSERT_OK(log.Open());
  EXPECT_EQ(log.end(), end);
  EXPECT_READS(log);
}

TEST(WrongLastOffsetAfterACleanCloseIsReportedAndNotFollowed) {
  for (int byte = kLastOffsetDeltaAt; byte < kBaseTimestampAt; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      TestLog log(OptionsWith(FlushPolicy::kSync));
      ASSERT_OK(log.Open());
      EXPECT_OK(log.Append(BatchAt(kStartTime, 24, 2)));
      const auto position = static_cast<size_t>(log->segments().Get()->back()->end());
      EXPECT_OK(log.Append(BatchAt(kStartTime, 24, 2)));
      EXPECT_OK(log.Close());
      std::string content = ReadText(log.directory.File(LogName(0)));
      char& damaged = content[position + static_cast<size_t>(byte)];
      damaged = static_cast<char>(damaged ^ (1 << bit));
      WriteText(log.directory.File(LogName(0)), content);
      ASSERT_OK(log.Open());
      if (!EXPECT_EQ(log.end(), 4)) return;
      if (!EXPECT_EQ(log->recovery().findings.size(), 1u)) return;
      EXPECT_TRUE(log->recovery().findings[0].kind == Kind::kCorruption);
      EXPECT_EQ(log->recovery().findings[0].from_offset, 2);
      EXPECT_EQ(log->recovery().findings[0].to_offset, 3);
    }
  }
}

TEST(LogCutBelowItsStartAfterACleanCloseKeepsStartAndEnd) {
  TestLog log(OptionsWith(FlushPolicy::kSync));
  ASSERT_OK(log.Open());
  for (int64_t i = 0; i < 40; ++i) EXPECT_OK(log.Append(BatchAt(kStartTime + i, 24)));
  EXPECT_OK(log->Flush());
  EXPECT_OK(log->DeleteBefore(30));
  EXPECT_OK(log.Close());
  const std::string path = log.directory.File(LogName(0));
  const std::string content = ReadText(path);
  for (const size_t size : {size_t{0}, size_t{700}, content.size() - 1}) {
    Files files = FilesOf(log.path());
    std::filesystem::resize_file(path, size);
    if (!EXPECT_OK(log.Open())) return;
    EXPECT_EQ(log->State().log_start_offset, 30);
    EXPECT_EQ(log.end(), 40);
    EXPECT_EQ(log->recovery().findings.size(), 1u);
    log.Abandon();
    PutFiles(log.path(), files);
  }
}

TEST(LostEndOfASealedSegmentIsReportedThoughGapsAreAllowed) {
  for (const bool zeroed : {true, false}) {
    for (const bool indexed : {true, false}) {
      if (!zeroed && !indexed) continue;  // nothing tells that from a gap
      TestLog log(OptionsWith(FlushPolicy::kSync, 1024));
      ASSERT_OK(log.Open());
      EXPECT_OK(log.Append(BatchAt(kStartTime, 24)));
      EXPECT_OK(log.AppendKept(BatchAt(kStartTime, 24), 5));
      for (int i = 0; i < 40; ++i) EXPECT_OK(log.Append(BatchAt(kStartTime + i, 24)));
      EXPECT_OK(log.Close());
      std::filesystem::remove(log.directory.File(".kafka_cleanshutdown"));
      if (!indexed) std::filesystem::remove(log.directory.File("00000000000000000000.index"));
      const std::string path = log.directory.File(LogName(0));
      std::string content = ReadText(path);
      constexpr size_t kKept = 5 * 98;
      const size_t size = content.size();
      content.resize(kKept);
      if (zeroed) content.resize(size);
      WriteText(path, content);
      ASSERT_OK(log.Open());
      if (!(zeroed && indexed)) {  // else it is trusted, and reading finds the damage
        if (!EXPECT_EQ(log->recovery().findings.size(), 1u)) return;
        EXPECT_TRUE(log->recovery().findings[0].kind == Kind::kCorruption);
      }
      ReadResult result;
      const Status read = log->Read(9, 1, UpTo::kLogEnd, &result);
      if (zeroed) EXPECT_CODE(read, Code::kCorruptBatch);
    }
  }
}

TEST(GapAtTheEndOfASealedSegmentIsNoDamage) {
  for (const bool clean : {true, false}) {
    for (const bool indexed : {true, false}) {
      TestLog log(OptionsWith(FlushPolicy::kSync, 1024));
      ASSERT_OK(log.Open());
      for (int i = 0; i < 9; ++i) EXPECT_OK(log.Append(BatchAt(kStartTime + i, 24)));
      EXPECT_OK(log.AppendKept(BatchAt(kStartTime, 800), 100));
      EXPECT_OK(log.Append(BatchAt(kStartTime, 800)));
      if (clean) {
        EXPECT_OK(log.Close());
      } else {
        log.Abandon();
      }
      if (!indexed) std::filesystem::remove(log.directory.File("00000000000000000000.index"));
      ASSERT_OK(log.Open());
      EXPECT_EQ(log->recovery().findings.size(), 0u);
      EXPECT_READS(log);
    }
  }
}

}  // namespace
}  // namespace duramen::test
