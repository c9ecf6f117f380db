// Recovery: from the files of a partition's directory to the segments of a log, telling a torn tail
// from corruption (docs/durability.md has the rules).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/env.h"
#include "log/recovery_input.h"
#include "log/segment.h"
#include "log/segment_reader.h"

namespace duramen {

struct RecoveryFinding {
  enum class Kind : uint8_t {
    kTornTail,    // unacknowledged bytes at the end: copied aside, cut off
    kCorruption,  // acknowledged bytes are damaged: left as they are, reads of them fail
    kMovedAside,  // a whole later segment that a power cut left behind a gap
  };
  Kind kind;
  std::string path;
  int64_t position = 0;
  int64_t bytes = 0;
  int64_t from_offset = 0;  // first offset concerned
  int64_t to_offset = 0;    // last; below from_offset where unknown
  std::string moved_to;
};

struct RecoveryReport {
  bool clean = true;  // nothing had to be scanned or mended
  int64_t scanned_bytes = 0;
  std::vector<RecoveryFinding> findings;
};

struct RecoveredLog {
  std::vector<std::shared_ptr<Segment>> segments;  // in base-offset order
  int64_t next_offset = 0;
  // The last segment's end is damaged: the next append has to start a new one.
  bool roll_needed = false;
  std::vector<EpochStart> epochs;  // found while scanning
  RecoveryReport report;
};

// Used once, on one thread; nobody else has the directory open for writing.
class Recovery {
 public:
  Recovery(Env* env, std::string directory, const RecoveryInput& input);
  Status Run(RecoveredLog* log);

 private:
  // Where a scan goes on, or stopped.
  struct Stop {
    int64_t position = 0;
    int64_t expected = 0;  // the offset that should follow
  };

  Status OpenSegments();
  // A checkpoint has no checksum: nothing is deleted because of it alone.
  Status SetDeletedAside();
  Status CheckStart() const;
  void ReportMissing();
  void ReportCheckpoints();
  void ReportCheckpoint(const char* name, int64_t from, int64_t below);
  Status RecoverSegment(size_t index);
  // Ends a sealed or cleanly closed segment where its file or the next base says; false where they
  // disagree and a scan is needed.
  Status Trust(size_t index, bool* trusted);
  // From `stop` on, as far as intact batches go.
  Status Scan(Segment* segment, int64_t limit, bool check_crc, Stop* stop);
  Status ScanFromLastEntry(Segment* segment, int64_t limit, bool* sound, Stop* stop);
  Status TrustTail(size_t index, int64_t size, bool* trusted);
  // Decides what the stop means: the end, damage to pass over, or a tail to cut.
  Status Settle(size_t index, Stop stop, int64_t last_entry = -1);
  bool IsWhole(size_t index, const Stop& stop, int64_t size, int64_t content_end,
               int64_t last_entry) const;
  // The position in the last entry of the file of its offset index; -1 without one.
  int64_t LastEntryOf(size_t index) const;
  // Nothing is in front of its end but batches: the recovery point passed it after it was trimmed.
  bool IsTrimmed(size_t index) const;
  Status Measure(Segment* segment, const Stop& stop, int64_t below, Damage* damage, bool* resumes);
  Status PassDamage(size_t index, int64_t content_end, Stop* stop, bool* resumed);
  Status CutTail(size_t index, const Stop& stop, int64_t content_end);
  Status EndAt(Segment* segment, const Stop& stop, int64_t content_end);
  Status SealIfDone(size_t index);
  bool HasIndexes(size_t index) const;
  Status RefuseIfStrict(Segment* segment, const Stop& stop, bool intact_behind) const;
  Status MoveLaterAside(size_t index);
  // The end of the file's content: behind it are zeros.
  Status ContentEnd(Segment* segment, int64_t from, int64_t* end);

  bool IsLast(size_t index) const { return index + 1 == log_->segments.size(); }
  // The next segment's base offset; kOffsetLimit behind the last.
  int64_t SuccessorOf(size_t index) const;
  bool Fenced() const { return input_.Fenced(); }
  bool SameBoot() const { return input_.SameBoot(); }
  int64_t PublishedBelow() const { return input_.PublishedBelow(); }
  // Damage below it is damage to what was promised. Kafka's recovery point counts, too.
  int64_t PromisedBelow() const;

  Env* const env_;
  const std::string directory_;
  const RecoveryInput input_;
  RecoveredLog* log_ = nullptr;
};

// Finishes what a Kafka cleaner had begun (`.swap`, `.cleaned`, `.deleted`) and clears a spare
// segment away; a spare that holds bytes is moved aside.
Status SettleFiles(Env* env, const std::string& directory, RecoveryReport* report);

// `<path>.broken-<milliseconds>`, a name that nothing reads.
std::string BrokenName(Env* env, const std::string& path);
// Gives a segment's file such a name, and removes its indexes.
Status MoveAside(Env* env, const Segment& segment, std::string* moved);

}  // namespace duramen
