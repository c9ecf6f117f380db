#include "log/foreign_log.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "log/log_directory.h"
#include "log/producer_walk.h"

namespace duramen {
namespace {

constexpr int kReloadAttempts = 20;
// The owner wakes readers after each flush; under `os` it makes no system call, so they look.
constexpr int kWatchMs = 5;

}  // namespace

ForeignLog::ForeignLog(Env* env, std::string directory, const LogOptions& options)
    : ReadableLog(options.always_check_crcs),
      env_(env),
      directory_(std::move(directory)),
      options_(options) {}

ForeignLog::~ForeignLog() { (void)Close(); }

Status ForeignLog::Open(Env* env, const std::string& directory, const LogOptions& options,
                        std::shared_ptr<ForeignLog>* log) {
  std::shared_ptr<ForeignLog> fresh(new ForeignLog(env, directory, options));
  const Status opened = Watermark::OpenReadOnly(env, directory, &fresh->watermark_);
  if (!opened.ok() && opened.code() != Code::kNotFound) return opened.Clone();
  std::lock_guard lock(fresh->refresh_mutex_);
  DURAMEN_TRY(fresh->Reload());
  *log = fresh;
  return Status();
}

Status ForeignLog::Reload() {
  const std::string root = LogDirectoryOf(env_, directory_);
  Status status;
  for (int attempt = 0; attempt < kReloadAttempts; ++attempt) {
    bool held = false;
    std::string holder;
    LogDirectoryFacts facts;
    RecoveryInput input;
    DURAMEN_TRY(DirectoryLock::IsHeld(root, &held, &holder));
    DURAMEN_TRY(ReadLogDirectoryFacts(env_, root, TopicPartitionOfDirectory(directory_), &facts));
    input.writable = false;
    input.strict = options_.strict_recovery;
    input.index_interval = options_.index_interval_bytes;
    input.owned = held;
    input.clean = facts.clean && !held;
    if (watermark_) seen_sequence_ = watermark_->LiveSequence();
    input.Load(env_, directory_, facts, watermark_.get());
    RecoveredLog recovered;
    status = Recovery(env_, directory_, input).Run(&recovered);
    // The owner rolled, trimmed, cut or deleted while we looked: look again.
    const bool settled = status.ok() && (!input.has_live || StillHolds(input.live, recovered));
    if (!settled && held && attempt + 1 < kReloadAttempts) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    if (!status.ok()) return status;
    following_ = held && input.has_live;
    seen_ = input.live;
    segments_.SetGapsBelow(input.gaps_below);
    recovery_ = following_ ? RecoveryReport() : std::move(recovered.report);
    state_ = StateOf(input, recovered.next_offset);
    state_.log_start_offset =
        std::max(state_.log_start_offset, recovered.segments.empty()
                                              ? recovered.next_offset
                                              : recovered.segments.front()->base_offset());
    segments_.Set(std::move(recovered.segments));
    trusted_below_ = TrustedBelow(input, *segments_.Get(), recovered.next_offset);
    const bool followed = std::exchange(producers_, nullptr) != nullptr;
    if (following_) DURAMEN_TRY(Advance(input.live));
    return followed ? WalkTransactions() : Status();
  }
  return status;
}

// Nothing is mended: the owner does that.
Status ForeignLog::WalkTransactions() {
  const auto segments = segments_.Get();
  const int64_t end = segments->empty() ? 0 : segments->back()->next_offset();
  auto producers = std::make_unique<ProducerState>(options_.producer_id_expiration_ms);
  int64_t from;
  DURAMEN_TRY(WalkProducers(
      {env_, directory_, &segments_, trusted_below_, state_.log_start_offset, end, false},
      producers.get(), &from));
  producers_ = std::move(producers);
  return Status();
}

Status ForeignLog::FollowTransactions() {
  std::lock_guard lock(refresh_mutex_);
  return producers_ ? Status() : WalkTransactions();
}

// What a process that died has left may be in the page cache alone: readers see what they saw then.
LogState ForeignLog::StateOf(const RecoveryInput& input, int64_t end) {
  LogState state;
  state.log_start_offset = input.log_start_offset;
  state.log_end_offset = state.durable_offset = state.high_watermark = end;
  if (input.clean || !input.has_live) return state;
  const int64_t synced = input.has_durable ? input.durable.durable_offset : 0;
  state.durable_offset = std::min(end, std::max(synced, input.recovery_point));
  state.high_watermark = std::min(end, input.live.high_watermark);
  return state;
}

// Whether what was found under `live` is still what the owner has, but for later appends.
bool ForeignLog::StillHolds(const LiveMark& live, const RecoveredLog& found) const {
  LiveMark now;
  return watermark_->LoadLive(&now) && now.segment_base == live.segment_base &&
         now.segment_end >= live.segment_end && now.log_start_offset == live.log_start_offset &&
         now.log_end_offset >= live.log_end_offset && now.boot == live.boot &&
         (found.segments.empty() || IsUnderItsName(found.segments.back().get()));
}

// The owner cuts a log by putting another file under a segment's name.
bool ForeignLog::IsUnderItsName(Segment* segment) const {
  FileInfo opened, named;
  return segment->file()->Info(&opened).ok() && env_->Info(segment->log_path(), &named).ok() &&
         opened.id == named.id;
}

Status ForeignLog::Refresh() {
  std::lock_guard lock(refresh_mutex_);
  if (closed_) return Status(Code::kClosed, "the log is closed; open it again");
  if (!watermark_) return Status();
  LiveMark live;
  const uint32_t sequence = watermark_->LiveSequence();
  if (sequence == seen_sequence_ || !watermark_->LoadLive(&live)) return Status();
  seen_sequence_ = sequence;
  if (live == seen_) return Status();
  const bool grown = following_ && live.segment_base == seen_.segment_base &&
                     live.segment_end >= seen_.segment_end && live.boot == seen_.boot &&
                     live.log_start_offset == seen_.log_start_offset && !segments_.Get()->empty() &&
                     IsUnderItsName(segments_.Get()->back().get());
  return grown ? Advance(live) : Reload();
}

Status ForeignLog::Advance(const LiveMark& live) {
  const auto segments = segments_.Get();
  for (const auto& segment : *segments) {
    if (segment->base_offset() == live.segment_base && live.segment_end > segment->end()) {
      DURAMEN_TRY(ScanForward(segment.get(), live.segment_end));
    }
  }
  seen_ = live;
  state_ = {std::max(state_.log_start_offset, live.log_start_offset), live.log_end_offset,
            live.high_watermark, live.high_watermark};
  return Status();
}

Status ForeignLog::ScanForward(Segment* segment, int64_t end) {
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(end, &map));
  const SegmentReader reader(segment, map.get(),
                             {end, kOffsetLimit, segments_.gaps_below(), false});
  int64_t at = segment->end(), next = segment->next_offset();
  while (at < end && reader.FrameIsSound(at, next)) {
    const BatchHeader header(map->data() + at);
    segment->Account(at, header.size(), header.last_offset(), header.max_timestamp(),
                     options_.index_interval_bytes);
    if (producers_) NoteProducer(segment, header);
    next = header.last_offset() + 1;
    at += header.size();
  }
  segment->SetEnd(at, next);
  return Status();
}

void ForeignLog::NoteProducer(Segment* segment, BatchHeader header) {
  const ProducerBatch batch = ProducerBatchOf(header.data());
  if (!batch.HasProducer()) return;
  const auto aborted = producers_->Note(batch, header.base_offset());
  if (aborted) segment->transactions().Add(*aborted, false);
}

LogState ForeignLog::State() {
  (void)Refresh();
  std::lock_guard lock(refresh_mutex_);
  LogState state = state_;
  state.last_stable_offset = state.high_watermark;
  if (producers_) {
    state.last_stable_offset =
        std::max(state.log_start_offset, producers_->LastStableOffset(state.high_watermark));
  }
  return state;
}

void ForeignLog::Arm(ProgressListener* listener) {
  ReadableLog::Arm(listener);
  std::lock_guard lock(watch_mutex_);
  if (stop_ || !watermark_) return;
  if (!watcher_.joinable()) watcher_ = std::thread([this] { Watch(); });
  watch_wake_.notify_one();
}

void ForeignLog::Watch() {
  for (;;) {
    {
      std::unique_lock lock(watch_mutex_);
      watch_wake_.wait(lock, [this] { return stop_ || armed_.load() > 0; });
      if (stop_) return;
    }
    const uint32_t sequence = watermark_->LiveSequence();
    if (sequence != seen_sequence_) {
      NotifyProgress();
    } else {
      watermark_->WaitForLive(sequence, kWatchMs);
    }
  }
}

Status ForeignLog::Close() {
  {
    std::lock_guard lock(refresh_mutex_);
    closed_ = true;
  }
  {
    std::lock_guard lock(watch_mutex_);
    stop_ = true;
    watch_wake_.notify_one();
  }
  if (watcher_.joinable()) watcher_.join();
  NotifyProgress();
  return Status();
}

}  // namespace duramen
