#include "inspect/attack/shell.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/shell_command.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

using Kind = ShellCommand::Kind;

// Separator is what stands before a command, and how.
struct Separator {
  char sign;
  bool line_end;
  bool first;     // nothing before it: no sentence begins with a separator
  bool pressing;  // first, or doubled, as in "&&" and "||"
  bool tight;     // the command follows at once
  bool only;      // no second one of its kind, but at the end
};

Separator SeparatorAt(absl::string_view text, size_t sign, size_t at) {
  Separator separator{};
  separator.sign = text[sign];
  separator.line_end = text[sign] == '\n' || text[sign] == '\r';
  separator.first = text.substr(0, sign).find_first_not_of(" '\")}") == absl::string_view::npos;
  separator.pressing = separator.first || (at - sign >= 2 && !separator.line_end);
  separator.tight = !IsBlank(At(text, at));
  const size_t second = text.find(text[sign], at);
  separator.only = text.find(text[sign]) == sign &&
                   (second == absl::string_view::npos || second + 1 == text.size());
  return separator;
}

// "a & b", "cats; find more", "name|id|date": English and lists have separators and words, but no
// options. A word by itself counts after what neither has.
bool IsCertain(const Separator& separator, const ShellCommand& command) {
  if (command.arguments || command.has_path) return true;
  const bool words = command.words && !separator.line_end;
  switch (command.kind) {
    case Kind::kNone:
      return false;
    case Kind::kProgram:
      return command.alone || words || separator.first;
    case Kind::kShort:
      if (separator.first || (separator.pressing && command.alone)) return true;
      return command.alone && separator.tight && separator.only &&
             (separator.sign == ';' || separator.line_end);
    case Kind::kWord:
      if (separator.pressing && command.alone) return !(separator.first && separator.sign == '&');
      return words && (separator.pressing || (separator.tight && separator.sign == ';'));
  }
  return false;
}

// What follows the separators from `sign` to `at`.
void LookAfterSeparator(absl::string_view text, size_t sign, size_t at, Hits& hits) {
  const ShellCommand command = ReadShellCommand(text, at);
  if (command.kind == Kind::kNone) return;
  if (command.hidden && (command.arguments || command.alone)) {
    hits.Add(Rule::kCommandHidden, sign, command.end);
  }
  const Separator separator = SeparatorAt(text, sign, at);
  if (!IsCertain(separator, command)) return;
  const bool evident = command.kind == Kind::kProgram || command.arguments || command.has_path;
  // Query strings within values: "&id=" and "&sort" are parameters. Lines begin with any word.
  const bool parameter = separator.sign == '&' && !separator.pressing && separator.tight;
  const bool line = separator.line_end && sign > 1 && command.kind == Kind::kWord;
  if (evident || (!parameter && !line)) hits.Add(Rule::kCommandChain, sign, command.end);
}

void FindChains(absl::string_view text, Hits& hits) {
  constexpr absl::string_view kSigns = ";|&\n\r";
  for (size_t at = text.find_first_of(";|&\n\r"); at != absl::string_view::npos;) {
    size_t next = at + 1;
    while (next < text.size() && kSigns.find(text[next]) != absl::string_view::npos) ++next;
    LookAfterSeparator(text, at, next, hits);
    at = text.find_first_of(";|&\n\r", next);
  }
}

void LookAtSubstitution(absl::string_view text, size_t sign, size_t at, Hits& hits) {
  if (HasAt(text, at, "(")) {  // $((1+2)): arithmetic, which only a shell does
    const char c = At(text, SkipBlanks(text, at + 1));
    if (IsDigit(c)) hits.Add(Rule::kCommandSubstitution, sign, at + 2);
    return;
  }
  const ShellCommand command = ReadShellCommand(text, at);
  if (command.kind == Kind::kNone) return;
  if (command.hidden) hits.Add(Rule::kCommandHidden, sign, command.end);
  const bool argument = command.arguments || command.words || IsBlank(At(text, command.end));
  if (argument || command.has_path || command.alone || command.kind == Kind::kProgram) {
    hits.Add(Rule::kCommandSubstitution, sign, command.end);
  }
}

void FindSubstitutions(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if ((view.classes & kDollarClass) != 0) {
    ForEach(view, Needle("$("), [&](size_t at) {
      LookAtSubstitution(text, at, at + 2, hits);
      return hits.Has(Rule::kCommandSubstitution);
    });
  }
  for (const Needle& open : Needles("<(", ">(")) {
    ForEach(view, open, [&](size_t at) {
      const ShellCommand command = ReadShellCommand(text, at + 2);
      if (command.kind == Kind::kProgram && (command.arguments || command.words)) {
        hits.Add(Rule::kCommandSubstitution, at, command.end);
      }
      return false;
    });
  }
  if ((view.classes & kBacktickClass) == 0) return;
  size_t open = text.find('`');
  while (open != absl::string_view::npos) {
    const size_t close = text.find('`', open + 1);
    const ShellCommand command = ReadShellCommand(text, open + 1);
    const bool closed = close != absl::string_view::npos;
    // `id` is also how people quote a name; with anything else in it, or nothing around it, it
    // runs.
    const bool bare = open == 0 || !IsBlank(text[open - 1]);
    if (command.kind != Kind::kNone && command.end <= close &&
        (command.arguments || (command.kind == Kind::kProgram && closed && !command.alone) ||
         (command.words && closed) || (closed && command.alone && bare))) {
      hits.Add(Rule::kCommandSubstitution, open, command.end);
    }
    open = closed ? text.find('`', close + 1) : absl::string_view::npos;
  }
}

// What has no meaning but in a shell.
void FindShellWords(const View& view, Hits& hits) {
  constexpr auto kMarks =
      Needles("/dev/tcp/", "/dev/udp/", "${ifs", "$ifs", "%comspec%", "%systemroot%", "cmd.exe /",
              "cmd /c", "cmd.exe?/", "/bin/sh", "/bin/bash", "bash -i", "sh -i", "nc -e", "2>&1",
              ">/dev/null", "powershell -", "-encodedcommand", "| sh", "|sh", "| bash", "|bash",
              "invoke-expression", "<<<", "${path:", "$(<");
  const absl::string_view text = view.text;
  for (const Needle& needle : kMarks) {
    const absl::string_view mark = needle.text;
    const size_t at = view.Find(needle);
    if (at == absl::string_view::npos) continue;
    const bool word = IsAlnum(mark.back()) && IsAlnum(At(text, at + mark.size()));
    const bool inside = IsAlnum(mark[0]) && at > 0 && IsNameByte(text[at - 1]);
    if (word || inside || mark == "<<<") continue;
    hits.Add(Rule::kCommandShell, at, at + mark.size());
    return;
  }
}

// /bin/cat, /usr/bin/id, /b?n/c?t, /???/??t.
void FindProgramPaths(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  ForEach(view, Needle("bin/"), [&](size_t at) {
    const bool rooted =
        at > 0 && (text[at - 1] == '/' || (text[at - 1] == 's' && at > 1 && text[at - 2] == '/'));
    if (!rooted) return false;
    const ShellCommand command = ReadShellCommand(text, at + 4);
    if (command.kind == Kind::kNone) return false;
    hits.Add(Rule::kCommandPath, at - 1, command.end);
    return true;
  });
  ForEach(text, '/', [&](size_t at) {
    const size_t end = std::min(text.find_first_of(" \t\r\n;|&", at), text.size());
    const absl::string_view path = text.substr(at, end - at);
    const size_t second = path.find('/', 1);
    if (second == absl::string_view::npos || second > 8) return false;
    const absl::string_view folder = path.substr(1, second - 1);
    const bool wild = folder.find('?') != absl::string_view::npos &&
                      folder.find_first_not_of("?binsru*[]-") == absl::string_view::npos;
    if (wild && path.size() > second + 1) hits.Add(Rule::kCommandHidden, at, end);
    return wild;
  });
}

// The value as a whole is a command line.
void LookAtWhole(const View& view, Hits& hits) {
  if (view.text.empty() || view.is_name) return;
  const ShellCommand command = ReadShellCommand(view.text, 0);
  if (command.kind == Kind::kNone) return;
  if (command.hidden && (command.alone || command.arguments)) {
    hits.Add(Rule::kCommandHidden, 0, command.end);
  }
  const size_t argument = SkipBlanks(view.text, command.end);
  const char c = At(view.text, argument);
  const char next = At(view.text, argument + 1);
  const bool option = c == '-' && IsAlpha(next);
  const bool path = (c == '/' && IsAlpha(next)) ||
                    (IsAlpha(c) && next == ':' && At(view.text, argument + 2) == '\\');
  const bool separated = argument > command.end;
  if (command.kind == Kind::kProgram && (command.arguments || command.words) && separated) {
    hits.Add(Rule::kCommandAlone, 0, command.end);
  }
  if (command.kind != Kind::kProgram && separated && (option || path)) {
    hits.Add(Rule::kCommandAlone, 0, command.end);
  }
}

}  // namespace

void FindFunctionDefinition(const View& view, Hits& hits) {
  if ((view.classes & kBraceClass) == 0 || (view.classes & kOpenClass) == 0) return;
  const absl::string_view text = view.text;
  const size_t at = text.find("()");
  if (at == absl::string_view::npos) return;
  const size_t brace = SkipBlanks(text, at + 2);
  if (At(text, brace) != '{') return;
  const size_t close = text.find('}', brace);
  const bool begins = text.find_first_not_of(" \t\"'=", 0) == at;
  const bool empty_body =
      At(text, SkipBlanks(text, brace + 1)) == ':' || At(text, SkipBlanks(text, brace + 1)) == '_';
  if (begins || (empty_body && close != absl::string_view::npos)) {
    hits.Add(Rule::kCommandFunction, at, brace + 1);
  }
}

void FindShell(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if ((view.classes & (kAlphaClass | kDollarClass)) == 0) return;
  constexpr uint32_t kSeparators = kSemicolonClass | kPipeClass | kAmpersandClass | kLineEndClass;
  if ((view.classes & kSeparators) != 0) FindChains(text, hits);
  if ((view.classes & (kDollarClass | kBacktickClass | kLessClass | kOpenClass)) != 0) {
    FindSubstitutions(view, hits);
  }
  if ((view.classes & kSlashClass) != 0) FindProgramPaths(view, hits);
  if ((view.classes & (kSlashClass | kDollarClass | kPercentClass | kSpaceClass | kPipeClass)) !=
      0) {
    FindShellWords(view, hits);
  }
  FindFunctionDefinition(view, hits);
  constexpr uint32_t kArguments = kSpaceClass | kSingleQuoteClass | kDoubleQuoteClass |
                                  kBackslashClass | kDollarClass | kPercentClass;
  if ((view.classes & kArguments) != 0) LookAtWhole(view, hits);
}

}  // namespace firebreak::inspect
