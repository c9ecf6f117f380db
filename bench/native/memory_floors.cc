// memcpy, window, first-touch: how fast bytes get into memory and into a mapped file.
#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>

#include "floor.h"
#include "util/crc32c.h"

namespace duramen::bench {
namespace {

using Step = void (*)(uint8_t* to, const uint8_t* from, size_t size);

void Copy(uint8_t* to, const uint8_t* from, size_t size) { std::memcpy(to, from, size); }

void Sum(uint8_t* to, const uint8_t* from, size_t size) {
  const uint32_t crc = Crc32c(from, size);
  std::memcpy(to, &crc, sizeof(crc));
}

void CopyAndSum(uint8_t* to, const uint8_t* from, size_t size) {
  std::memcpy(to, from, size);
  const uint32_t crc = Crc32c(from, size);
  std::memcpy(to, &crc, sizeof(crc));
}

// Blocks of a small source laid end to end over [begin, end).
void Fill(uint8_t* begin, uint8_t* end, const std::vector<uint8_t>& source, size_t block,
          Step step) {
  size_t at = 0;
  for (uint8_t* to = begin; to + block <= end; to += block) {
    step(to, source.data() + at, block);
    at += block;
    if (at + block > source.size()) at = 0;
  }
}

// The range cut in as many pieces as there are threads.
void FillInThreads(uint8_t* begin, int64_t size, int threads, const std::vector<uint8_t>& source,
                   size_t block, Step step) {
  std::vector<std::thread> others;
  const int64_t piece = size / threads;
  for (int i = 1; i < threads; ++i) {
    uint8_t* from = begin + piece * i;
    others.emplace_back([=, &source] { Fill(from, from + piece, source, block, step); });
  }
  Fill(begin, begin + piece, source, block, step);
  for (std::thread& other : others) other.join();
}

void Measure(const std::string& label, uint8_t* to, int64_t size, int threads,
             const std::vector<uint8_t>& source, size_t block, Step step) {
  Stopwatch watch;
  FillInThreads(to, size, threads, source, block, step);
  watch.Stop();
  watch.Print(label, size / static_cast<int64_t>(block), size);
}

}  // namespace

// bytes (of the target), block, source (bytes that are cycled through), threads.
void MemcpyFloor(const Arguments& arguments) {
  const int64_t bytes = arguments.Number("bytes", 256 << 20);
  const auto block = static_cast<size_t>(arguments.Number("block", 1 << 20));
  const auto threads = static_cast<int>(arguments.Number("threads", 1));
  const std::vector<uint8_t> source =
      RandomBytes(arguments.Number("source", static_cast<int64_t>(block)));
  std::vector<uint8_t> target(static_cast<size_t>(bytes), 1);
  Measure("", target.data(), bytes, threads, source, block, Copy);
}

// The burst of ready batches: into a populated window of a mapped file. dir, bytes, block, source.
void WindowFloor(const Arguments& arguments) {
  const int64_t bytes = arguments.Number("bytes", 256 << 20);
  const auto block = static_cast<size_t>(arguments.Number("block", 64 << 10));
  const std::vector<uint8_t> source =
      RandomBytes(arguments.Number("source", static_cast<int64_t>(block)));
  MappedFile file(arguments.Text("dir", ".") + "/window", bytes);
  file.Populate(0, bytes);
  Fill(file.data(), file.data() + bytes, source, block, Copy);  // warm
  Measure("memcpy", file.data(), bytes, 1, source, block, Copy);
  Measure("CRC", file.data(), bytes, 1, source, block, Sum);
  Measure("memcpy + CRC", file.data(), bytes, 1, source, block, CopyAndSum);
}

// Sustained: pages are met for the first time. dir, total, segment, block,
// populate=none|ahead|self.
void FirstTouchFloor(const Arguments& arguments) {
  const int64_t total = arguments.Number("total", int64_t{4} << 30);
  const int64_t segment = std::min(total, arguments.Number("segment", 1 << 30));
  const auto block = static_cast<size_t>(arguments.Number("block", 1 << 20));
  const int64_t chunk = arguments.Number("chunk", 16 << 20);
  const std::string populate = arguments.Text("populate", "none");
  const std::vector<uint8_t> source = RandomBytes(arguments.Number("source", 16 << 20));
  std::vector<std::unique_ptr<MappedFile>> files;
  for (int64_t at = 0; at < total; at += segment) {
    const std::string name = "/first-touch-" + std::to_string(files.size());
    files.push_back(std::make_unique<MappedFile>(arguments.Text("dir", ".") + name, segment));
  }
  Stopwatch watch;
  std::thread ahead([&] {
    if (populate != "ahead") return;
    for (const auto& file : files) {
      for (int64_t at = 0; at < segment; at += chunk) file->Populate(at, chunk);
    }
  });
  for (const auto& file : files) {
    for (int64_t at = 0; at < segment; at += chunk) {
      if (populate == "self") file->Populate(at, chunk);
      Fill(file->data() + at, file->data() + at + chunk, source, block, Copy);
    }
  }
  ahead.join();
  watch.Stop();
  watch.Print("", total / static_cast<int64_t>(block), total);
}

}  // namespace duramen::bench
