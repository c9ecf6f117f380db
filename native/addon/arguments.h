// Arguments of the hot calls, read with one Node-API call each.
#pragma once

#include <napi.h>

#include <cstdint>

namespace duramen {

// Elements of a typed array; none where the value is something else.
template <typename T>
struct Span {
  T* data = nullptr;
  size_t length = 0;
};

// node-addon-api's wrapper asks twice and makes a handle for the ArrayBuffer (70 ns a call).
template <typename T>
Span<T> SpanOf(const Napi::Value& value, napi_typedarray_type type) {
  Span<T> span;
  napi_typedarray_type found;
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_typedarray_info(value.Env(), value, &found, &length, &data, nullptr, nullptr) !=
          napi_ok ||
      found != type) {
    return span;
  }
  span.data = static_cast<T*>(data);
  span.length = length;
  return span;
}

inline Span<uint8_t> BytesOf(const Napi::Value& value) {
  return SpanOf<uint8_t>(value, napi_uint8_array);
}

inline int64_t IntegerOf(const Napi::Value& value) {
  int64_t number = 0;
  napi_get_value_int64(value.Env(), value, &number);
  return number;
}

}  // namespace duramen
