// What a log knows of its producers after it was opened anew, cut or damaged: what a walk over all
// its batches finds.
#include <filesystem>

#include "log/foreign_log.h"
#include "producer_batches.h"

namespace duramen::test {
namespace {

LogOptions Small(FlushPolicy flush = FlushPolicy::kOs) {
  LogOptions options = OptionsWith(flush, 1024);
  options.producer_id_expiration_ms = int64_t{1} << 60;
  return options;
}

// Three producers, one in transactions that span segments, are committed, aborted or left open.
void AppendTransactions(TestLog* log, int32_t rounds, int32_t first = 0) {
  int32_t plain = first * 2, sent = first * 3;
  for (int32_t i = first; i < first + rounds; ++i) {
    for (int k = 0; k < 3; ++k) {
      EXPECT_OK(log->Append(
          SentBatch({.producer_id = 5, .epoch = 2, .sequence = sent++, .is_transactional = true})));
      EXPECT_OK(log->AppendSeries(1));
    }
    EXPECT_OK(log->Append(SentBatch({.producer_id = 6, .sequence = plain, .records = 2})));
    plain += 2;
    EXPECT_OK(log->Append(MarkerOf(i % 3 == 0, 5, 2)));
  }
  EXPECT_OK(log->Append(SentBatch({.producer_id = 9 + first, .is_transactional = true})));
}

bool KnowsAll(TestLog* log) {
  if (!EXPECT_OK((*log)->Flush())) return false;  // else what is stable moves on meanwhile
  const LogState state = (*log)->State();
  return EXPECT_TRUE(KnownTo(log->get()) ==
                     KnownAfter(log->expected, state.log_start_offset, state.high_watermark));
}

std::vector<std::string> Snapshots(const TestLog& log) {
  return NamesWith(log.path(), ".snapshot");
}

TEST(ProducersAreKnownAgainHoweverTheLogWasLeft) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    for (const bool closed : {true, false}) {
      for (const bool same_boot : {true, false}) {
        FaultEnv env;
        TestLog log(Small(flush), &env);
        ASSERT_OK(log.Open());
        AppendTransactions(&log, 12);
        EXPECT_TRUE(KnowsAll(&log));
        if (closed) EXPECT_OK(log.Close());
        log.Abandon();
        if (!same_boot) env.ChangeBoot();
        ASSERT_OK(log.Open());
        EXPECT_TRUE(KnowsAll(&log));
        EXPECT_READS(log);
        EXPECT_CODE(log.Append(SentBatch({.producer_id = 6, .sequence = 25})),
                    Code::kOutOfOrderSequence);
        AppendTransactions(&log, 3, 12);
        EXPECT_TRUE(KnowsAll(&log));
      }
    }
  }
}

TEST(CleanlyClosedLogIsKnownFromItsSnapshotAlone) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  AppendTransactions(&log, 12);
  const std::string newest = log.directory.File(SegmentStem(log.end()) + ".snapshot");
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Close());
  EXPECT_TRUE(FileExists(newest));
  // One that says something else, and is sound, shows that it is what counts.
  WriteText(newest, EncodeProducerSnapshot({}));
  ASSERT_OK(log.Open());
  EXPECT_TRUE(log->producers().List().empty());
}

TEST(SnapshotDamagedInAnyByteIsNotTrusted) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  AppendTransactions(&log, 5);
  const int64_t end = log.end();
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Close());
  const std::string newest = log.directory.File(SegmentStem(end) + ".snapshot");
  const std::string sound = ReadText(newest);
  for (size_t i = 0; i < 2 * sound.size(); ++i) {
    std::string damaged = sound;
    if (i < sound.size()) {
      damaged[i] ^= 0x10;
    } else {
      damaged.resize(i - sound.size());
    }
    WriteText(newest, damaged);
    ASSERT_OK(log.Open());
    if (!EXPECT_TRUE(KnowsAll(&log))) return;
    EXPECT_OK(log.Close());
  }
}

TEST(WithoutAnySnapshotTheWholeLogIsWalked) {
  for (const bool closed : {true, false}) {
    TestLog log(Small());
    ASSERT_OK(log.Open());
    AppendTransactions(&log, 12);
    if (closed) EXPECT_OK(log.Close());
    log.Abandon();
    for (const std::string& name : Snapshots(log)) {
      std::filesystem::remove(log.directory.File(name));
    }
    ASSERT_OK(log.Open());
    EXPECT_TRUE(KnowsAll(&log));
  }
}

TEST(TransactionIndexDamagedInAnyByteIsMadeAnewAfterAnUncleanStop) {
  FaultEnv env;
  TestLog log(Small(), &env);
  ASSERT_OK(log.Open());
  AppendTransactions(&log, 12);
  log.Abandon();
  const std::string name = NamesWith(log.path(), ".txnindex").back();
  const std::string path = log.directory.File(name);
  const std::string sound = ReadText(path);
  ASSERT_TRUE(!sound.empty());
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string damaged = sound;
    damaged[i] ^= 0x40;
    WriteText(path, damaged);
    env.ChangeBoot();
    ASSERT_OK(log.Open());
    if (!EXPECT_TRUE(KnowsAll(&log))) return;
    EXPECT_TRUE(ReadText(path) == sound);
    log.Abandon();
  }
}

TEST(CutForgetsWhatItTakesAwayAndNothingElse) {
  for (int64_t left = 60; left > 0; left -= 7) {
    TestLog log(Small());
    ASSERT_OK(log.Open());
    AppendTransactions(&log, 12);
    EXPECT_OK(log.Reopen());  // with a snapshot at the end
    EXPECT_OK(log.TruncateTo(log.end() * left / 62));
    EXPECT_TRUE(KnowsAll(&log));
    for (const std::string& name : Snapshots(log)) {
      EXPECT_TRUE(BaseOffsetOfName(name, ".snapshot") <= log.end());
    }
    DrainBackground();
    EXPECT_OK(log.Reopen());
    EXPECT_TRUE(KnowsAll(&log));
    EXPECT_READS(log);
  }
}

TEST(SnapshotsAreKeptForEachSegmentAndTheEndAndGoWithThem) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  AppendTransactions(&log, 12);
  DrainBackground();
  const auto logs = NamesWith(log.path(), ".log");
  // Of the first segment there is nothing to say.
  EXPECT_EQ(Snapshots(log).size(), logs.size() - 1);
  EXPECT_OK(log.Reopen());
  EXPECT_EQ(Snapshots(log).size(), logs.size());
  EXPECT_OK(log.Append(SentBatch({.producer_id = 77})));
  EXPECT_OK(log.Reopen());
  EXPECT_EQ(Snapshots(log).size(), logs.size());
  EXPECT_OK(log->DeleteBefore(log.end()));
  EXPECT_EQ(Snapshots(log).size(), 2u);
  EXPECT_OK(log.Reopen());
  EXPECT_EQ(log->producers().List().size(), 4u);
}

TEST(ReaderBesideTheOwnerSeesTheSameTransactions) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  AppendTransactions(&log, 4);
  std::shared_ptr<ForeignLog> reader;
  ASSERT_OK(ForeignLog::Open(Env::Posix(), log.path(), log.options, &reader));
  const auto agrees = [&] {
    return EXPECT_EQ(reader->State().last_stable_offset, log->State().last_stable_offset) &&
           EXPECT_TRUE(AbortedIn(reader->segments(), 0, kOffsetLimit) ==
                       AbortedIn(log->segments(), 0, kOffsetLimit));
  };
  EXPECT_OK(reader->FollowTransactions());
  EXPECT_TRUE(agrees());
  AppendTransactions(&log, 3, 4);
  EXPECT_TRUE(agrees());
  EXPECT_OK(log.Append(MarkerOf(false, 9)));
  EXPECT_OK(log.Append(MarkerOf(true, 13)));
  EXPECT_TRUE(agrees());
  EXPECT_EQ(reader->State().last_stable_offset, log.end());
  EXPECT_OK(reader->Close());
}

}  // namespace
}  // namespace duramen::test
