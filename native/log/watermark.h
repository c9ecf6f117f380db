// The watermark file: how far a log was written, and how far it was made durable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/env.h"
#include "io/mapped_range.h"

namespace duramen {

// What the owner stores at every append, for readers in other processes and for whoever opens the
// log after the owner died. Worth nothing after a restart of the kernel (boot differs).
struct LiveMark {
  BootId boot{};
  int64_t log_start_offset = 0;
  int64_t log_end_offset = 0;
  int64_t high_watermark = 0;  // what readers may see
  int64_t segment_base = 0;    // the active segment,
  int64_t segment_end = 0;     // and where its batches end

  bool operator==(const LiveMark&) const = default;
};

// What a flush has made durable. `batch_*` name the last batch below durable_offset: if it is not
// there any more, something else wrote here meanwhile and the slot means nothing.
struct DurableMark {
  uint64_t sequence = 0;  // rises with every store; the highest valid one counts
  BootId boot{};
  FileId file;  // of the segment
  int64_t durable_offset = 0;
  int64_t log_start_offset = -1;  // -1: not known
  int64_t segment_base = 0;
  int64_t segment_end = 0;
  int64_t batch_position = -1;  // -1: no batch below
  int64_t batch_base_offset = -1;
  uint32_t batch_crc = 0;
  bool fenced = false;
  bool has_gaps = false;  // the appender was given offsets with gaps between them

  bool operator==(const DurableMark&) const = default;
};

// `duramen.watermark` beside the segments: a live page and two durable slots (docs/format.md), in
// blocks written and synced when it is made, mapped. One process stores (StoreLive and StoreDurable
// from any of its threads, ordered by the caller); any process loads.
class Watermark {
 public:
  static constexpr char kFileName[] = "duramen.watermark";

  // Made when missing. kCorruptLog where a file of that name holds something else.
  static Status Open(Env* env, const std::string& directory, std::unique_ptr<Watermark>* watermark);
  // For a reader; kNotFound when there is none.
  static Status OpenReadOnly(Env* env, const std::string& directory,
                             std::unique_ptr<Watermark>* watermark);

  // No system call: a handful of stores under a sequence that is odd meanwhile.
  void StoreLive(const LiveMark& mark);
  // Wakes whoever waits in WaitForLive, in any process. One system call.
  void WakeReaders();
  // False when the owner died in the middle of a store, never stored, or what it stored is damaged.
  bool LoadLive(LiveMark* mark) const;
  // The sequence of the live page, for WaitForLive.
  uint32_t LiveSequence() const;
  void WaitForLive(uint32_t seen, int timeout_ms) const;

  // Writes the older of the two slots and starts its write-back: the next flush's barrier makes it
  // stable. `mark.sequence` is assigned.
  void StoreDurable(DurableMark mark);
  // Makes the slots durable now.
  Status Sync();
  bool LoadDurable(DurableMark* mark) const;
  // Whether these two are what storing them would make of it, but for the durable one's boot.
  bool Says(const LiveMark& live, DurableMark durable) const;

 private:
  Watermark(std::unique_ptr<File> file, std::shared_ptr<MappedRange> map)
      : file_(std::move(file)), map_(std::move(map)) {}
  bool LoadSlot(int slot, DurableMark* mark) const;

  std::unique_ptr<File> file_;
  std::shared_ptr<MappedRange> map_;
};

// False where something else (Kafka) ran here meanwhile, so that neither mark means anything: the
// file is another one, or another sound batch stands where the named one did. Damaged or missing,
// the named batch speaks for the mark; unless the log was closed cleanly, by someone who knew
// better. `closed_at` is the recovery point of a clean close, -1 without one: where it is the
// mark's own offset, a file that is shorter was cut after that.
bool MarkHolds(Env* env, const std::string& directory, const DurableMark& mark, bool clean,
               int64_t closed_at);

}  // namespace duramen
