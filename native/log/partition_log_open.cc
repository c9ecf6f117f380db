#include <algorithm>
#include <utility>

#include "io/background.h"
#include "log/partition_log.h"
#include "log/spare.h"

namespace duramen {
namespace {

std::string NameOf(const std::string& directory) {
  const size_t slash = directory.find_last_of('/');
  return slash == std::string::npos ? directory : directory.substr(slash + 1);
}

}  // namespace

PartitionLog::PartitionLog(Env* env, std::string directory, const LogOptions& options)
    : ReadableLog(options.always_check_crcs),
      env_(env),
      directory_(std::move(directory)),
      options_(options),
      name_(TopicPartitionOfDirectory(directory_)) {}

PartitionLog::~PartitionLog() {
  if (active_ && active_->window()) active_->window()->Stop();
}

Status PartitionLog::Open(Env* env, const std::string& directory, const LogOptions& options,
                          std::shared_ptr<PartitionLog>* log) {
  std::shared_ptr<PartitionLog> fresh(new PartitionLog(env, directory, options));
  DURAMEN_TRY(fresh->Initialise());
  *log = std::move(fresh);
  return Status();
}

Status PartitionLog::Initialise() {
  boot_ = env_->CurrentBoot();
  may_map_ = env_->MayMapForWriting(directory_);
  DURAMEN_TRY(LogDirectory::Acquire(env_, LogDirectoryOf(env_, directory_), &log_directory_));
  bool clean = false;
  DURAMEN_TRY(log_directory_->Begin(NameOf(directory_), &clean));
  DURAMEN_TRY(RecoverSegments(clean));
  std::lock_guard lock(append_mutex_);
  const auto recovered = segments_.Get();
  if (recovered->empty()) {
    std::shared_ptr<Segment> first;
    DURAMEN_TRY(NewActive(log_end_offset_.load(), &first));
    active_ = first;
    segments_.Set({first});
  } else {
    active_ = recovered->back();
    DURAMEN_TRY(active_->BeginAppending(FileOptions()));
  }
  if (roll_needed_) DURAMEN_TRY(Roll(log_end_offset_.load()));
  DURAMEN_TRY(env_->SyncDirectory(directory_));
  if (epochs_.empty() || epochs_.back().epoch < options_.leader_epoch) {
    DURAMEN_TRY(RecordEpoch(options_.leader_epoch, log_end_offset_.load()));
  }
  last_batch_ = FindLastBatch(active_.get());
  const bool all = durable_offset_.load() == log_end_offset_.load();
  StoreDurable(durable_offset_.load(), active_.get(), all ? active_->end() : 0,
               all ? last_batch_ : LastBatch());
  StoreLive();
  return Status();
}

Status PartitionLog::LoadInput(bool clean, RecoveryInput* input) {
  input->clean = clean;
  input->strict = options_.strict_recovery;
  input->index_interval = options_.index_interval_bytes;
  input->recovery_point = log_directory_->RecoveryPoint(name_);
  input->log_start_offset = std::max<int64_t>(log_directory_->LogStartOffset(name_), 0);
  DURAMEN_TRY(ReadCleanerOffset(env_, log_directory_->path(), name_, &input->gaps_below));
  DURAMEN_TRY(Watermark::Open(env_, directory_, &watermark_));
  input->has_durable = watermark_->LoadDurable(&input->durable) &&
                       MarkHolds(env_, directory_, input->durable);
  if (!input->has_durable) return Status();
  input->has_live = watermark_->LoadLive(&input->live) && input->live.boot == boot_;
  if (input->durable.has_gaps) input->gaps_below = kOffsetLimit;
  return Status();
}

Status PartitionLog::RecoverSegments(bool clean) {
  RecoveryInput input;
  DURAMEN_TRY(LoadInput(clean, &input));
  RecoveredLog recovered;
  DURAMEN_TRY(Recovery(env_, directory_, input).Run(&recovered));
  recovery_ = std::move(recovered.report);
  segments_.SetGapsBelow(input.gaps_below);
  roll_needed_ = recovered.roll_needed;
  const int64_t end = recovered.next_offset;
  int64_t start = input.log_start_offset;
  if (!recovered.segments.empty()) {
    start = std::max(start, recovered.segments.front()->base_offset());
  }
  DURAMEN_TRY(MergeEpochs(recovered.epochs));
  // Under `sync` readers see only what is durable, and what a dead process left may not be.
  const int64_t recovery_point = std::max<int64_t>(input.recovery_point, 0);
  for (const auto& segment : recovered.segments) {
    if (clean || options_.flush == FlushPolicy::kOs) break;
    if (segment->next_offset() > recovery_point) DURAMEN_TRY(segment->file()->Sync());
  }
  const int64_t synced = options_.flush == FlushPolicy::kSync || clean ? end : recovery_point;
  segments_.Set(std::move(recovered.segments));
  unsynced_base_ = std::min(synced, end);
  log_start_offset_ = start;
  durable_offset_ = std::min(synced, end);
  log_end_offset_ = end;
  return Status();
}

Status PartitionLog::MergeEpochs(const std::vector<EpochStart>& found) {
  const std::string path = directory_ + "/leader-epoch-checkpoint";
  DURAMEN_TRY(ReadEpochCheckpoint(env_, path, &epochs_));
  const size_t before = epochs_.size();
  for (const EpochStart& start : found) {
    if (start.epoch >= 0 && (epochs_.empty() || epochs_.back().epoch < start.epoch)) {
      epochs_.push_back(start);
    }
  }
  return epochs_.size() == before ? Status() : WriteEpochCheckpoint(env_, path, epochs_);
}

AppendFileOptions PartitionLog::FileOptions() const {
  // Zeroing writes every byte twice, so under `sync` the window stays small.
  constexpr int64_t kMaxInitialised = 4 << 20;
  const bool sync = options_.flush == FlushPolicy::kSync;
  return {may_map_, options_.segment_bytes,
          sync ? AppendWindow::Prepare::kInitialise : AppendWindow::Prepare::kPopulate,
          sync ? std::min(kMaxInitialised, options_.write_ahead_bytes)
               : options_.write_ahead_bytes};
}

Status PartitionLog::NewActive(int64_t base_offset, std::shared_ptr<Segment>* segment) {
  auto fresh = std::make_shared<Segment>(env_, directory_, base_offset);
  if (spare_.file) {
    DURAMEN_TRY(env_->Rename(directory_ + "/" + kSpareName, fresh->log_path()));
    fresh->Adopt(std::exchange(spare_, AppendFile()));
  } else {
    std::unique_ptr<File> file;
    DURAMEN_TRY(env_->Open(fresh->log_path(), OpenMode::kCreateNew, &file));
    AppendFile prepared;
    DURAMEN_TRY(PrepareAppendFile(std::move(file), FileOptions(), &prepared));
    fresh->Adopt(std::move(prepared));
  }
  fresh->SetAppendedFrom(0);
  directory_dirty_ = true;
  *segment = std::move(fresh);
  return Status();
}

// On the maintenance thread.
void PartitionLog::PrepareSpare() {
  std::lock_guard preparing(spare_mutex_);
  if (closed_) return;
  {
    // A spare that waits may become the active segment at any moment: it must not be opened again.
    std::lock_guard lock(append_mutex_);
    if (spare_.file) return;
  }
  std::unique_ptr<File> file;
  AppendFile prepared;
  // A failure costs nothing but time: rolling makes the segment itself, and reports.
  if (!env_->Open(directory_ + "/" + kSpareName, OpenMode::kCreate, &file).ok()) return;
  if (!file->Truncate(0).ok()) return;
  if (!PrepareAppendFile(std::move(file), FileOptions(), &prepared).ok()) return;
  if (prepared.window) prepared.window->Extend();
  std::lock_guard lock(append_mutex_);
  spare_ = std::move(prepared);
}

}  // namespace duramen
