// The pieces that a line of JSON is put together from. A name is given as it stands in the line,
// with its comma, as in R"(,"status":)": the line is appended to in as few steps as there can be.
#ifndef FIREBREAK_FLOWS_JSON_TEXT_H_
#define FIREBREAK_FLOWS_JSON_TEXT_H_

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/escape.h"
#include "base/time_text.h"
#include "base/verdict.h"

namespace firebreak::flows {

// AppendName leaves the comma out right behind an opening brace.
inline void AppendName(absl::string_view name, std::string* out) {
  if (out->back() == '{') name.remove_prefix(1);
  out->append(name.data(), name.size());
}

// Cut keeps at most size bytes, and no part of a UTF-8 character.
inline absl::string_view Cut(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

// AppendText escapes. An empty text is left out, with its name.
inline void AppendText(absl::string_view name, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  AppendName(name, out);
  AppendJsonString(value, out);
}

inline void AppendText(absl::string_view name, const SharedString& value, std::string* out) {
  if (value != nullptr) AppendText(name, absl::string_view(*value), out);
}

// AppendWord is for values of our own that need no escaping.
inline void AppendWord(absl::string_view name, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  AppendName(name, out);
  out->push_back('"');
  out->append(value.data(), value.size());
  out->push_back('"');
}

inline void AppendNumber(absl::string_view name, uint64_t value, std::string* out) {
  AppendName(name, out);
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), value);
  out->append(digits.data(), static_cast<size_t>(end.ptr - digits.data()));
}

// OpenObject and CloseObject put an object down; one that stayed empty is taken back.
inline size_t OpenObject(absl::string_view name, std::string* out) {
  const size_t start = out->size();
  AppendName(name, out);
  out->push_back('{');
  return start;
}

inline void CloseObject(size_t start, std::string* out) {
  if (out->back() == '{') {
    out->resize(start);
  } else {
    out->push_back('}');
  }
}

// kHexPairs has the two digits of each byte: every line has a hundred of them.
inline constexpr std::array<std::array<char, 2>, 256> kHexPairs = [] {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 0xf]};
  return pairs;
}();

// PutHex writes the two digits of a byte, and returns where it ended.
inline char* PutHex(uint8_t byte, char* at) { return std::copy_n(kHexPairs[byte].data(), 2, at); }

// AppendId appends 32 hex digits; an id of zero is left out.
void AppendId(absl::string_view name, uint64_t high, uint64_t low, std::string* out);

inline void AppendTime(absl::string_view name, absl::Time time, std::string* out) {
  AppendName(name, out);
  out->push_back('"');
  AppendRfc3339(time, out);
  out->push_back('"');
}

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_JSON_TEXT_H_
