// A small test registry: TEST(Outcome) { EXPECT_EQ(...); }. One thread runs the tests in order;
// EXPECT_* and ASSERT_* may be used from threads that a test starts.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>

#include "util/status.h"

namespace duramen::test {

using TestFunction = void (*)();

// Adds a test to the list that main runs; returns true so that a static can call it.
bool Register(const char* name, TestFunction function);

// Prints one failing line and marks the running test as failed.
void Fail(const char* file, int line, const std::string& text);
// Whether the running test has failed so far.
bool HasFailed();
// Prints one line on what the running test has done: how many trials, from which seed.
void Report(const std::string& text);

// Runs the tests whose name contains `filter`; the exit code.
int RunAll(const char* filter);

// What the command line says as `--name number`: how long a campaign is, and its seed.
int64_t Parameter(const char* name, int64_t fallback);
void SetParameter(const std::string& name, int64_t value);

// splitmix64: the same seed gives the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // From 0 to bound - 1; bound is at least 1.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  // From low to high, both included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  void Fill(uint8_t* out, size_t size);

 private:
  uint64_t state_;
};

// An empty directory, removed with all it holds at the end of the scope.
class TempDirectory {
 public:
  // In memory where there is a tmpfs: for tests that make thousands of files and sync none.
  enum class Where { kDisk, kMemory };
  explicit TempDirectory(Where where = Where::kDisk);
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

template <typename T>
std::string Show(const T& value) {
  std::ostringstream out;
  if constexpr (std::is_enum_v<T>) {
    out << +static_cast<std::underlying_type_t<T>>(value);
  } else if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, int8_t>) {
    out << +value;
  } else if constexpr (requires { out << value; }) {
    out << value;
  } else {
    out << "(" << sizeof(T) << " bytes)";
  }
  return out.str();
}

template <typename A, typename B>
bool CheckEqual(const A& a, const B& b, const char* a_text, const char* b_text, const char* file,
                int line) {
  bool equal;
  if constexpr (std::is_integral_v<A> && std::is_integral_v<B> && !std::is_same_v<A, bool> &&
                !std::is_same_v<B, bool>) {
    equal = static_cast<__int128>(a) == static_cast<__int128>(b);
  } else {
    equal = a == b;
  }
  if (!equal) {
    Fail(file, line, std::string(a_text) + " is " + Show(a) + ", " + b_text + " is " + Show(b));
  }
  return equal;
}

inline bool CheckTrue(bool value, const char* text, const char* file, int line) {
  if (!value) Fail(file, line, std::string(text) + " does not hold");
  return value;
}

bool CheckOk(const Status& status, const char* text, const char* file, int line);
bool CheckCode(const Status& status, Code code, const char* text, const char* file, int line);

}  // namespace duramen::test

#define TEST(name)                                       \
  static void Test##name();                              \
  [[maybe_unused]] static const bool registered_##name = \
      ::duramen::test::Register(#name, Test##name);      \
  static void Test##name()

#define EXPECT_EQ(a, b) ::duramen::test::CheckEqual((a), (b), #a, #b, __FILE__, __LINE__)
#define EXPECT_TRUE(a) ::duramen::test::CheckTrue(static_cast<bool>(a), #a, __FILE__, __LINE__)
#define EXPECT_FALSE(a) ::duramen::test::CheckTrue(!(a), "!(" #a ")", __FILE__, __LINE__)
#define EXPECT_OK(a) ::duramen::test::CheckOk((a), #a, __FILE__, __LINE__)
// The status failed with that code: EXPECT_CODE(log.Append(...), Code::kFenced).
#define EXPECT_CODE(a, code) ::duramen::test::CheckCode((a), (code), #a, __FILE__, __LINE__)

// The same, and leave the function (which returns void) where they fail.
#define ASSERT_EQ(a, b) \
  if (!EXPECT_EQ(a, b)) return
#define ASSERT_TRUE(a) \
  if (!EXPECT_TRUE(a)) return
#define ASSERT_OK(a) \
  if (!EXPECT_OK(a)) return
