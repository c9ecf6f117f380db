// Kafka's text checkpoints: a version line, a count, then one entry a line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/env.h"

namespace duramen {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

// From a directory name `topic-N`; any other name is partition 0 of a topic of that name.
TopicPartition TopicPartitionOfDirectory(const std::string& directory);

using OffsetCheckpoint = std::map<TopicPartition, int64_t>;

// `recovery-point-offset-checkpoint` and its siblings: `topic partition offset`. A missing file is
// an empty map; one that does not parse is kCorruptLog and names the line.
Status ReadOffsetCheckpoint(Env* env, const std::string& path, OffsetCheckpoint* entries);
Status WriteOffsetCheckpoint(Env* env, const std::string& path, const OffsetCheckpoint& entries);

struct EpochStart {
  int32_t epoch = 0;
  int64_t start_offset = 0;
};

// `leader-epoch-checkpoint`: `epoch start-offset`, both rising.
Status ReadEpochCheckpoint(Env* env, const std::string& path, std::vector<EpochStart>* epochs);
Status WriteEpochCheckpoint(Env* env, const std::string& path,
                            const std::vector<EpochStart>& epochs);

}  // namespace duramen
