// The addon's exports. src/binding.ts types them.
#include <napi.h>

#include <memory>

#include "addon/arguments.h"
#include "addon/async_task.h"
#include "addon/directory_object.h"
#include "addon/errors.h"
#include "addon/log_object.h"
#include "addon/region.h"
#include "io/directory_lock.h"
#include "io/send.h"
#include "log/batch_check.h"
#include "log/batch_format.h"
#include "log/batch_values.h"
#include "log/log_directory.h"
#include "log/producer_walk.h"
#include "log/verify.h"
#include "util/crc32c.h"
#include "util/lines.h"

namespace duramen {
namespace {

void SetErrorFactory(const Napi::CallbackInfo& info) {
  info.Env().GetInstanceData<AddonData>()->make_error =
      Napi::Persistent(info[0].As<Napi::Function>());
}

// crc32c(bytes, previous): number
Napi::Value Crc(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const uint32_t previous = info[1].As<Napi::Number>().Uint32Value();
  return Napi::Number::New(info.Env(), Crc32cExtend(previous, bytes.Data(), bytes.ByteLength()));
}

Napi::Value CrcName(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), Crc32cName());
}

// splitLines(block, from, to, delimiter, lengths): number of lines; the bytes they took are stored
// in the last element of `lengths`.
Napi::Value Split(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto block = info[0].As<Napi::Uint8Array>();
  const int64_t from = info[1].As<Napi::Number>().Int64Value();
  const int64_t to = info[2].As<Napi::Number>().Int64Value();
  auto lengths = info[4].As<Napi::Int32Array>();
  const auto room = static_cast<int64_t>(lengths.ElementLength()) - 1;
  if (from < 0 || to < from || to > static_cast<int64_t>(block.ByteLength()) || room < 1 ||
      room > INT32_MAX || to - from > INT32_MAX) {
    Throw(env, Status(Code::kInvalidArgument, "the range lies outside the block"));
    return env.Undefined();
  }
  size_t consumed = 0;
  const int32_t count = SplitLines(block.Data() + from, static_cast<size_t>(to - from),
                                   static_cast<uint8_t>(info[3].As<Napi::Number>().Uint32Value()),
                                   lengths.Data(), static_cast<int32_t>(room), &consumed);
  lengths.Data()[room] = static_cast<int32_t>(consumed);
  return Napi::Number::New(env, count);
}

// joinValues(bytes, position, size, delimiter, out, at): the bytes that were written to `out` at
// `at`; -1 where the batch, whose frame was checked, does not hold the records that it says.
Napi::Value Join(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const int64_t position = info[1].As<Napi::Number>().Int64Value();
  const int64_t size = info[2].As<Napi::Number>().Int64Value();
  auto out = info[4].As<Napi::Uint8Array>();
  const int64_t at = info[5].As<Napi::Number>().Int64Value();
  if (position < 0 || size < kBatchHeaderSize || at < 0 ||
      size > static_cast<int64_t>(bytes.ByteLength()) - position ||
      size > static_cast<int64_t>(out.ByteLength()) - at) {
    Throw(env, Status(Code::kInvalidArgument, "the batch lies outside the bytes, or has no room"));
    return env.Undefined();
  }
  const auto delimiter = static_cast<uint8_t>(info[3].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(env, static_cast<double>(JoinValues(bytes.Data() + position, size,
                                                               delimiter, out.Data() + at)));
}

// checkBatch(batch, records, summary): what is wrong with a batch that a producer sent, undefined
// where nothing is. `records` are those of a compressed batch that passed without, decompressed.
// Into `summary`: the kind of the fault; or of records that could be read the least and the largest
// timestamp, and whether a key is null.
Napi::Value CheckBatch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span<uint8_t> batch = BytesOf(info[0]);
  const Span<uint8_t> records = BytesOf(info[1]);
  const Span<double> out = SpanOf<double>(info[2], napi_float64_array);
  if (out.length < 3 || (!info[1].IsNull() && batch.length < kBatchHeaderSize)) {
    Throw(env, Status(Code::kInvalidArgument, "there is no room for the summary, or no batch"));
    return env.Undefined();
  }
  RecordSummary summary;
  const BatchFault fault =
      info[1].IsNull() ? CheckProducedBatch(batch.data, batch.length, INT32_MAX, &summary)
                       : CheckDecompressed(batch.data, records.data, records.length, &summary);
  if (fault == BatchFault::kNone) {
    out.data[0] = static_cast<double>(summary.least_timestamp);
    out.data[1] = static_cast<double>(summary.largest_timestamp);
    out.data[2] = summary.has_null_key ? 1 : 0;
    return env.Undefined();
  }
  out.data[0] = static_cast<double>(fault);
  return Napi::String::New(env, BatchFaultText(fault));
}

Napi::Object DescribeReport(Napi::Env env, const VerifyReport& report) {
  Napi::Object object = Napi::Object::New(env);
  const auto number = [&env](Napi::Object to, const char* name, int64_t value) {
    to[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  number(object, "segments", report.segments);
  number(object, "batches", report.batches);
  number(object, "records", report.records);
  number(object, "bytes", report.bytes);
  number(object, "indexEntries", report.index_entries);
  number(object, "nextOffset", report.next_offset);
  Napi::Array findings = Napi::Array::New(env);
  for (const VerifyFinding& finding : report.findings) {
    Napi::Object item = Napi::Object::New(env);
    item["path"] = Napi::String::New(env, finding.path);
    number(item, "position", finding.position);
    if (finding.from_offset >= 0) number(item, "fromOffset", finding.from_offset);
    if (finding.to_offset >= 0) number(item, "toOffset", finding.to_offset);
    if (finding.end_position >= 0) number(item, "endPosition", finding.end_position);
    item["what"] = Napi::String::New(env, finding.what);
    findings[findings.Length()] = item;
  }
  object["findings"] = findings;
  return object;
}

// verify(directory, gapsBelow, callback)
void Verify(const Napi::CallbackInfo& info) {
  auto report = std::make_shared<VerifyReport>();
  AsyncTask::Run(
      info[2].As<Napi::Function>(),
      [report, directory = info[0].As<Napi::String>().Utf8Value(),
       gaps_below = info[1].As<Napi::Number>().Int64Value()] {
        return VerifyLog(Env::Posix(), directory, gaps_below, report.get());
      },
      [report](Napi::Env env) { return DescribeReport(env, *report); });
}

// largestProducerId(directory, callback): -1 where there is none
void LargestProducerId(const Napi::CallbackInfo& info) {
  auto id = std::make_shared<int64_t>(-1);
  AsyncTask::Run(
      info[1].As<Napi::Function>(),
      [id, directory = info[0].As<Napi::String>().Utf8Value()] {
        return FindLargestProducerId(Env::Posix(), directory, id.get());
      },
      [id](Napi::Env env) { return Napi::Number::New(env, static_cast<double>(*id)); });
}

Status RefuseIfHeld(const std::string& root) {
  bool held = false;
  std::string holder;
  DURAMEN_TRY(DirectoryLock::IsHeld(root, &held, &holder));
  if (!held) return Status();
  return Status(Code::kLocked, root + " is held by " + holder + "; close it there").At(root, -1);
}

// lockDirectory(partition, onlyAsk): { root, release() }. Logs that this process opens share it.
Napi::Value LockDirectory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string root = LogDirectoryOf(Env::Posix(), info[0].As<Napi::String>().Utf8Value());
  auto held = std::make_shared<std::shared_ptr<LogDirectory>>();
  const bool only_ask = info[1].As<Napi::Boolean>().Value();
  const Status status =
      only_ask ? RefuseIfHeld(root) : LogDirectory::Acquire(Env::Posix(), root, held.get());
  if (!status.ok()) {
    Throw(env, status);
    return env.Undefined();
  }
  Napi::Object lock = Napi::Object::New(env);
  lock["root"] = Napi::String::New(env, root);
  lock["release"] = Napi::Function::New(env, [held](const Napi::CallbackInfo&) { held->reset(); });
  return lock;
}

// send(socket, head, body, tail): how many bytes the socket took, 0 where it is full, -1 where that
// cannot be done.
Napi::Value SendBytes(const Napi::CallbackInfo& info) {
  Span<uint8_t> parts[3];
  size_t length = 0;
  for (size_t i = 0; i < 3; i++) {
    parts[i] = BytesOf(info[i + 1]);
    length += parts[i].length;
  }
  const int64_t taken =
      length == 0 ? -1
                  : Send(info[0].As<Napi::Number>().Int32Value(), {parts[0].data, parts[0].length},
                         {parts[1].data, parts[1].length}, {parts[2].data, parts[2].length});
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

Napi::Value Pinned(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(PinnedBytes()));
}

// An empty call, the floor under every other in the benchmarks.
void Nothing(const Napi::CallbackInfo&) {}

}  // namespace

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData(env);
  env.SetInstanceData(data);
  data->region_class = Napi::Persistent(Region::Define(env));
  data->log_class = Napi::Persistent(LogObject::Define(env));
  data->directory_class = Napi::Persistent(DirectoryObject::Define(env));
  exports["setErrorFactory"] = Napi::Function::New<SetErrorFactory>(env);
  exports["open"] = Napi::Function::New<LogObject::Open>(env);
  exports["claimDirectory"] = Napi::Function::New<DirectoryObject::Claim>(env);
  exports["verify"] = Napi::Function::New<Verify>(env);
  exports["largestProducerId"] = Napi::Function::New<LargestProducerId>(env);
  exports["lockDirectory"] = Napi::Function::New<LockDirectory>(env);
  exports["crc32c"] = Napi::Function::New<Crc>(env);
  exports["crc32cName"] = Napi::Function::New<CrcName>(env);
  exports["splitLines"] = Napi::Function::New<Split>(env);
  exports["joinValues"] = Napi::Function::New<Join>(env);
  exports["checkBatch"] = Napi::Function::New<CheckBatch>(env);
  exports["send"] = Napi::Function::New<SendBytes>(env);
  exports["pinnedBytes"] = Napi::Function::New<Pinned>(env);
  exports["nothing"] = Napi::Function::New<Nothing>(env);
  return exports;
}

}  // namespace duramen

static Napi::Object InitDuramen(Napi::Env env, Napi::Object exports) {
  return duramen::Init(env, exports);
}

NODE_API_MODULE(duramen, InitDuramen)
