// PartitionLog: one partition, an append-only sequence of record batches in segments.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/env.h"
#include "log/batch_image.h"
#include "log/leader_epochs.h"
#include "log/log_directory.h"
#include "log/log_options.h"
#include "log/log_producers.h"
#include "log/readable_log.h"
#include "log/watermark.h"

namespace duramen {

struct CutPlace;

// One thread at a time appends (a mutex orders them); any number read. Background tasks hold the
// log by shared_ptr. Locks, in order: spare_mutex_, snapshots, flush_, append_, listener_mutex_.
class PartitionLog final : public ReadableLog, public std::enable_shared_from_this<PartitionLog> {
 public:
  // Locks, recovers, and makes the log ready for appending.
  static Status Open(Env* env, const std::string& directory, const LogOptions& options,
                     std::shared_ptr<PartitionLog>* log);
  ~PartitionLog() override;

  Status Append(const BatchImage& batch, AppendResult* result);
  // Everything appended before the call is durable when it returns. Blocks on the device.
  Status Flush();
  void RequestFlush();  // the same, soon, without waiting: a listener hears of it
  // Keeps offsets below `offset` (a batch that holds it goes as a whole; kOffsetOutOfRange where
  // the log starts in it). Blocks on the device.
  Status TruncateTo(int64_t offset);
  // Raises the log start offset, removes segments below it. Blocks on the device.
  Status DeleteBefore(int64_t offset);
  Status Close() override;
  // Gives descriptors and maps back where nothing was appended since the call before.
  void RestIfIdle();

  // A flush in steps, on one thread. False, and the round is void: there is nothing to flush.
  std::unique_lock<std::mutex> TryTurn();
  bool BeginRound(FlushRound* round);
  Status SyncRound(const FlushRound& round);
  // Publishes what is durable now, or fences the log where syncing failed.
  Status EndRound(FlushRound* round, const Status& synced);
  // Notes it in the watermark, in a while: the slot is on the device with a flush that comes later.
  void MarkRound(const FlushRound& round);
  Status RunRound(bool with_active);
  LogState State() override;
  Status FenceStatus();
  const LogProducers& producers() const { return producers_; }
  const LeaderEpochs& epochs() const { return epochs_; }
  int16_t ProducerEpoch(int64_t producer_id);  // the last that was seen; -1: none
  const std::string& directory() const { return directory_; }
  LogOptions options();
  // They count from the next append on; recovery, leader epoch and what is written ahead stay.
  void SetOptions(const LogOptions& options);

 private:
  PartitionLog(Env* env, std::string directory, const LogOptions& options);
  Status Initialise();
  Status RecoverSegments(bool clean);
  Status Refresh() override;
  Status CheckUsable();

  // With append_mutex_ held.
  void Rest();
  Status Wake();
  void FinishAppend(const BatchImage& batch, int64_t base_offset, uint32_t crc);
  bool NeedsRoll(const BatchImage& batch, int64_t base_offset) const;
  Status Roll(int64_t base_offset);
  Status NewActive(int64_t base_offset, std::shared_ptr<Segment>* segment);
  Status MakeAppendFile(const std::string& path, AppendFile* prepared);
  LiveMark LiveNow() const;
  void StoreLive();
  DurablePoint PointNow() const;
  void StoreMark();
  void MakeReady(const BatchImage& batch, int64_t base_offset);
  AppendFileOptions FileOptions() const;
  void PrepareSpare();
  void CountUnflushed(int64_t size);
  bool IsSynced(const Segment& segment) const;
  void FlushSealed();
  SegmentList::Segments UnsyncedSealed() const;
  Status WriteBackSealed();
  Status CloseDurably();
  Status CloseTrimmed();
  Status CloseUntouched();
  void Release();
  void Fence(const Status& cause);
  void FenceLocked(const Status& cause);  // with append_mutex_ held
  DurableMark MarkOf(const DurablePoint& point) const;
  void StoreMark(const DurablePoint& point);
  void StoreMarkLocked(const DurablePoint& point);  // with mark_mutex_ held
  void StoreUnmarked();
  int64_t HighWatermark() const;
  Status RemoveSegmentFiles(Segment* segment);
  Status OpenKept(const CutPlace& place, std::shared_ptr<Segment>* kept);
  Status Cut(const CutPlace& place, const std::shared_ptr<Segment>& kept);
  Status StoreLogStart(int64_t offset);
  Status RemoveDeleted();
  Status CheckPlace(const BatchImage& batch, int64_t base_offset) const;
  Status NoteGap();

  Env* const env_;
  const std::string directory_;
  LogOptions options_;  // of an open log under append_mutex_
  const TopicPartition name_;
  std::shared_ptr<LogDirectory> log_directory_;
  std::unique_ptr<Watermark> watermark_;    // none: the log rests
  bool untouched_ = false, begun_ = false;  // since a clean opening; between Begin and End
  BootId boot_{};
  bool may_map_ = true, initialises_ = false;
  uint64_t shared_device_ = 0;  // on which other logs' barriers serve this one, too; 0: none

  std::mutex append_mutex_;
  std::shared_ptr<Segment> active_;  // the last of segments_
  LeaderEpochs epochs_;
  AppendFile spare_;
  bool roll_needed_ = false, spare_asked_ = false, flush_timed_ = false;
  bool directory_dirty_ = false;  // a file was made or renamed since the last sync
  LastBatch last_batch_;
  LogProducers producers_;
  int64_t unflushed_bytes_ = 0;  // since the last flush began
  int64_t idle_end_ = -1;        // the log end at the last RestIfIdle

  std::mutex spare_mutex_;     // held while a spare is prepared
  std::mutex flush_mutex_;     // one round at a time
  int64_t unsynced_base_ = 0;  // segments below it are sealed and synced
  bool released_ = false;      // closed, and the directory given back

  std::atomic<int64_t> log_start_offset_{0};
  std::atomic<int64_t> log_end_offset_{0};  // publishes the batches below it
  std::atomic<int64_t> durable_offset_{0};  // publishes nothing but itself
  std::atomic<int64_t> shown_below_{0};     // whatever the policy
  std::atomic<FlushPolicy> policy_;
  std::atomic<bool> flush_asked_{false}, write_back_asked_{false}, fenced_{false}, closed_{false};
  std::atomic<bool> leaving_{false};  // closing, and not to wait for the device

  std::mutex mark_mutex_;  // orders what is stored in the watermark
  DurablePoint unmarked_;  // of the last round, not in the watermark yet; no segment: none
  Status fence_cause_;     // under listener_mutex_
};

}  // namespace duramen
