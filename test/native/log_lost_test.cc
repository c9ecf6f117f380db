// Segments that someone else cuts short or removes while a log is open: typed errors, and the
// process lives.
#include <unistd.h>

#include <filesystem>

#include "log_support.h"

namespace duramen::test {
namespace {

TEST(CutActiveSegmentIsLostForReadsAndAppendsAndRecovers) {
  for (const int64_t left : {int64_t{0}, int64_t{200}, int64_t{4096}, int64_t{5000}}) {
    TestLog log(OptionsWith(FlushPolicy::kOs));
    ASSERT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(200));
    const auto segment = log->segments().Get()->back();
    ASSERT_EQ(truncate(segment->log_path().c_str(), left), 0);
    ReadResult result;
    const int64_t last = log.expected.rbegin()->first;
    const Code read = log->Read(last, 1, UpTo::kLogEnd, &result).code();
    EXPECT_TRUE(read == Code::kSegmentLost || read == Code::kCorruptBatch);
    Status append;
    for (int i = 0; i < 5000 && append.ok(); ++i) append = log.AppendSeries(1);
    EXPECT_CODE(append, Code::kSegmentLost);
    log.Abandon();
    ASSERT_OK(log.Open());
    Batches found;
    std::vector<DamagedOffsets> damaged;
    EXPECT_OK(ReadAround(log.get(), 0, &found, &damaged));
    EXPECT_TRUE(IsBetween(found, {}, 0, 0, log.expected));
    EXPECT_FALSE(damaged.empty());
    log.expected.clear();
    EXPECT_OK(log.AppendSeries(3));
  }
}

TEST(CutSegmentIsLostForPwriteAppendsToo) {
  FaultEnv env;
  env.AppendByWriting();
  TestLog log(OptionsWith(FlushPolicy::kOs), &env);
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(200));
  ASSERT_EQ(truncate(log->segments().Get()->back()->log_path().c_str(), 100), 0);
  EXPECT_CODE(log.AppendSeries(1), Code::kSegmentLost);
  ReadResult result;
  EXPECT_FALSE(log->Read(300, 1, UpTo::kLogEnd, &result).ok());
}

TEST(CutSealedSegmentIsLostAndTheOthersServe) {
  TestLog log(OptionsWith(FlushPolicy::kOs, 8192));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(400));
  EXPECT_OK(log->Flush());
  EXPECT_OK(log.Reopen());
  const auto segments = *log->segments().Get();
  ASSERT_TRUE(segments.size() > 4);
  ReadResult result;
  EXPECT_OK(log->Read(segments[1]->base_offset(), 1, UpTo::kLogEnd, &result));
  ASSERT_EQ(truncate(segments[1]->log_path().c_str(), 100), 0);
  EXPECT_FALSE(log->Read(segments[2]->base_offset() - 1, 1, UpTo::kLogEnd, &result).ok());
  EXPECT_OK(log->Read(segments[0]->base_offset(), 1, UpTo::kLogEnd, &result));
  EXPECT_OK(log->Read(segments[2]->base_offset(), 1, UpTo::kLogEnd, &result));
  EXPECT_OK(log.AppendSeries(5));
}

TEST(RemovedSegmentIsLostAndTheOthersServe) {
  TestLog log(OptionsWith(FlushPolicy::kOs, 8192));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(400));
  EXPECT_OK(log->Flush());
  const auto segments = *log->segments().Get();
  DrainBackground();  // it rests now
  std::filesystem::remove(segments[1]->log_path());
  ReadResult result;
  const int64_t lost = segments[1]->base_offset();
  EXPECT_CODE(log->Read(lost, 1, UpTo::kLogEnd, &result), Code::kSegmentLost);
  EXPECT_OK(log->Read(segments[2]->base_offset(), 1, UpTo::kLogEnd, &result));
  EXPECT_OK(log.AppendSeries(100));
  EXPECT_CODE(log.Close(), Code::kSegmentLost);
  ASSERT_OK(log.Open());
  const int64_t from = segments[1]->base_offset(), to = segments[2]->base_offset();
  std::erase_if(log.expected,
                [&](const auto& entry) { return entry.first >= from && entry.first < to; });
  Batches found;
  std::vector<DamagedOffsets> damaged;
  EXPECT_OK(ReadAround(log.get(), 0, &found, &damaged));
  EXPECT_TRUE(SameBatches(found, log.expected, __FILE__, __LINE__));
  ASSERT_EQ(damaged.size(), 1u);
  EXPECT_EQ(damaged[0].from, from);
  EXPECT_EQ(damaged[0].to, to - 1);
}

TEST(ViewOfACutSegmentIsMarkedAndHarmless) {
  TestLog log(OptionsWith(FlushPolicy::kOs));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(400));
  EXPECT_OK(log.Close());
  ASSERT_OK(log.Open());
  const auto segment = log->segments().Get()->back();
  const int64_t page = sysconf(_SC_PAGESIZE);
  std::shared_ptr<MappedRange> view;
  ASSERT_OK(segment->MapPrivate(page, 3 * page, &view));
  ASSERT_EQ(truncate(segment->log_path().c_str(), page), 0);
  uint64_t sum = 0;
  for (size_t i = 0; i < view->length(); ++i) sum += view->data()[i];
  EXPECT_EQ(sum, 0u);
  EXPECT_TRUE(view->poisoned());
}

}  // namespace
}  // namespace duramen::test
