#include "http/header_map.h"

namespace firebreak::http {

void HeaderMap::Add(absl::string_view name, absl::string_view value) {
  lines_.push_back({.begin = static_cast<uint32_t>(text_.size()),
                    .name_bytes = static_cast<uint32_t>(name.size()),
                    .value_bytes = static_cast<uint32_t>(value.size())});
  text_.append(name.data(), name.size());
  text_.append(value.data(), value.size());
  ++added_;
}

void HeaderMap::Set(absl::string_view name, absl::string_view value) {
  Remove(name);
  Add(name, value);
}

size_t HeaderMap::Remove(absl::string_view name) {
  return RemoveIf([name](const Field& field) { return field.name == name; });
}

std::optional<absl::string_view> HeaderMap::Get(absl::string_view name) const {
  std::optional<absl::string_view> found;
  for (size_t i = 0; i < lines_.size(); ++i) {
    const Field field = (*this)[i];
    if (field.name != name) continue;
    if (found.has_value()) return std::nullopt;
    found = field.value;
  }
  return found;
}

size_t HeaderMap::Count(absl::string_view name) const {
  size_t count = 0;
  for (size_t i = 0; i < lines_.size(); ++i) count += (*this)[i].name == name ? 1 : 0;
  return count;
}

HeaderMap::Field HeaderMap::operator[](size_t i) const {
  const Line& line = lines_[i];
  const absl::string_view text(text_);
  return {.name = text.substr(line.begin, line.name_bytes),
          .value = text.substr(line.begin + line.name_bytes, line.value_bytes)};
}

void HeaderMap::Clear() {
  text_.clear();
  lines_.clear();
  added_ = 0;
}

}  // namespace firebreak::http
