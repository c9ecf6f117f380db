#include <filesystem>

#include "fuzz_targets.h"
#include "log/checkpoint.h"
#include "log_support.h"

namespace duramen::test {
namespace {

constexpr char kMarker[] = ".kafka_cleanshutdown";
constexpr char kIndex[] = "00000000000000000000.index";
constexpr char kTimeIndex[] = "00000000000000000000.timeindex";
constexpr char kWatermark[] = "duramen.watermark";

// A log of one segment that was closed, and what its directory held then.
struct Closed {
  explicit Closed(FlushPolicy flush) : log(OptionsWith(flush, 1 << 20), &env) {
    EXPECT_OK(log.Open());
    EXPECT_OK(log.AppendSeries(40));
    EXPECT_OK(log.Close());
    files = FilesOf(log.path());
    content = log.expected;
  }

  // Each input finds another boot, unless marks are to hold.
  void Put(const Files& changed, bool clean, bool same_boot) {
    Files all = changed;
    if (!clean) all.erase(kMarker);
    PutFiles(log.path(), all);
    if (!same_boot) env.ChangeBoot();
    log.expected = content;
    log.next_index = 40;
  }

  FaultEnv env;
  TestLog log;
  Files files;
  Batches content;
};

std::string TextOf(const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); }
Bytes BytesOfText(const std::string& text) { return Bytes(text.begin(), text.end()); }

Closed& ClosedLog() {
  static Closed closed(FlushPolicy::kSync);
  return closed;
}

// What was found is right, and a log that opens goes on.
bool GoesOn(TestLog* log) {
  Batches found;
  std::vector<DamagedOffsets> damaged;
  if (!EXPECT_OK(ReadAround(log->get(), (*log)->State().log_start_offset, &found, &damaged)) ||
      !EXPECT_TRUE(IsBetween(found, {}, 0, 0, log->expected))) {
    return false;
  }
  log->expected = found;
  const Status appended = log->AppendSeries(2);
  if (!appended.ok() && !EXPECT_CODE(appended, Code::kOffsetOverflow)) return false;
  if (!EXPECT_OK(log->Reopen())) return false;
  found.clear();
  return EXPECT_OK(ReadAround(log->get(), (*log)->State().log_start_offset, &found, &damaged)) &&
         SameBatches(found, log->expected, __FILE__, __LINE__);
}

void FixSlots(std::string* watermark) {
  constexpr size_t kSlots[] = {4096, 8192};
  for (const size_t at : kSlots) {
    if (watermark->size() < at + 4096) return;
    auto* slot = reinterpret_cast<uint8_t*>(watermark->data() + at);
    StoreBig32(slot + Slot::kCrcAt, Crc32c(slot, Slot::kCrcAt));
    StoreBig32(slot + Slot::kStartCrcAt, Crc32c(slot, Slot::kStartCrcAt));
  }
}

}  // namespace

// Flags; how long the offset index is; the offset index; the time index.
void FuzzIndexes(const uint8_t* data, size_t size) {
  Closed& closed = ClosedLog();
  FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  const size_t first = input.Byte();
  const Bytes rest = input.Rest();
  const auto middle = rest.begin() + static_cast<std::ptrdiff_t>(std::min(first, rest.size()));
  Files files = closed.files;
  files[kIndex] = std::string(rest.begin(), middle);
  files[kTimeIndex] = std::string(middle, rest.end());
  closed.Put(files, (flags & 1) != 0, (flags & 2) != 0);
  TestLog& log = closed.log;
  if (!EXPECT_OK(log.Open())) return;
  EXPECT_EQ(log->recovery().findings.size(), 0u);
  for (int64_t time = kStartTime - 1; time < kStartTime + 42; time += 7) {
    ReadResult result;
    EXPECT_OK(log->FindTimestamp(time, &result));
  }
  EXPECT_READS(log);
  EXPECT_OK(log.AppendSeries(2));
  EXPECT_OK(log.Reopen());
  EXPECT_READS(log);
  log.Abandon();
}

std::vector<Bytes> IndexSeeds() {
  const Files& files = ClosedLog().files;
  std::vector<Bytes> seeds;
  for (uint8_t flags = 0; flags < 4; ++flags) {
    const std::string& index = files.at(kIndex);
    std::string seed = {static_cast<char>(flags), static_cast<char>(index.size())};
    seeds.push_back(BytesOfText(seed + index + files.at(kTimeIndex)));
  }
  return seeds;
}

// Flags; then for each change a position and what is flipped there.
void FuzzWatermark(const uint8_t* data, size_t size) {
  constexpr size_t kLiveFrom = 64, kLiveTo = 136;
  Closed& closed = ClosedLog();
  FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  Files files = closed.files;
  std::string& watermark = files[kWatermark];
  bool live = false;
  for (int changes = 0; !input.empty() && changes < 64; ++changes) {
    const size_t at = input.Word() % watermark.size();
    live |= at >= kLiveFrom && at < kLiveTo;
    watermark[at] = static_cast<char>(watermark[at] ^ input.Byte());
  }
  const bool forged = (flags & 1) != 0;
  if (forged) FixSlots(&watermark);
  closed.Put(files, (flags & 2) != 0, (flags & 4) != 0);
  TestLog& log = closed.log;
  const Status opened = log.Open();
  if (opened.ok()) {
    // What has a good check may say anything; what has none is not listened to.
    if (!forged && !live) EXPECT_READS(log);
    (void)GoesOn(&log);
  } else {
    EXPECT_CODE(opened, Code::kCorruptLog);
  }
  log.Abandon();
}

std::vector<Bytes> WatermarkSeeds() {
  std::vector<Bytes> seeds;
  for (uint8_t flags = 0; flags < 8; ++flags) {
    seeds.push_back({flags});
    for (const uint8_t field : {32, 40, 48, 56, 64, 72, 80, 84, 92}) {
      seeds.push_back({flags, 0x10, field, 1, 0x20, static_cast<uint8_t>(field + 7), 0x80});
    }
    for (const uint8_t field : {40, 48, 92})
      seeds.push_back({flags, 0x10, field, 1, 0x20, field, 1});
    for (uint8_t word = 64; word < 136; word += 8) seeds.push_back({flags, 0, word, 4});
  }
  return seeds;
}

void FuzzCheckpoint(const uint8_t* data, size_t size) {
  static const TempDirectory directory(TempDirectory::Where::kMemory);
  static auto* const env = new FaultEnv();
  env->SkipSyncs();
  const std::string path = directory.File("checkpoint");
  std::filesystem::remove(path);
  WriteText(path, std::string(reinterpret_cast<const char*>(data), size));
  OffsetCheckpoint offsets, offsets_again;
  const Status read = ReadOffsetCheckpoint(env, path, &offsets);
  std::vector<EpochStart> epochs, epochs_again;
  const Status read_epochs = ReadEpochCheckpoint(env, path, &epochs);
  if (!read.ok()) EXPECT_CODE(read, Code::kCorruptLog);
  if (!read_epochs.ok()) EXPECT_CODE(read_epochs, Code::kCorruptLog);
  if (read.ok()) {
    EXPECT_OK(WriteOffsetCheckpoint(env, path, offsets));
    EXPECT_OK(ReadOffsetCheckpoint(env, path, &offsets_again));
    EXPECT_TRUE(offsets == offsets_again);
  }
  if (read_epochs.ok()) {
    EXPECT_OK(WriteEpochCheckpoint(env, path, epochs));
    EXPECT_OK(ReadEpochCheckpoint(env, path, &epochs_again));
    EXPECT_EQ(epochs.size(), epochs_again.size());
  }
}

std::vector<Bytes> CheckpointSeeds() {
  return {BytesOfText("0\n2\norders 0 17\na topic-x 12 9007199254740991\n"),
          BytesOfText("0\n3\n0 0\n1 30\n7 9007199254740991\n"), BytesOfText("0\n0\n"),
          BytesOfText("0\n1\n\n"), BytesOfText("0\n18446744073709551615\nt 0 -1\n")};
}

}  // namespace duramen::test
