#include "inspect/attack/shell.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

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
  bool first;        // nothing before it: no sentence begins with a separator
  bool pressing;     // first, or doubled, as in "&&" and "||"
  bool tight;        // the command follows at once
  bool only;         // no second one of its kind, but at the end
  bool behind_file;  // the name of a file or host stands before it, and nothing else
  bool of_table;     // one bar of several: | id | name |
  bool leaves;       // a quote or parenthesis stands before it that did not open in the text
  bool behind_host;  // an address stands before it, and nothing else
  bool behind_word;  // one word stands before it that is no command
};

// Of a few letters, which may stand for anything.
bool IsCertainShort(const Separator& separator, const ShellCommand& command) {
  if (separator.of_table) return false;
  if (separator.first || (separator.pressing && command.alone)) return true;
  if (separator.behind_host || (separator.leaves && !command.last)) return command.alone;
  return command.alone && separator.tight && separator.only &&
         (separator.sign == ';' || separator.line_end || separator.behind_file);
}

// Of a name that only commands have.
bool IsCertainProgram(const Separator& separator, const ShellCommand& command) {
  // "cd x && npm install", "npm i; npm start" is how to build a program.
  if (command.tool && command.told && !separator.tight) {
    return separator.first || (separator.behind_word && command.from_url);
  }
  return (command.alone && !command.tool) || (command.words && !separator.line_end) ||
         separator.first;
}

// "a & b", "cats; find more", "name|id|date": English and lists have separators and words, but no
// options. A word by itself counts after what neither has.
bool IsCertain(const Separator& separator, const ShellCommand& command) {
  if (command.arguments || command.has_path) return true;
  if (command.waits && command.words && separator.tight) return true;
  const bool words = command.words && !separator.line_end;
  switch (command.kind) {
    case Kind::kNone:
      return false;
    case Kind::kProgram:
      return IsCertainProgram(separator, command);
    case Kind::kShort:
      return IsCertainShort(separator, command);
    case Kind::kWord:
      if (separator.pressing && command.alone) return !(separator.first && separator.sign == '&');
      if (separator.behind_host && command.alone) return true;
      return words && (separator.pressing || (separator.tight && separator.sign == ';'));
  }
  return false;
}

// CommandSearch looks at one text for commands in the places where a shell would run them.
class CommandSearch {
 public:
  CommandSearch(const View& view, Hits& hits)
      : view_(view), text_(view.text), reader_(view.text), hits_(hits) {}

  // Commands behind ";", "|", "&" and line ends.
  void FindChains() {
    start_ = std::min(text_.find_first_not_of(" '\")}"), text_.size());
    AheadOfAny<5> signs(text_, ';', '|', '&', '\n', '\r');
    size_t at = signs.From(0);
    while (at < text_.size()) {
      size_t next = at + 1;
      while (next < text_.size() && IsSign(text_[next])) ++next;
      LookAfterSeparator(at, next);
      LookForVariable(at, next);
      at = signs.From(next);
    }
  }

  // $(...), `...`, <(...).
  void FindSubstitutions() {
    if ((view_.classes & kDollarClass) != 0) {
      ForEach(view_, Needle("$("), [&](size_t at) {
        LookAtSubstitution(at, at + 2);
        return hits_.Has(Rule::kCommandSubstitution);
      });
    }
    for (const Needle& open : Needles("<(", ">(")) {
      ForEach(view_, open, [&](size_t at) {
        const ShellCommand command = Read(at + 2);
        if (command.kind == Kind::kProgram && (command.arguments || command.words)) {
          hits_.Add(Rule::kCommandSubstitution, at, command.end);
        }
        return false;
      });
    }
    for (const Needle& open : Needles("%x(", "%x{", "%x[", "%x|")) {  // of Ruby
      ForEach(view_, open, [&](size_t at) {
        if (at == 0 || !IsNameByte(text_[at - 1])) LookAtSubstitution(at, at + 3);
        return hits_.Has(Rule::kCommandSubstitution);
      });
    }
    if ((view_.classes & kBacktickClass) != 0) FindBackticks();
  }

  // /bin/cat, /usr/bin/id, /b?n/c?t, /???/??t.
  void FindProgramPaths() {
    ForEach(view_, Needle("bin/"), [&](size_t at) {
      const bool rooted = at > 0 && (text_[at - 1] == '/' ||
                                     (text_[at - 1] == 's' && at > 1 && text_[at - 2] == '/'));
      if (!rooted) return false;
      const ShellCommand command = Read(at + 4);
      const size_t end = std::min(text_.find_first_of(" \t\r\n;|&'\"`)/", at + 4), text_.size());
      const absl::string_view name = text_.substr(at + 4, end - at - 4);
      // With "=" it is the query of a URL: bin/search?q=1.
      const bool wild = name.size() > 1 && name.find_first_of("?[") != absl::string_view::npos &&
                        name.find('=') == absl::string_view::npos;
      if (wild && !absl::EndsWith(name, "?")) hits_.Add(Rule::kCommandHidden, at - 1, end);
      if (command.kind == Kind::kNone) return false;
      hits_.Add(Rule::kCommandPath, at - 1, command.end);
      return true;
    });
    ForEach(text_, '/', [&](size_t at) {
      constexpr size_t kLongestFolder = 7;
      const size_t second = text_.substr(at + 1, kLongestFolder + 1).find('/');
      if (second == absl::string_view::npos) return false;
      const absl::string_view folder = text_.substr(at + 1, second);
      const bool wild = folder.find('?') != absl::string_view::npos &&
                        folder.find_first_not_of("?binsru*[]-") == absl::string_view::npos;
      if (!wild) return false;
      const size_t end = std::min(text_.find_first_of(" \t\r\n;|&", at), text_.size());
      if (end > at + second + 2) hits_.Add(Rule::kCommandHidden, at, end);
      return true;
    });
  }

  // The value as a whole is a command line.
  void LookAtWhole();

 private:
  bool SaysWhat(size_t argument) const;
  static bool IsSign(char c) {
    constexpr uint32_t kSigns = kSemicolonClass | kPipeClass | kAmpersandClass | kLineEndClass;
    return (ByteClassOf(c) & kSigns) != 0;
  }

  // Where the text goes on beyond its end, what stands there is no command yet: the next window has
  // it whole, and whether anything follows.
  ShellCommand Read(size_t at) {
    const ShellCommand command = reader_.Read(at);
    const bool cut = !view_.ends && SkipBlanks(text_, command.end) >= text_.size();
    return cut ? ShellCommand() : command;
  }

  Separator SeparatorAt(size_t sign, size_t at) const {
    Separator separator{};
    separator.sign = text_[sign];
    separator.line_end = text_[sign] == '\n' || text_[sign] == '\r';
    separator.first = sign <= start_;
    separator.pressing = separator.first || (at - sign >= 2 && !separator.line_end);
    separator.tight = !IsBlank(At(text_, at));
    const size_t second = text_.find(text_[sign], at);
    separator.only = text_.find(text_[sign]) == sign &&
                     (second == absl::string_view::npos || second + 1 == text_.size());
    separator.of_table = text_[sign] == '|' && at - sign == 1 && !separator.only;
    const absl::string_view before = text_.substr(0, sign);
    separator.behind_file = before.size() <= 64 && separator.only &&
                            before.find('.') != absl::string_view::npos &&
                            before.find_first_of(" ,;&=") == absl::string_view::npos;
    const absl::string_view value = before.substr(0, before.find_last_not_of(' ') + 1);
    constexpr size_t kLongestValue = 64;
    if (value.empty() || value.size() > kLongestValue) return separator;
    const bool one = value.find_first_of(" ,;&|=") == absl::string_view::npos;
    separator.behind_word = one;
    separator.leaves = !separator.line_end && LeavesArgument(value);
    separator.of_table = separator.of_table && !separator.leaves;
    separator.behind_host = one && !separator.line_end && !separator.of_table && IsAddress(value);
    return separator;
  }

  // Dotted decimals, all four.
  static bool IsAddress(absl::string_view value) {
    return IsDigit(value[0]) && std::count(value.begin(), value.end(), '.') == 3 &&
           value.find_first_not_of("0123456789.") == absl::string_view::npos;
  }

  // The argument in which the value stands ends with it: "x'", "x)".
  static bool LeavesArgument(absl::string_view value) {
    const char last = value.back();
    const char open = last == ')' ? '(' : last;
    if (last != '\'' && last != '"' && last != ')') return false;
    return value.find(open) == (last == ')' ? absl::string_view::npos : value.size() - 1);
  }

  // What follows the separators from `sign` to `at`.
  void LookAfterSeparator(size_t sign, size_t at) {
    const ShellCommand command = Read(at);
    if (command.kind == Kind::kNone) return;
    if (command.hidden && (command.arguments || command.alone)) {
      hits_.Add(Rule::kCommandHidden, sign, command.end);
    }
    Separator separator = SeparatorAt(sign, at);
    if (separator.behind_word && command.from_url) {
      separator.behind_word = reader_.Read(0).kind == Kind::kNone;  // "cd && git clone"
    }
    if (!IsCertain(separator, command)) return;
    const bool evident = command.kind == Kind::kProgram || command.arguments || command.has_path ||
                         (command.waits && command.words);
    // Query strings within values: "&id=" and "&sort" are parameters. Lines begin with any word.
    const bool parameter = separator.sign == '&' && !separator.pressing && separator.tight;
    const bool line = separator.line_end && sign > 1 && command.kind == Kind::kWord;
    if (evident || (!parameter && !line)) hits_.Add(Rule::kCommandChain, sign, command.end);
  }

  // "x=id;$x": a variable that was set before is run.
  void LookForVariable(size_t sign, size_t at) {
    constexpr size_t kMost = 4;  // so that the whole stays linear
    const size_t dollar = SkipBlanks(text_, at);
    if (At(text_, dollar) != '$' || !IsAlpha(At(text_, dollar + 1)) || variables_ == kMost) return;
    ++variables_;
    const size_t end = NameEnd(text_, dollar + 1);
    const std::string setting = absl::StrCat(text_.substr(dollar + 1, end - dollar - 1), "=");
    ForEach(text_.substr(0, sign), absl::string_view(setting), [&](size_t set) {
      const char before = set == 0 ? ';' : text_[set - 1];
      const bool begins = IsSign(before) || IsBlank(before);
      if (begins && At(text_, end) != '=') hits_.Add(Rule::kCommandHidden, dollar, end);
      return begins;
    });
  }

  void LookAtSubstitution(size_t sign, size_t at) {
    if (HasAt(text_, at, "(")) {  // $((1+2)): arithmetic, which only a shell does
      const char c = At(text_, SkipBlanks(text_, at + 1));
      if (IsDigit(c)) hits_.Add(Rule::kCommandSubstitution, sign, at + 2);
      return;
    }
    const ShellCommand command = Read(at);
    if (command.kind == Kind::kNone) return;
    if (command.hidden) hits_.Add(Rule::kCommandHidden, sign, command.end);
    const bool argument = command.arguments || command.words || IsBlank(At(text_, command.end));
    if (argument || command.has_path || command.alone || command.kind == Kind::kProgram) {
      hits_.Add(Rule::kCommandSubstitution, sign, command.end);
    }
  }

  void FindBackticks() {
    size_t open = text_.find('`');
    while (open != absl::string_view::npos) {
      const size_t close = text_.find('`', open + 1);
      const bool closed = close != absl::string_view::npos;
      const bool empty = close == open + 1;
      const ShellCommand command = empty ? ShellCommand() : Read(open + 1);
      // `id` is also how people quote a name; with anything else in it, or nothing around it, it
      // runs.
      const bool bare = open == 0 || !IsBlank(text_[open - 1]);
      if (command.kind != Kind::kNone && command.end <= close &&
          (command.arguments || (command.kind == Kind::kProgram && closed && !command.alone) ||
           (command.words && closed) || (closed && command.alone && bare))) {
        const bool quoted = closed && MayBeProse() && IsQuotedInProse(open, close);
        hits_.Add(quoted ? Rule::kCommandQuoted : Rule::kCommandSubstitution, open, command.end);
      }
      open = closed ? text_.find('`', close + 1) : absl::string_view::npos;
    }
  }

  // Nobody writes Markdown there.
  bool MayBeProse() const {
    return view_.place != Place::kPath && view_.place != Place::kHeader &&
           view_.place != Place::kCookie;
  }

  // Whether the backticks stand around words of a text, as in Markdown: blanks or marks of a
  // sentence beside them, and words elsewhere.
  bool IsQuotedInProse(size_t open, size_t close) {
    constexpr absl::string_view kBehind = ".,:;!?)'\"";
    while (open > 0 && text_[open - 1] == '`') --open;  // ```
    while (At(text_, close + 1) == '`') ++close;
    const char before = open == 0 ? ' ' : text_[open - 1];
    const char after = At(text_, close + 1);
    const bool apart = IsBlank(before) || before == '(' || before == '"';
    if (!apart || !(after == '\0' || IsBlank(after) || absl::StrContains(kBehind, after))) {
      return false;
    }
    return WordsIn(text_.substr(0, open)) +
               WordsIn(text_.substr(std::min(close + 1, text_.size()))) >=
           kSentence;
  }

  const View& view_;
  const absl::string_view text_;
  ShellReader reader_;
  size_t variables_ = 0;  // that were looked for
  size_t start_ = 0;      // where something other than blanks and ends of strings stands first
  Hits& hits_;
};

// What has no meaning but in a shell.
constexpr auto kMarks = Needles(
    "/dev/tcp/", "/dev/udp/", "${ifs", "$ifs", "%comspec%", "%systemroot%", "cmd.exe /", "cmd /c",
    "cmd.exe?/", "/bin/sh", "/bin/bash", "bash -i", "sh -i", "nc -e", "2>&1", ">/dev/null",
    "powershell -", "-encodedcommand", "| sh", "|sh", "| bash", "|bash", "invoke-expression",
    "${path:", "$(<", "powershell.exe -", "new-object net.", "new-object system.net.",
    ".downloadstring(", ".downloadfile(", "|$shell", ";$shell", "&$shell", "%pipe%", "dde(\"cmd",
    "--checkpoint-action=", "-oproxycommand=", "--upload-pack=");

// [system.net.dns]::resolve(...: a class's method in PowerShell.
void FindClassCall(const View& view, Hits& hits) {
  ForEach(view, Needle("]::"), [&](size_t at) {
    size_t begin = at;
    while (begin > 0 && (IsNameByte(view.text[begin - 1]) || view.text[begin - 1] == '.')) --begin;
    const absl::string_view name = view.text.substr(begin, at - begin);
    const bool named = begin > 0 && view.text[begin - 1] == '[' && absl::StrContains(name, ".");
    if (named && IsAlpha(At(view.text, at + 3))) hits.Add(Rule::kCommandShell, begin - 1, at + 3);
    return false;
  });
}

// =cmd|'/c x'!a0: a cell of a table that starts a program where it is opened.
void FindCellCommand(const View& view, Hits& hits) {
  constexpr absl::string_view kBegin = "=+-@";
  const size_t open = view.Find(Needle("|'"));
  if (open == 0 || open == absl::string_view::npos || !IsNameByte(view.text[open - 1])) return;
  const size_t before = view.text.find_last_of(",;\t\r\n", open);
  const size_t cell = before == absl::string_view::npos ? 0 : before + 1;
  if (kBegin.find(view.text[cell]) == absl::string_view::npos) return;
  const size_t close = view.text.find("'!", open + 2);
  if (close != absl::string_view::npos) hits.Add(Rule::kCommandShell, open - 1, close + 2);
}

// %programfiles:~10,-5%: a part of a variable, in Windows.
void FindPartOfVariable(const View& view, Hits& hits) {
  ForEach(view, Needle(":~"), [&](size_t at) {
    const absl::string_view name = NameBefore(view.text, at);
    const char before = At(view.text, at - name.size() - 1);
    const char next = At(view.text, at + 2);
    if (!name.empty() && before == '%' && (IsDigit(next) || next == '-')) {
      hits.Add(Rule::kCommandShell, at - name.size() - 1, at + 2);
    }
    return hits.Has(Rule::kCommandShell);
  });
}

void FindShellWords(const View& view, Hits& hits) {
  FindPartOfVariable(view, hits);
  FindClassCall(view, hits);
  FindCellCommand(view, hits);
  if (!view.Has(WordGroup::kShellMark)) return;
  const absl::string_view text = view.text;
  for (const Needle& needle : kMarks) {
    const absl::string_view mark = needle.text;
    const size_t at = view.Find(needle);
    if (at == absl::string_view::npos) continue;
    const bool cut = !view.ends && at + mark.size() == text.size();
    const bool word = IsAlnum(mark.back()) && (cut || IsAlnum(At(text, at + mark.size())));
    const bool inside = IsAlnum(mark[0]) && at > 0 && IsNameByte(text[at - 1]);
    if (word || inside) continue;
    hits.Add(Rule::kCommandShell, at, at + mark.size());
    return;
  }
}

// A URL, a path from the root, what is run, or where its output goes.
bool CommandSearch::SaysWhat(size_t argument) const {
  const absl::string_view line = text_.substr(std::min(argument, text_.size()));
  for (const absl::string_view mark :
       {"://", " /", " ~/", " -c '", " -c \"", " -e '", " -e \"", "|", ">", "<", "`", "$("}) {
    if (absl::StrContains(line, mark)) return true;
  }
  return absl::StartsWith(line, "-c ") || absl::StartsWith(line, "-e ");
}

void CommandSearch::LookAtWhole() {
  if (text_.empty() || view_.is_name || !view_.begins) return;
  const ShellCommand command = Read(0);
  if (command.kind == Kind::kNone) return;
  if (command.hidden && (command.alone || command.arguments)) {
    hits_.Add(Rule::kCommandHidden, 0, command.end);
  }
  const size_t argument = SkipBlanks(text_, command.end);
  const char c = At(text_, argument);
  const char next = At(text_, argument + 1);
  const bool option = c == '-' && IsAlpha(next);
  const bool path =
      (c == '/' && IsAlpha(next)) || (IsAlpha(c) && next == ':' && At(text_, argument + 2) == '\\');
  const bool separated = argument > command.end;
  // "perl 5" is a version, and how a tool is called a question, unless it says with what.
  const bool number = text_.find_first_not_of("0123456789. ", argument) == absl::string_view::npos;
  const bool told = command.tool ? path || SaysWhat(argument) : !number || command.waits;
  if (command.kind == Kind::kProgram && (command.arguments || command.words) && separated && told) {
    hits_.Add(Rule::kCommandAlone, 0, command.end);
  }
  if (command.kind != Kind::kProgram && separated && (option || path)) {
    hits_.Add(Rule::kCommandAlone, 0, command.end);
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

absl::Span<const Needle> ShellMarks() { return kMarks; }

void FindShell(const View& view, Hits& hits) {
  if ((view.classes & (kAlphaClass | kDollarClass)) == 0) return;
  CommandSearch search(view, hits);
  constexpr uint32_t kSeparators = kSemicolonClass | kPipeClass | kAmpersandClass | kLineEndClass;
  if ((view.classes & kSeparators) != 0) search.FindChains();
  constexpr uint32_t kSubstitutes =
      kDollarClass | kBacktickClass | kLessClass | kOpenClass | kPercentClass;
  if ((view.classes & kSubstitutes) != 0) {
    search.FindSubstitutions();
  }
  if ((view.classes & kSlashClass) != 0) search.FindProgramPaths();
  constexpr uint32_t kOfWords =
      kSlashClass | kDollarClass | kPercentClass | kSpaceClass | kPipeClass | kColonClass;
  if ((view.classes & kOfWords) != 0) {
    FindShellWords(view, hits);
  }
  FindFunctionDefinition(view, hits);
  constexpr uint32_t kArguments = kSpaceClass | kSingleQuoteClass | kDoubleQuoteClass |
                                  kBackslashClass | kDollarClass | kPercentClass;
  if ((view.classes & kArguments) != 0) search.LookAtWhole();
}

}  // namespace firebreak::inspect
