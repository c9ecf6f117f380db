#include <algorithm>
#include <cstring>
#include <utility>

#include "addon/arguments.h"
#include "addon/async_task.h"
#include "addon/log_object.h"
#include "io/fault_guard.h"

namespace duramen {
namespace {

constexpr int64_t kPage = 4096;
// Below this a copy costs less than mapping a region and what V8 makes of it.
constexpr int64_t kMinRegion = 64 << 10;

// Positions in the scratch array, from where the log's state ends.
enum Scratch { kViewPosition = 7, kViewLength, kViewBaseOffset, kViewNextOffset };

// Whole batches that end at or below `limit`.
BatchRange Clip(const uint8_t* data, BatchRange range, int64_t limit) {
  int64_t end = range.position;
  int64_t next = range.base_offset;
  while (end < range.end) {
    const BatchHeader header(data + end);
    if (end + header.size() > limit) break;
    end += header.size();
    next = header.last_offset() + 1;
  }
  range.end = end;
  range.next_offset = next;
  return range;
}

Napi::Object DescribeFinding(Napi::Env env, const RecoveryFinding& finding) {
  static constexpr const char* kKinds[] = {"torn-tail", "corruption", "moved-aside"};
  Napi::Object object = Napi::Object::New(env);
  object["kind"] = Napi::String::New(env, kKinds[static_cast<size_t>(finding.kind)]);
  object["path"] = Napi::String::New(env, finding.path);
  object["position"] = Napi::Number::New(env, static_cast<double>(finding.position));
  object["bytes"] = Napi::Number::New(env, static_cast<double>(finding.bytes));
  object["fromOffset"] = Napi::Number::New(env, static_cast<double>(finding.from_offset));
  if (finding.to_offset >= finding.from_offset) {
    object["toOffset"] = Napi::Number::New(env, static_cast<double>(finding.to_offset));
  }
  if (!finding.moved_to.empty()) object["movedTo"] = Napi::String::New(env, finding.moved_to);
  return object;
}

}  // namespace

Napi::Value LogObject::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!CheckOpen(env)) return env.Undefined();
  const int64_t offset = IntegerOf(info[0]);
  const int64_t max_bytes = IntegerOf(info[1]);
  const auto up_to = static_cast<UpTo>(IntegerOf(info[2]));
  if (info[3].As<Napi::Boolean>().Value() && !handle_->log().IsQuick(offset, max_bytes)) {
    return env.Undefined();
  }
  ReadResult result;
  const Status status = handle_->log().Read(offset, max_bytes, up_to, &result);
  if (status.ok()) return MakeView(env, result);
  Throw(env, status);
  return env.Undefined();
}

void LogObject::ReadAsync(const Napi::CallbackInfo& info) {
  if (!CheckOpen(info.Env())) return;
  const int64_t offset = info[0].As<Napi::Number>().Int64Value();
  const int64_t max_bytes = info[1].As<Napi::Number>().Int64Value();
  const auto up_to = static_cast<UpTo>(IntegerOf(info[2]));
  auto result = std::make_shared<ReadResult>();
  auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(Value()));
  AsyncTask::Run(
      info[3].As<Napi::Function>(),
      [=, handle = handle_] { return handle->log().Read(offset, max_bytes, up_to, result.get()); },
      [this, result, self](Napi::Env env) { return MakeView(env, *result); });
}

Napi::Value LogObject::AbortedTransactions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!CheckOpen(env)) return env.Undefined();
  std::vector<AbortedTransaction> found;
  const Status collected =
      handle_->log().segments().AbortedTransactions(IntegerOf(info[0]), IntegerOf(info[1]), &found);
  if (!collected.ok()) {
    Throw(env, collected);
    return env.Undefined();
  }
  if (found.empty()) return env.Null();
  auto numbers = Napi::Float64Array::New(env, found.size() * 3);
  for (size_t i = 0; i < found.size(); ++i) {
    numbers[3 * i] = static_cast<double>(found[i].producer_id);
    numbers[3 * i + 1] = static_cast<double>(found[i].first_offset);
    numbers[3 * i + 2] = static_cast<double>(found[i].last_offset);
  }
  return numbers;
}

void LogObject::FollowTransactions(const Napi::CallbackInfo& info) {
  if (!attached_) return;
  const Status status = handle_->log().FollowTransactions();
  if (!status.ok()) Throw(info.Env(), status);
}

void LogObject::FindTimestamp(const Napi::CallbackInfo& info) {
  if (!CheckOpen(info.Env())) return;
  const int64_t timestamp = info[0].As<Napi::Number>().Int64Value();
  auto result = std::make_shared<ReadResult>();
  auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(Value()));
  AsyncTask::Run(
      info[1].As<Napi::Function>(),
      [=, handle = handle_] { return handle->log().FindTimestamp(timestamp, result.get()); },
      [this, result, self](Napi::Env env) { return MakeView(env, *result); });
}

void LogObject::FindMaxTimestamp(const Napi::CallbackInfo& info) {
  if (!CheckOpen(info.Env())) return;
  auto result = std::make_shared<ReadResult>();
  auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(Value()));
  AsyncTask::Run(
      info[0].As<Napi::Function>(),
      [=, handle = handle_] { return handle->log().FindMaxTimestamp(result.get()); },
      [this, result, self](Napi::Env env) { return MakeView(env, *result); });
}

Napi::Value LogObject::LeaderEpochs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  PartitionLog* log = Appender(env);
  if (log == nullptr) return env.Undefined();
  const std::vector<EpochStart> starts = log->epochs().All();
  auto numbers = Napi::Float64Array::New(env, starts.size() * 2);
  for (size_t i = 0; i < starts.size(); ++i) {
    numbers[2 * i] = starts[i].epoch;
    numbers[2 * i + 1] = static_cast<double>(starts[i].start_offset);
  }
  return numbers;
}

// What JavaScript gets lies in a private mapping, so that a stray write neither kills the process
// nor reaches the file. Such a mapping must not show a page that still grows (a page once written
// to stays as it was): those bytes are copied. So is all of a segment that JavaScript has written
// to, whose region is no longer what is in the file.
Napi::Value LogObject::MakeView(Napi::Env env, const ReadResult& result) {
  const BatchRange& range = result.range;
  scratch_[kViewBaseOffset] = static_cast<double>(range.base_offset);
  scratch_[kViewNextOffset] = static_cast<double>(range.next_offset);
  if (range.position == range.end) return env.Null();
  if (!kStoresAreSeen) return CopyView(env, result);
  const int64_t still = result.segment->end() / kPage * kPage;
  if (!result.growing || range.end <= still) return RegionView(env, result, range);
  const BatchRange clipped = Clip(result.map->data(), range, still);
  return clipped.end - clipped.position < kMinRegion ? CopyView(env, result)
                                                     : RegionView(env, result, clipped);
}

Napi::Value LogObject::CopyView(Napi::Env env, const ReadResult& result) {
  const uint8_t* from = result.map->data() + result.range.position;
  const auto length = static_cast<size_t>(result.range.end - result.range.position);
  const auto copy = Napi::Buffer<uint8_t>::Copy(env, from, length);
  scratch_[kViewPosition] = 0;
  scratch_[kViewLength] = static_cast<double>(length);
  if (!result.map->poisoned()) return copy;
  Throw(env, Status(Code::kSegmentLost,
                    "the segment file was cut short or its device failed while it was mapped; "
                    "close the log and open it again to recover")
                 .At(result.segment->log_path(), result.range.position));
  return env.Undefined();
}

LogObject::Cached& LogObject::CachedOf(const std::shared_ptr<Segment>& segment) {
  Cached& cached = regions_[segment->base_offset()];
  if (cached.segment.lock() != segment) {
    cached = Cached();
    cached.segment = segment;
  }
  return cached;
}

Region* LogObject::LiveRegion(const Cached& cached, Napi::Object* object) {
  if (cached.region.IsEmpty()) return nullptr;
  *object = cached.region.Value();
  return !object->IsEmpty() && object->IsObject() ? Region::Unwrap(*object) : nullptr;
}

// `range` is the part of the result that may be shown in a private mapping.
Napi::Value LogObject::RegionView(Napi::Env env, const ReadResult& result,
                                  const BatchRange& range) {
  Cached& cached = CachedOf(result.segment);
  Napi::Object object;
  const Region* live = LiveRegion(cached, &object);
  if (live != nullptr && live->written() && !cached.written) {
    cached.written = true;
    last_region_.Reset();  // which may be this one: its pages are memory now
  }
  if (cached.written) return CopyView(env, result);
  scratch_[kViewNextOffset] = static_cast<double>(range.next_offset);
  scratch_[kViewLength] = static_cast<double>(range.end - range.position);
  if (live != nullptr && live->Covers(range.position, range.end)) {
    scratch_[kViewPosition] = static_cast<double>(range.position - live->file_position());
    return object;
  }
  // A sealed segment is one region; of the active one as much as stands there by now.
  const int64_t start = result.growing ? range.position / kPage * kPage : 0;
  const int64_t end =
      result.growing ? result.segment->end() / kPage * kPage : result.segment->end();
  std::shared_ptr<MappedRange> map;
  const Status mapped = result.segment->MapPrivate(start, end, &map);
  if (!mapped.ok()) {
    Throw(env, mapped);
    return env.Undefined();
  }
  const Napi::Object region = Region::New(env, std::move(map), result.segment);
  cached.region = Napi::Weak(region);
  last_region_ = Napi::Persistent(region);
  scratch_[kViewPosition] = static_cast<double>(range.position - start);
  return region;
}

Napi::Value LogObject::Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!attached_) return env.Undefined();
  const ReadableLog& log = handle_->log();
  const RecoveryReport& report = log.recovery();
  Napi::Object object = Napi::Object::New(env);
  const auto number = [&](const char* name, int64_t value) {
    object[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  number("segmentCount", log.segments().Count());
  number("indexBytes", log.segments().IndexBytes());
  number("logBytes", log.segments().LogBytes());
  number("gapsBelow", log.segments().gaps_below());
  number("scannedBytes", report.scanned_bytes);
  object["clean"] = Napi::Boolean::New(env, report.clean);
  Napi::Array findings = Napi::Array::New(env);
  for (const RecoveryFinding& finding : report.findings) {
    findings[findings.Length()] = DescribeFinding(env, finding);
  }
  object["findings"] = findings;
  return object;
}

}  // namespace duramen
