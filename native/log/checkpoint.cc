#include "log/checkpoint.h"

#include <charconv>
#include <string_view>

#include "log/batch_format.h"

namespace duramen {
namespace {

constexpr size_t kCheckpointLimit = 64 << 20;

template <typename T>
bool ParseNumber(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Splits off the last field of `line`, which a single space separates.
std::string_view TakeLastField(std::string_view* line) {
  const size_t space = line->rfind(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view field = line->substr(space + 1);
  *line = line->substr(0, space);
  return field;
}

Status Malformed(const std::string& path, size_t line) {
  return Status(Code::kCorruptLog, "line " + std::to_string(line) + " of checkpoint " + path +
                                       " does not parse; move the file aside and open again")
      .At(path, -1);
}

// Calls `entry(line)` for each entry; it returns false for one that does not parse.
template <typename Entry>
Status ReadCheckpoint(Env* env, const std::string& path, Entry entry) {
  std::string content;
  Status status = ReadWholeFile(env, path, kCheckpointLimit, &content);
  if (status.code() == Code::kNotFound) return Status();
  if (!status.ok()) return status;
  std::string_view rest = content;
  size_t number = 0, expected = 0, seen = 0;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    ++number;
    int version = 0;
    if (number == 1) {
      if (!ParseNumber(line, &version) || version != 0) return Malformed(path, number);
    } else if (number == 2) {
      if (!ParseNumber(line, &expected)) return Malformed(path, number);
    } else if (!line.empty()) {
      if (!entry(line)) return Malformed(path, number);
      ++seen;
    }
  }
  if (number < 2 || seen != expected) return Malformed(path, number);
  return Status();
}

std::string Preamble(size_t count) { return "0\n" + std::to_string(count) + "\n"; }

}  // namespace

TopicPartition TopicPartitionOfDirectory(const std::string& directory) {
  const size_t slash = directory.find_last_of('/');
  const std::string name = slash == std::string::npos ? directory : directory.substr(slash + 1);
  const size_t dash = name.rfind('-');
  int32_t partition = 0;
  if (dash == std::string::npos || dash == 0 ||
      !ParseNumber(std::string_view(name).substr(dash + 1), &partition) || partition < 0) {
    return {name, 0};
  }
  return {name.substr(0, dash), partition};
}

Status ReadOffsetCheckpoint(Env* env, const std::string& path, OffsetCheckpoint* entries) {
  return ReadCheckpoint(env, path, [&](std::string_view line) {
    int64_t offset;
    TopicPartition key;
    if (!ParseNumber(TakeLastField(&line), &offset) || offset < 0) return false;
    if (offset >= kOffsetLimit) return false;
    if (!ParseNumber(TakeLastField(&line), &key.partition) || line.empty()) return false;
    key.topic = std::string(line);
    (*entries)[key] = offset;
    return true;
  });
}

Status WriteOffsetCheckpoint(Env* env, const std::string& path, const OffsetCheckpoint& entries) {
  std::string text = Preamble(entries.size());
  for (const auto& [key, offset] : entries) {
    text += key.topic + " " + std::to_string(key.partition) + " " + std::to_string(offset) + "\n";
  }
  return ReplaceFile(env, path, text);
}

Status ReadEpochCheckpoint(Env* env, const std::string& path, std::vector<EpochStart>* epochs) {
  return ReadCheckpoint(env, path, [&](std::string_view line) {
    EpochStart start;
    if (!ParseNumber(TakeLastField(&line), &start.start_offset)) return false;
    if (start.start_offset < 0 || start.start_offset >= kOffsetLimit) return false;
    if (!ParseNumber(line, &start.epoch)) return false;
    epochs->push_back(start);
    return true;
  });
}

Status WriteEpochCheckpoint(Env* env, const std::string& path,
                            const std::vector<EpochStart>& epochs) {
  std::string text = Preamble(epochs.size());
  for (const EpochStart& start : epochs) {
    text += std::to_string(start.epoch) + " " + std::to_string(start.start_offset) + "\n";
  }
  return ReplaceFile(env, path, text);
}

}  // namespace duramen
