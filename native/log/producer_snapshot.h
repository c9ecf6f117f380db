// Producer snapshots, `<offset>.snapshot` in Kafka's bytes (docs/format.md): what a log knew of its
// producers at that offset. They save a walk over the log, and nothing relies on one being there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/env.h"
#include "log/producer_state.h"

namespace duramen {

std::string EncodeProducerSnapshot(const std::vector<Producer>& producers);
// False where the bytes are not a whole, sound snapshot as of `offset`.
bool DecodeProducerSnapshot(const std::string& content, int64_t offset,
                            std::vector<Producer>* producers);

std::string SnapshotPath(const std::string& directory, int64_t offset);
// Not synced: one that a crash damaged fails its checksum.
Status WriteProducerSnapshot(Env* env, const std::string& directory, int64_t offset,
                             const std::string& content);
// False where there is none, or not a sound one.
bool LoadProducerSnapshot(Env* env, const std::string& directory, int64_t offset,
                          std::vector<Producer>* producers);
// Offsets, rising.
std::vector<int64_t> ListProducerSnapshots(Env* env, const std::string& directory);
// Fine where it is gone already.
Status RemoveProducerSnapshot(Env* env, const std::string& directory, int64_t offset);

}  // namespace duramen
