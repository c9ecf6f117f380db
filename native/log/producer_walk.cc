#include "log/producer_walk.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "log/batch_check.h"
#include "log/producer_snapshot.h"
#include "log/segment_reader.h"

namespace duramen {
namespace {

constexpr int64_t kFromLogStart = -1;

struct Visitor {
  std::function<void(BatchHeader)> batch;
  std::function<void(int64_t offset)> missing;  // from there on, up to the next batch
};

// Sound batches of one segment, from `*next` on and below `end`; `*next` is the offset behind them.
Status VisitBatches(Segment* segment, const ReadBounds& bounds, int64_t end, const Visitor& visit,
                    int64_t* next) {
  const int64_t from = *next;
  *next = std::max(from, segment->base_offset());
  if (bounds.end == 0 || from >= bounds.below) return Status();
  std::shared_ptr<MappedRange> map;
  DURAMEN_TRY(segment->ReadMap(bounds.end, &map));
  SegmentReader reader(segment, map.get(), bounds);
  int64_t at = 0;
  if (from > segment->base_offset()) {
    BatchRange range;
    DURAMEN_TRY(reader.Read(from, 0, &range));
    at = range.position;
  }
  while (at < bounds.end) {
    if (!reader.FrameIsSound(at, -1)) {
      const Damage damage = reader.Measure(at, *next);
      visit.missing(*next);
      at = damage.to_position;
      *next = damage.to_offset;
      continue;
    }
    const BatchHeader header(map->data() + at);
    if (header.base_offset() >= end) break;
    if (header.base_offset() > *next) visit.missing(*next);
    if (header.base_offset() >= from) visit.batch(header);
    at += header.size();
    *next = header.last_offset() + 1;
  }
  if (!map->poisoned()) return Status();
  return Status(Code::kSegmentLost, "the segment file was cut short while it was being read")
      .At(segment->log_path(), at);
}

// `*sound` is false where a transaction index can only be told from an earlier start.
Status WalkFrom(const ProducerWalk& walk, const SegmentList::Segments& segments, int64_t from,
                ProducerState* state, bool* sound) {
  *sound = true;
  int64_t next = from;
  for (size_t i = SegmentList::IndexOf(segments, from); i < segments.size(); ++i) {
    Segment* const segment = segments[i].get();
    std::vector<AbortedTransaction> aborted;
    Visitor visit;
    visit.batch = [&](BatchHeader header) {
      const ProducerBatch batch = ProducerBatchOf(header.data());
      if (!batch.HasProducer()) return;
      if (const auto ended = state->Note(batch, header.base_offset())) aborted.push_back(*ended);
    };
    // Markers may be among what was deleted and is gone: what stands before it says nothing then.
    visit.missing = [&](int64_t offset) {
      if (offset < walk.start) state->Forget();
    };
    const ReadBounds bounds = walk.segments->BoundsOf(*segment, walk.end);
    DURAMEN_TRY(VisitBatches(segment, bounds, walk.end, visit, &next));
    const bool is_last = i + 1 == segments.size();
    if (next < (is_last ? walk.end : segments[i + 1]->base_offset())) visit.missing(next);
    const int64_t kept_below = from <= segment->base_offset() ? 0 : from;
    if (!segment->transactions().Settle(kept_below, aborted, walk.write)) {
      *sound = false;
      return Status();
    }
  }
  return Status();
}

bool Restore(const ProducerWalk& walk, int64_t offset, ProducerState* state) {
  if (offset == kFromLogStart) return true;
  std::vector<Producer> producers;
  if (!LoadProducerSnapshot(walk.env, walk.directory, offset, &producers)) return false;
  for (const Producer& producer : producers) state->Restore(producer);
  return true;
}

Status SearchSegment(Env* env, const std::string& directory, int64_t base, int64_t* id) {
  Segment segment(env, directory, base);
  FileInfo info;
  DURAMEN_TRY(segment.Open(SegmentStem(base) + ".log", OpenMode::kRead));
  DURAMEN_TRY(segment.file()->Info(&info));
  segment.SetEnd(info.size, kOffsetLimit);
  const ReadBounds bounds{info.size, kOffsetLimit, kOffsetLimit, false, kOffsetLimit};
  Visitor visit;
  visit.batch = [id](BatchHeader header) {
    const bool larger = header.producer_id() > *id;
    if (larger && CheckBatchCrc(header.data()) == BatchFault::kNone) *id = header.producer_id();
  };
  visit.missing = [](int64_t) {};
  int64_t next = base;
  return VisitBatches(&segment, bounds, kOffsetLimit, visit, &next);
}

}  // namespace

int64_t TrustedBelow(const RecoveryInput& input, const SegmentList::Segments& all, int64_t end) {
  if (input.clean || input.owned || input.SameBoot() || all.empty()) return end;
  const int64_t flushed = std::clamp<int64_t>(input.recovery_point, 0, end);
  return all[SegmentList::IndexOf(all, flushed)]->base_offset();
}

Status WalkProducers(const ProducerWalk& walk, ProducerState* state, int64_t* from) {
  const auto segments = walk.segments->Get();
  *from = walk.end;
  if (segments->empty()) return Status();
  const int64_t start = segments->front()->base_offset();
  std::vector<int64_t> starts = {kFromLogStart};
  for (const int64_t offset : ListProducerSnapshots(walk.env, walk.directory)) {
    if (offset >= start && offset <= std::min(walk.trusted_below, walk.end)) {
      starts.push_back(offset);
    }
  }
  for (auto offset = starts.rbegin(); offset != starts.rend(); ++offset) {
    ProducerState fresh(state->expiration_ms());
    if (!Restore(walk, *offset, &fresh)) continue;
    *from = std::max(*offset, start);
    bool sound = false;
    const Status walked = WalkFrom(walk, *segments, *from, &fresh, &sound);
    // Damage may have taken the place where the snapshot was taken.
    if (walked.code() == Code::kCorruptBatch && *offset != kFromLogStart) continue;
    if (!walked.ok()) return walked.Clone();
    if (!sound) continue;
    state->Replace(std::move(fresh));
    return Status();
  }
  return Status();
}

Status FindLargestProducerId(Env* env, const std::string& directory, int64_t* id) {
  *id = -1;
  for (const int64_t offset : ListProducerSnapshots(env, directory)) {
    std::vector<Producer> producers;
    if (!LoadProducerSnapshot(env, directory, offset, &producers)) continue;
    for (const Producer& producer : producers) *id = std::max(*id, producer.id);
  }
  std::vector<std::string> names;
  DURAMEN_TRY(env->List(directory, &names));
  for (const std::string& name : names) {
    const int64_t base = BaseOffsetOfName(name, ".log");
    if (base < 0 || base >= kOffsetLimit) continue;
    Status searched = SearchSegment(env, directory, base, id);
    // An owner may have trimmed it meanwhile.
    if (searched.code() == Code::kSegmentLost) searched = SearchSegment(env, directory, base, id);
    if (!searched.ok() && searched.code() != Code::kNotFound) return searched;
  }
  return Status();
}

}  // namespace duramen
