// A second process with a log of its own: this program run anew (a fork may not use the engine),
// that does what it is told over a pipe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "log/log_options.h"

namespace duramen::test {

// What the child answers to every command.
struct ChildReply {
  int32_t code = 0;  // of the Status
  int64_t log_start_offset = 0;
  int64_t log_end_offset = 0;
  int64_t high_watermark = 0;
};

// Opens the directory through LogHandle. Killed at the end of the scope, if it has not been before.
class LogChild {
 public:
  LogChild(const std::string& directory, FlushPolicy flush, int64_t segment_bytes);
  ~LogChild() { Kill(); }

  ChildReply Open() { return Ask('o', 0); }
  // The next `count` numbered batches (log_support.h), 40 bytes a value.
  ChildReply Append(int64_t count) { return Ask('a', count); }
  ChildReply Flush() { return Ask('f', 0); }
  // From now on nothing becomes durable.
  ChildReply HoldFlusher() { return Ask('h', 0); }
  ChildReply TruncateTo(int64_t offset) { return Ask('t', offset); }
  ChildReply DeleteBefore(int64_t offset) { return Ask('d', offset); }
  ChildReply Close() { return Ask('c', 0); }
  // Appends until it is killed, and says after each batch how many it was promised so far: under
  // `sync` those that are durable, else all.
  void AppendForEver();
  // The last that it said; to be called after Kill.
  int64_t LastPromise();
  void Kill();

 private:
  ChildReply Ask(char command, int64_t argument);

  pid_t pid_ = 0;
  int commands_ = -1;  // to the child
  int replies_ = -1;   // from it
};

}  // namespace duramen::test
