// Verification: every batch and every index entry of a log's files, changing nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/env.h"

namespace duramen {

struct VerifyFinding {
  std::string path;
  int64_t position = 0;
  int64_t from_offset = -1;
  int64_t to_offset = -1;
  // Of bytes that hold no intact batch: where they end; -1 where no bytes are damaged.
  int64_t end_position = -1;
  std::string what;  // a phrase, for a message
};

struct VerifyReport {
  int64_t segments = 0;
  int64_t batches = 0;
  int64_t records = 0;  // by the batches' counts
  int64_t bytes = 0;
  int64_t index_entries = 0;
  int64_t next_offset = 0;
  std::vector<VerifyFinding> findings;
};

// Frames, CRCs, records of uncompressed batches, offset continuity (gaps are allowed below
// `gaps_below`), and that each index entry names a batch. The last segment may end in zeros, as one
// that is being appended to does. Reads the files alone: nothing that an open log has in memory.
Status VerifyLog(Env* env, const std::string& directory, int64_t gaps_below, VerifyReport* report);

}  // namespace duramen
