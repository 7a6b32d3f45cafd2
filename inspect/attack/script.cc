#include "inspect/attack/script.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/markup.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kSinks[] = {
    "alert", "confirm",      "prompt",      "eval",          "settimeout", "setinterval",
    "fetch", "fromcharcode", "execscript",  "importscripts", "function",   "atob",
    "print", "expression",   "constructor", "msgbox",        "import",     "getscript"};
constexpr WordSet kSinkSet(kSinks);

// Those with which people show that script runs, or run it. Others may call them.
constexpr WordSet kCalledByOthers({"alert", "confirm", "prompt", "eval"});

// What the functions of a page are members of.
constexpr WordSet kGlobalSet({"window", "top", "self", "parent", "frames", "globalthis", "this",
                              "opener", "defaultview"});

// What only script that does not belong there asks for.
constexpr auto kSecrets =
    Needles("document.cookie", "document?.", "document.domain", "document.write",
            "document.location", "document[", "window.location", "window[", "localstorage.",
            "string.fromcharcode", "sessionstorage.", "navigator.sendbeacon", "xmlhttprequest",
            "constructor.constructor", "top[", "self[", "globalthis[", "parent[", "with(document)",
            "['constructor']['constructor']", "[\"constructor\"][\"constructor\"]");

// Between the end of a string and what an attacker calls stands punctuation only.
bool IsPunctuation(char c) { return !IsAlnum(c) && !IsWide(c) && c != '_'; }
bool OnlyPunctuation(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), IsPunctuation);
}

bool IsLiteralArgument(absl::string_view text, size_t i) {
  i = SkipBlanks(text, i);
  const char c = At(text, i);
  return IsDigit(c) || c == '\'' || c == '"' || c == '`' || c == '/' || c == '\\' || c == '&';
}

bool IsSecretArgument(absl::string_view text, size_t i) {
  const absl::string_view argument = text.substr(std::min(SkipBlanks(text, i), text.size()));
  return std::any_of(std::begin(kSecrets), std::end(kSecrets), [argument](const Needle& secret) {
    return absl::StartsWith(argument, secret.text);
  });
}

// Before notes, in one pass over a text, what LeavesString and the like ask of all that is before a
// place; the places only go up.
class Before {
 public:
  explicit Before(absl::string_view text) : text_(text) {}

  void MoveTo(size_t at) {
    for (; at_ < at; ++at_) {
      const char c = text_[at_];
      if (c == '\'' || c == '"' || c == '`') Mark(c);
      open_ += c == '(' || c == '{' ? 1 : c == ')' || c == '}' ? -1 : 0;
      blank_ = blank_ || IsBlank(c);
      // A parenthesis that did not open in the text; a statement's end in what is no sentence.
      if (stop_ == kNone && (open_ < 0 || (c == ';' && !blank_))) stop_ = at_;
      if (!IsPunctuation(c)) word_end_ = at_ + 1;
    }
  }
  bool OnlyPunctuation() const { return word_end_ == 0; }
  bool EndsString() const { return mark_ != kNone && LeavesString(); }
  // Whether a string ends there that did not begin in the text, or a block or statement, and
  // nothing but punctuation follows.
  bool LeavesString() const {
    const size_t stop = mark_ == kNone ? stop_ : mark_;
    return stop != kNone && !paired_ && word_end_ <= stop && at_ - stop >= 2;
  }

 private:
  static constexpr size_t kNone = absl::string_view::npos;

  void Mark(char quote) {
    const bool same = mark_ != kNone && text_[mark_] == quote;
    paired_ = same && begins_;
    begins_ = !paired_ && BeginsString(text_, at_);
    mark_ = at_;
  }

  absl::string_view text_;
  size_t at_ = 0;
  size_t mark_ = kNone;  // the last quote
  ptrdiff_t open_ = 0;   // parentheses and braces
  bool blank_ = false;
  bool begins_ = false;  // it may begin a string
  bool paired_ = false;  // it ends one that began in the text
  size_t stop_ = kNone;  // the first end of a block or statement
  size_t word_end_ = 0;  // behind the last byte that is no punctuation
};

class CallSearch {
 public:
  CallSearch(const View& view, Hits& hits)
      : text_(view.text),
        markup_((view.classes & kLessClass) != 0 && HoldsElement(text_)),
        last_close_(text_.find_last_of(")`")),
        ends_in_punctuation_(last_close_ != absl::string_view::npos &&
                             OnlyPunctuation(text_.substr(last_close_))),
        before_(text_),
        hits_(hits) {}

  // A call at `open`, its parenthesis or backtick: what it is called with and what is around it.
  void LookAt(size_t open) {
    const absl::string_view name = NameOf(open);
    if (!kSinkSet.Has(name)) return LookAtIndirect(name, open);
    const size_t begin = ChainBegin(static_cast<size_t>(name.data() - text_.data()));
    before_.MoveTo(begin);
    const bool common =
        name == "print" || name == "function" || name == "expression" || name == "import";
    const bool literal = text_[open] == '`' || IsLiteralArgument(text_, open + 1);
    const bool secret = IsSecretArgument(text_, open + 1);
    if (!literal && !secret) {
      if (common || At(text_, open + 1) == ')' || !before_.LeavesString()) return;
      return hits_.Add(Rule::kScriptBreakout, begin, open + 1);
    }
    hits_.Add(Rule::kScriptCall, begin, open + 1);
    const bool alone = before_.OnlyPunctuation() && ends_in_punctuation_ && last_close_ > open;
    const bool in_markup = markup_ && !common;
    const bool leaves = common ? before_.EndsString() : before_.LeavesString();
    if (secret || in_markup || leaves || (alone && (!common || IsRun(name, open)))) {
      hits_.Add(Rule::kScriptBreakout, begin, open + 1);
    }
  }

 private:
  // import('//h/x'), function('x')(): text that is loaded or run at once.
  bool IsRun(absl::string_view name, size_t open) const {
    const absl::string_view argument =
        text_.substr(std::min(SkipBlanks(text_, open + 1) + 1, text_.size()));
    if (name == "import") {
      return absl::StartsWith(argument, "//") || absl::StartsWith(argument, "http");
    }
    return name == "function" && absl::StrContains(argument, ")()");
  }

  // alert.call(null, 1), [1].find(alert): a call all by itself, of what calls another.
  void LookAtIndirect(absl::string_view name, size_t open) {
    if (name.empty() || !ends_in_punctuation_ || absl::StrContains(text_, ' ')) return;
    const auto begin = static_cast<size_t>(name.data() - text_.data());
    if (begin == 0 || text_[begin - 1] != '.') return;
    const absl::string_view argument = text_.substr(open + 1, NameEnd(text_, open + 1) - open - 1);
    const char after = At(text_, open + 1 + argument.size());
    const bool passed = kCalledByOthers.Has(argument) && (after == ')' || after == ',');
    const bool called =
        (name == "call" || name == "apply") && kCalledByOthers.Has(NameBefore(text_, begin - 1));
    if (passed || called) hits_.Add(Rule::kScriptBreakout, begin, open + 1);
  }

  absl::string_view NameOf(size_t open) const {
    size_t name_end = open;
    if (name_end >= 2 && HasAt(text_, name_end - 2, "?.")) name_end -= 2;  // alert?.(1)
    while (name_end > 0 && IsBlank(text_[name_end - 1])) --name_end;
    const absl::string_view name = NameBefore(text_, name_end);
    if (!name.empty() || name_end == 0) return name;
    if (text_[name_end - 1] != ')' && text_[name_end - 1] != ']') return name;
    // (alert)(1), alert.call(...): the name stands before what wraps it.
    size_t inner = name_end - 1;
    while (inner > 0 && !IsNameByte(text_[inner - 1]) && name_end - inner < 4) --inner;
    return NameBefore(text_, inner);
  }

  // Where "window.top.alert" begins.
  size_t ChainBegin(size_t begin) const {
    constexpr size_t kMostLinks = 4;
    for (size_t links = 0; links < kMostLinks && begin > 0 && text_[begin - 1] == '.'; ++links) {
      const absl::string_view object = NameBefore(text_, begin - 1);
      if (!kGlobalSet.Has(object)) break;
      begin -= object.size() + 1;
    }
    return begin;
  }

  const absl::string_view text_;
  const bool markup_;
  const size_t last_close_;
  const bool ends_in_punctuation_;
  Before before_;
  Hits& hits_;
};

// Whether script begins at i with a call or an assignment.
bool HasStatement(absl::string_view text, size_t i) {
  const size_t word = SkipBlanks(text, i);
  if (HasAt(text, word, "return ") || HasAt(text, word, "throw ")) return true;
  for (; i < text.size(); ++i) {
    const char before = text[i - 1];
    const bool behind_name = IsNameByte(before) || before == ']' || before == ')';
    if ((text[i] == '(' || text[i] == '`') && behind_name) return true;
    if (text[i] == '=' && behind_name && At(text, i + 1) != '=') return true;
  }
  return false;
}

// "';go(1)//", "'-go(1)-'", "'});x=1;//": the first quote ends a string that did not begin here,
// script follows at once, and its end is made to fit what comes behind it.
bool FitsIntoString(absl::string_view text, char quote) {
  constexpr absl::string_view kOperators = "-+*/%^&|";
  const size_t at = text.find(quote);
  if (at == absl::string_view::npos) return false;
  size_t i = at + 1;
  while (i < text.size() && (text[i] == ')' || text[i] == ']' || text[i] == '}')) ++i;
  i = SkipBlanks(text, i);
  const char sign = At(text, i);
  const bool joined = sign != '\0' && kOperators.find(sign) != absl::string_view::npos;
  if (!joined && sign != ';') return false;
  // "'-'.join(" is a string of its own.
  if (At(text, SkipBlanks(text, i + 1)) == quote || !HasStatement(text, i + 1)) return false;
  const absl::string_view rest = text.substr(i + 1);
  const absl::string_view trimmed = rest.substr(0, rest.find_last_not_of(" \t\r\n") + 1);
  if (absl::EndsWith(trimmed, "//") || absl::EndsWith(trimmed, "<!--")) return true;
  const char last = trimmed.back();
  if (sign == ';' && (last == ';' || last == '}' || last == quote)) return true;
  const char before = trimmed.size() > 1 ? trimmed[trimmed.size() - 2] : '\0';
  return joined && last == quote && kOperators.find(before) != absl::string_view::npos;
}

// Script of brackets and signs alone, which spells names out of what they convert to.
bool IsBracketScript(absl::string_view text) {
  constexpr size_t kShortest = 40;
  if (text.size() < kShortest) return false;
  return text.find_first_not_of("[]()!+{}. ;") == absl::string_view::npos &&
         absl::StrContains(text, "[]") && absl::StrContains(text, "![]");
}

// "onerror=alert;throw 1", "a=eval,a(x)": a function by another name, which is called.
void FindAlias(const View& view, Hits& hits) {
  constexpr int kMost = 4;  // so that the whole stays linear
  const absl::string_view text = view.text;
  int tried = 0;
  for (const Needle& sink : Needles("=alert", "=confirm", "=prompt", "=eval")) {
    ForEach(view, sink, [&](size_t at) {
      const char after = At(text, at + sink.text.size());
      const absl::string_view alias = NameBefore(text, at);
      if (alias.empty() || (after != ',' && after != ';' && after != '}')) return false;
      if (++tried > kMost) return true;
      const size_t call = text.find(absl::StrCat(alias, "("), at);
      if (call != absl::string_view::npos || absl::StrContains(text, "throw")) {
        hits.Add(Rule::kScriptBreakout, at - alias.size(), at + sink.text.size());
      }
      return hits.Has(Rule::kScriptBreakout);
    });
  }
}

// window['a'+'b'](1)
bool IsComputedCall(absl::string_view text, size_t at) {
  const size_t close = text.find("](", at);
  return close != absl::string_view::npos || text.find("]`", at) != absl::string_view::npos;
}

void FindFits(const View& view, Hits& hits) {
  if ((view.classes & (kOpenClass | kEqualsClass | kBacktickClass)) == 0) return;
  constexpr struct {
    char quote;
    uint32_t of;
  } kQuotes[] = {{'\'', kSingleQuoteClass}, {'"', kDoubleQuoteClass}, {'`', kBacktickClass}};
  for (const auto& [quote, of] : kQuotes) {
    if ((view.classes & of) == 0 || !FitsIntoString(view.text, quote)) continue;
    hits.Add(Rule::kScriptBreakout, view.text.find(quote), view.text.size());
  }
}

// What only script that does not belong there asks for, and whether it stands where it runs.
void FindSecrets(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if (!view.Has(WordGroup::kScriptSecret)) return;
  for (const Needle& needle : kSecrets) {
    const absl::string_view secret = needle.text;
    const size_t at = view.Find(needle);
    if (at == absl::string_view::npos || (at > 0 && IsNameByte(text[at - 1]))) continue;
    Before before(text);
    before.MoveTo(at);
    const bool computed =
        secret.back() == '[' && before.OnlyPunctuation() && IsComputedCall(text, at);
    if (secret.back() == '[' && !computed && !IsLiteralArgument(text, at + secret.size())) continue;
    hits.Add(Rule::kScriptCall, at, at + secret.size());
    const char behind = At(text, at + secret.size());
    const bool passed = at > 0 && secret == "document.cookie" &&
                        (text[at - 1] == '+' || (text[at - 1] == ',' && behind == ')'));
    const bool whole =
        computed || secret[0] == '[' || (secret == "with(document)" && before.OnlyPunctuation());
    if (passed || whole || before.LeavesString() ||
        ((view.classes & kLessClass) != 0 && HoldsElement(text))) {
      hits.Add(Rule::kScriptBreakout, at, at + secret.size());
    }
  }
}

}  // namespace

absl::Span<const absl::string_view> ScriptSinks() { return kSinks; }
absl::Span<const Needle> ScriptSecrets() { return kSecrets; }

void FindScript(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if (view.Has(WordGroup::kScriptSink) && (view.classes & (kOpenClass | kBacktickClass)) != 0) {
    CallSearch search(view, hits);
    AheadOfAny<2> opens(text, '(', '`');
    for (size_t at = opens.From(0); at < text.size(); at = opens.From(at + 1)) search.LookAt(at);
  }
  if (view.Has(WordGroup::kScriptSink) && (view.classes & kEqualsClass) != 0) FindAlias(view, hits);
  if ((view.classes & kPlusClass) != 0 && view.Find(Needle("+adw-")) != absl::string_view::npos) {
    hits.Add(Rule::kScriptTag, view.Find(Needle("+adw-")), text.size());  // "<" in UTF-7
  }
  FindFits(view, hits);
  if ((view.classes & (kDotClass | kBracketClass)) == 0) return;
  if (IsBracketScript(text)) hits.Add(Rule::kScriptBreakout, 0, text.size());
  FindSecrets(view, hits);
}

}  // namespace firebreak::inspect
