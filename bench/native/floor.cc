#include "floor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace duramen::bench {

Arguments::Arguments(int count, char** values) {
  for (int i = 0; i < count; ++i) {
    const std::string argument = values[i];
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) continue;
    values_[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
}

int64_t Arguments::Number(const std::string& name, int64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : std::strtoll(found->second.c_str(), nullptr, 10);
}

std::string Arguments::Text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

void Fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

double NowSeconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Stopwatch::Stopwatch() : begun_(NowSeconds()), cpu_begun_(CpuSeconds()) {}

void Stopwatch::Stop() {
  seconds_ = NowSeconds() - begun_;
  cpu_seconds_ = CpuSeconds() - cpu_begun_;
}

void Stopwatch::Print(const std::string& label, int64_t operations, int64_t bytes,
                      std::vector<double>* latencies) const {
  std::printf("{\"label\":\"%s\",\"seconds\":%.9f,\"cpuSeconds\":%.6f,\"records\":%lld",
              label.c_str(), seconds_, cpu_seconds_, static_cast<long long>(operations));
  if (bytes > 0) std::printf(",\"bytes\":%lld", static_cast<long long>(bytes));
  if (latencies != nullptr && !latencies->empty()) {
    std::sort(latencies->begin(), latencies->end());
    const auto at = [&](double part) {
      const size_t last = latencies->size() - 1;
      return (*latencies)[static_cast<size_t>(part * static_cast<double>(last))] * 1e3;
    };
    std::printf(",\"latency\":{\"p50\":%.6f,\"p99\":%.6f,\"p999\":%.6f,\"max\":%.6f}", at(0.5),
                at(0.99), at(0.999), at(1));
  }
  std::printf("}\n");
}

MappedFile::MappedFile(const std::string& path, int64_t size)
    : path_(path),
      fd_(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      data_(nullptr),
      size_(size) {
  if (fd_ < 0) Fail("open " + path);
  if (fallocate(fd_, 0, 0, size) != 0) Fail("fallocate " + path);
  void* map = mmap(nullptr, static_cast<size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (map == MAP_FAILED) Fail("mmap " + path);
  data_ = static_cast<uint8_t*>(map);
}

MappedFile::~MappedFile() {
  munmap(data_, static_cast<size_t>(size_));
  close(fd_);
  unlink(path_.c_str());
}

void MappedFile::Populate(int64_t position, int64_t length) {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14
  if (madvise(data_ + position, static_cast<size_t>(length), kPopulateWrite) == 0) return;
  for (int64_t at = position; at < position + length; at += 4096) {
    *const_cast<volatile uint8_t*>(data_ + at) = 0;
  }
}

std::vector<uint8_t> RandomBytes(int64_t size) {
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  uint64_t state = 0x9e3779b97f4a7c15;
  for (uint8_t& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<uint8_t>(state);
  }
  return bytes;
}

}  // namespace duramen::bench
