// Segment: one `.log` file with its two indexes.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/env.h"
#include "io/mapped_range.h"
#include "log/append_file.h"
#include "log/batch_image.h"
#include "log/index_file.h"
#include "log/transaction_index.h"

namespace duramen {

// `00000000000000000042`, the stem of every file of the segment with base offset 42.
std::string SegmentStem(int64_t base_offset);
// The base offset in a name such as `00000000000000000042.log`; -1 when it has another form.
int64_t BaseOffsetOfName(const std::string& name, const std::string& suffix);

// Held by shared_ptr: the log's list, readers and background tasks share it. One thread at a time
// appends (the log's append mutex); any thread reads what is published.
class Segment {
 public:
  Segment(Env* env, const std::string& directory, int64_t base_offset);

  // Opens the file under `name` in the directory.
  Status Open(const std::string& name, OpenMode mode);
  // Gives file and maps back, of which nothing is left to be flushed. A read opens the file for a
  // moment; Hold keeps it open, for one that is about to be written to or to lose its name.
  void Rest();
  Status Hold();
  // Makes the opened file ready for appending at end().
  Status BeginAppending(const AppendFileOptions& options);
  // Takes a prepared file over, whose name is already this segment's.
  void Adopt(AppendFile prepared);

  // The shared mapping that native code reads through. Made on first use for a segment that is not
  // being appended to; grows with the file for one that another process appends to.
  Status ReadMap(int64_t at_least, std::shared_ptr<MappedRange>* map);
  // A private mapping of [from, to), page-aligned, for JavaScript; knows if it was written to.
  Status MapPrivate(int64_t from, int64_t to, std::shared_ptr<MappedRange>* map);

  // Puts a batch behind the last one: into the file's memory where the window covers it, else with
  // WriteAt. The magic byte comes last: with it the batch exists. kNoSpace when there are no blocks
  // for it; kSegmentLost when the file was cut under the mapping. Does not publish.
  Status Store(const BatchImage& batch, int64_t base_offset, int32_t leader_epoch, uint32_t* crc);
  // Indexes the stored batch, as Kafka's LogSegment.append does, and publishes it.
  void Publish(int64_t size, int64_t last_offset, int64_t max_timestamp, int32_t index_interval);
  // The same bookkeeping for a batch that recovery found in the file; `index` false where the
  // index files are kept as they are.
  void Account(int64_t position, int64_t size, int64_t last_offset, int64_t max_timestamp,
               int32_t index_interval);
  // After the last append: the final time index entry (Kafka adds it at roll and close).
  void FinishTimeIndex();

  // Writes what the index files lack. At every moment the time index reaches as far as the offset
  // index, from whose last entry a recovery goes on.
  Status PersistIndexes();
  Status SealIndexes();
  // Forgets what indexes and Account have gathered, before a scan from the start.
  void ForgetIndexes();
  // kSegmentLost where the file has less than what stands in the segment.
  Status CheckWhole();
  bool CutShort();  // by somebody; a file that only lost its name has all
  // Whether the file's metadata may have changed since the last call: then it needs an fdatasync of
  // its own. With the log's append mutex held.
  bool TakeGrown();
  // After the last append: cuts off what was prepared behind the end. Syncs no log file.
  Status Trim(bool sync_indexes);
  void ForgetPages();  // of a sealed segment, before it is written back
  // Nothing is prepared ahead any more; gives the window's descriptor back.
  void EndWindow();
  // Waits for background tasks that write the files; none does so afterwards. Reading goes on.
  void StopWriting();

  int64_t base_offset() const { return base_offset_; }
  const std::string& directory() const { return directory_; }
  const std::string& log_path() const { return log_path_; }
  File* file() { return append_.file.get(); }
  FileId file_id() const { return append_.id; }
  OffsetIndex& offset_index() { return offset_index_; }
  TimeIndex& time_index() { return time_index_; }
  const OffsetIndex& offset_index() const { return offset_index_; }
  const TimeIndex& time_index() const { return time_index_; }
  TransactionIndex& transactions() { return transactions_; }
  AppendWindow* window() { return append_.window.get(); }
  std::shared_ptr<AppendWindow> shared_window() { return append_.window; }
  int64_t capacity() const { return append_.capacity; }

  // Publishes the bytes before it, all of them whole batches.
  int64_t end() const { return end_.load(std::memory_order_acquire); }
  // One more than the last offset before end().
  int64_t next_offset() const { return next_offset_.load(std::memory_order_acquire); }
  void SetEnd(int64_t end, int64_t next_offset);

  // CRC-32C known good: [0, checked()) by reading, [appended_from(), end) because we wrote it.
  bool IsChecked(int64_t position) const;
  void MarkChecked(int64_t from, int64_t to);
  void SetAppendedFrom(int64_t position) { appended_from_.store(position); }

  int64_t first_timestamp() const { return first_timestamp_; }
  // No batch has a larger timestamp; the largest number where nothing is known.
  int64_t MaxTimestamp() const;
  void RestoreMaxTimestamp(int64_t timestamp, int64_t offset);
  void RestoreFirstTimestamp(int64_t timestamp) { first_timestamp_ = timestamp; }

 private:
  Status StoreMapped(const BatchImage& batch, int64_t base_offset, int32_t leader_epoch,
                     uint32_t* crc);
  Status StoreWritten(const BatchImage& batch, int64_t base_offset, int32_t leader_epoch,
                      uint32_t* crc);
  // `head` instead of the batch's own bytes before kCrcAt.
  Status WriteBatch(const uint8_t* head, const uint8_t* batch, int64_t size);
  Status LostError(int64_t position) const;
  // With read_map_mutex_ held.
  Status HoldLocked();
  Status Map(MapMode mode, int64_t from, int64_t length, std::shared_ptr<MappedRange>* map);

  Env* const env_;
  const std::string directory_;
  const int64_t base_offset_;
  const std::string log_path_;
  std::string opened_path_;  // differs where the file is to be renamed
  OpenMode mode_ = OpenMode::kReadWrite;
  AppendFile append_;      // of a sealed segment: the file alone, or all it had, or nothing
  bool has_grown_ = true;  // other than through a window that was synced
  std::mutex read_map_mutex_;
  std::shared_ptr<MappedRange> read_map_;
  OffsetIndex offset_index_;
  TimeIndex time_index_;
  TransactionIndex transactions_;

  std::atomic<int64_t> end_{0};
  std::atomic<int64_t> next_offset_;
  std::atomic<int64_t> checked_{0};  // publishes nothing; a stale value only checks again
  std::atomic<int64_t> appended_from_;

  // Appender only, but for max_timestamp_.
  int64_t bytes_since_index_ = 0;
  int64_t first_timestamp_ = -1;
  std::atomic<int64_t> max_timestamp_{-1};
  int64_t max_timestamp_offset_ = -1;
};

}  // namespace duramen
