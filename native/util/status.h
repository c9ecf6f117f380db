// Status: how native code reports failure. No exceptions are used below native/addon.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace duramen {

// Stable codes, one for each remedy. The text is what JavaScript sees as `error.code`;
// src/errors.ts documents every one of them.
#define DURAMEN_STATUS_CODES(X)                                          \
  X(kOk, "OK")                                                           \
  X(kIo, "ERR_IO")                                                       \
  X(kNoSpace, "ERR_NO_SPACE")                                            \
  X(kAccess, "ERR_ACCESS")                                               \
  X(kNotFound, "ERR_NOT_FOUND")                                          \
  X(kNotADirectory, "ERR_NOT_A_DIRECTORY")                               \
  X(kForeignDirectory, "ERR_FOREIGN_DIRECTORY")                          \
  X(kTooManyFiles, "ERR_TOO_MANY_FILES")                                 \
  X(kMapLimit, "ERR_MAP_LIMIT")                                          \
  X(kOutOfMemory, "ERR_OUT_OF_MEMORY")                                   \
  X(kLocked, "ERR_LOCKED")                                               \
  X(kNotAppender, "ERR_NOT_APPENDER")                                    \
  X(kOptionsDiffer, "ERR_OPTIONS_DIFFER")                                \
  X(kReadOnly, "ERR_READ_ONLY")                                          \
  X(kClosed, "ERR_CLOSED")                                               \
  X(kForked, "ERR_FORKED")                                               \
  X(kFenced, "ERR_FENCED")                                               \
  X(kInvalidArgument, "ERR_INVALID_ARGUMENT")                            \
  X(kInvalidBatch, "ERR_INVALID_BATCH")                                  \
  X(kUnsupportedMagic, "ERR_UNSUPPORTED_MAGIC")                          \
  X(kBatchTooLarge, "ERR_BATCH_TOO_LARGE")                               \
  X(kOffsetOutOfRange, "ERR_OFFSET_OUT_OF_RANGE")                        \
  X(kOffsetOverflow, "ERR_OFFSET_OVERFLOW")                              \
  X(kOutOfOrderSequence, "ERR_OUT_OF_ORDER_SEQUENCE")                    \
  X(kInvalidProducerEpoch, "ERR_INVALID_PRODUCER_EPOCH")                 \
  X(kInvalidTransactionState, "ERR_INVALID_TXN_STATE")                   \
  X(kTransactionCoordinatorFenced, "ERR_TRANSACTION_COORDINATOR_FENCED") \
  X(kCorruptBatch, "ERR_CORRUPT_BATCH")                                  \
  X(kCorruptLog, "ERR_CORRUPT_LOG")                                      \
  X(kSegmentLost, "ERR_SEGMENT_LOST")                                    \
  X(kUnsupported, "ERR_UNSUPPORTED_PLATFORM")

enum class Code : uint8_t {
#define DURAMEN_CODE_NAME(name, text) name,
  DURAMEN_STATUS_CODES(DURAMEN_CODE_NAME)
#undef DURAMEN_CODE_NAME
};

const char* CodeText(Code code);

// Success is one null pointer, so returning it costs nothing on the append path.
// Movable value; no thread may touch one that another is writing.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message);

  // From `errno` as it stood after `syscall` on `path`; picks the code that fits the number.
  static Status FromErrno(int error, const char* syscall, const std::string& path);

  bool ok() const { return detail_ == nullptr; }
  Code code() const { return detail_ ? detail_->code : Code::kOk; }
  const std::string& message() const;
  const std::string& path() const;
  const char* syscall() const { return detail_ ? detail_->syscall : ""; }
  int sys_errno() const { return detail_ ? detail_->sys_errno : 0; }
  // Byte position in `path`, first and last offset concerned; -1 where it does not apply.
  int64_t position() const { return detail_ ? detail_->position : -1; }
  int64_t from_offset() const { return detail_ ? detail_->from_offset : -1; }
  int64_t to_offset() const { return detail_ ? detail_->to_offset : -1; }

  Status&& At(std::string path, int64_t position) &&;
  Status&& Offsets(int64_t from, int64_t to) &&;

  // Errors are copied explicitly, because a fence is reported to every waiter.
  Status Clone() const;

 private:
  struct Detail {
    Code code = Code::kOk;
    int sys_errno = 0;
    const char* syscall = "";
    std::string path;
    std::string message;
    int64_t position = -1;
    int64_t from_offset = -1;
    int64_t to_offset = -1;
  };
  std::unique_ptr<Detail> detail_;
};

#define DURAMEN_TRY(expression)                                                  \
  do {                                                                           \
    if (::duramen::Status status_ = (expression); !status_.ok()) return status_; \
  } while (0)

}  // namespace duramen
