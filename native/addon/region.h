// Region: a stretch of a segment that JavaScript can see without a copy.
#pragma once

#include <napi.h>

#include <memory>

#include "io/mapped_range.h"
#include "log/segment.h"

namespace duramen {

// Wraps a private mapping of bytes that never change any more. The one external ArrayBuffer over it
// is made when a Buffer is first asked for, and holds the mapping itself: Buffers stay valid after
// the view, the log and the file are gone. A region is shared by all who read there, until one of
// them writes to it. Lives on its environment's thread.
class Region final : public Napi::ObjectWrap<Region> {
 public:
  static Napi::Function Define(Napi::Env env);
  // `segment` is what the range shows a stretch of.
  static Napi::Object New(Napi::Env env, std::shared_ptr<MappedRange> range,
                          std::weak_ptr<Segment> segment);
  explicit Region(const Napi::CallbackInfo& info);

  bool Covers(int64_t from, int64_t to) const;
  int64_t file_position() const { return range_->file_position(); }
  // Whether JavaScript has stored into it: then it does not show what is in the file.
  bool written() const { return range_->written(); }

 private:
  // The region as an ArrayBuffer; undefined where this runtime refuses external memory (Electron,
  // Deno).
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  // copy(position, length): a Buffer of its own.
  Napi::Value Copy(const Napi::CallbackInfo& info);
  // send(socket, head, position, length, tail): bytes between two Buffers to a socket's descriptor,
  // as duramen::Send; also -1 where the segment has left the log, or its file is cut short.
  Napi::Value SendTo(const Napi::CallbackInfo& info);
  // False once somebody has cut the file short.
  Napi::Value Valid(const Napi::CallbackInfo& info);

  std::shared_ptr<MappedRange> range_;
  std::weak_ptr<Segment> segment_;
};

// Bytes that JavaScript's buffers keep mapped, over all environments.
int64_t PinnedBytes();

}  // namespace duramen
