#include "inspect/attack/template.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/lookup.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

// Names through which an expression leaves its template.
constexpr auto kInnerNames = Needles(
    "__class__", "__mro__", "__subclasses__", "__globals__", "__builtins__", "__import__",
    "__init__", "__bases__", "__getattribute__", "__proto__", "constructor[", "constructor(",
    "[constructor]", ".constructor.", "getclass(", "forname(", "t(java.", "_self.env", "self.env",
    "registerundefinedfiltercallback", "freemarker", "lipsum.", "cycler.", "joiner.",
    "request.application", "classloader", "getruntime", "?new()", "?api", "['__", "process.env",
    "pagecontext.", "constructor.prototype", "'constructor'", "\"constructor\"", "constructor}",
    ".signer.key", "settings.secret", "os.environ", "system.io.", "#context", "#_memberaccess");

bool IsArithmetic(absl::string_view body) {
  body.remove_prefix(std::min(body.find_first_not_of(" -"), body.size()));
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

// "a"*5, 'a'+'b': a string and a sign, and a number or another one.
bool IsStringArithmetic(absl::string_view body) {
  const size_t open = SkipBlanks(body, 0);
  const char quote = At(body, open);
  if (quote != '\'' && quote != '"') return false;
  const size_t close = body.find(quote, open + 1);
  if (close == absl::string_view::npos) return false;
  const size_t sign = SkipBlanks(body, close + 1);
  if (At(body, sign) != '*' && At(body, sign) != '+' && At(body, sign) != '~') return false;
  const char next = At(body, SkipBlanks(body, sign + 1));
  return next == '\'' || next == '"' || IsDigit(next);
}

// A function of Go's templates and what it is given: printf "%s" ., call .X
constexpr WordSet kGoFunctions({"printf", "print", "println", "html", "js", "urlquery", "call",
                                "template", "define", "index", "len", "block"});
bool IsGoCall(absl::string_view body) {
  const size_t begin = SkipBlanks(body, 0);
  const size_t end = NameEnd(body, begin);
  const char next = At(body, SkipBlanks(body, end));
  if (At(body, begin) == '.' && begin < body.size()) {  // .System "id": a method and an argument
    const size_t method_end = NameEnd(body, begin + 1);
    return method_end > begin + 1 && IsBlank(At(body, method_end)) &&
           At(body, SkipBlanks(body, method_end)) == '"';
  }
  return IsBlank(At(body, end)) && kGoFunctions.Has(body.substr(begin, end - begin)) &&
         (next == '"' || next == '.' || next == '`');
}

// __base__: names of Python's that no template has to do with.
bool HasDunder(absl::string_view body) {
  bool found = false;
  ForEach(body, absl::string_view("__"), [&](size_t at) {
    size_t end = at + 2;
    while (end < body.size() && IsAlpha(body[end])) ++end;
    found = end > at + 4 && HasAt(body, end, "__") && (at == 0 || !IsNameByte(body[at - 1]));
    return found;
  });
  return found;
}

// A call: a name and a parenthesis at once, or a method of a literal.
bool IsCall(absl::string_view body) {
  body.remove_prefix(std::min(body.find_first_not_of("( "), body.size()));
  const size_t open = body.find('(');
  if (open == absl::string_view::npos || open == 0) return false;
  const char before = body[open - 1];
  return IsNameByte(before) || before == ']';
}

// What pages of Java's have without being given it, and what holds it all.
constexpr WordSet kScopes({"applicationscope", "sessionscope", "requestscope", "pagescope",
                           "initparam", "pagecontext", "facescontext"});
bool IsScope(absl::string_view body) {
  const size_t begin = SkipBlanks(body, 0);
  return kScopes.Has(body.substr(begin, NameEnd(body, begin) - begin));
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
    {Needle("{="), "}", false},  {Needle("%{"), "}", true},    {Needle("!{"), "}", false},
};

void LookAtBody(const View& view, absl::string_view body, const Brackets& brackets, Hits& hits) {
  constexpr size_t kLongest = 256;
  body = body.substr(0, kLongest);
  const auto begin = static_cast<size_t>(body.data() - view.text.data());
  const size_t at = begin - brackets.open.text.size();
  const size_t end = begin + body.size();
  const bool configuration =
      brackets.open.text == "{{" &&
      (absl::StrContains(body, "config.items") || body == "config" || IsGoCall(body));
  const bool scope = (brackets.open.text == "${" || brackets.open.text == "#{") && IsScope(body);
  const bool special = brackets.open.text == "${" && At(body, 0) == '.' && IsAlpha(At(body, 1));
  if (IsArithmetic(body) || IsStringArithmetic(body) || (brackets.calls && IsCall(body)) ||
      configuration || scope || special) {
    hits.Add(Rule::kTemplateExpression, at, end);
  }
  const absl::string_view trimmed = body.substr(0, body.find_last_not_of(' ') + 1);
  if (HasInnerName(view, body) || (brackets.calls && HasDunder(body)) ||
      absl::EndsWith(trimmed, ".constructor")) {
    hits.Add(Rule::kTemplateObject, at, end);
  }
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

// What a template engine's statement begins with.
constexpr WordSet kKeyWords({"if",         "for",      "set",    "import",     "include", "debug",
                             "print",      "do",       "load",   "raw",        "extends", "block",
                             "macro",      "call",     "filter", "from",       "with",    "embed",
                             "autoescape", "verbatim", "apply",  "csrf_token", "module"});

// Those that need nothing behind them. "{% if %}" is talk of templates.
constexpr WordSet kBareWords({"debug", "raw", "csrf_token", "verbatim", "autoescape", "spaceless"});

// "{% set", "{%- if", "{%print("
bool FindTag(const View& view, Hits& hits) {
  ForEach(view, Needle("{%"), [&](size_t at) {
    size_t begin = at + 2;
    if (At(view.text, begin) == '-' || At(view.text, begin) == '+') ++begin;
    begin = SkipBlanks(view.text, begin);
    const size_t end = NameEnd(view.text, begin);
    const absl::string_view word = view.text.substr(begin, end - begin);
    const bool bare = HasAt(view.text, SkipBlanks(view.text, end), "%}");
    const absl::string_view body = view.text.substr(begin, view.text.find("%}", begin) - begin);
    if (IsArithmetic(body)) hits.Add(Rule::kTemplateExpression, at, end);
    if (bare ? kBareWords.Has(word) : kKeyWords.Has(word)) hits.Add(Rule::kTemplateTag, at, end);
    return hits.Has(Rule::kTemplateTag);
  });
  return hits.Has(Rule::kTemplateTag);
}

// "{7*7}", "{self::x(", "{$smarty.x": braces of Smarty; "(#a=" assigns in OGNL.
void FindSmarty(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  ForEach(text, '{', [&](size_t at) {
    size_t end = at + 1;
    while (IsDigit(At(text, end))) ++end;
    const bool product = end > at + 1 && At(text, end) == '*' && IsDigit(At(text, end + 1));
    const size_t name = NameEnd(text, at + 1);
    const size_t method = NameEnd(text, name + 2);
    const bool call =
        name > at + 1 && HasAt(text, name, "::") && method > name + 2 && At(text, method) == '(';
    if (product || call || HasAt(text, at, "{$smarty.")) {
      hits.Add(Rule::kTemplateExpression, at, std::min(end + 2, text.size()));
    }
    return hits.Has(Rule::kTemplateExpression);
  });
}

void FindOgnl(const View& view, Hits& hits) {
  ForEach(view, Needle("(#"), [&](size_t at) {
    const size_t end = NameEnd(view.text, at + 2);
    const bool named = IsAlpha(At(view.text, at + 2));
    // "(#a=1)", "(#a)(#b)"
    if (named && (At(view.text, end) == '=' || HasAt(view.text, end, ")(")))
      hits.Add(Rule::kTemplateObject, at, end + 1);
    return hits.Has(Rule::kTemplateObject);
  });
}

constexpr auto kStatements =
    Needles("<#assign", "#foreach(", "#parse(", "{{#with \"", "{{#with '", "{{<%", "#set(",
            "#set (", "{php}", "{if ", "<#list", "#evaluate(", "#if(", "<#if ", "<#setting ",
            "<#include ", "<#import ", "{math equation=");

void FindStatements(const View& view, Hits& hits) {
  if ((view.classes & (kBraceClass | kPercentClass)) == (kBraceClass | kPercentClass) &&
      FindTag(view, hits)) {
    return;
  }
  if (!view.Has(WordGroup::kTemplateStatement)) return;
  for (const Needle& statement : kStatements) {
    const size_t at = view.Find(statement);
    if (at == absl::string_view::npos) continue;
    if (statement.text == "{if " && !absl::StrContains(view.text, "{/if}")) continue;
    if (statement.text == "#if(" && !absl::StrContains(view.text, "#end")) continue;
    hits.Add(Rule::kTemplateTag, at, at + statement.text.size());
    return;
  }
}

// "$x.y.getClass(": a reference of Velocity's.
void FindReference(const View& view, Hits& hits) {
  if ((view.classes & kDollarClass) == 0) return;
  const size_t at = view.Find(Needle(".getclass("));
  if (at == absl::string_view::npos) return;
  size_t begin = at;
  while (begin > 0 && (IsNameByte(view.text[begin - 1]) || view.text[begin - 1] == '.')) --begin;
  if (begin > 0 && begin < at && view.text[begin - 1] == '$') {
    hits.Add(Rule::kTemplateObject, begin - 1, at + 10);
  }
}

// {"constructor": {"prototype": ...}}, at whatever depth.
void FindPrototypeKey(const View& view, Hits& hits) {
  if (view.is_name && view.place == Place::kJson && view.text == "prototype" &&
      absl::EndsWith(view.name, ".constructor")) {
    hits.Add(Rule::kTemplateObject, 0, view.text.size());
  }
}

}  // namespace

absl::Span<const Needle> TemplateNames() { return kInnerNames; }
absl::Span<const Needle> TemplateStatements() { return kStatements; }

void FindPrototype(const View& view, Hits& hits) {
  FindPrototypeKey(view, hits);
  constexpr absl::string_view kBefore = "[{,\"'.";
  constexpr absl::string_view kAfter = "[].:\"'";
  if (!view.Has(WordGroup::kTemplateName)) return;
  const absl::string_view text = view.text;
  ForEach(view, Needle("__proto__"), [&](size_t at) {
    const size_t end = at + 9;
    const bool begins = at == 0 || kBefore.find(text[at - 1]) != absl::string_view::npos;
    const bool key = end < text.size() && kAfter.find(text[end]) != absl::string_view::npos;
    if (begins && (key || view.is_name) && (at == 0 || text[at - 1] != '.' || view.is_name)) {
      hits.Add(Rule::kTemplateObject, at, end);
    }
    return hits.Has(Rule::kTemplateObject);
  });
  for (const Needle& path : Needles("constructor[prototype]", "constructor.prototype",
                                    "[constructor][prototype]", "\"constructor\":{\"prototype\"")) {
    const size_t at = view.Find(path);
    if (at == 0 ||
        (at != absl::string_view::npos && (view.is_name || text[at] == '"' || text[at] == '['))) {
      hits.Add(Rule::kTemplateObject, at, at + path.text.size());
    }
  }
}

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
  if ((view.classes & kBraceClass) != 0) FindSmarty(view, hits);
  if ((view.classes & kHashClass) != 0) FindOgnl(view, hits);
  FindReference(view, hits);
  if (view.Has(WordGroup::kTemplateName)) {
    for (const Needle& name : Needles("__class__", "__subclasses__", "__globals__", "__builtins__",
                                      "__proto__[", "__mro__")) {
      const size_t at = view.Find(name);
      if (at != absl::string_view::npos) hits.Add(Rule::kTemplateObject, at, at + 9);
    }
  }
}

}  // namespace firebreak::inspect
