#include "inspect/attack/script.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kSinks[] = {
    "alert", "confirm",      "prompt",      "eval",          "settimeout", "setinterval",
    "fetch", "fromcharcode", "execscript",  "importscripts", "function",   "atob",
    "print", "expression",   "constructor", "msgbox"};
constexpr WordSet kSinkSet(kSinks);

// What only script that does not belong there asks for.
constexpr auto kSecrets =
    Needles("document.cookie", "document?.", "document.domain", "document.write",
            "document.location", "document[", "window.location", "window[", "localstorage.",
            "string.fromcharcode", "sessionstorage.", "navigator.sendbeacon", "xmlhttprequest",
            "constructor.constructor", "top[", "self[", "globalthis[", "parent[");

// Between the end of a string and what an attacker calls stands punctuation only.
bool OnlyPunctuation(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return IsAlnum(c) || IsWide(c) || c == '_'; });
}

bool LeavesString(absl::string_view before) {
  const size_t mark = before.find_last_of("'\"`");
  const size_t stop = mark == absl::string_view::npos ? before.find_first_of(")};") : mark;
  return stop != absl::string_view::npos && OnlyPunctuation(before.substr(stop)) &&
         before.substr(stop).size() >= 2;
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

// A call at `open`, its parenthesis or backtick: what it is called with and what stands around it.
void LookAtCall(absl::string_view text, size_t open, Hits& hits) {
  size_t name_end = open;
  if (name_end >= 2 && HasAt(text, name_end - 2, "?.")) name_end -= 2;  // alert?.(1)
  while (name_end > 0 && IsBlank(text[name_end - 1])) --name_end;
  absl::string_view name = NameBefore(text, name_end);
  // (alert)(1), alert.call(...): the name stands before what wraps it.
  if (name.empty() && name_end > 0 && (text[name_end - 1] == ')' || text[name_end - 1] == ']')) {
    size_t inner = name_end - 1;
    while (inner > 0 && !IsNameByte(text[inner - 1]) && name_end - inner < 4) --inner;
    name = NameBefore(text, inner);
  }
  if (!kSinkSet.Has(name)) return;
  const auto begin = static_cast<size_t>(name.data() - text.data());
  const bool common = name == "print" || name == "function" || name == "expression";
  const bool literal = text[open] == '`' || IsLiteralArgument(text, open + 1);
  const bool secret = IsSecretArgument(text, open + 1);
  if (!literal && !secret) {
    if (common || At(text, open + 1) == ')' || !LeavesString(text.substr(0, begin))) return;
    return hits.Add(Rule::kScriptBreakout, begin, open + 1);
  }
  hits.Add(Rule::kScriptCall, begin, open + 1);
  const size_t close = text.find_last_of(")`");
  const bool alone = OnlyPunctuation(text.substr(0, begin)) && close != absl::string_view::npos &&
                     close > open && OnlyPunctuation(text.substr(close));
  const bool in_markup = text.find('<') != absl::string_view::npos && !common;
  if (secret || in_markup || LeavesString(text.substr(0, begin)) || (alone && !common)) {
    hits.Add(Rule::kScriptBreakout, begin, open + 1);
  }
}

// Script of brackets and signs alone, which spells names out of what they convert to.
bool IsBracketScript(absl::string_view text) {
  constexpr size_t kShortest = 40;
  if (text.size() < kShortest) return false;
  return text.find_first_not_of("[]()!+{}. ;") == absl::string_view::npos &&
         absl::StrContains(text, "[]") && absl::StrContains(text, "![]");
}

}  // namespace

void FindScript(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if ((view.classes & (kOpenClass | kBacktickClass)) != 0) {
    for (size_t at = text.find_first_of("(`"); at != absl::string_view::npos;
         at = text.find_first_of("(`", at + 1)) {
      LookAtCall(text, at, hits);
    }
  }
  if ((view.classes & (kDotClass | kBracketClass)) == 0) return;
  if (IsBracketScript(text)) hits.Add(Rule::kScriptBreakout, 0, text.size());
  for (const Needle& needle : kSecrets) {
    const absl::string_view secret = needle.text;
    const size_t at = view.Find(needle);
    if (at == absl::string_view::npos || (at > 0 && IsNameByte(text[at - 1]))) continue;
    if (secret.back() == '[' && !IsLiteralArgument(text, at + secret.size())) continue;
    hits.Add(Rule::kScriptCall, at, at + secret.size());
    const bool in_markup = text.find('<') != absl::string_view::npos;
    if (in_markup || LeavesString(text.substr(0, at))) {
      hits.Add(Rule::kScriptBreakout, at, at + secret.size());
    }
  }
}

}  // namespace firebreak::inspect
