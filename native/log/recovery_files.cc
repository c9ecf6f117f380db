#include <algorithm>
#include <set>

#include "log/recovery.h"
#include "log/spare.h"

namespace duramen {
namespace {

bool IsSegmentFile(const std::string& name, const std::string& suffix) {
  for (const char* kind : {".log", ".index", ".timeindex", ".txnindex"}) {
    if (BaseOffsetOfName(name, kind + suffix) >= 0) return true;
  }
  return false;
}

Status UnlinkAll(Env* env, const std::string& directory, const std::vector<std::string>& names,
                 const std::string& suffix) {
  for (const std::string& name : names) {
    if (IsSegmentFile(name, suffix)) DURAMEN_TRY(env->Unlink(directory + "/" + name));
  }
  return Status();
}

int64_t LowestBase(const std::vector<std::string>& names, const std::string& suffix) {
  int64_t lowest = kOffsetLimit;
  for (const std::string& name : names) {
    const int64_t base = BaseOffsetOfName(name, suffix);
    if (base >= 0) lowest = std::min(lowest, base);
  }
  return lowest;
}

// The order of Kafka's LogLoader. A `.swap` is a finished result of cleaning: it replaces what it
// covers, unless a `.cleaned` at or below its base says that the set was not finished.
Status FinishSwaps(Env* env, const std::string& directory, std::vector<std::string>* names) {
  const int64_t unfinished = LowestBase(*names, ".log.cleaned");
  std::vector<int64_t> swaps;
  for (const std::string& name : *names) {
    const int64_t base = BaseOffsetOfName(name, ".log.swap");
    if (base >= 0 && base < unfinished) swaps.push_back(base);
  }
  for (const int64_t base : swaps) {
    // Old segments from this base up to the swap's last offset are covered by it.
    Segment swap(env, directory, base);
    DURAMEN_TRY(swap.Open(SegmentStem(base) + ".log.swap", OpenMode::kRead));
    FileInfo info;
    DURAMEN_TRY(swap.file()->Info(&info));
    int64_t next = base;
    std::shared_ptr<MappedRange> map;
    if (info.size > 0) {
      DURAMEN_TRY(swap.ReadMap(info.size, &map));
      SegmentReader reader(&swap, map.get(), {info.size, kOffsetLimit, kOffsetLimit, true});
      for (int64_t at = 0; at < info.size && reader.FrameIsSound(at, next);) {
        next = BatchHeader(map->data() + at).last_offset() + 1;
        at += BatchHeader(map->data() + at).size();
      }
    }
    for (const std::string& name : *names) {
      for (const char* kind : {".log", ".index", ".timeindex", ".txnindex"}) {
        const int64_t old = BaseOffsetOfName(name, kind);
        const bool covered = old >= base && old < next;
        if (covered || (old == base)) DURAMEN_TRY(env->Unlink(directory + "/" + name));
      }
    }
    for (const char* kind : {".index", ".timeindex", ".txnindex", ".log"}) {
      const std::string path = directory + "/" + SegmentStem(base) + kind;
      const Status renamed = env->Rename(path + ".swap", path);
      if (!renamed.ok() && renamed.code() != Code::kNotFound) return renamed.Clone();
    }
    DURAMEN_TRY(env->SyncDirectory(directory));
  }
  names->clear();
  return env->List(directory, names);
}

// An index without its segment would become part of a later segment of that name. A segment that
// was being cut is whole under its own name.
Status RemoveOrphans(Env* env, const std::string& directory,
                     const std::vector<std::string>& names) {
  std::set<int64_t> segments;
  for (const std::string& name : names) {
    if (const int64_t base = BaseOffsetOfName(name, ".log"); base >= 0) segments.insert(base);
  }
  for (const std::string& name : names) {
    bool orphan = BaseOffsetOfName(name, std::string(".log") + kCutSuffix) >= 0;
    for (const char* kind : {".index", ".timeindex", ".txnindex"}) {
      const int64_t base = BaseOffsetOfName(name, kind);
      orphan |= base >= 0 && !segments.contains(base);
    }
    if (orphan) DURAMEN_TRY(env->Unlink(directory + "/" + name));
  }
  return Status();
}

Status SettleSpare(Env* env, const std::string& directory, RecoveryReport* report) {
  const std::string path = directory + "/" + kSpareName;
  std::unique_ptr<File> file;
  const Status opened = env->Open(path, OpenMode::kRead, &file);
  if (opened.code() == Code::kNotFound) return Status();
  if (!opened.ok()) return opened.Clone();
  uint8_t head[kBatchHeaderSize] = {};
  size_t got = 0;
  DURAMEN_TRY(file->ReadAt(head, sizeof head, 0, &got));
  if (std::all_of(head, head + sizeof head, [](uint8_t byte) { return byte == 0; })) {
    return env->Unlink(path);
  }
  FileInfo info;
  DURAMEN_TRY(file->Info(&info));
  // The rename that made it a segment was not synced: nothing in it was acknowledged.
  const std::string aside = BrokenName(env, path);
  DURAMEN_TRY(env->Rename(path, aside));
  report->findings.push_back(
      {RecoveryFinding::Kind::kMovedAside, path, 0, info.size, 0, -1, aside});
  return env->SyncDirectory(directory);
}

}  // namespace

std::string BrokenName(Env* env, const std::string& path) {
  int64_t now = env->NowMs();
  FileInfo info;
  while (env->Info(path + ".broken-" + std::to_string(now), &info).ok()) ++now;
  return path + ".broken-" + std::to_string(now);
}

Status MoveAside(Env* env, const Segment& segment, std::string* moved) {
  *moved = BrokenName(env, segment.log_path());
  DURAMEN_TRY(env->Rename(segment.log_path(), *moved));
  for (const std::string& path :
       {segment.offset_index().file().path(), segment.time_index().file().path()}) {
    const Status gone = env->Unlink(path);
    if (!gone.ok() && gone.code() != Code::kNotFound) return gone.Clone();
  }
  return env->SyncDirectory(segment.directory());
}

Status SettleFiles(Env* env, const std::string& directory, RecoveryReport* report) {
  std::vector<std::string> names;
  DURAMEN_TRY(env->List(directory, &names));
  DURAMEN_TRY(UnlinkAll(env, directory, names, ".deleted"));
  DURAMEN_TRY(FinishSwaps(env, directory, &names));
  DURAMEN_TRY(UnlinkAll(env, directory, names, ".cleaned"));
  DURAMEN_TRY(UnlinkAll(env, directory, names, ".swap"));
  DURAMEN_TRY(RemoveOrphans(env, directory, names));
  return SettleSpare(env, directory, report);
}

}  // namespace duramen
