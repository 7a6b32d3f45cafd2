#include "inspect/payload/sniff.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

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

// How the characters of a wide text are written.
struct Units {
  size_t size;
  bool big;  // the most significant byte comes first
  absl::string_view mark;
};
constexpr Units kWide[] = {{4, true, absl::string_view("\0\0\xFE\xFF", 4)},
                           {4, false, absl::string_view("\xFF\xFE\0\0", 4)},
                           {2, true, "\xFE\xFF"},
                           {2, false, "\xFF\xFE"}};

// TakeAscii takes one character off text; 0: it is not ASCII, or there is none.
char TakeAscii(const Units& units, absl::string_view* text) {
  if (text->size() < units.size) return 0;
  const absl::string_view unit = text->substr(0, units.size);
  text->remove_prefix(units.size);
  const char c = units.big ? unit.back() : unit.front();
  const absl::string_view rest = units.big ? unit.substr(0, units.size - 1) : unit.substr(1);
  const bool ascii = c > 0 && rest.find_first_not_of('\0') == absl::string_view::npos;
  return ascii ? c : '\0';
}

bool BeginsWide(const Units& units, absl::string_view text) {
  const bool marked = absl::ConsumePrefix(&text, units.mark);
  char c = TakeAscii(units, &text);
  while (c != 0 && absl::ascii_isspace(static_cast<unsigned char>(c))) c = TakeAscii(units, &text);
  if (c != '{' && c != '[' && c != '<') return false;
  // Without a mark one character could be chance.
  return marked || TakeAscii(units, &text) != 0;
}

}  // namespace

bool MayBeWide(absl::string_view start) {
  if (start.empty()) return false;
  const char first = start.front();
  return first == '\0' || first == '\xFE' || first == '\xFF' ||
         (start.size() > 1 && start[1] == '\0');
}

bool IsWideText(absl::string_view start) {
  for (const Units& units : kWide) {
    if (BeginsWide(units, start)) return true;
  }
  return false;
}

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
