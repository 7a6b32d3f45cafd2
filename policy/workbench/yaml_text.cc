#include "policy/workbench/yaml_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/escape.h"
#include "base/utf8.h"

namespace firebreak::policy {
namespace {

constexpr size_t kLineColumns = 120;

bool IsPlainChar(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.'; }

// IsPlain: begins with a letter, and is none of the words that some reader takes for something
// else.
bool IsPlain(absl::string_view text) {
  if (text.empty() || text.size() > 64 || !absl::ascii_isalpha(text[0])) return false;
  if (!std::all_of(text.begin(), text.end(), IsPlainChar)) return false;
  const std::string lower = absl::AsciiStrToLower(text);
  for (absl::string_view word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}) {
    if (lower == word) return false;
  }
  return true;
}

}  // namespace

std::string YamlQuoted(absl::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte < 0x80) {
      if (byte == '"' || byte == '\\') {
        absl::StrAppend(&quoted, "\\", text.substr(0, 1));
      } else if (absl::ascii_isprint(byte)) {
        quoted.push_back(text[0]);
      } else {
        absl::StrAppendFormat(&quoted, "\\x%02X", byte);
      }
      text.remove_prefix(1);
      continue;
    }
    const Rune rune = DecodeRune(text);
    constexpr uint32_t kReplacement = 0xFFFD;  // of a byte that is not UTF-8
    absl::StrAppendFormat(&quoted, "\\U%08X", rune.size == 0 ? kReplacement : rune.code);
    text.remove_prefix(std::max<size_t>(rune.size, 1));
  }
  quoted.push_back('"');
  return quoted;
}

std::string YamlScalar(absl::string_view text) {
  return IsPlain(text) ? std::string(text) : YamlQuoted(text);
}

std::string YamlList(size_t indent, absl::string_view name,
                     const std::vector<std::string>& values) {
  const std::string start(indent, ' ');
  std::string line = absl::StrCat(start, name, ": [",
                                  absl::StrJoin(values, ", ",
                                                [](std::string* out, const std::string& value) {
                                                  out->append(YamlQuoted(value));
                                                }),
                                  "]\n");
  if (line.size() <= kLineColumns) return line;
  std::string lines = absl::StrCat(start, name, ":\n");
  for (const std::string& value : values) {
    absl::StrAppend(&lines, start, "- ", YamlQuoted(value), "\n");
  }
  return lines;
}

std::string YamlComment(size_t indent, absl::string_view text) {
  const std::string start = absl::StrCat(std::string(indent, ' '), "#");
  std::string lines;
  std::string line = start;
  for (absl::string_view word : absl::StrSplit(PrintableEscaped(text), ' ', absl::SkipEmpty())) {
    if (line.size() > start.size() && line.size() + 1 + word.size() > kLineColumns) {
      absl::StrAppend(&lines, line, "\n");
      line = start;
    }
    absl::StrAppend(&line, " ", word);
  }
  return absl::StrCat(lines, line, "\n");
}

}  // namespace firebreak::policy
