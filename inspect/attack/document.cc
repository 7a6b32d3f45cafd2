#include "inspect/attack/document.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kResponseHeaders[] = {
    "set-cookie",          "content-type",
    "content-length",      "transfer-encoding",
    "x-xss-protection",    "access-control-allow-origin",
    "content-disposition", "last-modified",
    "x-forwarded-host",    "bcc",
    "mime-version",        "x-forwarded-for"};
constexpr WordSet kResponseHeaderSet(kResponseHeaders);

// Words that people begin lines with, too: what follows them tells.
bool IsHeader(absl::string_view name, absl::string_view value) {
  if (kResponseHeaderSet.Has(name)) return true;
  value = value.substr(0, value.find_first_of("\r\n"));
  const bool word = value.find(' ') == absl::string_view::npos;
  if (name == "location") return word && absl::StrContains(value, "/");
  if (name == "host") return word && absl::StrContains(value, ".");
  if (name == "status") return value.size() >= 3 && IsDigit(value[0]) && IsDigit(value[2]);
  if (name == "refresh") return IsDigit(At(value, 0)) && absl::StrContains(value, "url=");
  return name == "link" && At(value, 0) == '<';
}

// "set key 0 60 5": a name and three numbers, as memcached is told to store something.
bool IsStorage(absl::string_view line) {
  if (!absl::StartsWith(line, "set ")) return false;
  const size_t key_end = line.find(' ', 4);
  if (key_end == absl::string_view::npos) return false;
  const absl::string_view numbers = line.substr(key_end + 1);
  return std::count(numbers.begin(), numbers.end(), ' ') == 2 &&
         numbers.find_first_not_of("0123456789 ") == absl::string_view::npos;
}

// "get /x http/1.1", "mail from:<a@h>", "*1", "$8", "flushall": a request to some server.
bool IsRequestLine(absl::string_view line) {
  line = line.substr(0, line.find_first_of("\r\n"));
  if (absl::EndsWith(line, " http/1.1") || absl::EndsWith(line, " http/1.0")) {
    // A method and a target before it, and nothing else: "- HTTP/1.1" is of a list.
    const size_t method = line.find(' ');
    const size_t target = line.find(' ', method + 1);
    return method > 0 && target == line.size() - 9 && IsAlpha(line[0]) &&
           At(line, method + 1) != ' ';
  }
  for (const absl::string_view start : {"mail from:<", "rcpt to:<", "config set dir", "slaveof "}) {
    if (absl::StartsWith(line, start)) return true;
  }
  return line == "flushall" || IsStorage(line);
}

// "a@h\nCc:b@h": the value that goes into the head of a mail is an address, and then another line.
bool IsOfMail(absl::string_view name) { return name == "cc" || name == "subject" || name == "to"; }
bool IsAddress(absl::string_view value) {
  return absl::StrContains(value, "@") && value.find_first_of(" \t<>,") == absl::string_view::npos;
}

// DefinesEntity: "<!entity" and a name, also with "%" before it.
bool DefinesEntity(absl::string_view text, size_t at) {
  size_t i = SkipBlanks(text, at + 8);
  if (i == at + 8) return false;
  if (At(text, i) == '%') i = SkipBlanks(text, i + 1);
  return i < text.size();
}

// LoadsType: SYSTEM or PUBLIC with an address in a document type. Public identifiers of HTML and
// SVG at w3.org are in every old page, and Apple's is in every property list.
bool LoadsType(absl::string_view text, size_t at) {
  const size_t end = std::min(text.find('>', at), text.size());
  const absl::string_view type = text.substr(at, end - at);
  if (absl::StrContains(type, "-//w3c//dtd")) return false;
  if (absl::StrContains(type, "\"http://www.apple.com/dtds/propertylist-1.0.dtd\"")) return false;
  return absl::StrContains(type, " system \"") || absl::StrContains(type, " system '") ||
         absl::StrContains(type, " public \"") || absl::StrContains(type, " public '");
}

}  // namespace

void FindDocument(const View& view, Hits& hits) {
  if ((view.classes & kLessClass) == 0) return;
  const absl::string_view text = view.text;
  ForEach(view, Needle("<!entity"), [&](size_t at) {
    if (DefinesEntity(text, at)) hits.Add(Rule::kXmlEntity, at, at + 8);
    return hits.Has(Rule::kXmlEntity);
  });
  const size_t type = view.Find(Needle("<!doctype"));
  if (type != absl::string_view::npos) {
    const bool subset =
        absl::StrContains(text.substr(type), "[") && absl::StrContains(text.substr(type), "<!e");
    if (subset || LoadsType(text, type)) hits.Add(Rule::kXmlEntity, type, type + 9);
  }
  for (const Needle& mark :
       Needles("<xi:include", "xmlns:xi=\"http://www.w3.org/2001/xinclude", "<xsl:value-of",
               "<?xml-stylesheet", "<xsl:stylesheet", "<xsl:include ", "<xsl:import ")) {
    const size_t at = view.Find(mark);
    if (at != absl::string_view::npos) hits.Add(Rule::kXmlInclude, at, at + 11);
  }
}

void FindHeaderLine(const View& view, Hits& hits) {
  // Characters whose last bytes are CR and LF, for what keeps only these.
  if ((view.classes & kWideClass) != 0 && !IsBody(view.place)) {
    const size_t at = view.Find(Needle("\xe5\x98\x8a\xe5\x98\x8d"));
    if (at != absl::string_view::npos) hits.Add(Rule::kHeaderSplit, at, at + 6);
  }
  if ((view.classes & kLineEndClass) == 0) return;
  // Files have lines; what is short enough for one look may be a field of a form.
  const bool whole = view.begins && view.ends;
  if (view.place == Place::kBytes || (view.place == Place::kMultipart && !whole)) return;
  const absl::string_view text = view.text;
  size_t begin = 0;
  AheadOfAny<2> line_ends(text, '\r', '\n');
  const size_t first = line_ends.From(0);
  for (size_t at = first; at < text.size(); at = line_ends.From(begin)) {
    begin = SkipBlanks(text, at);  // all line ends up to here have the same after them
    size_t end = begin;
    while (end < text.size() && (IsAlnum(text[end]) || text[end] == '-')) ++end;
    const absl::string_view name = text.substr(begin, end - begin);
    const absl::string_view line = text.substr(std::min(begin, text.size()));
    const size_t colon = SkipBlanks(text, end);
    const bool field =
        At(text, colon) == ':' &&
        (IsHeader(name, text.substr(std::min(SkipBlanks(text, colon + 1), text.size()))) ||
         (absl::StartsWith(name, "x-") && !IsBody(view.place)) ||
         (IsOfMail(name) && IsAddress(text.substr(0, first))));
    const bool message = absl::StartsWith(line, "http/1.") || IsRequestLine(line);
    if (field || message) return hits.Add(Rule::kHeaderSplit, at, std::max(end, at + 1));
  }
  const bool single_line = view.place == Place::kHeader || view.place == Place::kCookie ||
                           view.place == Place::kPath || view.is_name;
  if (single_line) hits.Add(Rule::kHeaderLine, first, first + 1);
}

}  // namespace firebreak::inspect
