// write, sync: a pwrite loop, and loops of one block and one fdatasync.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "floor.h"

namespace duramen::bench {
namespace {

void WriteAll(int fd, const uint8_t* from, size_t size, int64_t position) {
  while (size > 0) {
    const ssize_t written = pwrite(fd, from, size, position);
    if (written < 0) Fail("pwrite");
    from += written;
    size -= static_cast<size_t>(written);
    position += written;
  }
}

// How a block gets into the file before its fdatasync.
enum class Into { kInitialised, kAppend, kMap };

struct SyncLoop {
  int fd;
  uint8_t* map;  // kMap only
  Into into;
  int64_t count;
  const std::vector<uint8_t>* block;
  std::atomic<int64_t> next{0};

  // Takes the next block of the file until all are written; its latencies go to `latencies`.
  void Run(std::vector<double>* latencies) {
    const auto size = static_cast<int64_t>(block->size());
    for (int64_t i = next++; i < count; i = next++) {
      const double begun = NowSeconds();
      if (into == Into::kMap) {
        std::memcpy(map + i * size, block->data(), block->size());
      } else {
        WriteAll(fd, block->data(), block->size(), i * size);
      }
      if (fdatasync(fd) != 0) Fail("fdatasync");
      latencies->push_back(NowSeconds() - begun);
    }
  }
};

}  // namespace

// dir, bytes, block: into a plain growing file, nothing flushed.
void WriteFloor(const Arguments& arguments) {
  const int64_t bytes = arguments.Number("bytes", 256 << 20);
  const int64_t block = arguments.Number("block", 64 << 10);
  const std::vector<uint8_t> source = RandomBytes(block);
  const std::string path = arguments.Text("dir", ".") + "/write";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) Fail("open " + path);
  Stopwatch watch;
  for (int64_t at = 0; at + block <= bytes; at += block) {
    WriteAll(fd, source.data(), source.size(), at);
  }
  watch.Stop();
  watch.Print("", bytes / block, bytes);
  close(fd);
  unlink(path.c_str());
}

// dir, block, count, threads, into=initialised|append|map, step (of the zeros written ahead: the
// page cache takes a write of 1 MiB as one folio, and a store through the map then dirties all of
// it).
void SyncFloor(const Arguments& arguments) {
  const int64_t block = arguments.Number("block", 4096);
  const int64_t count = arguments.Number("count", 2000);
  const auto threads = static_cast<int>(arguments.Number("threads", 1));
  const std::string into = arguments.Text("into", "initialised");
  const std::vector<uint8_t> bytes = RandomBytes(block);
  MappedFile file(arguments.Text("dir", ".") + "/sync", block * count);
  if (into == "append") {
    if (ftruncate(file.fd(), 0) != 0) Fail("ftruncate");
  } else {
    const int64_t step = arguments.Number("step", 4096);
    const std::vector<uint8_t> zeros(static_cast<size_t>(step));
    for (int64_t at = 0; at < file.size(); at += step) {
      const int64_t size = std::min(step, file.size() - at);
      WriteAll(file.fd(), zeros.data(), static_cast<size_t>(size), at);
    }
  }
  if (fsync(file.fd()) != 0) Fail("fsync");

  SyncLoop loop{.fd = file.fd(),
                .map = file.data(),
                .into = into == "map"      ? Into::kMap
                        : into == "append" ? Into::kAppend
                                           : Into::kInitialised,
                .count = count,
                .block = &bytes};
  std::vector<std::vector<double>> latencies(static_cast<size_t>(threads));
  Stopwatch watch;
  std::vector<std::thread> others;
  for (size_t i = 1; i < latencies.size(); ++i) {
    others.emplace_back([&loop, &latencies, i] { loop.Run(&latencies[i]); });
  }
  loop.Run(&latencies[0]);
  for (std::thread& other : others) other.join();
  watch.Stop();
  for (size_t i = 1; i < latencies.size(); ++i) {
    latencies[0].insert(latencies[0].end(), latencies[i].begin(), latencies[i].end());
  }
  watch.Print("", count, count * block, &latencies[0]);
}

}  // namespace duramen::bench
