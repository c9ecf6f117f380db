#include "log/log_producers.h"

#include <algorithm>
#include <utility>

#include "io/background.h"
#include "log/producer_snapshot.h"
#include "log/producer_walk.h"

namespace duramen {

Status LogProducers::Load(const RecoveryInput& input, int64_t start, int64_t end) {
  const int64_t trusted = TrustedBelow(input, *segments_->Get(), end);
  DURAMEN_TRY(WalkProducers({env_, directory_, segments_, trusted, start, end, true}, &state_,
                            &snapshot_offset_));
  written_offset_ = snapshot_offset_;
  state_.Expire(env_->NowMs());
  return RemoveSnapshots(trusted);
}

Status LogProducers::Check(const ProducerBatch& batch, AppendResult* result) const {
  std::optional<AppendedBatch> duplicate;
  DURAMEN_TRY(state_.Check(batch, &duplicate));
  if (duplicate) *result = {duplicate->base_offset(), duplicate->last_offset, true};
  return Status();
}

void LogProducers::Note(const ProducerBatch& batch, int64_t base_offset, Segment* segment) {
  const auto aborted = state_.Note(batch, base_offset);
  if (aborted) segment->transactions().Add(*aborted, true);
  if (state_.WantsExpiry()) state_.Expire(env_->NowMs());
}

void LogProducers::TakeSnapshot(int64_t offset, const std::shared_ptr<void>& log) {
  unsnapped_bytes_ = 0;
  if (offset <= snapshot_offset_) return;
  snapshot_offset_ = offset;
  state_.Expire(env_->NowMs());
  BackgroundThread::Maintenance()->Post([this, log, offset, cuts = cuts_.load(),
                                         content = EncodeProducerSnapshot(state_.Producers())] {
    std::lock_guard writing(writing_);
    if (!closed_ && cuts == cuts_.load()) Write(offset, content);
  });
}

// With writing_ held. A failure costs nothing but time, at the next opening.
void LogProducers::Write(int64_t offset, const std::string& content) {
  // What it covers is not walked again.
  const auto all = segments_->Get();
  for (const auto& segment : *all) {
    if (!segment->transactions().Persist().ok()) return;
  }
  if (!WriteProducerSnapshot(env_, directory_, offset, content).ok()) return;
  written_offset_ = offset;
  (void)RemoveSnapshots(kOffsetLimit);
}

// Kafka keeps one for each segment and the newest, and so does this.
Status LogProducers::RemoveSnapshots(int64_t above) {
  const auto all = segments_->Get();
  const auto is_base = [&all](int64_t offset) {
    return std::any_of(all->begin(), all->end(),
                       [offset](const auto& segment) { return segment->base_offset() == offset; });
  };
  const auto offsets = ListProducerSnapshots(env_, directory_);
  const auto behind = std::upper_bound(offsets.begin(), offsets.end(), above);
  const int64_t newest = behind == offsets.begin() ? -1 : *std::prev(behind);
  for (const int64_t offset : offsets) {
    const bool kept = offset <= above && (offset == newest || is_base(offset));
    if (!kept) DURAMEN_TRY(RemoveProducerSnapshot(env_, directory_, offset));
  }
  return Status();
}

Status LogProducers::ForgetSnapshots(int64_t end) {
  ++cuts_;
  return RemoveSnapshots(end);
}

Status LogProducers::Cut(int64_t start, int64_t end) {
  DURAMEN_TRY(WalkProducers({env_, directory_, segments_, end, start, end, true}, &state_,
                            &snapshot_offset_));
  written_offset_ = snapshot_offset_;
  return Status();
}

void LogProducers::Close(int64_t end) {
  std::lock_guard writing(writing_);
  if (std::exchange(closed_, true) || end <= written_offset_) return;
  state_.Expire(env_->NowMs());
  Write(end, EncodeProducerSnapshot(state_.Producers()));
}

}  // namespace duramen
