// Segment files that somebody deleted while the log was closed: what is missing is named,
// everything else is read and appended to, and no offset is given out twice.
#include <filesystem>

#include "log/foreign_log.h"
#include "log/verify.h"
#include "log_support.h"

namespace duramen::test {
namespace {

enum class Left { kClosed, kKilled, kKilledAfterFlush };
enum class Victim { kFirst, kMiddle, kLast, kLastTwo, kAll };

struct Case {
  FlushPolicy flush;
  Left left;
  Victim victim;
};

struct Range {
  int64_t from = 0, to = 0;  // both inside
};

class MissingSegments {
 public:
  explicit MissingSegments(const Case& which)
      : case_(which), log_(OptionsWith(which.flush, 4096), &env_) {}

  bool Run() {
    if (!Prepare() || !CheckReader() || !CheckVerify()) return false;
    return CheckOwner() && CheckOwnerAgain();
  }

 private:
  bool Prepare() {
    if (!EXPECT_OK(log_.Open()) || !EXPECT_OK(log_.AppendSeries(150))) return false;
    if (case_.left == Left::kKilledAfterFlush && !EXPECT_OK(log_->Flush())) return false;
    std::vector<int64_t> bases;
    for (const auto& segment : *log_->segments().Get()) bases.push_back(segment->base_offset());
    end_ = log_.end();
    if (case_.left == Left::kClosed && !EXPECT_OK(log_.Close())) return false;
    log_.Abandon();
    const size_t last = bases.size() - 1;
    size_t from = 0, to = last;
    if (case_.victim == Victim::kFirst) to = 0;
    if (case_.victim == Victim::kMiddle) from = to = 2;
    if (case_.victim == Victim::kLast) from = last;
    if (case_.victim == Victim::kLastTwo) from = last - 1;
    for (size_t i = from; i <= to; ++i) {
      std::filesystem::remove(log_.directory.File(LogName(bases[i])));
    }
    missing_ = {bases[from], (to == last ? end_ : bases[to + 1]) - 1};
    start_ = from == 0 ? missing_.to + 1 : 0;
    std::erase_if(log_.expected, [&](const auto& entry) {
      return entry.first >= missing_.from && entry.first <= missing_.to;
    });
    files_ = FilesOf(log_.path());
    return EXPECT_TRUE(bases.size() > 5);
  }

  bool CheckReader() {
    std::shared_ptr<ForeignLog> reader;
    if (!EXPECT_OK(ForeignLog::Open(&env_, log_.path(), log_.options, &reader))) return false;
    return CheckReads(reader.get(), reader->recovery()) &&
           EXPECT_TRUE(FilesOf(log_.path()) == files_);
  }

  bool CheckVerify() {
    VerifyReport report;
    if (!EXPECT_OK(VerifyLog(&env_, log_.path(), 0, &report))) return false;
    if (!EXPECT_EQ(report.findings.size(), 1u)) return false;
    return EXPECT_EQ(report.findings[0].from_offset, missing_.from) &&
           EXPECT_EQ(report.findings[0].to_offset, missing_.to) &&
           EXPECT_TRUE(FilesOf(log_.path()) == files_);
  }

  bool CheckOwner() {
    if (!EXPECT_OK(log_.Open()) || !CheckReads(log_.get(), log_->recovery())) return false;
    for (const auto& [name, content] : files_) {
      const bool kept = !name.ends_with(".log") || FileExists(log_.directory.File(name));
      if (!EXPECT_TRUE(kept)) return false;
    }
    AppendResult result;
    const Bytes batch = NumberedBatch(7);
    const Status appended =
        AppendReady(log_.get(), batch.data(), batch.size(), Offsets::kAssign, -1, &result);
    log_.expected[end_] = Stored(batch, end_);
    return EXPECT_OK(appended) && EXPECT_EQ(result.base_offset, end_);
  }

  bool CheckOwnerAgain() {
    for (const bool kill : {true, false}) {
      if (kill) log_.Abandon();
      if (!EXPECT_OK(log_.Reopen()) || !CheckReads(log_.get(), {}) ||
          !EXPECT_TRUE(log_.end() > end_)) {
        return false;
      }
    }
    return true;
  }

  // What is missing fails, all else is there, and both ends are where they were.
  bool CheckReads(ReadableLog* log, const RecoveryReport& report) {
    const LogState state = log->State();
    if (!EXPECT_EQ(state.log_start_offset, start_) || !EXPECT_TRUE(state.log_end_offset >= end_)) {
      return false;
    }
    Batches found;
    std::vector<DamagedOffsets> damaged;
    if (!EXPECT_OK(ReadAround(log, start_, &found, &damaged))) return false;
    if (!SameBatches(found, log_.expected, __FILE__, __LINE__)) return false;
    if (missing_.from >= start_) {
      return EXPECT_EQ(damaged.size(), 1u) && EXPECT_EQ(damaged[0].from, missing_.from) &&
             EXPECT_EQ(damaged[0].to, missing_.to);
    }
    if (!EXPECT_TRUE(damaged.empty())) return false;
    if (report.clean) return true;  // opened again
    return EXPECT_EQ(report.findings.size(), 1u) &&
           EXPECT_EQ(report.findings[0].from_offset, missing_.from) &&
           EXPECT_EQ(report.findings[0].to_offset, missing_.to);
  }

  const Case case_;
  FaultEnv env_;
  TestLog log_;
  Files files_;
  Range missing_;
  int64_t start_ = 0;
  int64_t end_ = 0;
};

TEST(MissingSegmentsAreNamedAndEverythingElseServes) {
  for (const FlushPolicy flush : {FlushPolicy::kOs, FlushPolicy::kSync}) {
    for (const Left left : {Left::kClosed, Left::kKilled, Left::kKilledAfterFlush}) {
      for (const Victim victim :
           {Victim::kFirst, Victim::kMiddle, Victim::kLast, Victim::kLastTwo, Victim::kAll}) {
        if (MissingSegments({flush, left, victim}).Run()) continue;
        Fail(__FILE__, __LINE__,
             "policy " + std::to_string(static_cast<int>(flush)) + ", left " +
                 std::to_string(static_cast<int>(left)) + ", victim " +
                 std::to_string(static_cast<int>(victim)));
      }
    }
  }
}

// The owner has the file open, and goes on; a reader must neither spin nor skip.
TEST(ReaderBesideAnOwnerWhoseActiveSegmentIsGoneIsTold) {
  TestLog log(OptionsWith(FlushPolicy::kOs, 4096));
  ASSERT_OK(log.Open());
  EXPECT_OK(log.AppendSeries(150));
  const auto active = log->segments().Get()->back();
  std::filesystem::remove(active->log_path());
  std::shared_ptr<ForeignLog> reader;
  ASSERT_OK(ForeignLog::Open(Env::Posix(), log.path(), log.options, &reader));
  for (int i = 0; i < 2; ++i) {
    ReadResult result;
    const Status read = reader->Read(log.end() - 1, 1, UpTo::kLogEnd, &result);
    EXPECT_CODE(read, Code::kCorruptBatch);
    EXPECT_OK(log.AppendSeries(1));
  }
}

}  // namespace
}  // namespace duramen::test
