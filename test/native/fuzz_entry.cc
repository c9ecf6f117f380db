// The doors of libFuzzer, and a small driver of our own for where there is none: pseudo-random
// changes to the seeds, the same for the same seed.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "check.h"
#include "fuzz_targets.h"

namespace duramen::test {

const std::vector<FuzzTarget>& FuzzTargets() {
  static const auto* const targets = new std::vector<FuzzTarget>{
      {"batch", FuzzBatch, BatchSeeds},
      {"indexes", FuzzIndexes, IndexSeeds},
      {"watermark", FuzzWatermark, WatermarkSeeds},
      {"checkpoint", FuzzCheckpoint, CheckpointSeeds},
      {"segment", FuzzSegment, SegmentSeeds},
      {"damage", FuzzDamage, DamageSeeds},
  };
  return *targets;
}

namespace {

// The one that libFuzzer is to run, by its name in the environment.
const FuzzTarget& Chosen() {
  const char* name = std::getenv("DURAMEN_FUZZ_TARGET");
  for (const FuzzTarget& target : FuzzTargets()) {
    if (name != nullptr && std::strcmp(name, target.name) == 0) return target;
  }
  std::fprintf(stderr, "DURAMEN_FUZZ_TARGET names no target\n");
  std::exit(2);
}

void Mutate(Bytes* input, Random* random) {
  constexpr uint8_t kTelling[] = {0, 1, 2, 0x7f, 0x80, 0xff};
  for (uint64_t changes = 1 + random->Below(4); changes > 0; --changes) {
    const auto at = static_cast<std::ptrdiff_t>(random->Below(input->size() + 1));
    const auto left = static_cast<uint64_t>(input->end() - input->begin() - at);
    const auto length =
        static_cast<std::ptrdiff_t>(random->Below(std::min<uint64_t>(left, 64) + 1));
    const Bytes piece(input->begin() + at, input->begin() + at + length);
    switch (left == 0 ? 4 : random->Below(7)) {
      case 0:
        (*input)[static_cast<size_t>(at)] ^= static_cast<uint8_t>(1 << random->Below(8));
        break;
      case 1:
        (*input)[static_cast<size_t>(at)] = kTelling[random->Below(sizeof kTelling)];
        break;
      case 2:
        (*input)[static_cast<size_t>(at)] = static_cast<uint8_t>(random->Next());
        break;
      case 3:
        input->erase(input->begin() + at, input->begin() + at + length);
        break;
      case 4:
        input->insert(input->begin() + at, static_cast<uint8_t>(random->Next()));
        break;
      case 5:
        input->insert(input->begin() + at, piece.begin(), piece.end());
        break;
      default:
        std::fill_n(input->begin() + at, length, uint8_t{0});
    }
  }
}

// `inputs` of them, or for so many seconds.
void Drive(const FuzzTarget& target, int64_t inputs, int64_t seconds, int64_t first) {
  const std::vector<Bytes> seeds = target.seeds();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  int64_t done = 0;
  for (; seconds > 0 ? std::chrono::steady_clock::now() < end : done < inputs; ++done) {
    Bytes input = seeds[static_cast<size_t>(done) % seeds.size()];
    Random random(static_cast<uint64_t>(first + done));
    if (done >= static_cast<int64_t>(seeds.size())) Mutate(&input, &random);
    target.run(input.data(), input.size());
    if (!HasFailed()) continue;
    std::string text;
    for (const uint8_t byte : input) {
      char digits[3];
      std::snprintf(digits, sizeof digits, "%02x", byte);
      text += digits;
    }
    Fail(__FILE__, __LINE__,
         std::string(target.name) + ", --seed " + std::to_string(first) + ", input " +
             std::to_string(done) + ": " + text);
    return;
  }
  Report(std::string(target.name) + ": " + std::to_string(done) + " inputs, seed " +
         std::to_string(first));
}

void DriveByName(const char* name, int64_t inputs) {
  for (const FuzzTarget& target : FuzzTargets()) {
    if (std::strcmp(name, target.name) != 0) continue;
    Drive(target, Parameter("inputs", inputs), Parameter("seconds", 0), Parameter("seed", 1));
  }
}

TEST(FuzzedBatchesAreJudgedRight) { DriveByName("batch", 20'000); }
TEST(FuzzedIndexesChangeNothingThatIsRead) { DriveByName("indexes", 600); }
TEST(FuzzedWatermarkNeverGivesAWrongByte) { DriveByName("watermark", 600); }
TEST(FuzzedCheckpointsAreReadOrRefused) { DriveByName("checkpoint", 2'000); }
TEST(FuzzedSegmentIsReadAroundItsDamage) { DriveByName("segment", 600); }
TEST(FuzzedDamageIsReportedAndLosesNothingIntact) { DriveByName("damage", 600); }

}  // namespace
}  // namespace duramen::test

// Where a folder is named, the seeds are put there first.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* folder = std::getenv("DURAMEN_FUZZ_CORPUS");
  int number = 0;
  for (const auto& seed : duramen::test::Chosen().seeds()) {
    if (folder == nullptr) break;
    std::ofstream out(std::string(folder) + "/seed-" + std::to_string(number++), std::ios::binary);
    out.write(reinterpret_cast<const char*>(seed.data()),
              static_cast<std::streamsize>(seed.size()));
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const duramen::test::FuzzTarget& target = duramen::test::Chosen();
  target.run(data, size);
  if (duramen::test::HasFailed()) std::abort();
  return 0;
}
