// Logs that nobody appends to, which hold neither descriptor nor map.
#include <atomic>
#include <thread>

#include "io/mapped_range.h"
#include "log_support.h"

namespace duramen::test {
namespace {

size_t Descriptors() {
  std::vector<std::string> names;
  EXPECT_OK(Env::Posix()->List("/proc/self/fd", &names));
  return names.size();
}

LogOptions Small() { return OptionsWith(FlushPolicy::kSync, 2048); }

// Closed and opened again, with several segments.
void FillAndReopen(TestLog* log) {
  ASSERT_OK(log->Open());
  EXPECT_OK(log->AppendSeries(60));
  ASSERT_OK(log->Reopen());
  EXPECT_TRUE((*log)->segments().Count() > 3);
}

std::string MappedText(Segment* segment) {
  std::shared_ptr<MappedRange> map;
  if (!EXPECT_OK(segment->ReadMap(segment->end(), &map))) return "";
  return std::string(reinterpret_cast<const char*>(map->data()),
                     static_cast<size_t>(segment->end()));
}

TEST(OpenedLogHoldsNoDescriptorAndNoMapUntilItIsAppendedTo) {
  TestLog log(Small());
  const size_t descriptors = Descriptors();
  FillAndReopen(&log);
  DrainBackground();
  const int64_t mapped = MappedBytes();
  EXPECT_EQ(Descriptors(), descriptors + 1);  // the directory's lock
  EXPECT_EQ(mapped, 0);
  EXPECT_OK(log.AppendSeries(1));
  EXPECT_TRUE(Descriptors() > descriptors + 1);
  EXPECT_READS(log);
  EXPECT_OK(log.Close());
  EXPECT_EQ(Descriptors(), descriptors);
}

TEST(LogThatNobodyAppendsToAnyMoreRestsAndGoesOnAsBefore) {
  for (const FlushPolicy flush : {FlushPolicy::kSync, FlushPolicy::kOs}) {
    TestLog log(OptionsWith(flush, 2048));
    const size_t descriptors = Descriptors();
    ASSERT_OK(log.Open());
    for (int round = 0; round < 4; ++round) {
      EXPECT_OK(log.AppendSeries(13));
      if (flush == FlushPolicy::kSync) EXPECT_OK(log->Flush());
      log->RestIfIdle();  // not yet: something was appended
      DrainBackground();
      EXPECT_TRUE(Descriptors() > descriptors + 1);
      EXPECT_READS(log);
      log->RestIfIdle();
      EXPECT_EQ(Descriptors(), descriptors + 1);
      EXPECT_READS(log);
    }
    log.Abandon();
    ASSERT_OK(log.Open());
    EXPECT_EQ(log->recovery().findings.size(), 0u);
    EXPECT_READS(log);
    EXPECT_OK(log.Close());
    EXPECT_SOUND_FILES(log);
  }
}

TEST(SealedSegmentsRestOnceTheyAreSynced) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(5));
  EXPECT_OK(log->Flush());
  DrainBackground();
  const size_t descriptors = Descriptors();
  EXPECT_OK(log.AppendSeries(200));
  EXPECT_OK(log->Flush());
  DrainBackground();
  EXPECT_TRUE(log->segments().Count() > 10);
  EXPECT_TRUE(Descriptors() <= descriptors + 2);  // a spare
  EXPECT_READS(log);
  EXPECT_TRUE(Descriptors() <= descriptors + 2);
}

// Meant for ThreadSanitizer: who writes it back must not touch a map that is given back.
TEST(SegmentGoesToRestWhileItIsWrittenBack) {
  TestLog log(Small());
  ASSERT_OK(log.Open());
  for (int i = 0; i < 10; ++i) {
    EXPECT_OK(log.AppendSeries(1));
    const auto segment = log->segments().Get()->back();
    std::atomic<bool> done{false};
    std::thread other([&] {
      while (!done) segment->ForgetPages();
    });
    EXPECT_OK(log.AppendSeries(20));
    EXPECT_OK(log->Flush());
    done = true;
    other.join();
    EXPECT_TRUE(segment->file() == nullptr);
  }
  EXPECT_READS(log);
}

TEST(SegmentAtRestIsReadThoughItsFileWasRemoved) {
  TestLog log(Small());
  FillAndReopen(&log);
  const auto segments = log->segments().Get();
  Segment* const first = segments->front().get();
  const std::string content = ReadText(first->log_path());
  EXPECT_OK(log->DeleteBefore((*segments)[2]->base_offset()));
  EXPECT_TRUE(!FileExists(first->log_path()));
  EXPECT_TRUE(MappedText(first) == content);
}

TEST(SegmentAtRestIsReadAsItWasThoughItWasCut) {
  TestLog log(Small());
  FillAndReopen(&log);
  const auto segments = log->segments().Get();
  Segment* const cut = (*segments)[1].get();
  const std::string content = ReadText(cut->log_path());
  EXPECT_OK(log.TruncateTo(cut->base_offset() + 2));
  EXPECT_TRUE(ReadText(cut->log_path()).size() < content.size());
  EXPECT_TRUE(MappedText(cut) == content);
  EXPECT_READS(log);
}

TEST(UntouchedLogClosesAndLeavesItsFilesAsTheyAre) {
  TestLog log(Small());
  FillAndReopen(&log);
  EXPECT_OK(log.Close());
  const Files files = FilesOf(log.path());
  ASSERT_OK(log.Open());
  EXPECT_READS(log);
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Close());
  EXPECT_TRUE(FilesOf(log.path()) == files);
  ASSERT_OK(log.Open());
  EXPECT_TRUE(log->recovery().clean);
  EXPECT_READS(log);
  EXPECT_SOUND_FILES(log);
}

TEST(FileThatTookTheNameOfASegmentAtRestIsNotTakenForIt) {
  TestLog log(Small());
  FillAndReopen(&log);
  const auto segments = log->segments().Get();
  for (Segment* segment : {segments->front().get(), segments->back().get()}) {
    const std::string content = ReadText(segment->log_path());
    EXPECT_OK(log.env->Rename(segment->log_path(), segment->log_path() + ".aside"));
    WriteText(segment->log_path(), content);
  }
  ReadResult result;
  EXPECT_CODE(log->Read(0, 1000, UpTo::kHighWatermark, &result), Code::kSegmentLost);
  EXPECT_CODE(log.AppendSeries(1), Code::kSegmentLost);
}

}  // namespace
}  // namespace duramen::test
