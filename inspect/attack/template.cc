#include "inspect/attack/template.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/lookup.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

// Names through which an expression leaves its template.
constexpr auto kInnerNames = Needles(
    "__class__", "__mro__", "__subclasses__", "__globals__", "__builtins__", "__import__",
    "__init__", "__bases__", "__getattribute__", "__proto__", "constructor[", "constructor(",
    ".constructor.", "getclass(", "forname(", "t(java.", "_self.env", "self.env",
    "registerundefinedfiltercallback", "freemarker", "lipsum.", "cycler.", "joiner.",
    "request.application", "classloader", "getruntime", "?new()", "?api", "['__");

bool IsArithmetic(absl::string_view body) {
  // A number, a sign, a number: 7*7, 1336+1, '7'*7.
  const size_t sign = body.find_first_of("*+-/%");
  if (sign == absl::string_view::npos || sign == 0) return false;
  size_t left = sign;
  while (left > 0 && (IsBlank(body[left - 1]) || body[left - 1] == '\'' || body[left - 1] == '"' ||
                      body[left - 1] == '(' || body[left - 1] == ')')) {
    --left;
  }
  size_t right = sign + 1;
  while (right < body.size() && (IsBlank(body[right]) || body[right] == '\'' ||
                                 body[right] == '"' || body[right] == '(' || body[right] == '*')) {
    ++right;
  }
  const bool before = left > 0 && IsDigit(body[left - 1]);
  const bool all_digits_before = before && body.substr(0, left).find_first_not_of(
                                               "0123456789 '\"(") == absl::string_view::npos;
  return all_digits_before && IsDigit(At(body, right));
}

// A call: a name and a parenthesis at once, or a method of a literal.
bool IsCall(absl::string_view body) {
  const size_t open = body.find('(');
  if (open == absl::string_view::npos || open == 0) return false;
  const char before = body[open - 1];
  return IsNameByte(before) || before == ']';
}

// `body` is of the view.
bool HasInnerName(const View& view, absl::string_view body) {
  if (!view.Has(WordGroup::kTemplateName)) return false;
  return std::any_of(kInnerNames.begin(), kInnerNames.end(), [&](const Needle& name) {
    return view.lower.MayHold(name) && absl::StrContains(body, name.text);
  });
}

struct Brackets {
  Needle open;
  absl::string_view close;
  bool calls;  // a call within is enough
};
constexpr Brackets kBrackets[] = {
    {Needle("{{"), "}}", true},  {Needle("${"), "}", true},    {Needle("#{"), "}", true},
    {Needle("*{"), "}", true},   {Needle("@{"), "}", false},   {Needle("@("), ")", false},
    {Needle("[["), "]]", false}, {Needle("{php}"), "{", true}, {Needle("~{"), "}", true},
    {Needle("{="), "}", false},
};

void LookAtBody(const View& view, absl::string_view body, const Brackets& brackets, Hits& hits) {
  constexpr size_t kLongest = 256;
  body = body.substr(0, kLongest);
  const auto begin = static_cast<size_t>(body.data() - view.text.data());
  const size_t at = begin - brackets.open.text.size();
  const size_t end = begin + body.size();
  const bool configuration =
      brackets.open.text == "{{" &&
      (absl::StrContains(body, "config.items") || body == "config" || body == "settings");
  if (IsArithmetic(body) || (brackets.calls && IsCall(body)) || configuration) {
    hits.Add(Rule::kTemplateExpression, at, end);
  }
  if (HasInnerName(view, body)) hits.Add(Rule::kTemplateObject, at, end);
}

// Of the brackets that open before the same close, the outermost and the innermost are looked at:
// what is read twice at most costs no more for being opened a hundred times.
void FindExpressions(const View& view, const Brackets& brackets, Hits& hits) {
  constexpr size_t kNone = absl::string_view::npos;
  const absl::string_view text = view.text;
  Ahead<absl::string_view> closes(text, brackets.close);
  size_t inner = kNone;  // where the last body began that has not been looked at
  size_t inner_close = kNone;
  const auto look = [&](size_t begin, size_t close) {
    LookAtBody(view, text.substr(begin, close - begin), brackets, hits);
  };
  size_t outer_close = kNone;
  ForEach(view, brackets.open, [&](size_t at) {
    const size_t begin = at + brackets.open.text.size();
    const size_t close = closes.From(begin);
    if (inner != kNone && close != inner_close) {
      look(inner, inner_close);
      inner = kNone;
    }
    if (close == kNone) return true;
    if (close != outer_close) {
      look(begin, close);
      outer_close = close;
    } else {
      inner = begin;
      inner_close = close;
    }
    return false;
  });
  if (inner != kNone) look(inner, inner_close);
}

constexpr auto kStatements =
    Needles("{% if", "{% for", "{%if", "{% set", "{% import", "{% include", "{% debug", "{%for",
            "{%set", "<#assign", "#set(", "#set (", "{php}", "{if ", "<#list", "#evaluate(");

void FindStatements(const View& view, Hits& hits) {
  if (!view.Has(WordGroup::kTemplateStatement)) return;
  for (const Needle& statement : kStatements) {
    const size_t at = view.Find(statement);
    if (at == absl::string_view::npos) continue;
    if (statement.text == "{if " && !absl::StrContains(view.text, "{/if}")) continue;
    hits.Add(Rule::kTemplateTag, at, at + statement.text.size());
    return;
  }
}

}  // namespace

absl::Span<const Needle> TemplateNames() { return kInnerNames; }
absl::Span<const Needle> TemplateStatements() { return kStatements; }

void FindTemplate(const View& view, Hits& hits) {
  constexpr uint32_t kNeeds = kBraceClass | kHashClass | kBracketClass | kOpenClass;
  if ((view.classes & kNeeds) == 0) return;
  if ((view.classes & kBraceClass) != 0 && (view.classes & kDollarClass) != 0) {
    ForEach(view, Needle("${"), [&](size_t at) {
      LookAtLookup(view, at, hits);
      return hits.Has(Rule::kLookupJndi);
    });
  }
  for (const Brackets& brackets : kBrackets) FindExpressions(view, brackets, hits);
  if ((view.classes & (kBraceClass | kHashClass)) != 0) FindStatements(view, hits);
  if (view.Has(WordGroup::kTemplateName)) {
    for (const Needle& name : Needles("__class__", "__subclasses__", "__globals__", "__builtins__",
                                      "__proto__[", "__mro__")) {
      const size_t at = view.Find(name);
      if (at != absl::string_view::npos) hits.Add(Rule::kTemplateObject, at, at + 9);
    }
  }
}

}  // namespace firebreak::inspect
