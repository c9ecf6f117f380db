// Opening a log after every way in which it may have been left.
#include <filesystem>

#include "log_support.h"

namespace duramen::test {
namespace {

using Kind = RecoveryFinding::Kind;

LogOptions Small(FlushPolicy flush = FlushPolicy::kOs) { return OptionsWith(flush, 1024); }

// A log of 40 batches in many segments, left without closing it.
void Leave(TestLog* log) {
  ASSERT_OK(log->Open());
  EXPECT_OK(log->AppendSeries(40));
  log->Abandon();
}

size_t Count(TestLog* log, Kind kind) {
  size_t count = 0;
  for (const auto& finding : (*log)->recovery().findings) count += finding.kind == kind;
  return count;
}

// Nothing is known any more about what was flushed.
void ForgetMarks(const TestLog& log) {
  std::filesystem::remove(log.directory.File("duramen.watermark"));
  std::filesystem::remove(log.directory.File("recovery-point-offset-checkpoint"));
}

int64_t LastBase(const TestLog& log) {
  return BaseOffsetOfName(NamesWith(log.path(), ".log").back(), ".log");
}

void Damage(const std::string& path, size_t position) {
  std::string content = ReadText(path);
  content[position] ^= 1;
  WriteText(path, content);
}

TEST(CleanCloseIsOpenedWithoutAScan) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    TestLog log(Small(flush));
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(40));
    EXPECT_OK(log->Flush());
    EXPECT_OK(log.Close());
    EXPECT_TRUE(FileExists(log.directory.File(".kafka_cleanshutdown")));
    ASSERT_OK(log.Open());
    EXPECT_FALSE(FileExists(log.directory.File(".kafka_cleanshutdown")));
    EXPECT_TRUE(log->recovery().clean);
    EXPECT_EQ(log->recovery().scanned_bytes, 0);
    EXPECT_READS(log);
    log.Abandon();
    EXPECT_FALSE(FileExists(log.directory.File(".kafka_cleanshutdown")));
  }
}

TEST(AbandonedLogIsWholeInTheSameBootAndAfterAnother) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    for (const bool same_boot : {true, false}) {
      FaultEnv env;
      TestLog log(Small(flush), &env);
      Leave(&log);
      if (!same_boot) env.ChangeBoot();
      ASSERT_OK(log.Open());
      EXPECT_EQ(log->recovery().findings.size(), 0u);
      EXPECT_READS(log);
      if (flush == FlushPolicy::kSync) EXPECT_EQ(log->State().high_watermark, log.end());
      EXPECT_OK(log.AppendSeries(20));
      EXPECT_READS(log);
      EXPECT_OK(log->Flush());
      EXPECT_OK(log.Reopen());
      EXPECT_TRUE(log->recovery().clean);
      EXPECT_READS(log);
      EXPECT_SOUND_FILES(log);
    }
  }
}

TEST(CopyOfAnAbandonedDirectoryHoldsEverything) {
  FaultEnv env;
  TestLog log(Small(), &env);
  Leave(&log);
  TestLog copy(Small(), &env);
  for (const auto& [name, content] : FilesOf(log.path())) {
    WriteText(copy.directory.File(name), content);
  }
  copy.expected = log.expected;
  ASSERT_OK(copy.Open());
  EXPECT_EQ(copy->recovery().findings.size(), 0u);
  EXPECT_READS(copy);
  EXPECT_OK(copy.AppendSeries(5));
  EXPECT_OK(copy->Flush());
  EXPECT_OK(copy.Reopen());
  EXPECT_READS(copy);
  EXPECT_SOUND_FILES(copy);
}

// What a process leaves that dies between storing the magic byte and publishing the batch.
TEST(StoredButUnpublishedBatchIsKeptWithTheNextOffsets) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  const int64_t end = log.end();
  const auto position = static_cast<size_t>(log->segments().Get()->back()->end());
  log.Abandon();
  std::string content = ReadText(log.directory.File(LogName(0)));
  const Bytes batch = Stored(NumberedBatch(50), end);
  content.replace(position, batch.size(), std::string(batch.begin(), batch.end()));
  WriteText(log.directory.File(LogName(0)), content);
  log.expected[end] = batch;
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  EXPECT_EQ(log.end(), end + RecordsOf(batch));
  EXPECT_READS(log);
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.Reopen());
  EXPECT_READS(log);
}

TEST(BytesBehindTheLiveEndAreSetAside) {
  for (const bool same_boot : {true, false}) {
    FaultEnv env;
    TestLog log(OptionsWith(FlushPolicy::kSync), &env);
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(9));
    EXPECT_OK(log->Flush());
    const auto position = static_cast<size_t>(log->segments().Get()->back()->end());
    log.Abandon();
    std::string content = ReadText(log.directory.File(LogName(0)));
    // A batch whose magic byte was not stored yet.
    const Bytes batch = Stored(NumberedBatch(50), 18);
    content.replace(position, batch.size(), std::string(batch.begin(), batch.end()));
    content[position + kMagicAt] = 0;
    WriteText(log.directory.File(LogName(0)), content);
    if (!same_boot) env.ChangeBoot();
    ASSERT_OK(log.Open());
    ASSERT_EQ(Count(&log, Kind::kTornTail), 1u);
    const auto broken = NamesWith(log.path(), ".broken-");
    ASSERT_EQ(broken.size(), 1u);
    const std::string aside = ReadText(log.directory.File(broken[0]));
    EXPECT_TRUE(content.compare(position, aside.size(), aside) == 0);
    EXPECT_READS(log);
    EXPECT_OK(log.AppendSeries(3));
    EXPECT_OK(log->Flush());
    EXPECT_OK(log.Reopen());
    EXPECT_READS(log);
    EXPECT_SOUND_FILES(log);
  }
}

TEST(SegmentsBehindAGapAreMovedAsideAndStrictRefuses) {
  FaultEnv env;
  TestLog log(Small(), &env);
  Leave(&log);
  ForgetMarks(log);
  const auto names = NamesWith(log.path(), ".log");
  ASSERT_TRUE(names.size() > 4);
  const int64_t third = BaseOffsetOfName(names[2], ".log");
  Damage(log.directory.File(names[1]), 500);
  const Files files = FilesOf(log.path());
  log.options.strict_recovery = true;
  Status refused = log.Open();
  EXPECT_CODE(refused, Code::kCorruptLog);
  EXPECT_EQ(refused.path(), log.directory.File(names[1]));
  for (const std::string& name : names) {
    EXPECT_TRUE(ReadText(log.directory.File(name)) == files.at(name));
  }
  log.options.strict_recovery = false;
  ASSERT_OK(log.Open());
  EXPECT_EQ(Count(&log, Kind::kMovedAside), names.size() - 2);
  EXPECT_EQ(Count(&log, Kind::kTornTail), 1u);
  for (const auto& finding : log->recovery().findings) EXPECT_TRUE(FileExists(finding.moved_to));
  EXPECT_TRUE(log.end() < third);
  std::erase_if(log.expected, [&](const auto& entry) { return entry.first >= log.end(); });
  EXPECT_READS(log);
  EXPECT_OK(log.AppendSeries(30));
  EXPECT_READS(log);
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Reopen());
  EXPECT_SOUND_FILES(log);
}

TEST(StrictRefusesIntactBatchesBehindPromisedDamageToo) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kSync), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  EXPECT_OK(log->Flush());
  log.Abandon();
  Damage(log.directory.File(LogName(0)), 300);
  env.ChangeBoot();
  log.options.strict_recovery = true;
  EXPECT_CODE(log.Open(), Code::kCorruptLog);
  log.options.strict_recovery = false;
  ASSERT_OK(log.Open());
  EXPECT_EQ(Count(&log, Kind::kCorruption), 1u);
}

TEST(StrictOpensATornTail) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  const auto end = static_cast<size_t>(log->segments().Get()->back()->end());
  log.Abandon();
  ForgetMarks(log);
  WriteText(log.directory.File(LogName(0)),
            ReadText(log.directory.File(LogName(0))).substr(0, end - 5));
  log.expected.erase(std::prev(log.expected.end()));
  log.options.strict_recovery = true;
  ASSERT_OK(log.Open());
  EXPECT_EQ(Count(&log, Kind::kTornTail), 1u);
  EXPECT_READS(log);
}

TEST(RecoveryPointOfKafkaMakesDamageBelowItCorruption) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  const int64_t end = log.end();
  log.Abandon();
  ForgetMarks(log);
  EXPECT_OK(WriteOffsetCheckpoint(&env, log.directory.File("recovery-point-offset-checkpoint"),
                                  {{TopicPartitionOfDirectory(log.path()), end}}));
  Damage(log.directory.File(LogName(0)), 300);
  ASSERT_OK(log.Open());
  EXPECT_EQ(Count(&log, Kind::kCorruption), 1u);
  EXPECT_EQ(log.end(), end);
}

TEST(FencedLogEndsAtItsDurableOffsetAndViewsKeepTheirBytes) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  const int64_t durable = std::next(log.expected.begin(), 5)->first;
  ReadResult view;
  EXPECT_OK(log->Read(durable, 1 << 20, UpTo::kLogEnd, &view));
  const Bytes seen = BytesOf(view);
  log.Abandon();
  EditSlots(log.path(), [&](uint8_t* slot) {
    StoreBig64(slot + Slot::kDurableAt, static_cast<uint64_t>(durable));
    StoreBig32(slot + Slot::kFlagsAt, 1);
  });
  ASSERT_OK(log.Open());
  EXPECT_EQ(log.end(), durable);
  EXPECT_EQ(Count(&log, Kind::kTornTail), 1u);
  std::erase_if(log.expected, [&](const auto& entry) { return entry.first >= durable; });
  EXPECT_READS(log);
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.Close());
  EXPECT_TRUE(BytesOf(view) == seen);
  EXPECT_FALSE(view.map->poisoned());
  ASSERT_OK(log.Open());
  EXPECT_FALSE(log->State().fenced);
  EXPECT_READS(log);
}

TEST(GapsStayKnownWhenTheMarkDoesNotHold) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(3));
  EXPECT_OK(log.AppendKept(BatchAt(kStartTime), 500));
  EXPECT_OK(log.AppendSeries(3));
  log.Abandon();
  EditSlots(log.path(), [](uint8_t* slot) { StoreBig64(slot + Slot::kInodeAt, 1); });
  env.ChangeBoot();
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  EXPECT_READS(log);
}

TEST(MarkThatAnotherWriterOutdatedIsIgnored) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  EXPECT_OK(log->Flush());
  const auto last = std::prev(log.expected.end());
  const auto position =
      static_cast<size_t>(log->segments().Get()->back()->end()) - last->second.size();
  log.Abandon();
  // Someone without our watermark cut the last batch off and appended another one.
  const Bytes other = Stored(NumberedBatch(333, 20), last->first);
  WriteText(log.directory.File(LogName(0)),
            ReadText(log.directory.File(LogName(0))).substr(0, position) +
                std::string(other.begin(), other.end()));
  last->second = other;
  ASSERT_OK(log.Open());
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  EXPECT_READS(log);
}

TEST(FlushedOffsetUnderOsSurvivesReopeningAsThePromise) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(9));
  EXPECT_OK(log->Flush());
  const int64_t flushed = log.end();
  EXPECT_OK(log.AppendSeries(3));
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_TRUE(log->State().durable_offset >= flushed);
  log.Abandon();
  Damage(log.directory.File(LogName(0)), 300);
  env.ChangeBoot();
  ASSERT_OK(log.Open());
  EXPECT_EQ(Count(&log, Kind::kCorruption), 1u);
  EXPECT_TRUE(log.end() >= flushed);
}

TEST(LostLastSegmentIsReportedAndItsOffsetsAreNotGivenAgain) {
  FaultEnv env;
  TestLog log(Small(FlushPolicy::kSync), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(40));
  EXPECT_OK(log->Flush());
  const int64_t end = log.end();
  log.Abandon();
  const int64_t base = LastBase(log);
  std::filesystem::remove(log.directory.File(LogName(base)));
  ASSERT_OK(log.Open());
  EXPECT_EQ(Count(&log, Kind::kCorruption), 1u);
  EXPECT_EQ(log.end(), end);
  ReadResult result;
  Status lost = log->Read(base, 1, UpTo::kLogEnd, &result);
  EXPECT_CODE(lost, Code::kCorruptBatch);
  EXPECT_EQ(lost.from_offset(), base);
  EXPECT_EQ(lost.to_offset(), end - 1);
}

// A batch's epoch is not under its CRC, and Kafka takes no checkpoint whose starts do not rise.
TEST(FlippedEpochOfABatchMakesNoCheckpointThatFalls) {
  FaultEnv env;
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  EXPECT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(5));
  EXPECT_OK(log.Close());
  log.options.leader_epoch = 7;
  EXPECT_OK(log.Open());
  const std::string checkpoint = ReadText(log.directory.File("leader-epoch-checkpoint"));
  EXPECT_OK(log.AppendSeries(5));
  log.Abandon();
  std::string segment = ReadText(log.directory.File(LogName(0)));
  segment[kLeaderEpochAt] = 1;
  WriteText(log.directory.File(LogName(0)), segment);
  env.ChangeBoot();
  EXPECT_OK(log.Open());
  EXPECT_EQ(ReadText(log.directory.File("leader-epoch-checkpoint")), checkpoint);
}

}  // namespace
}  // namespace duramen::test
