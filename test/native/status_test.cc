#include "util/status.h"

#include <cerrno>
#include <cstring>

#include "check.h"

namespace duramen {
namespace {

TEST(StatusOfSuccessIsOneNullPointer) {
  const Status status;
  EXPECT_OK(status);
  EXPECT_TRUE(status.code() == Code::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.path(), "");
  EXPECT_EQ(status.position(), -1);
  EXPECT_EQ(sizeof(Status), sizeof(void*));
}

TEST(StatusMadeWithOkIsSuccess) { EXPECT_OK(Status(Code::kOk, "ignored")); }

TEST(StatusKeepsWhereItHappened) {
  const Status status = Status(Code::kCorruptBatch, "The batch does not match its CRC.")
                            .At("/d/0.log", 4096)
                            .Offsets(7, 9);
  EXPECT_CODE(status, Code::kCorruptBatch);
  EXPECT_EQ(status.path(), "/d/0.log");
  EXPECT_EQ(status.position(), 4096);
  EXPECT_EQ(status.from_offset(), 7);
  EXPECT_EQ(status.to_offset(), 9);
  EXPECT_OK(Status().At("/d", 1).Offsets(1, 2));
}

TEST(StatusCloneIsEqualAndApart) {
  Status fence = Status(Code::kFenced, "A flush failed.").At("/d/0.log", 1).Offsets(2, 3);
  const Status clone = fence.Clone();
  fence = Status();
  EXPECT_CODE(clone, Code::kFenced);
  EXPECT_EQ(clone.message(), "A flush failed.");
  EXPECT_EQ(clone.to_offset(), 3);
  EXPECT_OK(Status().Clone());
}

TEST(StatusFromErrnoPicksTheCodeThatNamesTheRemedy) {
  const struct {
    int error;
    const char* syscall;
    Code code;
  } kCases[] = {
      {ENOSPC, "fallocate", Code::kNoSpace},   {EDQUOT, "pwrite", Code::kNoSpace},
      {EACCES, "open", Code::kAccess},         {EPERM, "unlink", Code::kAccess},
      {EROFS, "open", Code::kReadOnly},        {ENOENT, "open", Code::kNotFound},
      {ENOTDIR, "open", Code::kNotADirectory}, {EMFILE, "open", Code::kTooManyFiles},
      {ENFILE, "open", Code::kTooManyFiles},   {ENOMEM, "mmap", Code::kMapLimit},
      {ENOMEM, "open", Code::kOutOfMemory},    {EIO, "fdatasync", Code::kIo},
  };
  for (const auto& c : kCases) {
    const Status status = Status::FromErrno(c.error, c.syscall, "/d/x");
    EXPECT_CODE(status, c.code);
    EXPECT_EQ(status.sys_errno(), c.error);
    EXPECT_EQ(std::strcmp(status.syscall(), c.syscall), 0);
    EXPECT_EQ(status.path(), "/d/x");
    EXPECT_TRUE(status.message().find("/d/x") != std::string::npos);
  }
}

TEST(StatusTextsAreStableCodes) {
  EXPECT_EQ(std::strcmp(CodeText(Code::kOk), "OK"), 0);
  EXPECT_EQ(std::strcmp(CodeText(Code::kLocked), "ERR_LOCKED"), 0);
  EXPECT_EQ(std::strcmp(CodeText(Code::kUnsupported), "ERR_UNSUPPORTED_PLATFORM"), 0);
}

Status FailsFirst(int* steps) {
  DURAMEN_TRY(Status(Code::kClosed, "Closed."));
  ++*steps;
  return Status();
}

TEST(StatusTryReturnsTheFirstFailure) {
  int steps = 0;
  EXPECT_CODE(FailsFirst(&steps), Code::kClosed);
  EXPECT_EQ(steps, 0);
}

}  // namespace
}  // namespace duramen
