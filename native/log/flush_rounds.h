// FlushRounds: the logs of this process that wait for the device, made durable together.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "log/partition_log.h"

namespace duramen {

// A log that joins while a round is under way is in the next one. Each round starts the write-back
// of all its logs and waits for it; then one barrier of the device serves every log whose blocks
// are initialised (16 logs with a writer each: 5 times the appends of one). Runs on the flusher
// thread; Join may be called from any. Lives for ever.
class FlushRounds {
 public:
  static FlushRounds* Instance();
  void Join(std::shared_ptr<PartitionLog> log);

 private:
  FlushRounds() = default;
  void Run();

  std::mutex mutex_;
  std::vector<std::shared_ptr<PartitionLog>> waiting_;
};

}  // namespace duramen
