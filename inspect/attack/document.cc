#include "inspect/attack/document.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kResponseHeaders[] = {"set-cookie",
                                                  "location",
                                                  "content-type",
                                                  "content-length",
                                                  "refresh",
                                                  "transfer-encoding",
                                                  "x-xss-protection",
                                                  "access-control-allow-origin",
                                                  "content-disposition",
                                                  "last-modified",
                                                  "link",
                                                  "x-forwarded-host",
                                                  "host",
                                                  "bcc",
                                                  "status"};
constexpr WordSet kResponseHeaderSet(kResponseHeaders);

// DefinesEntity: "<!entity" and a name, also with "%" before it.
bool DefinesEntity(absl::string_view text, size_t at) {
  size_t i = SkipBlanks(text, at + 8);
  if (i == at + 8) return false;
  if (At(text, i) == '%') i = SkipBlanks(text, i + 1);
  return i < text.size();
}

// LoadsType: SYSTEM or PUBLIC with an address in a document type. Public identifiers of HTML and
// SVG at w3.org are in every old page.
bool LoadsType(absl::string_view text, size_t at) {
  const size_t end = std::min(text.find('>', at), text.size());
  const absl::string_view type = text.substr(at, end - at);
  if (absl::StrContains(type, "-//w3c//dtd")) return false;
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
  for (const Needle& mark : Needles("<xi:include", "xmlns:xi=\"http://www.w3.org/2001/xinclude",
                                    "<xsl:value-of", "<?xml-stylesheet", "<xsl:stylesheet")) {
    const size_t at = view.Find(mark);
    if (at != absl::string_view::npos) hits.Add(Rule::kXmlInclude, at, at + 11);
  }
}

void FindHeaderLine(const View& view, Hits& hits) {
  if ((view.classes & kLineEndClass) == 0) return;
  const absl::string_view text = view.text;
  size_t begin = 0;
  AheadOfAny<2> line_ends(text, '\r', '\n');
  const size_t first = line_ends.From(0);
  for (size_t at = first; at < text.size(); at = line_ends.From(begin)) {
    begin = SkipBlanks(text, at);  // all line ends up to here have the same after them
    size_t end = begin;
    while (end < text.size() && (IsAlnum(text[end]) || text[end] == '-')) ++end;
    const absl::string_view name = text.substr(begin, end - begin);
    const bool field = At(text, SkipBlanks(text, end)) == ':' && kResponseHeaderSet.Has(name);
    const bool response = absl::StartsWith(text.substr(std::min(begin, text.size())), "http/1.");
    if (field || response) return hits.Add(Rule::kHeaderSplit, at, std::max(end, at + 1));
  }
  const bool single_line = view.place == Place::kHeader || view.place == Place::kCookie ||
                           view.place == Place::kPath || view.is_name;
  if (single_line) hits.Add(Rule::kHeaderLine, first, first + 1);
}

}  // namespace firebreak::inspect
