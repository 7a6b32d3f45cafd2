// The same answer as that of a plain reading of the whole text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "proxy/tcp/versioned_head.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kBlanks = " \t\v\f\r";

bool IsLow(char c) { return static_cast<unsigned char>(c) <= ' '; }

bool IsNumber(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

bool IsVersion(absl::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == absl::string_view::npos || slash == 0) return false;
  if (text.find_first_of(kBlanks) != absl::string_view::npos) return false;
  const std::vector<absl::string_view> numbers = absl::StrSplit(text.substr(slash + 1), '.');
  return numbers.size() == 2 && IsNumber(numbers[0]) && IsNumber(numbers[1]);
}

bool IsMethod(absl::string_view word) {
  return std::none_of(word.begin(), word.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || (byte >= 0x7f && byte <= 0x9f);
  });
}

absl::string_view TakeWord(absl::string_view* line) {
  line->remove_prefix(std::min(line->find_first_not_of(kBlanks), line->size()));
  const absl::string_view word = line->substr(0, line->find_first_of(kBlanks));
  line->remove_prefix(word.size());
  return word;
}

bool IsRequest(absl::string_view text) {
  while (!text.empty() && (IsLow(text[0]) || text[0] == 0x7f)) text.remove_prefix(1);
  const size_t end = text.find('\n');
  if (end == absl::string_view::npos) return false;
  absl::string_view line = text.substr(0, end);
  if (!IsMethod(TakeWord(&line))) return false;
  const std::string target = absl::AsciiStrToLower(TakeWord(&line));
  while (!line.empty() && IsLow(line.front())) line.remove_prefix(1);
  while (!line.empty() && IsLow(line.back())) line.remove_suffix(1);
  if (target.empty() || !IsVersion(line)) return false;
  const std::string scheme = target.substr(0, target.find(':') + 1);
  if (line == "SIP/2.0" &&
      (scheme == "sip:" || scheme == "sips:" || scheme == "tel:" || scheme == "urn:")) {
    return false;
  }
  const std::vector<absl::string_view> fields = absl::StrSplit(text.substr(end + 1), '\n');
  // What is behind the last line feed is no line yet.
  return std::any_of(fields.begin(), fields.end() - 1, [](absl::string_view field) {
    return field.find_first_not_of('\r') == absl::string_view::npos;
  });
}

}  // namespace
}  // namespace firebreak::proxy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::proxy::VersionedHead;
  constexpr size_t kEnough = 4'096;  // less than it waits for
  const absl::string_view text(reinterpret_cast<const char*>(data), std::min(size, kEnough));
  VersionedHead head;
  const bool known = std::any_of(text.begin(), text.end(), [&head](char c) {
    return head.Take(c) == VersionedHead::Reading::kRequest;
  });
  if (known != firebreak::proxy::IsRequest(text)) std::abort();
  return 0;
}
