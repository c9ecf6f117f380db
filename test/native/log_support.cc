#include "log_support.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "io/background.h"
#include "io/directory_lock.h"
#include "log/verify.h"

namespace duramen::test {
namespace {

std::string ValueOf(int64_t index, int32_t record, size_t size) {
  Random random(static_cast<uint64_t>(index) * 7 + static_cast<uint64_t>(record));
  std::string value = std::to_string(index) + "/" + std::to_string(record) + ":";
  while (value.size() < size) value.push_back(static_cast<char>('a' + random.Below(26)));
  return value;
}

void SetTimestamps(Bytes* batch, int64_t timestamp) {
  StoreBig64(batch->data() + kBaseTimestampAt, static_cast<uint64_t>(timestamp));
  StoreBig64(batch->data() + kMaxTimestampAt, static_cast<uint64_t>(timestamp));
  Seal(batch);
}

}  // namespace

Bytes NumberedBatch(int64_t index, size_t value_size) {
  std::vector<RecordSpec> records;
  const auto count = static_cast<int32_t>(1 + index % 3);
  for (int32_t i = 0; i < count; ++i) {
    records.push_back({i, 0, "k" + std::to_string(i), ValueOf(index, i, value_size), {}});
  }
  Bytes batch = MakeBatch(records);
  SetTimestamps(&batch, kStartTime + index);
  return batch;
}

Bytes BatchAt(int64_t timestamp, size_t value_size, int32_t count) {
  std::vector<RecordSpec> records;
  for (int32_t i = 0; i < count; ++i) {
    records.push_back({i, 0, std::nullopt, ValueOf(timestamp, i, value_size), {}});
  }
  Bytes batch = MakeBatch(records);
  SetTimestamps(&batch, timestamp);
  return batch;
}

int32_t RecordsOf(const Bytes& batch) { return BatchHeader(batch.data()).last_offset_delta() + 1; }

Bytes Stored(const Bytes& batch, int64_t base_offset, int32_t leader_epoch) {
  Bytes stored = batch;
  StoreBig64(stored.data() + kBaseOffsetAt, static_cast<uint64_t>(base_offset));
  StoreBig32(stored.data() + kLeaderEpochAt, static_cast<uint32_t>(leader_epoch));
  return stored;
}

LogOptions OptionsWith(FlushPolicy flush, int64_t segment_bytes) {
  LogOptions options;
  options.flush = flush;
  options.segment_bytes = segment_bytes;
  options.index_interval_bytes = 256;  // many entries in few bytes
  options.write_ahead_bytes = 64 << 10;
  return options;
}

TestLog::TestLog(const LogOptions& log_options, Env* log_env, TempDirectory::Where where)
    : directory(where), log_path(directory.path()), options(log_options), env(log_env) {}

TestLog::TestLog(const LogOptions& log_options, FaultEnv* log_env)
    : TestLog(log_options, static_cast<Env*>(log_env), TempDirectory::Where::kMemory) {
  log_env->SkipSyncs();
}

void TestLog::MoveIntoDataDirectory() {
  WriteText(directory.File("meta.properties"), "version=1\n");
  log_path = directory.File("topic-0");
  std::filesystem::create_directory(log_path);
}

Status TestLog::Open() { return PartitionLog::Open(env, path(), options, &log); }

Status TestLog::Close() {
  if (!log) return Status();
  Status status = log->Close();
  log.reset();
  return status;
}

void TestLog::Abandon() {
  log.reset();
  AwaitRelease(directory.path());
}

void WhileFlusherWaits(const std::function<void()>& work) {
  std::promise<void> gate;
  BackgroundThread::Flusher()->Post([&] { gate.get_future().wait(); });
  work();
  gate.set_value();
  DrainBackground();
}

void DrainBackground() {
  // In this order, because a task of the first may post one to the second.
  for (BackgroundThread* thread : {BackgroundThread::WriteBack(), BackgroundThread::Flusher(),
                                   BackgroundThread::Maintenance()}) {
    thread->Drain();
  }
}

void AwaitRelease(const std::string& directory) {
  bool held = true;
  std::string holder;
  // A timed task may have got hold of the log while the last of the others had it.
  for (int attempt = 0; held && attempt < 10'000; ++attempt) {
    DrainBackground();
    ASSERT_OK(DirectoryLock::IsHeld(directory, &held, &holder));
  }
  EXPECT_TRUE(!held);
}

Status TestLog::Append(const Bytes& batch) {
  AppendResult result;
  DURAMEN_TRY(AppendReady(log.get(), batch.data(), batch.size(), Offsets::kAssign, -1, &result));
  expected[result.base_offset] = Stored(batch, result.base_offset, options.leader_epoch);
  return Status();
}

Status TestLog::AppendKept(const Bytes& batch, int64_t base_offset) {
  const Bytes placed = Stored(batch, base_offset);
  AppendResult result;
  DURAMEN_TRY(AppendReady(log.get(), placed.data(), placed.size(), Offsets::kKeep, -1, &result));
  EXPECT_EQ(result.base_offset, base_offset);
  expected[base_offset] = placed;
  return Status();
}

Status TestLog::AppendBuiltBatch(const Bytes& batch) {
  Bytes built = batch;
  StoreBig32(built.data() + kCrcAt, 0);
  AppendResult result;
  DURAMEN_TRY(AppendTrusted(log.get(), built.data(), built.size(), BatchCrc::kCompute, &result));
  expected[result.base_offset] = Stored(batch, result.base_offset, options.leader_epoch);
  return Status();
}

Status TestLog::AppendColumnsOf(int32_t count) {
  const std::string values = ValueOf(next_index++, 0, 16 * static_cast<size_t>(count));
  const std::vector<int32_t> lengths(static_cast<size_t>(count), 16);
  Columns columns;
  columns.count = count;
  columns.values = reinterpret_cast<const uint8_t*>(values.data());
  columns.values_size = values.size();
  columns.value_lengths = lengths.data();
  columns.timestamp = kStartTime + next_index;
  BatchShape shape;
  DURAMEN_TRY(CheckColumns(columns, &shape));
  Bytes encoded(static_cast<size_t>(shape.size));
  EncodeColumns(columns, shape, encoded.data());
  encoded[kMagicAt] = kMagic;
  AppendResult result;
  DURAMEN_TRY(AppendColumns(log.get(), columns, &result));
  expected[result.base_offset] = Stored(encoded, result.base_offset, options.leader_epoch);
  return Status();
}

Status TestLog::AppendSeries(int64_t count, size_t value_size) {
  for (; count > 0; --count) DURAMEN_TRY(Append(NumberedBatch(next_index++, value_size)));
  return Status();
}

Status TestLog::TruncateTo(int64_t offset) {
  DURAMEN_TRY(log->TruncateTo(offset));
  std::erase_if(expected, [offset](const auto& entry) {
    return BatchHeader(entry.second.data()).last_offset() >= offset;
  });
  return Status();
}

bool TestLog::CheckReads(const char* file, int line, int64_t max_bytes) {
  Batches found;
  const LogState state = log->State();
  const Status read = ReadOn(log.get(), state.log_start_offset, UpTo::kLogEnd, max_bytes, &found);
  return CheckOk(read, "reading all", file, line) && SameBatches(found, expected, file, line);
}

bool TestLog::FindsTimestamps(const std::vector<int64_t>& timestamps) {
  const int64_t start = log->State().log_start_offset;
  for (const int64_t timestamp : timestamps) {
    const auto first = std::find_if(expected.begin(), expected.end(), [&](const auto& entry) {
      const BatchHeader header(entry.second.data());
      return header.last_offset() >= start && header.max_timestamp() >= timestamp;
    });
    ReadResult result;
    if (!EXPECT_OK(log->FindTimestamp(timestamp, &result))) return false;
    const bool found = result.range.end > result.range.position;
    const int64_t offset = found ? result.range.base_offset : -1;
    if (!EXPECT_EQ(offset, first == expected.end() ? -1 : first->first)) return false;
    if (found && !EXPECT_TRUE(BytesOf(result) == first->second)) return false;
  }
  return true;
}

bool TestLog::FilesAreSound(const char* file, int line, int64_t* batches) {
  VerifyReport report;
  const int64_t gaps_below = log ? log->segments().gaps_below() : 0;
  if (!CheckOk(VerifyLog(env, path(), gaps_below, &report), "VerifyLog", file, line)) return false;
  for (const VerifyFinding& finding : report.findings) {
    Fail(file, line,
         finding.path + " at " + std::to_string(finding.position) + ": " + finding.what);
  }
  if (batches != nullptr) *batches = report.batches;
  return report.findings.empty();
}

bool TestLog::CheckFiles(const char* file, int line) {
  int64_t batches = 0;
  return FilesAreSound(file, line, &batches) &&
         CheckEqual(batches, expected.size(), "batches in the files", "expected", file, line);
}

bool HasBatch(const Batches& batches, int64_t offset, const Bytes& bytes) {
  const auto entry = batches.find(offset);
  return entry != batches.end() && entry->second == bytes;
}

bool IsBetween(const Batches& found, const Batches& wanted, int64_t from, int64_t below,
               const Batches& before) {
  for (const auto& [offset, bytes] : wanted) {
    const bool inside = offset >= from && BatchHeader(bytes.data()).last_offset() < below;
    if (!inside || HasBatch(found, offset, bytes)) continue;
    Fail(__FILE__, __LINE__, "the batch of offset " + std::to_string(offset) + " is missing");
    return false;
  }
  for (const auto& [offset, bytes] : found) {
    if (HasBatch(wanted, offset, bytes) || HasBatch(before, offset, bytes)) continue;
    Fail(__FILE__, __LINE__,
         "the batch of offset " + std::to_string(offset) + " is none that should be there");
    return false;
  }
  return true;
}

Bytes BytesOf(const ReadResult& result) {
  if (result.range.position == result.range.end) return {};
  const uint8_t* data = result.map->data();
  return Bytes(data + result.range.position, data + result.range.end);
}

Status ReadOn(ReadableLog* log, int64_t offset, UpTo up_to, int64_t max_bytes, Batches* found) {
  for (;;) {
    ReadResult result;
    DURAMEN_TRY(log->Read(offset, max_bytes, up_to, &result));
    const Bytes bytes = BytesOf(result);
    if (bytes.empty()) return Status();
    for (size_t at = 0; at < bytes.size();) {
      const BatchHeader header(bytes.data() + at);
      const auto size = static_cast<size_t>(header.size());
      if (size < kBatchHeaderSize || size > bytes.size() - at) {
        return Status(Code::kInvalidBatch, "a read ended inside a batch");
      }
      (*found)[header.base_offset()] =
          Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
      at += size;
    }
    if (result.range.next_offset <= offset) return Status(Code::kInvalidBatch, "no progress");
    offset = result.range.next_offset;
  }
}

Status ReadAround(ReadableLog* log, int64_t offset, Batches* found,
                  std::vector<DamagedOffsets>* damaged) {
  for (;;) {
    Status status = ReadOn(log, offset, UpTo::kLogEnd, 1, found);
    if (status.code() != Code::kCorruptBatch) return status;
    damaged->push_back({status.from_offset(), status.to_offset()});
    if (status.to_offset() < offset) return Status(Code::kInvalidBatch, "damage without end");
    offset = status.to_offset() + 1;
  }
}

bool SameBatches(const Batches& found, const Batches& expected, const char* file, int line) {
  for (const auto& [offset, bytes] : expected) {
    const auto other = found.find(offset);
    if (other == found.end()) {
      Fail(file, line, "the batch of offset " + std::to_string(offset) + " is missing");
      return false;
    }
    if (other->second != bytes) {
      Fail(file, line, "the batch of offset " + std::to_string(offset) + " differs");
      return false;
    }
  }
  if (found.size() == expected.size()) return true;
  Fail(file, line,
       std::to_string(found.size()) + " batches instead of " + std::to_string(expected.size()));
  return false;
}

Files FilesOf(const std::string& directory) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files[entry.path().filename().string()] = ReadText(entry.path().string());
  }
  return files;
}

void PutFiles(const std::string& directory, const Files& files) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!files.contains(entry.path().filename().string())) std::filesystem::remove(entry.path());
  }
  for (const auto& [name, content] : files) WriteText(directory + "/" + name, content);
  BindWatermark(directory);
}

void EditSlots(const std::string& directory, const std::function<void(uint8_t* slot)>& edit) {
  constexpr size_t kPage = 4096;
  const std::string path = directory + "/duramen.watermark";
  std::string content = ReadText(path);
  for (size_t at = kPage; at + kPage <= content.size(); at += kPage) {
    auto* slot = reinterpret_cast<uint8_t*>(content.data() + at);
    if (LoadBig32(slot + Slot::kCrcAt) != Crc32c(slot, Slot::kCrcAt)) continue;
    const bool has_start = LoadBig32(slot + Slot::kStartCrcAt) == Crc32c(slot, Slot::kStartCrcAt);
    edit(slot);
    StoreBig32(slot + Slot::kCrcAt, Crc32c(slot, Slot::kCrcAt));
    if (has_start) StoreBig32(slot + Slot::kStartCrcAt, Crc32c(slot, Slot::kStartCrcAt));
  }
  WriteText(path, content);
}

void BindWatermark(const std::string& directory) {
  if (!FileExists(directory + "/duramen.watermark")) return;
  EditSlots(directory, [&](uint8_t* slot) {
    FileInfo info;
    const auto base = static_cast<int64_t>(LoadBig64(slot + Slot::kBaseAt));
    if (!Env::Posix()->Info(directory + "/" + LogName(base), &info).ok()) return;
    StoreBig64(slot + Slot::kInodeAt, info.id.inode);
  });
}

DurableMark MarkIn(const std::string& directory) {
  std::unique_ptr<Watermark> watermark;
  DurableMark mark;
  EXPECT_OK(Watermark::OpenReadOnly(Env::Posix(), directory, &watermark));
  EXPECT_TRUE(watermark->LoadDurable(&mark));
  return mark;
}

bool AwaitMark(const std::string& directory, int64_t durable_offset) {
  return Eventually([&] { return MarkIn(directory).durable_offset == durable_offset; });
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// In place, so that a file that is there stays the same file; and never through an empty one,
// because ext4 then writes it to the device as it is closed.
void WriteText(const std::string& path, const std::string& content) {
  if (!FileExists(path)) std::ofstream(path, std::ios::binary).flush();
  std::filesystem::resize_file(path, std::max<size_t>(content.size(), 1));
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << content;
  std::filesystem::resize_file(path, content.size());
}

bool FileExists(const std::string& path) { return std::filesystem::exists(path); }

std::vector<std::string> NamesWith(const std::string& directory, const std::string& part) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.find(part) != std::string::npos) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string LogName(int64_t base_offset) { return SegmentStem(base_offset) + ".log"; }

bool Eventually(const std::function<bool()>& done) {
  const auto start = std::chrono::steady_clock::now();
  while (!done()) {
    if (std::chrono::steady_clock::now() - start > std::chrono::seconds(10)) return done();
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return true;
}

}  // namespace duramen::test
