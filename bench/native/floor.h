// What every floor shares: its arguments, a clock, a file in memory, and the line it prints.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace duramen::bench {

// `name=value` arguments; a value that is missing has the default given where it is read.
class Arguments {
 public:
  Arguments(int count, char** values);
  int64_t Number(const std::string& name, int64_t otherwise) const;
  std::string Text(const std::string& name, const std::string& otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

// Ends the program with the system's message: a floor that cannot be measured has no result.
[[noreturn]] void Fail(const std::string& what);

double NowSeconds();  // monotonic
double CpuSeconds();  // of this process, all threads

// Between the constructor and Print(): one measurement. Used by one thread.
class Stopwatch {
 public:
  Stopwatch();
  void Stop();
  double seconds() const { return seconds_; }
  // One JSON object on a line of its own. `latencies` in seconds, may be empty; sorted in place.
  void Print(const std::string& label, int64_t operations, int64_t bytes,
             std::vector<double>* latencies = nullptr) const;

 private:
  double begun_;
  double cpu_begun_;
  double seconds_ = 0;
  double cpu_seconds_ = 0;
};

// A new file of `size` bytes with its blocks allocated, mapped shared. Owns file and mapping; the
// file is removed by the destructor. Not thread-safe; the bytes may be used from any thread.
class MappedFile {
 public:
  MappedFile(const std::string& path, int64_t size);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  int fd() const { return fd_; }
  uint8_t* data() const { return data_; }
  int64_t size() const { return size_; }
  // Pages made present and dirty, so that no store faults.
  void Populate(int64_t position, int64_t length);

 private:
  std::string path_;
  int fd_;
  uint8_t* data_;
  int64_t size_;
};

std::vector<uint8_t> RandomBytes(int64_t size);

void CrcFloor(const Arguments& arguments);
void MemcpyFloor(const Arguments& arguments);
void WindowFloor(const Arguments& arguments);
void FirstTouchFloor(const Arguments& arguments);
void WriteFloor(const Arguments& arguments);
void SyncFloor(const Arguments& arguments);

}  // namespace duramen::bench
