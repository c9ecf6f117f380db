// What is fuzzed: each target takes any bytes. A broken invariant is a failed EXPECT, a memory
// fault a sanitizer's report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch_bytes.h"

namespace duramen::test {

struct FuzzTarget {
  const char* name;
  void (*run)(const uint8_t* data, size_t size);
  std::vector<Bytes> (*seeds)();  // inputs as real logs have them
};

const std::vector<FuzzTarget>& FuzzTargets();

// Batch checks, against a second reading of the format.
void FuzzBatch(const uint8_t* data, size_t size);
std::vector<Bytes> BatchSeeds();
// Index files of an intact log: a hint, whatever they say.
void FuzzIndexes(const uint8_t* data, size_t size);
std::vector<Bytes> IndexSeeds();
void FuzzWatermark(const uint8_t* data, size_t size);
std::vector<Bytes> WatermarkSeeds();
void FuzzCheckpoint(const uint8_t* data, size_t size);
std::vector<Bytes> CheckpointSeeds();
// A directory of nothing but one file of any bytes under a segment's name.
void FuzzSegment(const uint8_t* data, size_t size);
std::vector<Bytes> SegmentSeeds();
// A real log with damage done to its segments.
void FuzzDamage(const uint8_t* data, size_t size);
std::vector<Bytes> DamageSeeds();

// The bytes of an input, one after the other; zeros behind its end.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  uint8_t Byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  size_t Word() {
    const size_t high = Byte();
    return high << 8 | Byte();
  }
  Bytes Rest() const { return Bytes(data_, data_ + left_); }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace duramen::test
