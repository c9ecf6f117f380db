#include <algorithm>
#include <utility>

#include "io/background.h"
#include "io/fork_guard.h"
#include "log/partition_log.h"
#include "log/spare.h"

namespace duramen {
PartitionLog::PartitionLog(Env* env, std::string directory, const LogOptions& options)
    : ReadableLog(options.always_check_crcs),
      env_(env),
      directory_(std::move(directory)),
      options_(options),
      name_(TopicPartitionOfDirectory(directory_)),
      epochs_(env, directory_, options.leader_epoch),
      producers_(env, directory_, &segments_, options.producer_id_expiration_ms),
      policy_(options.flush) {}

PartitionLog::~PartitionLog() { Release(); }

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
  // Under other policies blocks are not initialised ahead.
  initialises_ = may_map_ && options_.flush == FlushPolicy::kSync;
  shared_device_ = initialises_ ? env_->DeviceOfBarriers(directory_) : 0;
  DURAMEN_TRY(LogDirectory::Acquire(env_, LogDirectoryOf(env_, directory_), &log_directory_));
  bool clean = false;
  DURAMEN_TRY(log_directory_->Begin(NameOfDirectory(directory_), &clean));
  begun_ = true;
  DURAMEN_TRY(RecoverSegments(clean));
  DurableMark before;  // before anything is stored
  const bool was_fenced = watermark_->LoadDurable(&before) && before.fenced;
  std::lock_guard lock(append_mutex_);
  const auto recovered = segments_.Get();
  if (recovered->empty()) {
    std::shared_ptr<Segment> first;
    DURAMEN_TRY(NewActive(log_end_offset_.load(), &first));
    active_ = first;
    segments_.Set({first});
    (void)first->PersistIndexes();  // Kafka expects files, if empty ones
  } else {
    active_ = recovered->back();
    // Everything before the log start offset may have been lost to a power cut.
    roll_needed_ |= active_->next_offset() < log_end_offset_.load();
  }
  if (roll_needed_) DURAMEN_TRY(Roll(log_end_offset_.load()));
  DURAMEN_TRY(RemoveDeleted());
  DURAMEN_TRY(epochs_.Reach(options_.leader_epoch, log_end_offset_.load()));
  if (!clean || directory_dirty_) DURAMEN_TRY(env_->SyncDirectory(directory_));
  directory_dirty_ = false;
  last_batch_ = segments_.LastBatchOf(active_.get());
  untouched_ = (clean || recovered->empty()) && recovery_.findings.empty();
  // A page to write back would be most of what it costs to open a log that was closed.
  if (!watermark_->Says(LiveNow(), MarkOf(PointNow()))) {
    StoreMark();
    StoreLive();
  }
  // Else a power cut could bring the fence back, and what is acknowledged from now on is above it.
  if (was_fenced) DURAMEN_TRY(watermark_->Sync());
  // What was walked need not be walked again.
  producers_.TakeSnapshot(log_end_offset_.load(), shared_from_this());
  if (unsynced_base_ >= active_->base_offset()) {
    Rest();
    return Status();
  }
  // What a process that died left to do.
  if (!active_->window()) DURAMEN_TRY(active_->BeginAppending(FileOptions()));
  FlushSealed();
  return Status();
}

// A log that nobody appends to costs neither descriptor nor map: a process has fewer of these than
// a directory may have partitions.
void PartitionLog::Rest() {
  const auto segments = segments_.Get();
  for (const auto& segment : *segments) segment->Rest();
  watermark_.reset();
}

void PartitionLog::RestIfIdle() {
  if (InForkedChild()) return;
  std::lock_guard preparing(spare_mutex_);
  std::lock_guard round(flush_mutex_);
  StoreUnmarked();
  std::lock_guard lock(append_mutex_);
  const int64_t end = log_end_offset_.load();
  const bool idle = std::exchange(idle_end_, end) == end;
  const bool stored = durable_offset_.load() == end || policy_ == FlushPolicy::kOs;
  if (!idle || !stored || !watermark_ || closed_ || fenced_ || !UnsyncedSealed().empty()) return;
  if (!active_->Trim(false).ok()) return;
  RemoveSpare(env_, directory_, &spare_);
  spare_asked_ = false;
  Rest();
}

// With append_mutex_ held. Before anything is stored; where it fails, the log rests as before.
Status PartitionLog::Wake() {
  if (watermark_) return Status();
  std::unique_ptr<Watermark> watermark;
  DURAMEN_TRY(Watermark::Open(env_, directory_, &watermark));
  DURAMEN_TRY(active_->BeginAppending(FileOptions()));
  watermark_ = std::move(watermark);
  untouched_ = false;
  StoreMark();
  StoreLive();
  return Status();
}

Status PartitionLog::RecoverSegments(bool clean) {
  RecoveryInput input;
  input.clean = clean;
  input.strict = options_.strict_recovery;
  input.index_interval = options_.index_interval_bytes;
  DURAMEN_TRY(Watermark::Open(env_, directory_, &watermark_));
  input.Load(env_, directory_, log_directory_->FactsOf(name_), watermark_.get());
  RecoveredLog recovered;
  DURAMEN_TRY(Recovery(env_, directory_, input).Run(&recovered));
  recovery_ = std::move(recovered.report);
  segments_.SetGapsBelow(input.gaps_below);
  roll_needed_ = recovered.roll_needed;
  const int64_t end = recovered.next_offset;
  const int64_t start =
      std::max(input.log_start_offset,
               recovered.segments.empty() ? end : recovered.segments.front()->base_offset());
  // A deletion that a crash interrupted. A cut that is interrupted, too, leaves the checkpoint
  // alone to tell of it.
  if (input.log_start_offset > std::max<int64_t>(input.start_checkpoint, 0)) {
    DURAMEN_TRY(log_directory_->SetLogStartOffset(name_, input.log_start_offset));
  }
  DURAMEN_TRY(epochs_.Load(recovered.epochs, end));
  // Under `sync` readers see only what is durable, and what a dead process left may not be.
  const int64_t flushed = std::max<int64_t>(
      {input.recovery_point, input.has_durable ? input.durable.durable_offset : 0, 0});
  for (const auto& segment : recovered.segments) {
    if (clean || options_.flush != FlushPolicy::kSync) break;
    if (segment->next_offset() > flushed) DURAMEN_TRY(segment->file()->Sync());
  }
  const int64_t synced = options_.flush == FlushPolicy::kSync || clean ? end : flushed;
  segments_.Set(std::move(recovered.segments));
  // The last segment is not sealed yet: a roll has to trim it, however durable it is.
  const auto all = segments_.Get();
  unsynced_base_ = std::min(synced, all->empty() ? end : all->back()->base_offset());
  log_start_offset_ = start;
  durable_offset_ = std::min(synced, end);
  log_end_offset_ = end;
  return producers_.Load(input, start, end);
}

// With append_mutex_ held, or before there is anybody else.
AppendFileOptions PartitionLog::FileOptions() const {
  // Zeroing writes every byte twice, so under `sync` the window stays small.
  constexpr int64_t kMaxInitialised = 4 << 20;
  const AppendWindow* window = active_ ? active_->window() : nullptr;
  return {may_map_,
          options_.segment_bytes,
          initialises_ ? AppendWindow::Prepare::kInitialise : AppendWindow::Prepare::kPopulate,
          {window != nullptr ? window->chunk() : 0,
           initialises_ ? std::min(kMaxInitialised, options_.write_ahead_bytes)
                        : options_.write_ahead_bytes}};
}

Status PartitionLog::NewActive(int64_t base_offset, std::shared_ptr<Segment>* segment) {
  auto fresh = std::make_shared<Segment>(env_, directory_, base_offset);
  AppendFile prepared = std::exchange(spare_, AppendFile());
  // A spare that someone has removed is no reason to refuse an append.
  if (!prepared.file || !env_->Rename(directory_ + "/" + kSpareName, fresh->log_path()).ok()) {
    prepared = AppendFile();
    DURAMEN_TRY(MakeAppendFile(fresh->log_path(), &prepared));
  }
  fresh->Adopt(std::move(prepared));
  fresh->SetAppendedFrom(0);
  fresh->ForgetIndexes();  // files of those names belong to a segment that is gone
  fresh->transactions().Reset();
  directory_dirty_ = true;
  *segment = std::move(fresh);
  return Status();
}

// Leaves no file behind where it fails: the next append tries again.
Status PartitionLog::MakeAppendFile(const std::string& path, AppendFile* prepared) {
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(path, OpenMode::kCreateNew, &file));
  Status status = PrepareAppendFile(env_, path, std::move(file), FileOptions(), prepared);
  if (!status.ok()) (void)env_->Unlink(path);
  return status;
}

// On the maintenance thread.
void PartitionLog::PrepareSpare() {
  std::lock_guard preparing(spare_mutex_);
  if (closed_) return;
  AppendFileOptions options;
  {
    // A spare that waits may become the active segment at any moment: it must not be opened again.
    std::lock_guard lock(append_mutex_);
    if (spare_.file) return;
    options = FileOptions();
  }
  std::unique_ptr<File> file;
  AppendFile prepared;
  // A failure costs nothing but time: rolling makes the segment itself, and reports.
  const std::string path = directory_ + "/" + kSpareName;
  if (!env_->Open(path, OpenMode::kCreate, &file).ok() || !file->Truncate(0).ok()) return;
  if (!PrepareAppendFile(env_, path, std::move(file), options, &prepared).ok()) return;
  if (prepared.window) prepared.window->Extend();
  std::lock_guard lock(append_mutex_);
  spare_ = std::move(prepared);
}

}  // namespace duramen
