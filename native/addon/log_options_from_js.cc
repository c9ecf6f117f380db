#include "addon/log_options_from_js.h"

namespace duramen {

LogOptions LogOptionsFromJs(const Napi::Object& options) {
  const auto number = [&options](const char* name) {
    return options.Get(name).As<Napi::Number>().Int64Value();
  };
  LogOptions result;
  result.segment_bytes = number("segmentBytes");
  result.segment_ms = number("segmentMs");
  result.segment_index_bytes = static_cast<int32_t>(number("segmentIndexBytes"));
  result.index_interval_bytes = static_cast<int32_t>(number("indexIntervalBytes"));
  result.max_message_bytes = number("maxMessageBytes");
  result.write_ahead_bytes = number("writeAheadBytes");
  result.leader_epoch = static_cast<int32_t>(number("leaderEpoch"));
  result.flush = options.Get("flush").As<Napi::String>().Utf8Value() == "os" ? FlushPolicy::kOs
                                                                             : FlushPolicy::kSync;
  result.strict_recovery =
      options.Get("recovery").As<Napi::String>().Utf8Value() == "strict";
  result.always_check_crcs =
      options.Get("checkCrcs").As<Napi::String>().Utf8Value() == "always";
  return result;
}

}  // namespace duramen
