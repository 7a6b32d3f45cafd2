#include "inspect/payload/parameters.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"

namespace firebreak::inspect {

bool HeaderParameters::Next(HeaderParameter& parameter) {
  parameter = HeaderParameter();
  const size_t begin = rest_.find_first_not_of("; \t");
  if (begin == absl::string_view::npos) return false;
  rest_.remove_prefix(begin);
  const size_t name_end = std::min(rest_.find_first_of("=;"), rest_.size());
  parameter.name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(rest_.substr(0, name_end)));
  rest_.remove_prefix(name_end);
  if (rest_.empty() || rest_.front() == ';') {
    parameter.broken = true;  // no value at all
    return true;
  }
  rest_ = absl::StripLeadingAsciiWhitespace(rest_.substr(1));
  if (!rest_.empty() && rest_.front() == '"') {
    ReadQuoted(parameter);
    return true;
  }
  const size_t end = std::min(rest_.find(';'), rest_.size());
  parameter.value = std::string(absl::StripTrailingAsciiWhitespace(rest_.substr(0, end)));
  rest_.remove_prefix(end);
  return true;
}

void HeaderParameters::ReadQuoted(HeaderParameter& parameter) {
  parameter.quoted = true;
  size_t i = 1;
  while (i < rest_.size() && rest_[i] != '"') {
    if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
    parameter.value += rest_[i++];
  }
  parameter.broken = i >= rest_.size();
  rest_.remove_prefix(std::min(i + 1, rest_.size()));
  const size_t next = std::min(rest_.find(';'), rest_.size());
  if (!absl::StripAsciiWhitespace(rest_.substr(0, next)).empty()) parameter.broken = true;
  rest_.remove_prefix(next);
}

std::pair<std::string, absl::string_view> SplitHeaderValue(absl::string_view value) {
  const size_t end = std::min(value.find(';'), value.size());
  return {absl::AsciiStrToLower(absl::StripAsciiWhitespace(value.substr(0, end))),
          value.substr(end)};
}

}  // namespace firebreak::inspect
