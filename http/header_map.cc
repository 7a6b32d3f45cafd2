#include "http/header_map.h"

#include <algorithm>
#include <utility>

namespace firebreak::http {
namespace {

// A first allocation that most requests never outgrow; a string adds a byte to what it reserves.
constexpr size_t kUsualTextBytes = 511;
constexpr size_t kUsualLines = 16;

}  // namespace

void HeaderMap::Add(absl::string_view name, absl::string_view value) {
  const size_t begin = text_.size();
  const size_t needed = begin + name.size() + value.size();
  if (lines_.capacity() == 0) lines_.reserve(kUsualLines);
  lines_.push_back({.begin = static_cast<uint32_t>(begin),
                    .name_bytes = static_cast<uint32_t>(name.size()),
                    .value_bytes = static_cast<uint32_t>(value.size())});
  ++added_;
  if (needed <= text_.capacity()) {
    text_.append(name.data(), name.size()).append(value.data(), value.size());
    return;
  }
  // The old text lives until the new one is complete: name and value may lie in it.
  Text grown;
  grown.reserve(std::max({kUsualTextBytes, 2 * text_.capacity(), needed}));
  grown.append(text_).append(name.data(), name.size()).append(value.data(), value.size());
  text_ = std::move(grown);
}

void HeaderMap::Set(absl::string_view name, absl::string_view value) {
  Remove(name);
  Add(name, value);
}

size_t HeaderMap::Remove(absl::string_view name) {
  return RemoveIf([name](const Field& field) { return field.name == name; });
}

std::optional<absl::string_view> HeaderMap::Get(absl::string_view name) const {
  std::optional<absl::string_view> only;
  for (size_t i = 0; i < lines_.size(); ++i) {
    const Field field = (*this)[i];
    if (field.name != name) continue;  // mostly decided by the lengths
    if (only.has_value()) return std::nullopt;
    only = field.value;
  }
  return only;
}

size_t HeaderMap::Count(absl::string_view name) const {
  size_t count = 0;
  for (size_t i = Find(name, 0); i < lines_.size(); i = Find(name, i + 1)) ++count;
  return count;
}

size_t HeaderMap::Find(absl::string_view name, size_t from) const {
  for (size_t i = from; i < lines_.size(); ++i) {
    if ((*this)[i].name == name) return i;  // mostly decided by the lengths
  }
  return lines_.size();
}

void HeaderMap::Clear() {
  text_.clear();
  lines_.clear();
  added_ = 0;
}

}  // namespace firebreak::http
