// LogObject: an open log as JavaScript sees it. src/log/partition-log.ts is its only user.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <string>

#include "addon/progress_calls.h"
#include "addon/region.h"
#include "log/batch_append.h"
#include "log/registry.h"

namespace duramen {

// Lives on its environment's thread, but for OnProgress. Numbers that a call returns besides its
// value are stored in `scratch`, a Float64Array of the caller's: no object is made for them.
class LogObject final : public Napi::ObjectWrap<LogObject>, private ProgressListener {
 public:
  static Napi::Function Define(Napi::Env env);
  // open(directory, options, readOnly, scratch, onProgress, callback)
  static void Open(const Napi::CallbackInfo& info);

  explicit LogObject(const Napi::CallbackInfo& info);
  ~LogObject() override;

 private:
  // append(bytes, length, mode, leaderEpoch): base offset; mode 0 built here, 1 assign, 2 keep.
  Napi::Value Append(const Napi::CallbackInfo& info);
  // appendColumns(count, values, valueLengths, valueGap, keys, keyLengths, timestamps, timestamp)
  Napi::Value AppendColumns(const Napi::CallbackInfo& info);
  // read(offset, maxBytes, upTo, onlyIfResident): Region, Buffer, null (nothing there) or
  // undefined (not resident).
  Napi::Value Read(const Napi::CallbackInfo& info);
  // readAsync(offset, maxBytes, upTo, callback)
  void ReadAsync(const Napi::CallbackInfo& info);
  // abortedTransactions(from, to): producer id, first and last offset of each, or null.
  Napi::Value AbortedTransactions(const Napi::CallbackInfo& info);
  // followTransactions(): state() knows the last stable offset from then on.
  void FollowTransactions(const Napi::CallbackInfo& info);
  // findTimestamp(timestamp, callback): as readAsync
  void FindTimestamp(const Napi::CallbackInfo& info);
  // findMaxTimestamp(callback): the same
  void FindMaxTimestamp(const Napi::CallbackInfo& info);
  // leaderEpochs(): epoch and start offset of each
  Napi::Value LeaderEpochs(const Napi::CallbackInfo& info);
  // state(): fills scratch
  void State(const Napi::CallbackInfo& info);
  // arm(): one call of onProgress when offsets move, and state()
  void Arm(const Napi::CallbackInfo& info);
  // Keeps the event loop alive, or does not.
  void Ref(const Napi::CallbackInfo& info);
  void Unref(const Napi::CallbackInfo& info);
  void Flush(const Napi::CallbackInfo& info);
  void RequestFlush(const Napi::CallbackInfo& info);
  void SetOptions(const Napi::CallbackInfo& info);
  Napi::Value ProducerEpoch(const Napi::CallbackInfo& info);
  void Rest(const Napi::CallbackInfo& info);
  void TruncateTo(const Napi::CallbackInfo& info);
  void DeleteBefore(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  // info(): sizes, recovery report
  Napi::Value Info(const Napi::CallbackInfo& info);

  void OnProgress() override;
  void Detach();
  void LetGo();
  void KeepAlive(bool wanted);
  static void DetachHook(void* self);
  bool CheckOpen(Napi::Env env);
  PartitionLog* Appender(Napi::Env env);
  Napi::Value Appended(Napi::Env env, const Status& status, const AppendResult& result);
  Napi::Value MakeView(Napi::Env env, const ReadResult& result);
  Napi::Value CopyView(Napi::Env env, const ReadResult& result);
  Napi::Value RegionView(Napi::Env env, const ReadResult& result, const BatchRange& range);
  void FillState();
  void RunOnLog(const Napi::CallbackInfo& info, std::function<Status(PartitionLog*)> work);

  std::shared_ptr<LogHandle> handle_;
  ProgressCalls* calls_ = nullptr;       // the environment's
  ProgressCalls::Callback on_progress_;  // empty once detached
  bool keeps_alive_ = false;             // the event loop
  bool attached_ = false;  // to the log; when it is closed, its last numbers stay in scratch_
  bool closed_ = false;    // this handle: the log may live on with others
  double* scratch_ = nullptr;
  Napi::Reference<Napi::Float64Array> scratch_array_;
  // The newest region of each segment, found again while a view of it lives; the last one used is
  // kept, so that a reader whose views die young does not map anew.
  struct Cached {
    std::weak_ptr<Segment> segment;
    Napi::ObjectReference region;
    bool written = false;  // JavaScript stores into what it is given of this segment: give copies
  };
  Cached& CachedOf(const std::shared_ptr<Segment>& segment);
  // Null where it was collected.
  static Region* LiveRegion(const Cached& cached, Napi::Object* object);
  std::map<int64_t, Cached> regions_;
  Napi::ObjectReference last_region_;
};

}  // namespace duramen
