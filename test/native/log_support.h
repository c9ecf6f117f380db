// What the tests of the log share: batches to append, a model of what must be there, and files.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "batch_bytes.h"
#include "check.h"
#include "fault_env.h"
#include "log/batch_append.h"
#include "log/partition_log.h"

namespace duramen::test {

// Whole batches as they stand in the files, by base offset.
using Batches = std::map<int64_t, Bytes>;

constexpr int64_t kStartTime = 1'700'000'000'000;

// Batch number `index` of a series: 1 to 3 records whose content follows from the number, so that
// another process can make it again. Two batches of a series are never equal.
Bytes NumberedBatch(int64_t index, size_t value_size = 40);
Bytes BatchAt(int64_t timestamp, size_t value_size = 40, int32_t records = 1);
int32_t RecordsOf(const Bytes& batch);
// The batch as the log stores it.
Bytes Stored(const Bytes& batch, int64_t base_offset, int32_t leader_epoch = 0);

LogOptions OptionsWith(FlushPolicy flush, int64_t segment_bytes = 1 << 20);

// A log in a directory of its own, and what it must hold.
class TestLog {
 public:
  explicit TestLog(const LogOptions& options, Env* env = Env::Posix(),
                   TempDirectory::Where where = TempDirectory::Where::kDisk);
  // On a tmpfs where there is one, and never synced.
  TestLog(const LogOptions& options, FaultEnv* env);

  ~TestLog() { Abandon(); }

  // The log is one of a data directory, which has the checkpoints and the marker. Before Open.
  void MoveIntoDataDirectory();

  Status Open();
  Status Close();
  // Drops the log as a dying process does: nothing is trimmed or marked. Waits for its tasks.
  void Abandon();
  Status Reopen() {
    DURAMEN_TRY(Close());
    return Open();
  }

  // Appends and, where that succeeds, expects it from now on.
  Status Append(const Bytes& batch);
  Status AppendKept(const Bytes& batch, int64_t base_offset);
  // A batch as the builder hands it over: without a CRC.
  Status AppendBuiltBatch(const Bytes& batch);
  // One batch of `count` records from columns.
  Status AppendColumnsOf(int32_t count);
  // `count` numbered batches, after those before.
  Status AppendSeries(int64_t count, size_t value_size = 40);
  Status TruncateTo(int64_t offset);  // the model follows

  // Every read, from the log start to the log end, gives exactly the expected batches.
  bool CheckReads(const char* file, int line, int64_t max_bytes = 1 << 20);
  // A look-up by each timestamp finds the first batch that reaches it, or nothing.
  bool FindsTimestamps(const std::vector<int64_t>& timestamps);
  // VerifyLog finds nothing; and as many batches as expected.
  bool FilesAreSound(const char* file, int line, int64_t* batches = nullptr);
  bool CheckFiles(const char* file, int line);

  PartitionLog* operator->() { return log.get(); }
  PartitionLog* get() { return log.get(); }
  const std::string& path() const { return log_path; }
  int64_t end() { return log->State().log_end_offset; }

  TempDirectory directory;
  std::string log_path;  // the directory, or one in it
  LogOptions options;
  Env* env;
  std::shared_ptr<PartitionLog> log;
  Batches expected;
  int64_t next_index = 0;
};

#define EXPECT_READS(log) EXPECT_TRUE((log).CheckReads(__FILE__, __LINE__))
#define EXPECT_SOUND_FILES(log) EXPECT_TRUE((log).CheckFiles(__FILE__, __LINE__))

// All batches from `offset` to the end, found by reading on. Stops at the first error.
Status ReadOn(ReadableLog* log, int64_t offset, UpTo up_to, int64_t max_bytes, Batches* found);
// The same, but goes on behind damage, which it lists as [from, to].
struct DamagedOffsets {
  int64_t from = 0, to = 0;
};
Status ReadAround(ReadableLog* log, int64_t offset, Batches* found,
                  std::vector<DamagedOffsets>* damaged);
// All of `wanted` with offsets in [from, below) was found, and nothing but that and what was there
// `before`.
bool IsBetween(const Batches& found, const Batches& wanted, int64_t from, int64_t below,
               const Batches& before);
bool HasBatch(const Batches& batches, int64_t offset, const Bytes& bytes);
bool SameBatches(const Batches& found, const Batches& expected, const char* file, int line);
Bytes BytesOf(const ReadResult& result);

// The content of every file of a directory, to be put back.
using Files = std::map<std::string, std::string>;
Files FilesOf(const std::string& directory);
// Replaces all there is, and lets the watermark name the new files.
void PutFiles(const std::string& directory, const Files& files);
// Changes each valid slot of the watermark file, and makes its checksum right again.
struct Slot {  // positions in it
  static constexpr size_t kDurableAt = 40, kBaseAt = 48, kInodeAt = 32, kFlagsAt = 84, kCrcAt = 88,
                          kStartAt = 92, kStartCrcAt = 100;
};
void EditSlots(const std::string& directory, const std::function<void(uint8_t* slot)>& edit);
// Writes the inodes that the segments have now into the watermark, as if they were the old ones.
void BindWatermark(const std::string& directory);

// The mark that counts. The watermark trails behind the flushes: AwaitMark waits until it is there.
DurableMark MarkIn(const std::string& directory);
bool AwaitMark(const std::string& directory, int64_t durable_offset);

std::string ReadText(const std::string& path);
void WriteText(const std::string& path, const std::string& content);
bool FileExists(const std::string& path);
std::vector<std::string> NamesWith(const std::string& directory, const std::string& part);
std::string LogName(int64_t base_offset);
// Runs `work` while the flusher is held up, so that one round covers all that joins meanwhile; then
// waits for the background.
void WhileFlusherWaits(const std::function<void()>& work);
// Waits for all that the background has to do now.
void DrainBackground();
// Waits until background tasks have let go of a log that was dropped without being closed.
void AwaitRelease(const std::string& directory);
// Waits until `done` holds, at most ten seconds.
bool Eventually(const std::function<bool()>& done);

}  // namespace duramen::test
