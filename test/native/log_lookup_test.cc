// Finding a batch by offset and by timestamp, with indexes whole, missing and wrong.
#include <algorithm>
#include <filesystem>

#include "log_support.h"

namespace duramen::test {
namespace {

// Reads at every offset: each gives the batch that holds it.
bool EveryOffsetIsFound(TestLog* log) {
  for (int64_t offset = log->expected.begin()->first; offset < log->end(); ++offset) {
    ReadResult result;
    if (!EXPECT_OK((*log)->Read(offset, 1, UpTo::kLogEnd, &result))) return false;
    const auto holder = std::prev(log->expected.upper_bound(offset));
    if (!EXPECT_TRUE(BytesOf(result) == holder->second)) return false;
    if (!EXPECT_EQ(result.range.base_offset, holder->first)) return false;
  }
  return true;
}

LogOptions Small() { return OptionsWith(FlushPolicy::kOs, 4096); }

// Timestamps out of order, with ties, and some that appear once only in the middle.
std::vector<int64_t> FillWithTimestamps(TestLog* log, int64_t batches) {
  Random random(11);
  std::vector<int64_t> asked = {0, kStartTime - 1, kStartTime + 1'000'000};
  for (int64_t i = 0; i < batches; ++i) {
    const int64_t jump = random.OneIn(20) ? 500 : 0;
    const int64_t timestamp = kStartTime + i / 3 * 10 + jump - random.Between(0, 40);
    EXPECT_OK(log->Append(BatchAt(timestamp, 40, static_cast<int32_t>(1 + i % 2))));
    for (const int64_t near : {timestamp - 1, timestamp, timestamp + 1}) asked.push_back(near);
  }
  return asked;
}

TEST(EveryOffsetIsFoundWhileAppendingAfterClosingAndAfterAbandoning) {
  FaultEnv env;
  TestLog log(Small(), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(200));
  EXPECT_TRUE(EveryOffsetIsFound(&log));
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(EveryOffsetIsFound(&log));
  EXPECT_OK(log.AppendSeries(50));
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_TRUE(EveryOffsetIsFound(&log));
}

TEST(TimestampLookupsEqualAScanOfEveryBatch) {
  FaultEnv env;
  TestLog log(Small(), &env);
  ASSERT_OK(log.Open());
  const auto asked = FillWithTimestamps(&log, 300);
  EXPECT_TRUE(log.FindsTimestamps(asked));
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log.FindsTimestamps(asked));
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_TRUE(log.FindsTimestamps(asked));
  EXPECT_OK(log->DeleteBefore(100));
  std::erase_if(log.expected, [](const auto& entry) {
    return BatchHeader(entry.second.data()).last_offset() < 100;
  });
  EXPECT_TRUE(log.FindsTimestamps(asked));
}

TEST(TimestampLookupsStayRightAfterAbandonAndClose) {
  FaultEnv env;
  TestLog log(Small(), &env);
  ASSERT_OK(log.Open());
  const auto asked = FillWithTimestamps(&log, 200);
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_OK(log->Flush());
  // What recovery took as it was must be complete on disk now.
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log->recovery().clean);
  EXPECT_TRUE(log.FindsTimestamps(asked));
  EXPECT_SOUND_FILES(log);
}

TEST(TimestampLookupStopsAtTheHighWatermark) {
  TestLog log(OptionsWith(FlushPolicy::kSync));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.Append(BatchAt(kStartTime)));
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Append(BatchAt(kStartTime + 10)));
  ReadResult result;
  EXPECT_OK(log->FindTimestamp(kStartTime + 5, &result));
  const bool found = result.range.end > result.range.position;
  EXPECT_TRUE(!found || log->State().high_watermark == 2);
}

TEST(RecordsWithoutTimestampsAreReadAndLookedUp) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  for (int i = 0; i < 100; ++i) EXPECT_OK(log.Append(BatchAt(-1)));
  EXPECT_TRUE(log.FindsTimestamps({-1, 0, 1}));
  EXPECT_OK(log.Append(BatchAt(0)));
  EXPECT_TRUE(log.FindsTimestamps({-1, 0, 1}));
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Reopen());
  EXPECT_TRUE(log.FindsTimestamps({-1, 0, 1}));
  EXPECT_READS(log);
}

// What may have become of index files, each applied to every one of them.
using Damage = void (*)(const std::string& path);

void Remove(const std::string& path) { std::filesystem::remove(path); }
void Empty(const std::string& path) { WriteText(path, ""); }
void Halve(const std::string& path) {
  WriteText(path, ReadText(path).substr(0, ReadText(path).size() / 2));
}
void CutOddly(const std::string& path) {
  const std::string content = ReadText(path);
  WriteText(path, content.substr(0, content.size() - std::min<size_t>(content.size(), 5)));
}
void Randomise(const std::string& path) {
  std::string content = ReadText(path);
  Random(3).Fill(reinterpret_cast<uint8_t*>(content.data()), content.size());
  WriteText(path, content);
}
void AppendZeros(const std::string& path) {
  WriteText(path, ReadText(path) + std::string(24 * 1000, '\0'));
}
void AppendGarbage(const std::string& path) {
  WriteText(path, ReadText(path) + std::string(24 * 3, '\x7f'));
}

TEST(MissingGarbageAndShortIndexesCostTimeButNoAnswer) {
  const Damage damages[] = {Remove, Empty, Halve, CutOddly, Randomise, AppendZeros, AppendGarbage};
  FaultEnv env;
  for (const Damage damage : damages) {
    for (const std::string kind : {".index", ".timeindex"}) {
      for (const bool clean : {true, false}) {
        TestLog log(Small(), &env);
        ASSERT_OK(log.Open());
        EXPECT_OK(log.AppendSeries(150));
        EXPECT_OK(log->Flush());
        if (clean) EXPECT_OK(log.Close());
        log.Abandon();
        for (const auto& name : NamesWith(log.path(), kind)) damage(log.directory.File(name));
        ASSERT_OK(log.Open());
        EXPECT_EQ(log->recovery().findings.size(), 0u);
        EXPECT_TRUE(EveryOffsetIsFound(&log));
        EXPECT_READS(log);
        EXPECT_OK(log.AppendSeries(30));
        EXPECT_TRUE(EveryOffsetIsFound(&log));
        EXPECT_OK(log.Reopen());
        EXPECT_READS(log);
      }
    }
  }
}

TEST(IndexLostWhileClosedIsRebuiltForTimestamps) {
  FaultEnv env;
  for (const Damage damage : {Remove, Empty, CutOddly}) {
    TestLog log(Small(), &env);
    ASSERT_OK(log.Open());
    const auto asked = FillWithTimestamps(&log, 150);
    EXPECT_OK(log->Flush());
    EXPECT_OK(log.Close());
    for (const auto& name : NamesWith(log.path(), "index")) damage(log.directory.File(name));
    ASSERT_OK(log.Open());
    EXPECT_TRUE(log.FindsTimestamps(asked));
    EXPECT_OK(log.Close());
    EXPECT_SOUND_FILES(log);
  }
}

TEST(StaleIndexOfARemovedSegmentIsNotTakenOver) {
  FaultEnv env;
  TestLog log(Small(), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(150));
  EXPECT_OK(log->Flush());
  const int64_t base = log->segments().Get()->back()->base_offset();
  EXPECT_OK(log.Close());
  // As when a crash took the segment but not yet its indexes.
  const std::string stem = log.directory.File(SegmentStem(base));
  std::filesystem::remove(stem + ".log");
  std::filesystem::remove(log.directory.File(".kafka_cleanshutdown"));
  std::filesystem::remove(log.directory.File("duramen.watermark"));
  std::filesystem::remove(log.directory.File("recovery-point-offset-checkpoint"));
  Randomise(stem + ".index");
  std::erase_if(log.expected, [base](const auto& entry) { return entry.first >= base; });
  ASSERT_OK(log.Open());
  EXPECT_EQ(log.end(), base);
  EXPECT_OK(log.AppendSeries(150));
  EXPECT_TRUE(EveryOffsetIsFound(&log));
  EXPECT_OK(log.Close());
  EXPECT_SOUND_FILES(log);
}

TEST(BatchInsideAValueIsNeverTakenForABatchOfTheLog) {
  TestLog log(OptionsWith(FlushPolicy::kOs));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(2));
  // The value is a sound batch with offsets that could follow.
  const Bytes inner = Stored(NumberedBatch(70), log.end() + 1);
  const Bytes outer = MakeBatch(
      {{0, 0, std::nullopt, std::string(inner.begin(), inner.end()) + std::string(50, 'x'), {}}});
  const int64_t damaged = log.end();
  const auto segment = log->segments().Get()->back();
  const int64_t position = segment->end();
  EXPECT_OK(log.Append(outer));
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.Close());
  std::string content = ReadText(segment->log_path());
  content[static_cast<size_t>(position) + outer.size() - 3] ^= 1;
  WriteText(segment->log_path(), content);
  log.expected.erase(damaged);
  ASSERT_OK(log.Open());
  Batches found;
  std::vector<DamagedOffsets> damage;
  EXPECT_OK(ReadAround(log.get(), 0, &found, &damage));
  EXPECT_TRUE(SameBatches(found, log.expected, __FILE__, __LINE__));
  ASSERT_EQ(damage.size(), 1u);
  EXPECT_EQ(damage[0].from, damaged);
  EXPECT_EQ(damage[0].to, damaged);
}

TEST(ReadOfMuchIsNotQuickThoughItIsAllInMemory) {
  TestLog log(OptionsWith(FlushPolicy::kOs, 64 << 20));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(12, 300'000));
  const int64_t last = log.expected.rbegin()->first;
  EXPECT_TRUE(log->IsQuick(0, 1 << 20));
  EXPECT_FALSE(log->IsQuick(0, 50 << 20));
  EXPECT_TRUE(log->IsQuick(last, 50 << 20));
}

}  // namespace
}  // namespace duramen::test
