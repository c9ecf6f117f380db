// The files beside the segments: watermark, marker, checkpoints, spare, and what Kafka's cleaner
// leaves.
#include <filesystem>

#include "io/directory_lock.h"
#include "log/registry.h"
#include "log_support.h"

namespace duramen::test {
namespace {

constexpr char kMark[] = "duramen.watermark";
constexpr char kMarker[] = ".kafka_cleanshutdown";

LogOptions Small(FlushPolicy flush = FlushPolicy::kOs) { return OptionsWith(flush, 1024); }

void Leave(TestLog* log, int64_t batches = 20) {
  ASSERT_OK(log->Open());
  EXPECT_OK(log->AppendSeries(batches));
  EXPECT_OK((*log)->Flush());
  log->Abandon();
}

// One segment's file made of the numbered batches [first, last) from `base` on.
std::string SegmentOf(int64_t base, int64_t first, int64_t last, Batches* batches) {
  std::string content;
  for (int64_t i = first; i < last; ++i) {
    const Bytes batch = Stored(NumberedBatch(i), base);
    (*batches)[base] = batch;
    content.append(batch.begin(), batch.end());
    base += RecordsOf(batch);
  }
  return content;
}

TEST(WatermarkFileThatIsNotOursIsRefusedWithItsName) {
  for (const std::string& content :
       {std::string("garbage"), std::string(), std::string(12288, 'x'), std::string(4096, '\0')}) {
    FaultEnv env;
    TestLog log(Small(), &env);
    Leave(&log);
    const std::string path = log.directory.File(kMark);
    WriteText(path, content);
    const Status refused = log.Open();
    EXPECT_CODE(refused, Code::kCorruptLog);
    EXPECT_EQ(refused.path(), path);
    // The remedy that the message gives.
    std::filesystem::rename(path, path + ".aside");
    ASSERT_OK(log.Open());
    EXPECT_READS(log);
  }
}

TEST(WatermarkOfAnotherLengthIsRefused) {
  FaultEnv env;
  TestLog log(Small(), &env);
  Leave(&log);
  const std::string content = ReadText(log.directory.File(kMark));
  WriteText(log.directory.File(kMark), content.substr(0, 8192));
  EXPECT_CODE(log.Open(), Code::kCorruptLog);
  WriteText(log.directory.File(kMark), content + content);
  EXPECT_CODE(log.Open(), Code::kCorruptLog);
}

TEST(DamagedWatermarkPagesCostAScanAndNoData) {
  // The live page, either slot, both, all; zeros and garbage.
  const std::vector<std::vector<size_t>> damages = {
      {64}, {4096}, {8192}, {4096, 8192}, {64, 4096, 8192}};
  for (const auto& damage : damages) {
    for (const char byte : {'\0', '\x55'}) {
      for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
        FaultEnv env;
        TestLog log(Small(flush), &env);
        Leave(&log);
        std::string content = ReadText(log.directory.File(kMark));
        for (const size_t at : damage) content.replace(at, 120, std::string(120, byte));
        WriteText(log.directory.File(kMark), content);
        ASSERT_OK(log.Open());
        EXPECT_EQ(log->recovery().findings.size(), 0u);
        EXPECT_READS(log);
        EXPECT_OK(log.AppendSeries(10));
        log.Abandon();
        ASSERT_OK(log.Open());
        EXPECT_READS(log);
      }
    }
  }
}

TEST(OwnerThatDiedInTheMiddleOfAStoreLeavesAnOddSequenceThatHurtsNobody) {
  FaultEnv env;
  TestLog log(Small(), &env);
  Leave(&log);
  std::string content = ReadText(log.directory.File(kMark));
  content[64] = static_cast<char>(content[64] | 1);
  WriteText(log.directory.File(kMark), content);
  std::unique_ptr<LogHandle> reader;
  ASSERT_OK(LogHandle::Open(&env, log.path(), log.options, true, &reader));
  Batches found;
  EXPECT_OK(ReadOn(&reader->log(), 0, UpTo::kHighWatermark, 1 << 20, &found));
  EXPECT_TRUE(SameBatches(found, log.expected, __FILE__, __LINE__));
  EXPECT_OK(reader->Close());
  ASSERT_OK(log.Open());
  EXPECT_READS(log);
  EXPECT_OK(log.AppendSeries(5));
  log.Abandon();
  ASSERT_OK(log.Open());
  EXPECT_READS(log);
}

TEST(SpareOfZerosIsRemovedAndOneWithBatchesMovedAside) {
  FaultEnv env;
  TestLog log(Small(), &env);
  Leave(&log);
  WriteText(log.directory.File("next.spare"), std::string(8192, '\0'));
  ASSERT_OK(log.Open());
  EXPECT_FALSE(FileExists(log.directory.File("next.spare")));
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  log.Abandon();
  // As after a power cut that undid the rename.
  Batches unused;
  WriteText(log.directory.File("next.spare"), SegmentOf(1000, 0, 3, &unused));
  ASSERT_OK(log.Open());
  EXPECT_FALSE(FileExists(log.directory.File("next.spare")));
  ASSERT_EQ(log->recovery().findings.size(), 1u);
  EXPECT_EQ(ReadText(log->recovery().findings[0].moved_to), SegmentOf(1000, 0, 3, &unused));
  EXPECT_READS(log);
}

TEST(CutThatWasNeverFinishedLeavesTheLogAsItWas) {
  FaultEnv env;
  TestLog log(Small(), &env);
  Leave(&log);
  const std::string first = LogName(0);
  WriteText(log.directory.File(first + ".cut"), ReadText(log.directory.File(first)).substr(0, 100));
  ASSERT_OK(log.Open());
  EXPECT_EQ(NamesWith(log.path(), ".cut").size(), 0u);
  EXPECT_READS(log);
}

TEST(MalformedCheckpointsAreRefusedWithFileAndLine) {
  for (const char* name : {"recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
                           "cleaner-offset-checkpoint", "leader-epoch-checkpoint"}) {
    for (const char* content : {"", "1\n0\n", "0\n2\na 0 5\n", "0\n1\nnonsense\n", "0\n-1\n"}) {
      FaultEnv env;
      TestLog log(Small(), &env);
      Leave(&log);
      WriteText(log.directory.File(name), content);
      const Status refused = log.Open();
      EXPECT_CODE(refused, Code::kCorruptLog);
      EXPECT_EQ(refused.path(), log.directory.File(name));
    }
  }
}

TEST(DirectoryThatHoldsSomethingElseIsLeftAlone) {
  TempDirectory directory;
  std::unique_ptr<LogHandle> handle;
  WriteText(directory.File("letter.txt"), "dear reader");
  EXPECT_CODE(LogHandle::Open(Env::Posix(), directory.path(), Small(), false, &handle),
              Code::kForeignDirectory);
  EXPECT_EQ(FilesOf(directory.path()).size(), 1u);
  EXPECT_CODE(LogHandle::Open(Env::Posix(), directory.File("letter.txt"), Small(), false, &handle),
              Code::kNotADirectory);
  EXPECT_CODE(LogHandle::Open(Env::Posix(), directory.File("none"), Small(), false, &handle),
              Code::kNotFound);
}

// A data directory as Kafka has it: marker, lock and checkpoints are the parent's.
class SharedDirectory {
 public:
  SharedDirectory() {
    WriteText(root.File("meta.properties"), "version=1\n");
    for (const std::string name : {"a-0", "a-1", "b-0"}) {
      std::filesystem::create_directory(root.File(name));
    }
  }
  std::shared_ptr<PartitionLog> Open(const std::string& name) {
    std::shared_ptr<PartitionLog> log;
    EXPECT_OK(PartitionLog::Open(Env::Posix(), root.File(name), Small(), &log));
    return log;
  }
  bool HasMarker() const { return FileExists(root.File(kMarker)); }
  TempDirectory root;
};

void AppendSome(const std::shared_ptr<PartitionLog>& log) {
  AppendResult result;
  for (int64_t i = 0; i < 20; ++i) {
    const Bytes batch = NumberedBatch(i);
    EXPECT_OK(AppendReady(log.get(), batch.data(), batch.size(), Offsets::kAssign, -1, &result));
  }
  EXPECT_OK(log->Flush());
}

bool Unlocked(const SharedDirectory& shared) {
  return Eventually([&] {
    bool held = true;
    std::string holder;
    return DirectoryLock::IsHeld(shared.root.path(), &held, &holder).ok() && !held;
  });
}

TEST(MarkerOfASharedDirectoryNeedsEveryPartitionClosedCleanly) {
  SharedDirectory shared;
  for (const std::string name : {"a-0", "a-1", "b-0"}) {
    auto log = shared.Open(name);
    AppendSome(log);
    EXPECT_OK(log->Close());
    // Three times the first that is opened after an unclean stop, of a new directory here.
  }
  EXPECT_TRUE(Unlocked(shared));
  {
    auto first = shared.Open("a-0"), second = shared.Open("a-1"), third = shared.Open("b-0");
    for (const auto& log : {first, second, third}) EXPECT_OK(log->Close());
  }
  EXPECT_TRUE(Unlocked(shared));
  EXPECT_TRUE(shared.HasMarker());
  {
    auto first = shared.Open("a-0"), second = shared.Open("a-1");
    EXPECT_TRUE(first->recovery().clean && second->recovery().clean);
    EXPECT_FALSE(shared.HasMarker());
    EXPECT_OK(first->Close());
  }  // the second is abandoned
  EXPECT_TRUE(Unlocked(shared));
  EXPECT_FALSE(shared.HasMarker());
  {
    // One alone does not make the directory clean.
    auto first = shared.Open("a-0");
    EXPECT_OK(first->Close());
  }
  EXPECT_TRUE(Unlocked(shared));
  EXPECT_FALSE(shared.HasMarker());
}

TEST(PartitionsOfASharedDirectoryKeepTheirOwnCheckpoints) {
  SharedDirectory shared;
  {
    auto first = shared.Open("a-0"), second = shared.Open("b-0");
    AppendSome(first);
    AppendSome(second);
    EXPECT_OK(first->DeleteBefore(10));
    EXPECT_OK(first->Close());
    EXPECT_OK(second->Close());
  }
  EXPECT_EQ(ReadText(shared.root.File("log-start-offset-checkpoint")), "0\n2\na 0 10\nb 0 0\n");
  auto first = shared.Open("a-0"), second = shared.Open("b-0");
  EXPECT_EQ(first->State().log_start_offset, 10);
  EXPECT_EQ(second->State().log_start_offset, 0);
  EXPECT_EQ(second->State().log_end_offset, 39);
}

// Kafka's cleaner: `.cleaned` while it works, `.swap` when a result is complete, `.deleted`
// afterwards.
class Cleaned {
 public:
  Cleaned() : log(Small(), &env) {
    // Two old segments, and what the cleaner made of them: batches 1 and 4 are left.
    Put(LogName(0), SegmentOf(0, 0, 3, &first));     // offsets 0 to 5
    Put(LogName(6), SegmentOf(6, 3, 6, &second));    // 6 to 11
    Put(LogName(12), SegmentOf(12, 6, 9, &active));  // 12 to 17
    for (const auto& [offset, bytes] : {*first.find(1), *second.find(7)}) {
      result.append(bytes.begin(), bytes.end());
      cleaned[offset] = bytes;
    }
    WriteText(log.directory.File("cleaner-offset-checkpoint"),
              "0\n1\n" + TopicPartitionOfDirectory(log.path()).topic + " " +
                  std::to_string(TopicPartitionOfDirectory(log.path()).partition) + " 12\n");
  }
  void Put(const std::string& name, const std::string& content) {
    WriteText(log.directory.File(name), content);
  }
  bool Opens(std::vector<Batches> parts) {
    for (const Batches& part : parts) log.expected.insert(part.begin(), part.end());
    if (!EXPECT_OK(log.Open()) || !EXPECT_READS(log)) return false;
    EXPECT_EQ(log->recovery().findings.size(), 0u);
    for (const char* suffix : {".swap", ".cleaned", ".deleted"}) {
      EXPECT_EQ(NamesWith(log.path(), suffix).size(), 0u);
    }
    EXPECT_OK(log.AppendSeries(3));
    EXPECT_OK(log->Flush());
    return EXPECT_OK(log.Reopen()) && EXPECT_READS(log);
  }

  FaultEnv env;
  TestLog log;
  Batches first, second, active, cleaned;
  std::string result;
};

TEST(FinishedSwapReplacesTheSegmentsThatItCovers) {
  Cleaned scene;
  scene.Put(LogName(0) + ".swap", scene.result);
  scene.Put(SegmentStem(0) + ".index.swap", "");
  scene.Put(SegmentStem(0) + ".timeindex.swap", "");
  EXPECT_TRUE(scene.Opens({scene.cleaned, scene.active}));
  EXPECT_FALSE(FileExists(scene.log.directory.File(LogName(6))));
}

TEST(SwapWhoseSegmentsAreGoneAlreadyIsRenamed) {
  Cleaned scene;
  scene.Put(LogName(0) + ".swap", scene.result);
  for (const int64_t base : {0, 6}) {
    std::filesystem::rename(scene.log.directory.File(LogName(base)),
                            scene.log.directory.File(LogName(base) + ".deleted"));
  }
  EXPECT_TRUE(scene.Opens({scene.cleaned, scene.active}));
}

TEST(UnfinishedCleaningIsThrownAway) {
  Cleaned scene;
  scene.Put(LogName(0) + ".cleaned", scene.result.substr(0, 50));
  scene.Put(SegmentStem(0) + ".index.cleaned", "");
  EXPECT_TRUE(scene.Opens({scene.first, scene.second, scene.active}));
}

TEST(SwapBesideACleanedFileAtOrBelowItIsThrownAway) {
  Cleaned scene;
  // The cleaner had split its result, and not renamed all of it yet.
  scene.Put(LogName(0) + ".cleaned", scene.result);
  scene.Put(LogName(6) + ".swap", scene.result);
  EXPECT_TRUE(scene.Opens({scene.first, scene.second, scene.active}));
}

TEST(DeletedFilesAreRemoved) {
  Cleaned scene;
  scene.Put(LogName(40) + ".deleted", "anything");
  EXPECT_TRUE(scene.Opens({scene.first, scene.second, scene.active}));
}

}  // namespace
}  // namespace duramen::test
