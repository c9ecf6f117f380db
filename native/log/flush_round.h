// FlushRound: what one flush of one log covers.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "log/segment.h"

namespace duramen {

// The last batch below an end; position -1 where there is none.
struct LastBatch {
  int64_t position = -1, base_offset = -1;
  uint32_t crc = 0;
};

// How far a log is durable.
struct DurablePoint {
  int64_t offset = 0;                // below it everything is
  std::shared_ptr<Segment> segment;  // the active one then, where
  int64_t end = 0;                   // that offset ends; 0 if not known
  LastBatch last;                    // below `end`
};

// Made by PartitionLog::BeginRound, ended by EndRound and MarkRound on the same thread.
struct FlushRound {
  std::unique_lock<std::mutex> turn;             // of the log: one round at a time
  std::vector<std::shared_ptr<Segment>> sealed;  // not yet durable, in base-offset order
  bool with_active = true;
  bool directory_dirty = false;
  DurablePoint target;
  // Nothing but bytes of the active segment, in blocks that are initialised: written back, they
  // need a barrier of this device and no fdatasync of their own. 0: an fdatasync each.
  uint64_t shared_device = 0;
  bool moved = false;  // the durable offset, to the target
};

}  // namespace duramen
