#include "addon/region.h"

#include <atomic>
#include <utility>

#include "addon/errors.h"
#include "io/send.h"

namespace duramen {
namespace {

std::atomic<int64_t> pinned_bytes{0};

using Pin = std::shared_ptr<MappedRange>;

struct Made {
  Pin range;
  std::weak_ptr<Segment> segment;
};

void Unpin(napi_env, void*, void* hint) {
  auto* pin = static_cast<Pin*>(hint);
  pinned_bytes -= static_cast<int64_t>((*pin)->length());
  delete pin;
}

}  // namespace

int64_t PinnedBytes() { return pinned_bytes.load(); }

Napi::Function Region::Define(Napi::Env env) {
  return DefineClass(
      env, "Region",
      {InstanceMethod<&Region::Bytes>("bytes"), InstanceMethod<&Region::Copy>("copy"),
       InstanceMethod<&Region::SendTo>("send"), InstanceMethod<&Region::Valid>("valid")});
}

Napi::Object Region::New(Napi::Env env, std::shared_ptr<MappedRange> range,
                         std::weak_ptr<Segment> segment) {
  Made made{std::move(range), std::move(segment)};
  auto hand_over = Napi::External<Made>::New(env, &made);
  return env.GetInstanceData<AddonData>()->region_class.New({hand_over});
}

Region::Region(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Region>(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    Throw(info.Env(), Status(Code::kInvalidArgument, "regions are made by reading a log"));
    return;
  }
  Made* const made = info[0].As<Napi::External<Made>>().Data();
  range_ = std::move(made->range);
  segment_ = std::move(made->segment);
}

bool Region::Covers(int64_t from, int64_t to) const {
  return from >= range_->file_position() &&
         to <= range_->file_position() + static_cast<int64_t>(range_->length());
}

Napi::Value Region::Bytes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // Kept as a property, so that the collector sees the two as one.
  Napi::Object self = info.This().As<Napi::Object>();
  const Napi::Value made_before = self.Get("arrayBuffer");
  if (made_before.IsArrayBuffer()) return made_before;
  auto* pin = new Pin(range_);
  napi_value array_buffer;
  const napi_status made = napi_create_external_arraybuffer(env, range_->data(), range_->length(),
                                                            Unpin, pin, &array_buffer);
  if (made != napi_ok) {
    delete pin;
    return env.Undefined();
  }
  pinned_bytes += static_cast<int64_t>(range_->length());
  self.Set("arrayBuffer", array_buffer);
  return Napi::Value(env, array_buffer);
}

Napi::Value Region::Copy(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int64_t position = info[0].As<Napi::Number>().Int64Value();
  const int64_t length = info[1].As<Napi::Number>().Int64Value();
  const int64_t from = position + range_->file_position();
  if (position < 0 || length < 0 || !Covers(from, from + length)) {
    Throw(env, Status(Code::kInvalidArgument, "the range lies outside the region"));
    return env.Undefined();
  }
  return Napi::Buffer<uint8_t>::Copy(env, range_->data() + position, static_cast<size_t>(length));
}

Napi::Value Region::SendTo(const Napi::CallbackInfo& info) {
  const int64_t position = info[2].As<Napi::Number>().Int64Value();
  const int64_t length = info[3].As<Napi::Number>().Int64Value();
  const int64_t from = position + range_->file_position();
  const std::shared_ptr<Segment> segment = segment_.lock();
  // The segment's own map and not this one: native code has read the batches there, and the
  // appender written them, so that most of its pages are mapped already.
  std::shared_ptr<MappedRange> map;
  // A page that the file has in part reads as zeros behind its end, without any fault.
  if (!segment || position < 0 || length <= 0 || !Covers(from, from + length) ||
      segment->CutShort() || !segment->ReadMap(from + length, &map).ok()) {
    return Napi::Number::New(info.Env(), -1);
  }
  const auto head = info[1].As<Napi::Buffer<uint8_t>>();
  const auto tail = info[4].As<Napi::Buffer<uint8_t>>();
  const int64_t taken =
      Send(info[0].As<Napi::Number>().Int32Value(), {head.Data(), head.Length()},
           {map->data() + from - map->file_position(), static_cast<size_t>(length)},
           {tail.Data(), tail.Length()});
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

Napi::Value Region::Valid(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Segment> segment = segment_.lock();
  const bool cut = segment && segment->CutShort();
  return Napi::Boolean::New(info.Env(), !cut && !range_->poisoned());
}

}  // namespace duramen
