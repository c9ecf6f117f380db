// What checkpoints and watermark say about a log, before its segments are looked at.
#pragma once

#include <cstdint>
#include <string>

#include "io/env.h"
#include "log/checkpoint.h"
#include "log/log_directory.h"
#include "log/watermark.h"

namespace duramen {

// What is known about how the log was left.
struct RecoveryInput {
  // Takes in what checkpoints and watermark say; the latter may be null, and counts as far as the
  // batch that it names is there. Set `clean` and `owned` before.
  void Load(Env* env, const std::string& directory, const LogDirectoryFacts& facts,
            const Watermark* watermark);

  bool Fenced() const { return has_durable && durable.fenced; }
  bool SameBoot() const { return has_live && !Fenced(); }
  // Offsets below it were published or made durable: where they end early, some are missing.
  int64_t PublishedBelow() const;
  // The same of a log whose segments end at `end`; a clean close left a second witness.
  int64_t KnownBelow(int64_t end) const;
  // Where a segment's batches end, or ended once, and the offset there; false where not known.
  bool KnownEnd(int64_t segment_base, int64_t* position, int64_t* offset) const;
  // Where a log starts by what its last owner left; -1 where that is not known.
  int64_t KnownStart() const;
  // Whether the log start offset is more than a number without a checksum.
  bool StartIsConfirmed() const;

  bool clean = false;    // the marker of a clean shutdown stood there
  bool writable = true;  // false: change nothing, remember ends in memory
  bool owned = false;    // another process appends meanwhile: `live` is where the log ends
  bool strict = false;   // refuse where intact batches stand behind the first bad one
  int32_t index_interval = 4096;
  std::string root;             // where the checkpoints are
  int64_t recovery_point = -1;  // of Kafka's checkpoint; -1: it has none
  int64_t start_checkpoint = -1;
  int64_t log_start_offset = 0;  // what is to count
  int64_t cleaner_offset = 0;
  int64_t gaps_below = 0;  // that, or everything
  bool has_live = false;   // `live` is of this boot
  LiveMark live;
  bool has_durable = false;  // `durable` names a batch that is there
  DurableMark durable;

 private:
  void Take(Env* env, const std::string& directory, const Watermark& watermark);
  void SettleStart();
};

}  // namespace duramen
