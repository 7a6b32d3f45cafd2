#include "inspect/attack/query_language.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

// AssertionAt: whether "name=", "name>=", "name~=" or "name:=" with a value stands at i.
bool AssertionAt(absl::string_view text, size_t i) {
  size_t end = i;
  while (end < text.size() && (IsNameByte(text[end]) || text[end] == '-')) ++end;
  if (end == i) return false;
  const char sign = At(text, end);
  if (sign == '=') return At(text, end + 1) != '=';
  return (sign == '>' || sign == '<' || sign == '~' || sign == ':') && At(text, end + 1) == '=';
}

// FilterBeginsAt: whether "(", perhaps with operators, and an assertion stand at i.
bool FilterBeginsAt(absl::string_view text, size_t i) {
  if (At(text, i) != '(') return false;
  while (i < text.size() && (text[i] == '(' || text[i] == '&' || text[i] == '|' || text[i] == '!' ||
                             IsBlank(text[i]))) {
    ++i;
  }
  return AssertionAt(text, i);
}

constexpr auto kXpathMarks =
    Needles("ancestor::", "ancestor-or-self::", "descendant::", "descendant-or-self::", "child::",
            "following-sibling::", "preceding-sibling::", "parent::node", "self::node", "/text()",
            "/node()", "string-length(name(", "count(/", "name(/", "substring(name(",
            "local-name()", "doc('http", "doc(\"http", "//*[", "position()=", "//user[",
            "[position()", "string-length(//", "substring(//", "count(//");

constexpr absl::string_view kOperators[] = {
    "$ne",   "$gt",   "$gte",        "$lt",        "$lte",  "$in",       "$nin",         "$or",
    "$and",  "$nor",  "$not",        "$exists",    "$type", "$regex",    "$where",       "$all",
    "$size", "$expr", "$jsonschema", "$elemmatch", "$func", "$function", "$accumulator", "$lookup"};

bool IsOperator(absl::string_view name) {
  constexpr size_t kShortest = 3;
  constexpr size_t kLongest = 12;
  if (name.size() < kShortest || name.size() > kLongest) return false;
  return std::find(std::begin(kOperators), std::end(kOperators), name) != std::end(kOperators);
}

// OperatorAt: the end of an operator's name at the "$" at i; 0: none.
size_t OperatorAt(absl::string_view text, size_t i) {
  const size_t end = NameEnd(text, i + 1);
  return IsOperator(text.substr(i, end - i)) ? end : 0;
}

// "$where: ProductWhere!)": a variable of GraphQL and its type.
bool IsTypeAt(absl::string_view text, size_t i) {
  const size_t begin = SkipBlanks(text, i);
  const size_t end = NameEnd(text, begin);
  const char after = At(text, end);
  return IsAlpha(At(text, begin)) && (after == '!' || after == ')' || after == ',');
}

// IsUsed: whether the operator from `at` to `end` stands where one works: user[$ne]=, "$ne": in
// quotes or without, or as the name of a field.
bool IsUsed(const View& view, size_t at, size_t end) {
  const char before = at == 0 ? '\0' : view.text[at - 1];
  const char after = At(view.text, end);
  if (before == '[') return after == ']';
  if (before == '"' || before == '\'') {
    return after == before && At(view.text, SkipBlanks(view.text, end + 1)) == ':';
  }
  if (before == '{' || before == ',') return after == ':';
  // "{ $ne: 1 }", "', $or: [": with a blank, as people who talk of it write, from the start only.
  const size_t sign = view.text.find_first_not_of("' ");
  const bool first = sign < at && (view.text[sign] == '{' || view.text[sign] == ',');
  if (first && SkipBlanks(view.text, sign + 1) == at) return after == ':';
  // "true, $where: '1 == 1'"
  const bool where = view.text.substr(at, end - at) == "$where";
  if (where && after == ':') return !IsNameByte(before) && !IsTypeAt(view.text, end + 1);
  return view.is_name && (before == '.' || at == 0) && (end == view.text.size() || after == '.');
}

constexpr auto kDatabaseScript =
    Needles("this.password", "db.getcollection", "db.users", ".find({", "mapreduce(", "emit(this",
            "tojson(", "return true;", "return(true)", "return this", "'||'1'=='1", "' || '1'=='1",
            "||1==1", "|| 1==1", "db.collection", "db.inject", "'&&this.", "new date();}while(",
            "load csv from", "load csv with headers from", "detach delete ", "union match (",
            "call db.labels", "call apoc.", "call dbms.");

// What only graphs are asked by counts behind the end of a value: a service may send its own
// questions.
bool IsOfGraph(absl::string_view script) {
  return script[0] == 'l' || absl::StartsWith(script, "detach") ||
         absl::StartsWith(script, "union") || absl::StartsWith(script, "call");
}
bool EndsValueBefore(absl::string_view text, size_t at) {
  const size_t quote = text.find_first_of("'\"(");
  return quote < at && text[quote] != '(';
}

// "(&(a=b)(c=d))", "(uid=*)": a filter of the sender's own, or with the application's before it.
void FindWholeFilter(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if ((view.classes & (kAmpersandClass | kPipeClass)) != 0 && (view.classes & kEqualsClass) != 0) {
    for (const Needle& open : Needles("(&(", "(|(")) {
      ForEach(view, open, [&](size_t at) {
        if (AssertionAt(text, at + 3)) hits.Add(Rule::kDirectoryFilter, at, at + 3);
        return hits.Has(Rule::kDirectoryFilter);
      });
    }
  }
  const size_t name_end = NameEnd(text, 1);
  if (At(text, 0) == '(' && name_end > 1 && HasAt(text, name_end, "=*)")) {
    hits.Add(Rule::kDirectoryFilter, 0, name_end + 3);
  }
  // "*()|", "x)(!(&(|": nothing but operators to the end.
  const size_t at = text.find_last_not_of(absl::string_view("()&|!* '%\0\t", 11));
  const absl::string_view rest = text.substr(at == absl::string_view::npos ? 0 : at + 1);
  const bool operators = rest.find_first_of("&|") != absl::string_view::npos;
  const bool opened = absl::StrContains(rest, ")(") || absl::StrContains(rest, "*()");
  if (operators && opened) hits.Add(Rule::kDirectoryFilter, text.size() - rest.size(), text.size());
}

// Functions of XPath, with a path for an argument: string(//x.
constexpr WordSet kPathFunctions({"string", "count", "name", "contains", "substring", "starts-with",
                                  "concat", "sum", "boolean", "number", "length", "translate"});

// //*[@id="main"]/div[2]/a: how what measures clicks names an element of its page, and nothing
// else. `at` is where "//*[" stands.
bool NamesElement(absl::string_view text, size_t at) {
  constexpr absl::string_view kStart = "//*[@id=";
  const char before = at == 0 ? '"' : text[at - 1];
  if (!HasAt(text, at, kStart) || !absl::StrContains("\"'=:,", before)) return false;
  size_t i = at + kStart.size();
  if (At(text, i) == '\\') ++i;
  const char quote = At(text, i);
  if (quote != '"' && quote != '\'') return false;
  ++i;
  while (IsNameByte(At(text, i)) || At(text, i) == '-') ++i;
  if (At(text, i) == '\\') ++i;
  if (At(text, i) != quote || At(text, i + 1) != ']') return false;
  i += 2;
  while (At(text, i) == '/' && IsAlpha(At(text, i + 1))) {
    i = NameEnd(text, i + 1);
    if (At(text, i) != '[') continue;
    ++i;
    while (IsDigit(At(text, i))) ++i;
    if (At(text, i) != ']') return false;
    ++i;
  }
  return i == text.size() || absl::StrContains("\"&,}\\", text[i]);
}

void FindPathArguments(const View& view, Hits& hits) {
  for (const Needle& open : Needles("(//", "(/*")) {
    ForEach(view, open, [&](size_t at) {
      if (kPathFunctions.Has(NameBefore(view.text, at))) {
        hits.Add(Rule::kXpathExpression, at, at + 3);
      }
      return hits.Has(Rule::kXpathExpression);
    });
  }
}

// "' or //user/name='a": a condition with a path, right behind the end of a string.
void FindJoinedPath(const View& view, Hits& hits) {
  if ((view.classes & (kSingleQuoteClass | kDoubleQuoteClass)) == 0) return;
  for (const Needle& joined : Needles("' or //", "' and //", "\" or //", "\" and //")) {
    const size_t at = view.Find(joined);
    if (at == absl::string_view::npos) continue;
    const size_t end = at + joined.text.size();
    if (IsAlpha(At(view.text, end))) hits.Add(Rule::kXpathExpression, at, end);
  }
}

}  // namespace

absl::Span<const Needle> XpathMarks() { return kXpathMarks; }
absl::Span<const Needle> DatabaseScript() { return kDatabaseScript; }

void FindLdap(const View& view, Hits& hits) {
  constexpr uint32_t kNeeds = kCloseClass | kOpenClass;
  if ((view.classes & kOpenClass) == 0) return;
  const absl::string_view text = view.text;
  FindWholeFilter(view, hits);
  if ((view.classes & kNeeds) != kNeeds) return;
  // "*)(&", "x)(|": an operator with nothing behind it, cut off.
  for (const Needle& end : Needles(")(&", ")(|", ")(!(")) {
    const size_t at = view.Find(end);
    if (at != absl::string_view::npos && at + 5 >= text.size()) {
      hits.Add(Rule::kDirectoryFilter, at, text.size());
    }
  }
  if ((view.classes & kEqualsClass) == 0) return;
  // A parenthesis that closes what the value did not open, and a condition after it.
  ptrdiff_t open = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != ')') {
      open += text[at] == '(' ? 1 : 0;
      ++at;
      continue;
    }
    size_t i = at;
    for (; i < text.size() && (text[i] == ')' || IsBlank(text[i])); ++i) {
      open -= text[i] == ')' ? 1 : 0;
    }
    if (open < 0 && FilterBeginsAt(text, i)) {
      return hits.Add(Rule::kDirectoryFilter, at, std::min(i + 16, text.size()));
    }
    at = i;
  }
}

void FindXpath(const View& view, Hits& hits) {
  FindJoinedPath(view, hits);
  if ((view.classes & (kSlashClass | kColonClass | kOpenClass | kBracketClass)) == 0) return;
  if ((view.classes & (kOpenClass | kColonClass | kBracketClass)) == 0) return;
  for (const Needle& mark : kXpathMarks) {
    if (!view.Has(WordGroup::kXpath)) break;
    size_t at = view.Find(mark);
    while (mark.text == "//*[" && at != absl::string_view::npos && NamesElement(view.text, at)) {
      at = view.text.find(mark.text, at + 1);
    }
    if (at == absl::string_view::npos) continue;
    if (at > 0 && IsAlpha(mark.text[0]) && IsNameByte(view.text[at - 1])) continue;
    hits.Add(Rule::kXpathExpression, at, at + mark.text.size());
    return;
  }
  FindPathArguments(view, hits);
  // "'] | //user/*[": out of a string and a predicate into another path.
  for (const Needle& mark : Needles("']", "\"]", "')]", "\")]")) {
    const size_t at = view.Find(mark);
    if (at == absl::string_view::npos) continue;
    const size_t next = SkipBlanks(view.text, at + mark.text.size());
    if (At(view.text, next) == '|' && absl::StrContains(view.text.substr(next, 8), "/")) {
      hits.Add(Rule::kXpathExpression, at, next + 1);
    }
  }
}

void FindNosql(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  if ((view.classes & kDollarClass) != 0) {
    ForEach(text, '$', [&](size_t at) {
      const size_t end = OperatorAt(text, at);
      if (end == 0 || !IsUsed(view, at, end)) return false;
      hits.Add(Rule::kNosqlOperator, at, end);
      return true;
    });
  }
  if (!view.Has(WordGroup::kDatabaseScript)) return;
  if ((view.classes & (kDotClass | kPipeClass | kSemicolonClass | kOpenClass | kSingleQuoteClass |
                       kDoubleQuoteClass)) == 0) {
    return;
  }
  for (const Needle& script : kDatabaseScript) {
    const size_t at = view.Find(script);
    if (at == absl::string_view::npos) continue;
    if (at > 0 && IsAlpha(script.text[0]) && IsNameByte(text[at - 1])) continue;
    if (IsOfGraph(script.text) && !EndsValueBefore(text, at)) continue;
    hits.Add(Rule::kNosqlScript, at, at + script.text.size());
    return;
  }
}

}  // namespace firebreak::inspect
