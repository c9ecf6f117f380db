#include "log/transaction_index.h"

#include <algorithm>

#include "util/endian.h"

namespace duramen {
namespace {

constexpr uint16_t kVersion = 0;

// Positions in an entry; each is the one before plus that field's size.
constexpr size_t kVersionAt = 0;
constexpr size_t kProducerAt = kVersionAt + 2;
constexpr size_t kFirstAt = kProducerAt + 8;
constexpr size_t kLastAt = kFirstAt + 8;
constexpr size_t kStableAt = kLastAt + 8;
constexpr size_t kEntrySize = kStableAt + 8;
static_assert(kEntrySize == 34);

constexpr size_t kMostBytes = size_t{1} << 30;

void Encode(const AbortedTransaction& transaction, uint8_t* to) {
  StoreBig16(to + kVersionAt, kVersion);
  StoreBig64(to + kProducerAt, static_cast<uint64_t>(transaction.producer_id));
  StoreBig64(to + kFirstAt, static_cast<uint64_t>(transaction.first_offset));
  StoreBig64(to + kLastAt, static_cast<uint64_t>(transaction.last_offset));
  StoreBig64(to + kStableAt, static_cast<uint64_t>(transaction.last_stable_offset));
}

bool Decode(const uint8_t* from, AbortedTransaction* transaction) {
  const auto number = [from](size_t at) { return static_cast<int64_t>(LoadBig64(from + at)); };
  *transaction = {number(kProducerAt), number(kFirstAt), number(kLastAt), number(kStableAt)};
  return LoadBig16(from + kVersionAt) == kVersion && transaction->producer_id >= 0 &&
         transaction->first_offset >= 0 && transaction->first_offset <= transaction->last_offset;
}

bool EndsBefore(const AbortedTransaction& transaction, int64_t offset) {
  return transaction.last_offset < offset;
}

}  // namespace

void TransactionIndex::LoadLocked() const {
  if (loaded_) return;
  loaded_ = true;
  std::string content;
  const Status read = ReadWholeFile(env_, path_, kMostBytes, &content);
  damaged_ = (!read.ok() && read.code() != Code::kNotFound) || content.size() % kEntrySize != 0;
  const auto* from = reinterpret_cast<const uint8_t*>(content.data());
  for (size_t at = 0; !damaged_ && at < content.size(); at += kEntrySize) {
    AbortedTransaction entry;
    damaged_ = !Decode(from + at, &entry) ||
               (!entries_.empty() && entry.last_offset <= entries_.back().last_offset);
    if (!damaged_) entries_.push_back(entry);
  }
  written_ = entries_.size();
  unsynced_ = written_ > 0;  // by a process that died, maybe
}

void TransactionIndex::Add(const AbortedTransaction& transaction, bool write) {
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (!entries_.empty() && entries_.back().last_offset >= transaction.last_offset) return;
  entries_.push_back(transaction);
  if (write) (void)WriteLocked();
}

bool TransactionIndex::Settle(int64_t from, const std::vector<AbortedTransaction>& found,
                              bool write) {
  std::lock_guard lock(mutex_);
  LoadLocked();
  const auto kept = std::lower_bound(entries_.begin(), entries_.end(), from, EndsBefore);
  if (damaged_ && from > 0) return false;
  std::vector<AbortedTransaction> entries(entries_.begin(), kept);
  entries.insert(entries.end(), found.begin(), found.end());
  if (entries == entries_ && !damaged_) return true;
  entries_ = std::move(entries);
  damaged_ = false;
  written_ = 0;
  if (write && ReplaceFile(env_, path_, EncodedFrom(0)).ok()) written_ = entries_.size();
  return true;
}

Status TransactionIndex::Collect(int64_t from, int64_t to,
                                 std::vector<AbortedTransaction>* found) const {
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (damaged_) {
    return Status(Code::kCorruptLog,
                  path_ +
                      " is damaged, so that it is not known which transactions were aborted; "
                      "close the log and run duramen repair, which makes it anew")
        .At(path_, -1);
  }
  auto entry = std::lower_bound(entries_.begin(), entries_.end(), from, EndsBefore);
  for (; entry != entries_.end(); ++entry) {
    if (entry->first_offset < to) found->push_back(*entry);
  }
  return Status();
}

std::string TransactionIndex::EncodedFrom(size_t from) const {
  std::string content((entries_.size() - from) * kEntrySize, '\0');
  auto* to = reinterpret_cast<uint8_t*>(content.data());
  for (size_t i = from; i < entries_.size(); ++i) Encode(entries_[i], to + (i - from) * kEntrySize);
  return content;
}

Status TransactionIndex::WriteLocked() {
  const size_t from = written_;
  const std::string content = EncodedFrom(from);
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(path_, OpenMode::kCreate, &file));
  const auto at = static_cast<int64_t>(from * kEntrySize);
  // A part that an earlier attempt has left, or entries that are no more.
  DURAMEN_TRY(file->Truncate(at));
  unsynced_ = true;
  DURAMEN_TRY(file->WriteAt(content.data(), content.size(), at));
  written_ = entries_.size();
  return Status();
}

Status TransactionIndex::Persist() {
  std::lock_guard lock(mutex_);
  return loaded_ && written_ < entries_.size() ? WriteLocked() : Status();
}

Status TransactionIndex::Seal() {
  std::lock_guard lock(mutex_);
  LoadLocked();
  if (written_ < entries_.size()) DURAMEN_TRY(WriteLocked());
  if (!unsynced_) return Status();
  std::unique_ptr<File> file;
  DURAMEN_TRY(env_->Open(path_, OpenMode::kReadWrite, &file));
  DURAMEN_TRY(file->Sync());
  unsynced_ = false;
  return Status();
}

void TransactionIndex::Reset() {
  std::lock_guard lock(mutex_);
  loaded_ = true;
  damaged_ = false;
  entries_.clear();
  written_ = 0;
  (void)env_->Unlink(path_);
}

}  // namespace duramen
