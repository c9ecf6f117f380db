#include "addon/log_options_from_js.h"

namespace duramen {

bool LogOptionsFromJs(const Napi::Object& options, LogOptions* result) {
  bool complete = true;
  const auto get = [&](const char* name) {
    const Napi::Value value = options.Get(name);
    complete = complete && !value.IsEmpty();
    return value;
  };
  const auto number = [&](const char* name) {
    const Napi::Value value = get(name);
    return value.IsEmpty() ? 0 : value.As<Napi::Number>().Int64Value();
  };
  const auto is = [&](const char* name, const char* text) {
    const Napi::Value value = get(name);
    return !value.IsEmpty() && value.As<Napi::String>().Utf8Value() == text;
  };
  result->segment_bytes = number("segmentBytes");
  result->segment_ms = number("segmentMs");
  result->segment_index_bytes = static_cast<int32_t>(number("segmentIndexBytes"));
  result->index_interval_bytes = static_cast<int32_t>(number("indexIntervalBytes"));
  result->max_message_bytes = number("maxMessageBytes");
  result->write_ahead_bytes = number("writeAheadBytes");
  result->producer_id_expiration_ms = number("producerIdExpirationMs");
  result->leader_epoch = static_cast<int32_t>(number("leaderEpoch"));
  const Napi::Value flush = get("flush");
  if (!flush.IsEmpty() && flush.IsObject()) {
    const auto bound = [window = flush.As<Napi::Object>()](const char* name) {
      const Napi::Value value = window.Get(name);
      return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : 0;  // 0: not given
    };
    result->flush = FlushPolicy::kInterval;
    result->flush_interval_ms = bound("intervalMs");
    result->flush_bytes = bound("bytes");
  } else {
    result->flush = is("flush", "os") ? FlushPolicy::kOs : FlushPolicy::kSync;
  }
  result->strict_recovery = is("recovery", "strict");
  result->always_check_crcs = is("checkCrcs", "always");
  return complete;
}

}  // namespace duramen
