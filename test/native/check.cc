#include "check.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace duramen::test {
namespace {

struct Test {
  const char* name;
  TestFunction function;
};

// A function's static, because tests register before this file's own statics exist.
std::vector<Test>& Tests() {
  static std::vector<Test> tests;
  return tests;
}

std::map<std::string, int64_t>& Parameters() {
  static std::map<std::string, int64_t> parameters;
  return parameters;
}

std::atomic<const char*> running{""};
std::atomic<bool> failed{false};

bool Run(const Test& test) {
  running = test.name;
  failed = false;
  test.function();
  return !failed;
}

}  // namespace

bool Register(const char* name, TestFunction function) {
  Tests().push_back({name, function});
  return true;
}

void Fail(const char* file, int line, const std::string& text) {
  failed = true;
  std::fprintf(stderr, "%s:%d: %s: %s\n", file, line, running.load(), text.c_str());
}

bool HasFailed() { return failed; }

void Report(const std::string& text) {
  std::printf("%s: %s\n", running.load(), text.c_str());
  std::fflush(stdout);
}

void SetParameter(const std::string& name, int64_t value) { Parameters()[name] = value; }

int64_t Parameter(const char* name, int64_t fallback) {
  const auto found = Parameters().find(name);
  return found == Parameters().end() ? fallback : found->second;
}

bool CheckOk(const Status& status, const char* text, const char* file, int line) {
  if (!status.ok()) {
    Fail(file, line,
         std::string(text) + " gives " + CodeText(status.code()) + ": " + status.message());
  }
  return status.ok();
}

bool CheckCode(const Status& status, Code code, const char* text, const char* file, int line) {
  if (status.code() == code) return true;
  Fail(file, line,
       std::string(text) + " gives " + CodeText(status.code()) + " (" + status.message() +
           "), expected " + CodeText(code));
  return false;
}

uint64_t Random::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void Random::Fill(uint8_t* out, size_t size) {
  for (; size >= sizeof(uint64_t); out += sizeof(uint64_t), size -= sizeof(uint64_t)) {
    const uint64_t word = Next();
    std::memcpy(out, &word, sizeof word);
  }
  for (; size > 0; --size) *out++ = static_cast<uint8_t>(Next());
}

TempDirectory::TempDirectory(Where where) {
  std::filesystem::path parent = std::filesystem::temp_directory_path();
  if (where == Where::kMemory && access("/dev/shm", W_OK) == 0) parent = "/dev/shm";
  std::string pattern = (parent / "duramen-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror(pattern.c_str());
    std::abort();
  }
  path_ = pattern;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int RunAll(const char* filter) {
  const auto start = std::chrono::steady_clock::now();
  int passed = 0;
  int failures = 0;
  for (const Test& test : Tests()) {
    if (std::strstr(test.name, filter) == nullptr) continue;
    if (Run(test)) {
      ++passed;
    } else {
      ++failures;
      std::printf("failed: %s\n", test.name);
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("%d passed, %d failed in %.1f s\n", passed, failures, taken.count());
  return failures == 0 && passed > 0 ? 0 : 1;
}

}  // namespace duramen::test
