#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "store/bytes.h"
#include "store/columns.h"
#include "store/segment.h"
#include "store/segment_format.h"

namespace firebreak::store {
namespace {

// ParseId takes 32 lower-case hex digits, and nothing for an empty text.
bool ParseId(absl::string_view text, Id* id) {
  *id = {};
  if (text.empty()) return true;
  if (text.size() != kIdDigits) return false;
  for (size_t i = 0; i < kIdDigits; ++i) {
    const char c = text[i];
    uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint64_t>(c - 'a') + 10;
    } else {
      return false;
    }
    uint64_t& half = i < kIdDigits / 2 ? id->upper : id->lower;
    half = half << 4 | digit;
  }
  id->present = true;
  return true;
}

// Codes writes what stands for entries of a dictionary that is in the order of first use.
class Codes {
 public:
  void Append(uint32_t code, std::string* out) {
    if (code == next_) {
      AppendVarint(0, out);
      ++next_;
    } else {
      AppendVarint(uint64_t{code} + 1, out);
    }
  }

 private:
  uint32_t next_ = 0;
};

size_t VarintBytes(uint64_t value) {
  size_t bytes = 1;
  while ((value >>= 7) != 0) ++bytes;
  return bytes;
}

void AppendLittleEndian(uint64_t value, size_t size, std::string* out) {
  for (size_t i = 0; i < size; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace

// TextColumn is a dictionary in the order of first use, and a code for each row.
class SegmentBuilder::TextColumn {
 public:
  // Add returns how many bytes the dictionary has grown by.
  size_t Add(absl::string_view text) {
    const auto found = codes_by_text_.find(text);
    if (found != codes_by_text_.end()) {
      codes_.push_back(found->second);
      return 0;
    }
    const auto code = static_cast<uint32_t>(entries_.size());
    entries_.emplace_back(text);  // a deque: views into it hold
    codes_by_text_.emplace(entries_.back(), code);
    codes_.push_back(code);
    return text.size();
  }

  ColumnKind Encode(std::string* out) const {
    std::vector<Id> ids(entries_.size());
    bool all_ids = entries_.size() > 1;
    for (size_t i = 0; i < entries_.size() && all_ids; ++i) all_ids = ParseId(entries_[i], &ids[i]);
    if (all_ids) {
      EncodeIds(ids, out);
      return ColumnKind::kIds;
    }
    AppendVarint(entries_.size(), out);
    for (const std::string& entry : entries_) {
      AppendVarint(entry.size(), out);
      out->append(entry);
    }
    Codes codes;
    for (const uint32_t code : codes_) codes.Append(code, out);
    return ColumnKind::kTexts;
  }

 private:
  void EncodeIds(const std::vector<Id>& ids, std::string* out) const {
    absl::flat_hash_map<uint64_t, uint32_t> uppers;
    std::string dictionary;
    std::string rows;
    std::string lowers;
    // Text 0 is nothing, so the first upper half is number 1.
    std::vector<uint64_t> last_lower(1);
    Codes codes;
    AppendVarint(0, &rows);  // brings text 0 in, for the codes that follow
    std::string ignored;
    codes.Append(0, &ignored);
    for (const uint32_t code : codes_) {
      const Id& id = ids[code];
      uint32_t upper = 0;
      if (id.present) {
        const auto [at, fresh] = uppers.emplace(id.upper, static_cast<uint32_t>(last_lower.size()));
        if (fresh) {
          last_lower.push_back(0);
          AppendLittleEndian(id.upper, 8, &dictionary);
        }
        upper = at->second;
        AppendVarint(Zigzag(id.lower - last_lower[upper]), &lowers);
        last_lower[upper] = id.lower;
      }
      codes.Append(upper, &rows);
    }
    AppendVarint(uppers.size(), out);
    absl::StrAppend(out, dictionary, rows, lowers);
  }

  std::deque<std::string> entries_;
  absl::flat_hash_map<absl::string_view, uint32_t> codes_by_text_;
  std::vector<uint32_t> codes_;
};

SegmentBuilder::SegmentBuilder() : texts_(Columns().size()), numbers_(Columns().size()) {}
SegmentBuilder::SegmentBuilder(SegmentBuilder&&) noexcept = default;
SegmentBuilder& SegmentBuilder::operator=(SegmentBuilder&&) noexcept = default;
SegmentBuilder::~SegmentBuilder() = default;

void SegmentBuilder::Add(const flows::Flow& flow) {
  const std::vector<Column>& columns = Columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].type != ColumnType::kText) {
      std::vector<uint64_t>& values = numbers_[i].values;
      const uint64_t value = columns[i].Number(flow);
      number_bytes_ += VarintBytes(Zigzag(value - (values.empty() ? 0 : values.back())));
      values.push_back(value);
      continue;
    }
    if (texts_[i] == nullptr) texts_[i] = std::make_unique<TextColumn>();
    text_bytes_ += texts_[i]->Add(columns[i].Text(flow, &scratch_));
    ++number_bytes_;  // a code, of one byte mostly
  }
  ++rows_;
}

absl::StatusOr<std::string> SegmentBuilder::Finish() {
  const absl::Cleanup anew = [this] { *this = SegmentBuilder(); };
  return Encode();
}

absl::StatusOr<std::string> SegmentBuilder::Encode() const {
  const std::vector<Column>& columns = Columns();
  std::string file(kSegmentMagic.data(), kSegmentMagic.size());
  std::string directory;
  AppendVarint(rows_, &directory);
  AppendVarint(columns.size(), &directory);
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string bytes;
    ColumnKind kind = ColumnKind::kNumbers;
    if (columns[i].type == ColumnType::kText) {
      kind = texts_[i] == nullptr ? TextColumn().Encode(&bytes) : texts_[i]->Encode(&bytes);
    } else {
      uint64_t before = 0;
      for (const uint64_t value : numbers_[i].values) {
        AppendVarint(Zigzag(value - before), &bytes);
        before = value;
      }
    }
    FB_ASSIGN_OR_RETURN(const std::string frame, Compress(bytes));
    AppendVarint(columns[i].name.size(), &directory);
    directory.append(columns[i].name);
    AppendVarint(static_cast<uint64_t>(kind), &directory);
    AppendVarint(file.size(), &directory);
    AppendVarint(frame.size(), &directory);
    file.append(frame);
  }
  FB_ASSIGN_OR_RETURN(const std::string frame, Compress(directory));
  file.append(frame);
  AppendLittleEndian(frame.size(), 4, &file);
  file.append(kSegmentMagic.data(), kSegmentMagic.size());
  return file;
}

}  // namespace firebreak::store
