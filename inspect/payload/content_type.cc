#include "inspect/payload/content_type.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "http/canonical.h"
#include "inspect/payload/parameters.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kBoundaryCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=? ";

bool IsOneOf(absl::string_view text, std::initializer_list<absl::string_view> list) {
  for (const absl::string_view item : list) {
    if (text == item) return true;
  }
  return false;
}

BodyKind KindOf(absl::string_view type) {
  if (type == "application/x-www-form-urlencoded") return BodyKind::kForm;
  if (absl::StartsWith(type, "multipart/")) return BodyKind::kMultipart;
  if (IsOneOf(type, {"application/x-ndjson", "application/ndjson", "application/jsonl",
                     "application/x-jsonlines", "application/stream+json"})) {
    return BodyKind::kJsonLines;
  }
  if (IsOneOf(type, {"application/json", "text/json", "application/x-json"}) ||
      absl::EndsWith(type, "+json")) {
    return BodyKind::kJson;
  }
  if (IsOneOf(type, {"application/xml", "text/xml"}) || absl::EndsWith(type, "+xml")) {
    return BodyKind::kXml;
  }
  if (type == "application/graphql") return BodyKind::kGraphql;
  if (IsOneOf(type, {"application/protobuf", "application/x-protobuf",
                     "application/vnd.google.protobuf"})) {
    return BodyKind::kProtobuf;
  }
  return BodyKind::kUnknown;
}

void ReadBoundary(absl::string_view parameters, ContentType& type) {
  HeaderParameters walk(parameters);
  HeaderParameter parameter;
  int found = 0;
  while (walk.Next(parameter)) {
    if (parameter.name == "boundary*") type.odd_boundary = true;
    if (parameter.name != "boundary") continue;
    if (parameter.broken) type.odd_boundary = true;
    if (++found == 1) type.boundary = parameter.value;
  }
  const std::string& boundary = type.boundary;
  if (found != 1 || boundary.empty() || boundary.size() > kMaxBoundary || boundary.back() == ' ' ||
      boundary.find_first_not_of(kBoundaryCharacters.data(), 0, kBoundaryCharacters.size()) !=
          std::string::npos) {
    type.odd_boundary = true;
  }
  // A line feed would make delimiters that overlap themselves; no header carries one.
  const size_t bad = boundary.find_first_of("\r\n");
  type.boundary.resize(std::min({boundary.size(), kMaxBoundary, bad}));
}

// Where bytes below 0x80 are ASCII and nothing else. In others (UTF-16, UTF-7, EBCDIC, ISO-2022,
// and whatever a server's library takes for a name of one) they may stand for anything.
bool IsAsciiBased(absl::string_view charset) {
  constexpr absl::string_view kFamilies[] = {"iso-8859-",   "iso8859-", "iso_8859-", "latin",
                                             "windows-125", "cp125",    "koi8-"};
  return IsOneOf(charset, {"utf-8", "utf8", "us-ascii", "ascii"}) ||
         std::any_of(
             std::begin(kFamilies), std::end(kFamilies),
             [charset](absl::string_view family) { return absl::StartsWith(charset, family); });
}

bool NamesOddCharset(absl::string_view parameters) {
  HeaderParameters walk(parameters);
  HeaderParameter parameter;
  while (walk.Next(parameter)) {
    const bool charset = parameter.name == "charset" || parameter.name == "charset*";
    const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parameter.value));
    if (charset && !name.empty() && !IsAsciiBased(name)) return true;
  }
  return false;
}

}  // namespace

ContentType ParseContentType(absl::string_view value) {
  ContentType type;
  if (http::IsGrpc(value)) {
    type.kind = BodyKind::kGrpc;
    return type;
  }
  const auto [word, parameters] = SplitHeaderValue(value);
  type.kind = KindOf(word);
  if (type.kind == BodyKind::kMultipart) ReadBoundary(parameters, type);
  type.odd_charset = NamesOddCharset(parameters);
  return type;
}

}  // namespace firebreak::inspect
