// What a log's watermark and checkpoints say about where it starts and ends, against what its
// segments hold.
#include <algorithm>
#include <utility>

#include "log/recovery.h"

namespace duramen {
namespace {

bool IsOffset(int64_t number) { return number >= 0 && number < kOffsetLimit; }

// Numbers that no owner stores would be carried on into checkpoints.
bool IsPossible(const DurableMark& mark) {
  return IsOffset(mark.durable_offset) && IsOffset(mark.segment_base) && mark.segment_end >= 0 &&
         mark.log_start_offset >= -1 && mark.log_start_offset < kOffsetLimit;
}

}  // namespace

void RecoveryInput::Load(Env* env, const std::string& directory, const LogDirectoryFacts& facts,
                         const Watermark* watermark) {
  root = facts.root;
  recovery_point = facts.recovery_point;
  start_checkpoint = facts.log_start_offset;
  cleaner_offset = facts.cleaner_offset;
  gaps_below = cleaner_offset;
  if (watermark != nullptr) Take(env, directory, *watermark);
  SettleStart();
}

void RecoveryInput::Take(Env* env, const std::string& directory, const Watermark& watermark) {
  if (!watermark.LoadDurable(&durable)) return;
  if (!IsPossible(durable)) {
    durable = {};
    return;
  }
  // Whoever wrote last, the gaps are still there.
  if (durable.has_gaps) gaps_below = kOffsetLimit;
  const int64_t closed_at = clean ? recovery_point : -1;
  has_durable = owned || MarkHolds(env, directory, durable, clean, closed_at);
  const BootId boot = env->CurrentBoot();
  has_live = has_durable && boot != BootId{} && watermark.LoadLive(&live) && live.boot == boot &&
             IsOffset(live.log_end_offset) && IsOffset(live.log_start_offset) &&
             live.segment_end >= 0;
}

// The log start offset goes into the watermark before it goes into the checkpoint: a checkpoint
// that is above was damaged, unless Kafka has appended and closed the log since.
void RecoveryInput::SettleStart() {
  log_start_offset = std::max<int64_t>(start_checkpoint, 0);
  if (!has_durable || durable.log_start_offset < 0) return;
  const bool others_since = clean && recovery_point > durable.durable_offset;
  if (!others_since || log_start_offset < durable.log_start_offset) {
    log_start_offset = durable.log_start_offset;
  }
}

// A mark that does not hold (a recovery that was interrupted has put another file in the place of
// its own) is still a witness where the checkpoint says the same.
bool RecoveryInput::StartIsConfirmed() const {
  if (has_durable) return durable.log_start_offset >= log_start_offset;
  return start_checkpoint >= 0 && durable.log_start_offset == start_checkpoint;
}

int64_t RecoveryInput::PublishedBelow() const {
  if (SameBoot()) return live.log_end_offset;
  return has_durable ? durable.durable_offset : 0;
}

int64_t RecoveryInput::KnownBelow(int64_t end) const {
  const int64_t published = PublishedBelow();
  // The recovery point may be above a cut that a crash interrupted; of a clean close it is the end.
  // Where the log ends as the watermark says, that is the better witness.
  const bool agrees = has_durable && end == durable.durable_offset;
  return clean && !agrees ? std::max(published, recovery_point) : published;
}

bool RecoveryInput::KnownEnd(int64_t segment_base, int64_t* position, int64_t* offset) const {
  if (SameBoot() && live.segment_base == segment_base) {
    *position = live.segment_end;
    *offset = live.log_end_offset;
    return true;
  }
  if (!has_durable || durable.segment_base != segment_base || durable.segment_end <= 0)
    return false;
  *position = durable.segment_end;
  *offset = durable.durable_offset;
  return true;
}

int64_t RecoveryInput::KnownStart() const {
  // Kafka leaves a log out of the checkpoint that starts with its first segment.
  if (clean) return start_checkpoint < 0 ? -1 : log_start_offset;
  if (SameBoot()) return std::max(live.log_start_offset, log_start_offset);
  return StartIsConfirmed() ? log_start_offset : -1;
}

int64_t Recovery::PromisedBelow() const {
  if (Fenced()) return PublishedBelow();
  int64_t point = input_.recovery_point;
  // Of a log that was not closed it is the base of a segment, or below what our own mark says.
  if (input_.has_durable && !input_.clean && !log_->segments.empty()) {
    point = std::min(point, log_->segments.back()->base_offset());
  }
  return std::max(PublishedBelow(), point);
}

bool Recovery::IsTrimmed(size_t index) const {
  const int64_t successor = SuccessorOf(index);
  return !IsLast(index) && successor <= PromisedBelow() &&
         (input_.clean || successor <= input_.recovery_point);
}

// Only where gaps hide a lost end, as reading finds it elsewhere.
int64_t Recovery::LastEntryOf(size_t index) const {
  OffsetIndexEntry entry;
  const bool hides = IsTrimmed(index) && SuccessorOf(index) <= input_.gaps_below;
  return hides && log_->segments[index]->offset_index().Last(&entry) ? entry.position : -1;
}

// Whether a segment that another follows has all its batches.
bool Recovery::IsWhole(size_t index, const Stop& stop, int64_t size, int64_t content_end,
                       int64_t last_entry) const {
  if (stop.expected == SuccessorOf(index)) return true;
  if (SuccessorOf(index) > input_.gaps_below || last_entry >= stop.position) return false;
  return stop.position == (IsTrimmed(index) ? size : content_end);
}

Status Recovery::SetDeletedAside() {
  auto& segments = log_->segments;
  while (!input_.owned && !input_.StartIsConfirmed() && segments.size() > 1 &&
         segments[1]->base_offset() <= input_.log_start_offset) {
    const Segment& first = *segments.front();
    FileInfo info;
    DURAMEN_TRY(segments.front()->file()->Info(&info));
    std::string moved;
    if (input_.writable) DURAMEN_TRY(MoveAside(env_, first, &moved));
    log_->report.findings.push_back({RecoveryFinding::Kind::kMovedAside, first.log_path(), 0,
                                     info.size, first.base_offset(), segments[1]->base_offset() - 1,
                                     moved});
    segments.erase(segments.begin());
  }
  return Status();
}

// Beyond the log end it is wrong, and all would be hidden.
Status Recovery::CheckStart() const {
  if (log_->segments.empty() || input_.StartIsConfirmed() || input_.owned) return Status();
  const int64_t start = input_.log_start_offset, end = log_->segments.back()->next_offset();
  if (start <= end) return Status();
  const std::string path = input_.root + "/" + kLogStartCheckpoint;
  return Status(Code::kCorruptLog, path + " says that the log starts at offset " +
                                       std::to_string(start) + ", and it ends at " +
                                       std::to_string(end) +
                                       "; correct that line, or move the file aside")
      .At(path, -1)
      .Offsets(start, end);
}

// A segment file that is gone leaves no damage to find: only the marks know of it. Its offsets are
// not given out again.
void Recovery::ReportMissing() {
  const auto missing = [this](int64_t from, int64_t to) {
    log_->report.findings.push_back(
        {RecoveryFinding::Kind::kCorruption, directory_, 0, 0, from, to - 1, ""});
  };
  if (!log_->segments.empty()) {
    const int64_t start = input_.KnownStart();
    const int64_t first = log_->segments.front()->base_offset();
    if (start >= 0 && first > start && start >= input_.gaps_below) missing(start, first);
  }
  const int64_t known = input_.KnownBelow(log_->next_offset);
  if (log_->next_offset >= known) return;
  missing(log_->next_offset, known);
  log_->next_offset = known;
  if (log_->segments.empty()) return;
  log_->segments.back()->SetEnd(log_->segments.back()->end(), known);
  log_->roll_needed = true;
}

// Numbers that say more than there is. They are not followed, and the owner writes them anew.
void Recovery::ReportCheckpoints() {
  if (input_.owned) return;
  const int64_t end = log_->next_offset;
  ReportCheckpoint(kLogStartCheckpoint, input_.log_start_offset, input_.start_checkpoint);
  ReportCheckpoint(kRecoveryPointCheckpoint, end, input_.recovery_point);
  ReportCheckpoint(kCleanerCheckpoint, end, input_.cleaner_offset);
}

void Recovery::ReportCheckpoint(const char* name, int64_t from, int64_t below) {
  if (below <= from) return;
  log_->report.findings.push_back(
      {RecoveryFinding::Kind::kCorruption, input_.root + "/" + name, 0, 0, from, below - 1, ""});
}

}  // namespace duramen
