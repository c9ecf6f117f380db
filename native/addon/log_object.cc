#include "addon/log_object.h"

#include <utility>

#include "addon/arguments.h"
#include "addon/async_task.h"
#include "addon/log_options_from_js.h"

namespace duramen {
namespace {

// Positions in the scratch array; src/binding.ts has the same names.
enum Scratch {
  kLogStartOffset,
  kLogEndOffset,
  kDurableOffset,
  kHighWatermark,
  kFenced,
  kLastStableOffset,
  kDuplicate,
  kLeaderEpoch = 11,
};

struct OpenRequest {
  std::unique_ptr<LogHandle> handle;
  Napi::Reference<Napi::Float64Array> scratch;
  Napi::FunctionReference on_progress;
};

// What the constructor takes over.
struct HandOver {
  std::shared_ptr<LogHandle> handle;
  Napi::Float64Array scratch;
  Napi::Function on_progress;
};

}  // namespace

Napi::Function LogObject::Define(Napi::Env env) {
  return DefineClass(env, "Log",
                     {InstanceMethod<&LogObject::Append>("append"),
                      InstanceMethod<&LogObject::AppendColumns>("appendColumns"),
                      InstanceMethod<&LogObject::Read>("read"),
                      InstanceMethod<&LogObject::ReadAsync>("readAsync"),
                      InstanceMethod<&LogObject::FindTimestamp>("findTimestamp"),
                      InstanceMethod<&LogObject::FindMaxTimestamp>("findMaxTimestamp"),
                      InstanceMethod<&LogObject::LeaderEpochs>("leaderEpochs"),
                      InstanceMethod<&LogObject::AbortedTransactions>("abortedTransactions"),
                      InstanceMethod<&LogObject::FollowTransactions>("followTransactions"),
                      InstanceMethod<&LogObject::State>("state"),
                      InstanceMethod<&LogObject::Arm>("arm"),
                      InstanceMethod<&LogObject::Ref>("ref"),
                      InstanceMethod<&LogObject::Unref>("unref"),
                      InstanceMethod<&LogObject::Flush>("flush"),
                      InstanceMethod<&LogObject::RequestFlush>("requestFlush"),
                      InstanceMethod<&LogObject::SetOptions>("setOptions"),
                      InstanceMethod<&LogObject::ProducerEpoch>("producerEpoch"),
                      InstanceMethod<&LogObject::Rest>("rest"),
                      InstanceMethod<&LogObject::TruncateTo>("truncateTo"),
                      InstanceMethod<&LogObject::DeleteBefore>("deleteBefore"),
                      InstanceMethod<&LogObject::Close>("close"),
                      InstanceMethod<&LogObject::Info>("info")});
}

void LogObject::Open(const Napi::CallbackInfo& info) {
  const std::string directory = info[0].As<Napi::String>().Utf8Value();
  LogOptions options;
  if (!LogOptionsFromJs(info[1].As<Napi::Object>(), &options)) return;
  const bool read_only = info[2].As<Napi::Boolean>().Value();
  auto request = std::make_shared<OpenRequest>();
  request->scratch = Napi::Persistent(info[3].As<Napi::Float64Array>());
  request->on_progress = Napi::Persistent(info[4].As<Napi::Function>());
  AsyncTask::Run(
      info[5].As<Napi::Function>(),
      [=] {
        return LogHandle::Open(Env::Posix(), directory, options, read_only, &request->handle);
      },
      [request](Napi::Env env) -> Napi::Value {
        HandOver hand_over{std::move(request->handle), request->scratch.Value(),
                           request->on_progress.Value()};
        request->scratch.Reset();
        request->on_progress.Reset();
        return env.GetInstanceData<AddonData>()->log_class.New(
            {Napi::External<HandOver>::New(env, &hand_over)});
      });
}

LogObject::LogObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LogObject>(info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsExternal()) {
    Throw(env, Status(Code::kInvalidArgument, "logs are opened, not constructed"));
    return;
  }
  auto* hand_over = info[0].As<Napi::External<HandOver>>().Data();
  handle_ = std::move(hand_over->handle);
  scratch_ = hand_over->scratch.Data();
  scratch_array_ = Napi::Persistent(hand_over->scratch);
  calls_ = &env.GetInstanceData<AddonData>()->progress_calls;
  on_progress_ =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(hand_over->on_progress));
  handle_->log().AddListener(this);
  attached_ = true;
  // After the hook of ProgressCalls was added, so that it runs before that.
  napi_add_env_cleanup_hook(env, DetachHook, this);
}

LogObject::~LogObject() {
  if (!attached_) return;
  napi_remove_env_cleanup_hook(Env(), DetachHook, this);
  Detach();
}

void LogObject::DetachHook(void* self) { static_cast<LogObject*>(self)->Detach(); }

// Lets go of the log: an environment that ends abandons what it has open.
void LogObject::Detach() {
  if (!attached_) return;
  attached_ = false;
  handle_->log().RemoveListener(this);
  on_progress_->Reset();
  KeepAlive(false);
  handle_.reset();
}

void LogObject::OnProgress() { calls_->Call(on_progress_); }

bool LogObject::CheckOpen(Napi::Env env) {
  if (attached_ && !closed_) return true;
  Throw(env, Status(Code::kClosed, "the log is closed; open it again"));
  return false;
}

PartitionLog* LogObject::Appender(Napi::Env env) {
  if (!CheckOpen(env)) return nullptr;
  Status status;
  PartitionLog* log = handle_->appender(&status);
  if (log == nullptr) Throw(env, status);
  return log;
}

Napi::Value LogObject::Appended(Napi::Env env, const Status& status, const AppendResult& result) {
  scratch_[kDuplicate] = result.duplicate ? 1 : 0;
  if (status.ok()) return Napi::Number::New(env, static_cast<double>(result.base_offset));
  Throw(env, status);
  return env.Undefined();
}

Napi::Value LogObject::Append(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  PartitionLog* log = Appender(env);
  if (log == nullptr) return env.Undefined();
  const Span<uint8_t> bytes = BytesOf(info[0]);
  const auto length = static_cast<size_t>(IntegerOf(info[1]));
  const int64_t mode = IntegerOf(info[2]);
  const auto epoch = static_cast<int32_t>(IntegerOf(info[3]));
  AppendResult result;
  if (length > bytes.length) {
    return Appended(env, Status(Code::kInvalidArgument, "the length is beyond the bytes"), result);
  }
  // As appendMode of src/binding.ts.
  const bool trusted = mode == 0 || mode == 3;
  const Status status =
      trusted ? AppendTrusted(log, bytes.data, length,
                              mode == 0 ? BatchCrc::kCompute : BatchCrc::kChecked, &result)
              : AppendReady(log, bytes.data, length, mode == 2 ? Offsets::kKeep : Offsets::kAssign,
                            epoch, &result);
  return Appended(env, status, result);
}

Napi::Value LogObject::AppendColumns(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  PartitionLog* log = Appender(env);
  if (log == nullptr) return env.Undefined();
  const auto values = BytesOf(info[1]);
  const auto value_lengths = SpanOf<int32_t>(info[2], napi_int32_array);
  const auto keys = BytesOf(info[4]);
  const auto key_lengths = SpanOf<int32_t>(info[5], napi_int32_array);
  const auto timestamps = SpanOf<double>(info[6], napi_float64_array);
  const int64_t count = IntegerOf(info[0]);
  // Which of the optional columns there are, the caller says; an empty array has no address.
  const bool has_keys = !info[5].IsNull(), has_times = !info[6].IsNull();
  AppendResult result;
  if (count < 1 || static_cast<uint64_t>(count) > value_lengths.length ||
      (has_keys && static_cast<uint64_t>(count) > key_lengths.length) ||
      (has_times && static_cast<uint64_t>(count) > timestamps.length)) {
    return Appended(env,
                    Status(Code::kInvalidArgument,
                           "the columns need at least one record, and as many lengths and "
                           "timestamps as there are records"),
                    result);
  }
  Columns columns;
  columns.count = static_cast<int32_t>(count);
  columns.values = values.data;
  columns.values_size = values.length;
  columns.value_lengths = value_lengths.data;
  columns.value_gap = static_cast<int32_t>(IntegerOf(info[3]));
  columns.keys = keys.data;
  columns.keys_size = keys.length;
  columns.key_lengths = key_lengths.data;
  columns.timestamps = timestamps.data;
  columns.timestamp = IntegerOf(info[7]);
  return Appended(env, duramen::AppendColumns(log, columns, &result), result);
}

void LogObject::FillState() {
  const LogState state = handle_->log().State();
  scratch_[kLogStartOffset] = static_cast<double>(state.log_start_offset);
  scratch_[kLogEndOffset] = static_cast<double>(state.log_end_offset);
  scratch_[kDurableOffset] = static_cast<double>(state.durable_offset);
  scratch_[kHighWatermark] = static_cast<double>(state.high_watermark);
  scratch_[kLastStableOffset] = static_cast<double>(state.last_stable_offset);
  scratch_[kFenced] = state.fenced ? 1 : 0;
  scratch_[kLeaderEpoch] = state.leader_epoch;
}

void LogObject::State(const Napi::CallbackInfo& info) {
  if (attached_) FillState();
}

void LogObject::Arm(const Napi::CallbackInfo& info) {
  if (!attached_) return;
  handle_->log().Arm(this);
  FillState();
}

void LogObject::Ref(const Napi::CallbackInfo& info) {
  if (attached_) KeepAlive(true);
}

void LogObject::Unref(const Napi::CallbackInfo& info) {
  if (attached_) KeepAlive(false);
}

void LogObject::KeepAlive(bool wanted) {
  if (wanted == keeps_alive_) return;
  keeps_alive_ = wanted;
  if (wanted)
    calls_->Ref(Env());
  else
    calls_->Unref(Env());
}

void LogObject::RunOnLog(const Napi::CallbackInfo& info,
                         std::function<Status(PartitionLog*)> work) {
  PartitionLog* log = Appender(info.Env());
  if (log == nullptr) return;
  const auto callback = info[info.Length() - 1].As<Napi::Function>();
  AsyncTask::Run(
      callback, [handle = handle_, log, work = std::move(work)] { return work(log); },
      [](Napi::Env env) { return env.Undefined(); });
}

void LogObject::Flush(const Napi::CallbackInfo& info) {
  RunOnLog(info, [](PartitionLog* log) { return log->Flush(); });
}

void LogObject::RequestFlush(const Napi::CallbackInfo& info) {
  PartitionLog* log = Appender(info.Env());
  if (log != nullptr) log->RequestFlush();
}

void LogObject::SetOptions(const Napi::CallbackInfo& info) {
  PartitionLog* log = Appender(info.Env());
  LogOptions options;
  if (log != nullptr && LogOptionsFromJs(info[0].As<Napi::Object>(), &options)) {
    log->SetOptions(options);
  }
}

void LogObject::Rest(const Napi::CallbackInfo& info) {
  RunOnLog(info, [](PartitionLog* log) {
    log->RestIfIdle();
    return Status();
  });
}

Napi::Value LogObject::ProducerEpoch(const Napi::CallbackInfo& info) {
  PartitionLog* log = Appender(info.Env());
  if (log == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), log->ProducerEpoch(info[0].As<Napi::Number>().Int64Value()));
}

void LogObject::TruncateTo(const Napi::CallbackInfo& info) {
  const int64_t offset = info[0].As<Napi::Number>().Int64Value();
  RunOnLog(info, [offset](PartitionLog* log) { return log->TruncateTo(offset); });
}

void LogObject::DeleteBefore(const Napi::CallbackInfo& info) {
  const int64_t offset = info[0].As<Napi::Number>().Int64Value();
  RunOnLog(info, [offset](PartitionLog* log) { return log->DeleteBefore(offset); });
}

void LogObject::Close(const Napi::CallbackInfo& info) {
  if (!CheckOpen(info.Env())) return;
  closed_ = true;
  auto closed = std::make_shared<Status>();
  auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(Value()));
  AsyncTask::Run(
      info[0].As<Napi::Function>(),
      [handle = handle_, closed]() mutable {
        *closed = handle->Close();
        handle.reset();
        return Status();
      },
      [this, closed, self](Napi::Env env) {
        LetGo();
        if (!closed->ok()) Throw(env, *closed);
        return env.Undefined();
      });
}

// Descriptors and mappings go now, not when this object is collected; what JavaScript took stays.
void LogObject::LetGo() {
  if (!attached_) return;
  FillState();
  regions_.clear();
  last_region_.Reset();
  napi_remove_env_cleanup_hook(Env(), DetachHook, this);
  Detach();
}

}  // namespace duramen
