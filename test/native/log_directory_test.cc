// A data directory as a whole: who holds it, and what its checkpoints forget.
#include <memory>
#include <string>

#include "check.h"
#include "io/directory_lock.h"
#include "log/log_directory.h"

namespace duramen::test {
namespace {

Env* const env = Env::Posix();

bool IsHeld(const std::string& path) {
  bool held = false;
  std::string holder;
  return DirectoryLock::IsHeld(path, &held, &holder).ok() && held;
}

TEST(ClaimKeepsTheDirectoryWhileNoLogIsOpen) {
  TempDirectory directory;
  std::unique_ptr<DirectoryClaim> claim, second;
  ASSERT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
  EXPECT_TRUE(IsHeld(directory.path()));
  EXPECT_CODE(DirectoryClaim::Take(env, directory.path(), &second), Code::kLocked);
  EXPECT_TRUE(second == nullptr);
  claim.reset();
  EXPECT_TRUE(!IsHeld(directory.path()));
  EXPECT_OK(DirectoryClaim::Take(env, directory.path(), &second));
}

TEST(ClaimIsRefusedWhereAnotherProcessHoldsTheDirectory) {
  TempDirectory directory;
  std::unique_ptr<DirectoryLock> other;
  ASSERT_OK(DirectoryLock::Acquire(directory.path(), &other));
  std::unique_ptr<DirectoryClaim> claim;
  EXPECT_CODE(DirectoryClaim::Take(env, directory.path(), &claim), Code::kLocked);
  other.reset();
  EXPECT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
}

TEST(LogsKeepTheLockOfAClaimThatIsGone) {
  TempDirectory directory;
  std::unique_ptr<DirectoryClaim> claim;
  ASSERT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
  std::shared_ptr<LogDirectory> log;
  ASSERT_OK(LogDirectory::Acquire(env, directory.path(), &log));
  claim.reset();
  EXPECT_TRUE(IsHeld(directory.path()));
  EXPECT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
  log.reset();
  EXPECT_TRUE(IsHeld(directory.path()));
}

constexpr const char* kAll[] = {kRecoveryPointCheckpoint, kLogStartCheckpoint, kCleanerCheckpoint,
                                kReplicationCheckpoint};

TEST(ForgottenTopicLeavesEveryCheckpointAndNoOtherTopicDoes) {
  TempDirectory directory;
  const OffsetCheckpoint before = {{{"a", 0}, 5}, {{"a", 1}, 6}, {{"a-1", 0}, 7}, {{"b", 0}, 8}};
  for (const char* name : kAll) {
    ASSERT_OK(WriteOffsetCheckpoint(env, directory.File(name), before));
  }
  std::unique_ptr<DirectoryClaim> claim;
  ASSERT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
  LogDirectory& logs = claim->directory();
  bool clean;
  ASSERT_OK(logs.Begin("b-0", &clean));
  EXPECT_EQ(logs.FactsOf({"a", 0}).recovery_point, 5);
  EXPECT_OK(logs.Forget("a"));
  for (const char* name : kAll) {
    OffsetCheckpoint after;
    EXPECT_OK(ReadOffsetCheckpoint(env, directory.File(name), &after));
    EXPECT_TRUE((after == OffsetCheckpoint{{{"a-1", 0}, 7}, {{"b", 0}, 8}}));
  }
  EXPECT_EQ(logs.FactsOf({"a", 0}).recovery_point, -1);
  EXPECT_EQ(logs.FactsOf({"a", 1}).log_start_offset, -1);
  EXPECT_EQ(logs.FactsOf({"b", 0}).log_start_offset, 8);
  // What is stored next does not bring it back.
  EXPECT_OK(logs.SetLogStartOffset({"b", 0}, 9));
  OffsetCheckpoint after;
  EXPECT_OK(ReadOffsetCheckpoint(env, directory.File(kLogStartCheckpoint), &after));
  EXPECT_TRUE((after == OffsetCheckpoint{{{"a-1", 0}, 7}, {{"b", 0}, 9}}));
}

TEST(ForgettingMakesNoCheckpointThatWasNotThere) {
  TempDirectory directory;
  std::unique_ptr<DirectoryClaim> claim;
  ASSERT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
  EXPECT_OK(claim->directory().Forget("a"));
  for (const char* name : kAll) {
    FileInfo info;
    EXPECT_CODE(env->Info(directory.File(name), &info), Code::kNotFound);
  }
}

TEST(DirectoryOfADeletedLogIsCleanWithoutIt) {
  for (const bool forgets : {false, true}) {
    TempDirectory directory;
    ASSERT_OK(ReplaceFile(env, directory.File(".kafka_cleanshutdown"), "{}"));
    std::unique_ptr<DirectoryClaim> claim;
    ASSERT_OK(DirectoryClaim::Take(env, directory.path(), &claim));
    LogDirectory& logs = claim->directory();
    bool clean = false;
    for (const char* name : {"a-0", "b-0"}) EXPECT_OK(logs.Begin(name, &clean));
    EXPECT_OK(logs.MarkClean("b-0", 0, 0));  // a-0 failed
    for (const char* name : {"a-0", "b-0"}) logs.End(name);
    if (forgets) EXPECT_OK(logs.Forget("a"));
    claim.reset();
    FileInfo info;
    EXPECT_EQ(env->Info(directory.File(".kafka_cleanshutdown"), &info).ok(), forgets);
  }
}

}  // namespace
}  // namespace duramen::test
