// From snapshots and batches to what a log knows of its producers.
#pragma once

#include <cstdint>
#include <string>

#include "io/env.h"
#include "log/producer_state.h"
#include "log/recovery_input.h"
#include "log/segment_list.h"

namespace duramen {

struct ProducerWalk {
  Env* env = nullptr;
  std::string directory;
  const SegmentList* segments = nullptr;
  int64_t trusted_below = 0;  // no snapshot above it counts
  int64_t start = 0;          // of the log: below, batches may be missing
  int64_t end = 0;            // no batch from there on counts
  bool write = false;         // mends transaction indexes
};

// Where snapshots and transaction indexes may be relied on: after a power cut up to the segment
// that was not all flushed. `all` are the segments that recovery has left.
int64_t TrustedBelow(const RecoveryInput& input, const SegmentList::Segments& all, int64_t end);

// Begins with the newest snapshot that is sound, or at the log start, and reads the headers of the
// batches from there on. `*from` is where it began. The transaction indexes on the way say
// afterwards what the batches do. Unsound batches are passed over.
Status WalkProducers(const ProducerWalk& walk, ProducerState* state, int64_t* from);

// The largest id of a producer in snapshots and batches of the log in `directory`; -1 without one.
Status FindLargestProducerId(Env* env, const std::string& directory, int64_t* id);

}  // namespace duramen
