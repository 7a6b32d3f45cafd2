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
  kMeta,    // tells the page something, perhaps to load another
  kPlain,
};

constexpr WordEntry<Element> kElements[] = {
    {"script", Element::kScript},   {"applet", Element::kActive},  {"base", Element::kActive},
    {"bgsound", Element::kActive},  {"embed", Element::kActive},   {"frame", Element::kActive},
    {"frameset", Element::kActive}, {"iframe", Element::kActive},  {"ilayer", Element::kActive},
    {"isindex", Element::kActive},  {"layer", Element::kActive},   {"link", Element::kActive},
    {"meta", Element::kMeta},       {"object", Element::kActive},  {"portal", Element::kActive},
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
                                 "behavior:", "behaviour:", "@import", "-o-link"}) {
    if (absl::StrContains(style, what)) return true;
  }
  return false;
}

// A page's character set and what made it are told by the same element.
bool Redirects(const Attribute& attribute) {
  if (attribute.name == "http-equiv") {
    return absl::StrContains(attribute.value, "refresh") ||
           absl::StrContains(attribute.value, "set-cookie") ||
           absl::StrContains(attribute.value, "&");
  }
  const bool told = attribute.name == "content" || attribute.name == "charset";
  return told && (absl::StrContains(attribute.value, "url=") ||
                  absl::StrContains(attribute.value, "utf-7"));
}

// Where the players and maps are that editors of pages embed; what they show is their own.
constexpr absl::string_view kPlayers[] = {
    "www.youtube.com/embed/",     "www.youtube-nocookie.com/embed/", "player.vimeo.com/video/",
    "www.dailymotion.com/embed/", "open.spotify.com/embed/",         "w.soundcloud.com/player/",
    "www.google.com/maps/embed?"};

bool IsPlayer(absl::string_view url) {
  url.remove_prefix(std::min(url.find_first_not_of("\\\"'"), url.size()));
  for (const absl::string_view scheme : {"https:", "http:"}) {
    if (absl::StartsWith(url, scheme)) url.remove_prefix(scheme.size());
  }
  if (!absl::StartsWith(url, "//")) return false;
  url.remove_prefix(2);
  return std::any_of(std::begin(kPlayers), std::end(kPlayers),
                     [url](absl::string_view player) { return absl::StartsWith(url, player); });
}

void LookAtAttribute(const Attribute& attribute, Element element, size_t begin, size_t end,
                     Hits& hits) {
  if (!attribute.has_value) return;
  if (IsHandlerName(attribute.name)) return hits.Add(Rule::kScriptHandler, begin, end);
  const bool player = attribute.name == "src" && IsPlayer(attribute.value);
  // Data islands of Internet Explorer's: "dataformatas" prints data as HTML.
  if (attribute.name == "srcdoc" || attribute.name == "dataformatas" ||
      (element == Element::kActive && kLoadingAttributeSet.Has(attribute.name) && !player)) {
    hits.Add(Rule::kScriptActiveTag, begin, end);
  }
  if (element == Element::kMeta && Redirects(attribute)) {
    hits.Add(Rule::kScriptActiveTag, begin, end);
  }
  if (attribute.name == "style" && RunsScript(attribute.value)) {
    hits.Add(Rule::kScriptStyle, begin, end);
  }
  if (kUrlAttributeSet.Has(attribute.name) && IsScriptUrl(attribute.value)) {
    hits.Add(Rule::kScriptUrl, begin, end);
  }
}

// ElementSearch reads the elements of one text from its start to its end. An element that begins
// within the attributes or the style of another is read as well, in case the page around the value
// makes it one, until that has cost kMaxNested bytes: so the whole stays linear, and what a browser
// reads is always read.
class ElementSearch {
 public:
  ElementSearch(absl::string_view text, Hits& hits)
      : text_(text), style_end_(text, "</style"), hits_(hits) {}

  // Places only go up.
  void LookAt(size_t open) {
    size_t i = open + 1;
    while (i < text_.size() && (text_[i] == '/' || IsControl(text_[i])) && i < open + 4) ++i;
    if (!IsAlpha(At(text_, i))) return;
    const size_t begin = i;
    while (i < text_.size() && !EndsName(text_[i])) ++i;
    const absl::string_view name = text_.substr(begin, i - begin);
    const absl::string_view local = name.substr(name.rfind(':') + 1);  // <svg:script>
    const Element* const known = kElementTable.Find(local);
    const Element element = known == nullptr ? Element::kPlain : *known;
    if (element == Element::kScript) return hits_.Add(Rule::kScriptTag, open, i);
    if (known != nullptr && (At(text_, i) == '>' || IsBlank(At(text_, i)) || At(text_, i) == '/')) {
      hits_.Add(Rule::kScriptMarkup, open, i);
    }
    if (local == "style" && open >= style_until_) {
      style_until_ = std::min(style_end_.From(i), text_.size());
      if (RunsScript(text_.substr(i, style_until_ - i))) {
        hits_.Add(Rule::kScriptStyle, open, style_until_);
      }
    }
    LookAtAttributes(element, open, i);
  }

 private:
  static constexpr size_t kMaxAttributes = 24;
  static constexpr size_t kMaxNested = 2 * kMaxView;

  void LookAtAttributes(Element element, size_t open, size_t i) {
    const bool nested = open < read_until_;
    if (nested && nested_ >= kMaxNested) return;
    AttributeReader reader(text_, i);
    Attribute attribute;
    for (size_t count = 0; count < kMaxAttributes && reader.Next(attribute); ++count) {
      LookAtAttribute(attribute, element, open, reader.at(), hits_);
    }
    if (nested) nested_ += reader.at() - open;
    read_until_ = std::max(read_until_, reader.at());
  }

  const absl::string_view text_;
  Ahead<absl::string_view> style_end_;
  size_t style_until_ = 0;  // where the style that was read ends
  size_t read_until_ = 0;   // where the attributes end that were read
  size_t nested_ = 0;       // what reading them again has cost, in bytes
  Hits& hits_;
};

// HandlerAt: whether an event handler with a value stands at i.
// Browsers learn new ones; where the attribute of the page has ended, any name with a call is one.
bool HandlerAt(absl::string_view text, size_t i, bool left, size_t& end) {
  const size_t name_end = NameEnd(text, i);
  const absl::string_view name = text.substr(i, name_end - i);
  const bool known = IsEventHandler(name);
  if (!known && !(left && IsHandlerName(name))) return false;
  const size_t sign = SkipBlanks(text, name_end);
  if (At(text, sign) != '=' || At(text, sign + 1) == '=' || sign + 1 >= text.size()) return false;
  end = sign + 1;
  const size_t call = NameEnd(text, end);
  return known || (call > end && (At(text, call) == '(' || At(text, call) == '`'));
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
    if (!StartsAttribute(at == 0 ? ' ' : text[at - 1])) return false;
    if (!HandlerAt(text, at, quote < at, end)) return false;
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
  ForEach(view, Needle("](data:"), [&](size_t at) {  // a link of Markdown
    if (IsScriptUrl(text.substr(at + 2))) hits.Add(Rule::kScriptUrl, at, at + 7);
    return hits.Has(Rule::kScriptUrl);
  });
  constexpr Needle kScheme("javascript:");
  if (view.Find(kScheme) == absl::string_view::npos) return;
  const size_t last_code = text.find_last_of("(`=[/%");
  ForEach(view, kScheme, [&](size_t at) {
    if (last_code == absl::string_view::npos || at > last_code) return true;  // just words follow
    if (at > 0 && (IsNameByte(text[at - 1]) || text[at - 1] == ' ')) return false;
    if (IsScriptUrl(text.substr(at))) hits.Add(Rule::kScriptUrl, at, text.size());
    return hits.Has(Rule::kScriptUrl);
  });
}

// Whether an address ends where `rest` begins, but for semicolons: at its quote or bracket, or with
// the next parameter of the URL that it is part of, which no script goes on with.
bool EndsAddress(absl::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(';'), rest.size()));
  const char c = At(rest, 0);
  if (c == '\0') return rest.empty();
  if (c == '\\') return At(rest, 1) == '"' || At(rest, 1) == '\'';
  if (c != '&') return c == '"' || c == '\'' || c == ')' || c == ']';
  size_t end = 1;
  while (end < rest.size() && (IsNameByte(rest[end]) || rest[end] == '.' || rest[end] == '-'))
    ++end;
  const bool parameter = At(rest, end) == '=' && At(rest, end + 1) != '=';
  return end > 1 && (parameter || At(rest, end) == ';');
}

}  // namespace

bool HoldsElement(absl::string_view text) {
  bool found = false;
  ForEach(text, '<', [&](size_t open) {
    size_t begin = open + 1;
    if (At(text, begin) == '/') ++begin;
    const size_t end = NameEnd(text, begin);
    const char after = At(text, end);
    const bool has_more = IsBlank(after) || after == '/';
    found = end > begin && IsAlpha(text[begin]) &&
            (has_more || kElementTable.Find(text.substr(begin, end - begin)) != nullptr);
    return found;
  });
  return found;
}

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
    constexpr size_t kLongestType = 128;
    const absl::string_view start = rest.substr(0, kLongestType);
    const absl::string_view type = start.substr(0, start.find(','));
    return absl::StrContains(type, "html") || absl::StrContains(type, "svg") ||
           absl::StrContains(type, "xml") || absl::StrContains(type, "script") ||
           absl::StartsWith(rest, ",<");
  }
  if (name != "javascript" && name != "vbscript" && name != "livescript" && name != "jscript") {
    return false;
  }
  // "javascript:;" and "javascript:void(0)" are how pages say "no link".
  const absl::string_view code = rest.substr(SkipBlanks(rest, 0));
  absl::string_view behind = code;
  for (const absl::string_view nothing : {"void(0)", "void 0"}) {
    if (absl::StartsWith(code, nothing)) behind = code.substr(nothing.size());
  }
  const bool nothing = behind.size() < code.size();
  if ((nothing || At(code, 0) == ';') && EndsAddress(behind)) return false;
  if (nothing) return LooksLikeCode(behind);
  return LooksLikeCode(code) || absl::StartsWith(code, "//") || absl::StartsWith(code, "%");
}

void FindMarkup(const View& view, Hits& hits) {
  if ((view.classes & kLessClass) == 0) return;
  // "<" that another reader puts together, and code that a page imports as an element.
  if (const size_t at = view.Find(Needle("<![cdata[<]]>")); at != absl::string_view::npos) {
    hits.Add(Rule::kScriptTag, at, at + 13);
  }
  if (const size_t at = view.Find(Needle("<?import ")); at != absl::string_view::npos) {
    hits.Add(Rule::kScriptActiveTag, at, at + 9);
  }
  ElementSearch search(view.text, hits);
  ForEach(view.text, '<', [&](size_t at) {
    search.LookAt(at);
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
