#pragma once

#include <cstdint>

namespace duramen {

enum class FlushPolicy : uint8_t { kSync, kOs, kInterval };

// Checked by src/config; the defaults here are the same. Kafka's names.
struct LogOptions {
  int64_t segment_bytes = int64_t{1} << 30;
  int64_t segment_ms = 7LL * 24 * 3600 * 1000;
  int32_t segment_index_bytes = 10 << 20;
  int32_t index_interval_bytes = 4096;
  int64_t max_message_bytes = 1048588;
  int64_t write_ahead_bytes = 64 << 20;
  int32_t leader_epoch = 0;
  FlushPolicy flush = FlushPolicy::kSync;
  int64_t flush_interval_ms = 0;  // of kInterval; 0: however long
  int64_t flush_bytes = 0;        // of kInterval; 0: however many
  int64_t producer_id_expiration_ms = 24LL * 3600 * 1000;
  bool strict_recovery = false;
  bool always_check_crcs = false;

  bool operator==(const LogOptions&) const = default;
};

}  // namespace duramen
