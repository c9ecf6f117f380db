// Runs every test, or those whose name contains the first argument.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "check.h"

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
  std::printf("%d passed, %d failed\n", passed, failures);
  return failures == 0 && passed > 0 ? 0 : 1;
}

}  // namespace duramen::test

int main(int argc, char** argv) { return duramen::test::RunAll(argc > 1 ? argv[1] : ""); }
