#include "config/diagnostics.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/escape.h"

namespace firebreak::config {
namespace {

// ANSI colours; empty where colour is off.
struct Palette {
  absl::string_view bold;
  absl::string_view error;
  absl::string_view warning;
  absl::string_view caret;
  absl::string_view reset;
};

constexpr Palette kPlain = {};
constexpr Palette kColour = {"\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;32m", "\x1b[0m"};

Diagnostic WholeFile(Severity severity, ErrorCode code, absl::string_view file,
                     absl::string_view message, absl::string_view help) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = code;
  diagnostic.file = absl::StrCat(file);
  diagnostic.message = absl::StrCat(message);
  diagnostic.help = absl::StrCat(help);
  return diagnostic;
}

// Columns counts the characters of valid UTF-8.
size_t Columns(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string Location(const Diagnostic& diagnostic) {
  std::string location = PrintableEscaped(diagnostic.file);
  if (diagnostic.line == 0) return location;
  absl::StrAppend(&location, ":", diagnostic.line);
  if (diagnostic.column != 0) absl::StrAppend(&location, ":", diagnostic.column);
  return location;
}

void AppendSourceLine(const Diagnostic& diagnostic, const Palette& palette, std::string* out) {
  if (diagnostic.source_line.empty()) return;
  const absl::string_view line = diagnostic.source_line;
  const size_t caret = std::min(line.size(), static_cast<size_t>(std::max(diagnostic.caret, 0)));
  // The caret stands under the escaped text, which may be wider than the file's.
  const size_t indent = Columns(PrintableEscaped(line.substr(0, caret)));
  absl::StrAppend(out, "  ", PrintableEscaped(line), "\n");
  if (diagnostic.column == 0) return;
  absl::StrAppend(out, std::string(indent + 2, ' '), palette.caret, "^", palette.reset, "\n");
}

void AppendDiagnostic(const Diagnostic& diagnostic, const Palette& palette, std::string* out) {
  const bool is_error = diagnostic.severity == Severity::kError;
  absl::StrAppend(out, palette.bold, Location(diagnostic), ": ", palette.reset,
                  is_error ? palette.error : palette.warning, is_error ? "error[" : "warning[",
                  ErrorCodeName(diagnostic.code), "]", palette.reset, ": ",
                  PrintableEscaped(diagnostic.message), "\n");
  AppendSourceLine(diagnostic, palette, out);
  if (diagnostic.help.empty()) return;
  absl::StrAppend(out, palette.bold, "help:", palette.reset, " ", PrintableEscaped(diagnostic.help),
                  "\n");
}

void AppendRest(int count, absl::string_view what, std::string* out) {
  const int rest = count - Diagnostics::kMaxKept;
  if (rest > 0) absl::StrAppend(out, "... and ", rest, " more ", what, rest > 1 ? "s" : "", "\n");
}

}  // namespace

void Diagnostics::Add(Diagnostic diagnostic) {
  int& count = diagnostic.severity == Severity::kError ? error_count_ : warning_count_;
  ++count;
  if (count <= kMaxKept) items_.push_back(std::move(diagnostic));
}

void Diagnostics::Error(ErrorCode code, absl::string_view file, absl::string_view message,
                        absl::string_view help) {
  Add(WholeFile(Severity::kError, code, file, message, help));
}

void Diagnostics::Warning(ErrorCode code, absl::string_view file, absl::string_view message,
                          absl::string_view help) {
  Add(WholeFile(Severity::kWarning, code, file, message, help));
}

std::string Diagnostics::Format(bool color) const {
  std::string out;
  for (const Diagnostic& diagnostic : items_) {
    AppendDiagnostic(diagnostic, color ? kColour : kPlain, &out);
  }
  AppendRest(error_count_, "error", &out);
  AppendRest(warning_count_, "warning", &out);
  return out;
}

}  // namespace firebreak::config
