#include "inspect/attack/markup.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/event_name.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

// What an element may do by itself.
enum class Element : uint8_t {
  kScript,
  kActive,  // loads or runs what an attribute names
  kPlain,
};

constexpr WordEntry<Element> kElements[] = {
    {"script", Element::kScript},   {"applet", Element::kActive},  {"base", Element::kActive},
    {"bgsound", Element::kActive},  {"embed", Element::kActive},   {"frame", Element::kActive},
    {"frameset", Element::kActive}, {"iframe", Element::kActive},  {"ilayer", Element::kActive},
    {"isindex", Element::kActive},  {"layer", Element::kActive},   {"link", Element::kActive},
    {"meta", Element::kActive},     {"object", Element::kActive},  {"portal", Element::kActive},
    {"a", Element::kPlain},         {"b", Element::kPlain},        {"body", Element::kPlain},
    {"br", Element::kPlain},        {"div", Element::kPlain},      {"form", Element::kPlain},
    {"h1", Element::kPlain},        {"html", Element::kPlain},     {"i", Element::kPlain},
    {"img", Element::kPlain},       {"input", Element::kPlain},    {"p", Element::kPlain},
    {"span", Element::kPlain},      {"style", Element::kPlain},    {"svg", Element::kPlain},
    {"table", Element::kPlain},     {"textarea", Element::kPlain}, {"video", Element::kPlain},
};
constexpr WordTable kElementTable(kElements);

// Attributes whose value is a URL, or can become one through an animation.
constexpr absl::string_view kUrlAttributes[] = {
    "action", "background", "by",   "code",  "codebase",   "content",    "data",    "dataurl",
    "dynsrc", "folder",     "form", "from",  "formaction", "href",       "lowsrc",  "poster",
    "src",    "to",         "url",  "value", "values",     "xlink:href", "xml:base"};
constexpr WordSet kUrlAttributeSet(kUrlAttributes);

// Attributes that make an active element active.
constexpr absl::string_view kLoadingAttributes[] = {
    "action",     "background", "classid", "code", "codebase", "content", "data", "href",
    "http-equiv", "src",        "srcdoc",  "type", "prompt",   "onload",  "name"};
constexpr WordSet kLoadingAttributeSet(kLoadingAttributes);

bool EndsName(char c) {
  return IsBlank(c) || IsControl(c) || c == '/' || c == '>' || c == '<' || c == '=' || c == '"' ||
         c == '\'' || c == '`' || c == '+';
}

struct Attribute {
  absl::string_view name;
  absl::string_view value;
  bool has_value = false;
};

// Reads the attributes of one element, the way browsers do: separated by anything that is no name,
// the last value perhaps without its quote.
class AttributeReader {
 public:
  AttributeReader(absl::string_view text, size_t at) : text_(text), at_(at) {}

  bool Next(Attribute& attribute) {
    while (at_ < text_.size() && text_[at_] != '>' &&
           (EndsName(text_[at_]) || IsWide(text_[at_]))) {
      ++at_;
    }
    if (at_ >= text_.size() || text_[at_] == '>') return false;
    const size_t begin = at_;
    while (at_ < text_.size() && !EndsName(text_[at_])) ++at_;
    attribute = {.name = text_.substr(begin, at_ - begin), .value = {}, .has_value = false};
    size_t sign = at_;
    while (sign < text_.size() && (IsBlank(text_[sign]) || IsControl(text_[sign]))) ++sign;
    if (At(text_, sign) != '=') return true;
    at_ = sign + 1;
    attribute.has_value = true;
    attribute.value = ReadValue();
    return true;
  }
  size_t at() const { return at_; }

 private:
  absl::string_view ReadValue() {
    while (at_ < text_.size() && (IsBlank(text_[at_]) || IsControl(text_[at_]))) ++at_;
    const char quote = At(text_, at_);
    if (quote == '"' || quote == '\'' || quote == '`') {
      const size_t begin = ++at_;
      const size_t end = std::min(text_.find(quote, begin), text_.size());
      at_ = std::min(end + 1, text_.size());
      return text_.substr(begin, end - begin);
    }
    const size_t begin = at_;
    while (at_ < text_.size() && !IsBlank(text_[at_]) && text_[at_] != '>') ++at_;
    return text_.substr(begin, at_ - begin);
  }

  absl::string_view text_;
  size_t at_;
};

bool IsHandlerName(absl::string_view name) {
  constexpr size_t kShortest = 5;  // "oncut"
  return name.size() >= kShortest && absl::StartsWith(name, "on") &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsAlpha(c); });
}

// WithoutComments takes out of a style what its reader skips: comments and backslashes.
std::string WithoutComments(absl::string_view style) {
  std::string plain;
  for (size_t i = 0; i < style.size(); ++i) {
    if (HasAt(style, i, "/*")) {
      const size_t end = style.find("*/", i + 2);
      if (end == absl::string_view::npos) break;
      i = end + 1;
    } else if (style[i] != '\\') {
      plain.push_back(style[i]);
    }
  }
  return plain;
}

bool RunsScript(absl::string_view text) {
  const std::string style = WithoutComments(text);
  for (const char* const what : {"expression(", "javascript:", "vbscript:", "-moz-binding",
                                 "behavior:", "@import", "-o-link"}) {
    if (absl::StrContains(style, what)) return true;
  }
  return false;
}

void LookAtAttribute(const Attribute& attribute, Element element, size_t begin, size_t end,
                     Hits& hits) {
  if (!attribute.has_value) return;
  if (IsHandlerName(attribute.name)) return hits.Add(Rule::kScriptHandler, begin, end);
  if (attribute.name == "srcdoc" ||
      (element == Element::kActive && kLoadingAttributeSet.Has(attribute.name))) {
    hits.Add(Rule::kScriptActiveTag, begin, end);
  }
  if (attribute.name == "style" && RunsScript(attribute.value)) {
    hits.Add(Rule::kScriptStyle, begin, end);
  }
  if (kUrlAttributeSet.Has(attribute.name) && IsScriptUrl(attribute.value)) {
    hits.Add(Rule::kScriptUrl, begin, end);
  }
}

// An element at most this long from its "<" is read; so one pass over a view stays linear.
constexpr size_t kMaxAttributes = 24;

void LookAtElement(absl::string_view text, size_t open, Hits& hits) {
  size_t i = open + 1;
  while (i < text.size() && (text[i] == '/' || IsControl(text[i])) && i < open + 4) ++i;
  if (!IsAlpha(At(text, i))) return;
  const size_t begin = i;
  while (i < text.size() && !EndsName(text[i])) ++i;
  const absl::string_view name = text.substr(begin, i - begin);
  const absl::string_view local = name.substr(name.rfind(':') + 1);  // <svg:script>
  const Element* const known = kElementTable.Find(local);
  const Element element = known == nullptr ? Element::kPlain : *known;
  if (element == Element::kScript) return hits.Add(Rule::kScriptTag, open, i);
  if (known != nullptr && (At(text, i) == '>' || IsBlank(At(text, i)) || At(text, i) == '/')) {
    hits.Add(Rule::kScriptMarkup, open, i);
  }
  if (local == "style") {
    const size_t end = std::min(text.find("</style", i), text.size());
    if (RunsScript(text.substr(i, end - i))) hits.Add(Rule::kScriptStyle, open, end);
  }
  AttributeReader reader(text, i);
  Attribute attribute;
  for (size_t count = 0; count < kMaxAttributes && reader.Next(attribute); ++count) {
    LookAtAttribute(attribute, element, open, reader.at(), hits);
  }
}

// HandlerAt: whether an event handler with a value stands at i.
bool HandlerAt(absl::string_view text, size_t i, size_t& end) {
  const size_t name_end = NameEnd(text, i);
  if (!IsEventHandler(text.substr(i, name_end - i))) return false;
  const size_t sign = SkipBlanks(text, name_end);
  if (At(text, sign) != '=' || At(text, sign + 1) == '=' || sign + 1 >= text.size()) return false;
  end = sign + 1;
  return true;
}

bool LooksLikeCode(absl::string_view text) {
  return text.find_first_of("(`=[") != absl::string_view::npos;
}

bool StartsAttribute(char before) {
  return IsBlank(before) || IsControl(before) || before == '/' || before == '"' || before == '\'' ||
         before == '`' || before == '+';
}

void FindHandlers(const View& view, size_t quote, Hits& hits) {
  const absl::string_view text = view.text;
  ForEach(view, Needle("on"), [&](size_t at) {
    size_t end = 0;
    if (!StartsAttribute(at == 0 ? ' ' : text[at - 1]) || !HandlerAt(text, at, end)) return false;
    if (quote < at || LooksLikeCode(text.substr(end))) hits.Add(Rule::kScriptAttribute, at, end);
    return hits.Has(Rule::kScriptAttribute);
  });
}

void FindStyle(const View& view, size_t quote, Hits& hits) {
  const absl::string_view text = view.text;
  const size_t style = view.Find(Needle("style"));
  if (style == absl::string_view::npos) return;
  const bool starts = style == 0 || IsBlank(text[style - 1]) || text[style - 1] == '/';
  if ((starts || quote < style) && RunsScript(text.substr(style))) {
    hits.Add(Rule::kScriptStyle, style, text.size());
  }
}

void FindUrls(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  const size_t begin = std::min(text.find_first_not_of("\"' \t\r\n>)]};"), text.size());
  if (IsScriptUrl(text.substr(begin))) hits.Add(Rule::kScriptUrl, begin, text.size());
  ForEach(view, Needle("javascript:"), [&](size_t at) {
    if (at > 0 && (IsNameByte(text[at - 1]) || text[at - 1] == ' ')) return false;
    if (IsScriptUrl(text.substr(at))) hits.Add(Rule::kScriptUrl, at, text.size());
    return hits.Has(Rule::kScriptUrl);
  });
}

}  // namespace

bool IsScriptUrl(absl::string_view url) {
  constexpr size_t kLongestScheme = 10;
  char scheme[kLongestScheme];
  size_t size = 0;
  size_t i = 0;
  for (; i < url.size() && url[i] != ':'; ++i) {
    const char c = url[i];
    if (IsBlank(c) || IsControl(c) || c == '"' || c == '\'' || c == '\\') continue;
    if (size == kLongestScheme) return false;
    scheme[size++] = c;
  }
  if (i >= url.size()) return false;
  const absl::string_view rest = url.substr(i + 1);
  const absl::string_view name(scheme, size);
  if (name == "data") {
    const absl::string_view type = rest.substr(0, rest.find(','));
    return absl::StrContains(type, "html") || absl::StrContains(type, "svg") ||
           absl::StrContains(type, "xml") || absl::StrContains(type, "script") ||
           absl::StartsWith(rest, ",<");
  }
  if (name != "javascript" && name != "vbscript" && name != "livescript" && name != "jscript") {
    return false;
  }
  // "javascript:;" and "javascript:void(0)" are how pages say "no link".
  const absl::string_view code = rest.substr(SkipBlanks(rest, 0));
  if (absl::StartsWith(code, "void(0)") || absl::StartsWith(code, "void 0")) {
    return code.size() > 8 && LooksLikeCode(code.substr(7));
  }
  return LooksLikeCode(code) || absl::StartsWith(code, "//") || absl::StartsWith(code, "%");
}

void FindMarkup(const View& view, Hits& hits) {
  if ((view.classes & kLessClass) == 0) return;
  ForEach(view.text, '<', [&](size_t at) {
    LookAtElement(view.text, at, hits);
    return false;
  });
}

void FindAttributes(const View& view, Hits& hits) {
  if ((view.classes & kEqualsClass) != 0) {
    // Where the attribute of the page ends, if it does.
    const size_t quote = view.text.find_first_of("\"'`>");
    FindHandlers(view, quote, hits);
    FindStyle(view, quote, hits);
  }
  if ((view.classes & kColonClass) != 0) FindUrls(view, hits);
}

}  // namespace firebreak::inspect
