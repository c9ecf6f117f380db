#include "log_operations.h"

namespace duramen::test {
namespace {

constexpr int64_t kMiddle = 30;

Status AppendAndFlush(TestLog* log) {
  DURAMEN_TRY(log->AppendSeries(10));
  DURAMEN_TRY((*log)->Flush());
  return log->AppendSeries(10);
}

Status AppendInEveryWay(TestLog* log) {
  DURAMEN_TRY(log->AppendColumnsOf(3));
  DURAMEN_TRY(log->AppendBuiltBatch(NumberedBatch(log->next_index++)));
  DURAMEN_TRY(log->AppendSeries(2));
  DURAMEN_TRY((*log)->Flush());
  DURAMEN_TRY(log->AppendBuiltBatch(NumberedBatch(log->next_index++)));
  return log->AppendColumnsOf(7);
}

Status AppendWithAGap(TestLog* log) {
  DURAMEN_TRY(log->AppendKept(BatchAt(kStartTime), log->end() + 10));
  return (*log)->Flush();
}

Status ReadBack(TestLog* log) {
  Batches found;
  ReadResult result;
  DURAMEN_TRY(ReadOn(log->get(), (*log)->State().log_start_offset, UpTo::kLogEnd, 1 << 20, &found));
  return (*log)->FindTimestamp(kStartTime + 7, &result);
}

Status OpenAgainAndAppend(TestLog* log) {
  DURAMEN_TRY(log->Reopen());
  return log->AppendSeries(3);
}

}  // namespace

const std::vector<Operation>& Operations() {
  static const auto* const operations = new std::vector<Operation>{
      {"append", AppendAndFlush},
      {"append in every way", AppendInEveryWay},
      {"append with a gap", AppendWithAGap},
      {"read back", ReadBack},
      {"truncate", [](TestLog* log) { return log->TruncateTo(kMiddle); }, kMiddle},
      {"truncate to the start", [](TestLog* log) { return log->TruncateTo(0); }, 0},
      {"delete", [](TestLog* log) { return (*log)->DeleteBefore(kMiddle); }, kOffsetLimit, kMiddle},
      {"close", [](TestLog* log) { return (*log)->Close(); }},
      {"close, open and append", OpenAgainAndAppend},
      {"open", [](TestLog* log) { return log->Open(); }, kOffsetLimit, 0, true},
  };
  return *operations;
}

}  // namespace duramen::test
