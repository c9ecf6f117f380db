#include "log/flush_rounds.h"

#include <map>
#include <utility>

#include "io/background.h"

namespace duramen {
namespace {

struct Part {
  std::shared_ptr<PartitionLog> log;
  FlushRound round;
  Status status;
};

File* FileOf(const Part& part) { return part.round.target.segment->file(); }

// A failed write-back is that log's alone; a failed barrier is everyone's who relied on it.
void SyncTogether(const std::vector<Part*>& parts) {
  Part* last = nullptr;
  for (Part* part : parts) {
    if (parts.size() > 1) part->status = FileOf(*part)->WriteBack(0, part->round.target.end);
    if (part->status.ok()) last = part;
  }
  if (last == nullptr) return;
  const Status barrier = FileOf(*last)->Sync();
  for (Part* part : parts) {
    if (part->status.ok()) part->status = barrier.Clone();
  }
}

}  // namespace

FlushRounds* FlushRounds::Instance() {
  static auto* const rounds = new FlushRounds();
  return rounds;
}

void FlushRounds::Join(std::shared_ptr<PartitionLog> log) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(log));
  if (waiting_.size() == 1) BackgroundThread::Flusher()->Post([this] { Run(); });
}

void FlushRounds::Run() {
  std::vector<Part> parts;
  {
    std::lock_guard lock(mutex_);
    parts.reserve(waiting_.size());
    for (auto& log : waiting_) parts.push_back({std::move(log), {}, {}});
    waiting_.clear();
  }
  std::map<uint64_t, std::vector<Part*>> sharing;  // by device
  std::vector<Part*> alone, busy;
  for (Part& part : parts) {
    // Who waits for the others must not wait for a log that somebody cuts or closes; nor this
    // thread for itself, where a log has joined twice (another thread flushed it in between).
    part.round.turn = part.log->TryTurn();
    if (!part.round.turn) {
      busy.push_back(&part);
    } else if (part.log->BeginRound(&part.round)) {
      const uint64_t device = part.round.shared_device;
      (device != 0 ? sharing[device] : alone).push_back(&part);
    } else {
      part.round.turn.unlock();
    }
  }
  for (auto& [device, together] : sharing) {
    if (together.size() == 1) continue;  // its Sync does that
    for (Part* part : together) FileOf(*part)->StartWriteBack(0, part->round.target.end);
  }
  for (Part* part : alone) {
    part->status = part->log->SyncRound(part->round);
    (void)part->log->EndRound(&part->round, part->status);
  }
  for (auto& [device, together] : sharing) {
    SyncTogether(together);
    for (Part* part : together) (void)part->log->EndRound(&part->round, part->status);
  }
  for (Part& part : parts) {
    if (!part.round.turn) continue;
    part.log->MarkRound(part.round);
    part.round.turn.unlock();
  }
  for (Part* part : busy) (void)part->log->RunRound(true);
}

}  // namespace duramen
