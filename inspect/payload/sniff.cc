#include "inspect/payload/sniff.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace firebreak::inspect {
namespace {

// Whether the first character behind white space is one of a set.
Guess NextIsOneOf(absl::string_view text, absl::string_view set, Guess guess) {
  text = absl::StripLeadingAsciiWhitespace(text);
  if (text.empty()) return Guess::kMore;
  return set.find(text.front()) == absl::string_view::npos ? Guess::kNothing : guess;
}

bool IsParameterName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("._-[]").find(c) != absl::string_view::npos;
}

Guess GuessForm(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && IsParameterName(text[size])) ++size;
  if (size == text.size()) return Guess::kMore;
  return size > 0 && text[size] == '=' ? Guess::kForm : Guess::kNothing;
}

}  // namespace

Guess GuessKind(absl::string_view start) {
  start = absl::StripLeadingAsciiWhitespace(start);
  if (start.empty()) return Guess::kMore;
  const absl::string_view behind = start.substr(1);
  switch (start.front()) {
    case '{':
      return NextIsOneOf(behind, "\"}", Guess::kJson);
    case '[':
      return NextIsOneOf(behind, "\"{[]-0123456789", Guess::kJson);
    case '<':
      if (behind.empty()) return Guess::kMore;
      return behind.front() == '?' || behind.front() == '!' ? Guess::kXml : Guess::kNothing;
    default:
      return GuessForm(start);
  }
}

}  // namespace firebreak::inspect
