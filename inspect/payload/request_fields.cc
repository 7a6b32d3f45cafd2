#include "inspect/payload/request_fields.h"

#include <algorithm>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "inspect/payload/field_writer.h"
#include "inspect/payload/form_extractor.h"
#include "inspect/payload/percent_decoder.h"

namespace firebreak::inspect {
namespace {

void WriteDecoded(absl::string_view text, FieldWriter& writer) {
  if (!absl::StrContains(text, '%')) return writer.Write(text);
  PercentDecoder decoder;
  const auto put = [&writer](char byte) { writer.Put(byte); };
  for (const char c : text) decoder.Put(c, put);
  decoder.Finish(put);
}

// What no segment of a path needs: signs of the languages that attacks are written in. A path that
// has some may be one value to the application, slashes and all.
bool HasOddSigns(absl::string_view path) {
  bool odd = false;
  const auto look = [&odd](char c) {
    odd = odd || absl::string_view(" '\"`<>();|&*$\\{}\n\r").find(c) != absl::string_view::npos;
  };
  PercentDecoder decoder;
  for (const char c : path) decoder.Put(c, look);
  decoder.Finish(look);
  return odd;
}

// A folder of the system's where the first of a site's should be, or one of dots alone.
bool IsOddSegment(absl::string_view segment, bool first) {
  if (first && (segment == "etc" || segment == "proc")) return true;
  return absl::StartsWith(segment, "..") && segment.find_first_not_of('.') == segment.npos;
}

void WritePath(absl::string_view path, FieldSink& fields) {
  FieldWriter writer(fields);
  const absl::string_view whole = path;
  size_t segments = 0;
  bool odd = false;
  while (!path.empty()) {
    path.remove_prefix(1);  // "/"
    const size_t end = std::min(path.find('/'), path.size());
    if (end > 0) {
      const absl::string_view segment = path.substr(0, end);
      odd = odd || IsOddSegment(segment, segments == 0);
      ++segments;
      writer.Begin(Place::kPath, "");
      WriteDecoded(segment, writer);
      writer.End();
    }
    path.remove_prefix(end);
  }
  if (segments < 2 || !(odd || HasOddSigns(whole))) return;
  writer.Begin(Place::kPath, "");
  WriteDecoded(whole.substr(1), writer);
  writer.End();
}

void WriteValue(absl::string_view value, FieldWriter& writer) {
  PercentDecoder decoder;
  const auto put = [&writer](char byte) { writer.Put(byte); };
  for (const char c : value) decoder.Put(c == '+' ? ' ' : c, put);
  decoder.Finish(put);
}

// A parameter or a header line.
using Named = http::HeaderMap::Field;
using NamedList = absl::InlinedVector<Named, 32>;

// Calls visit(begin, end) for the values of each name that comes several times, in their order.
template <typename Visit>
void ForEachRepeated(NamedList& list, Visit visit) {
  std::stable_sort(list.begin(), list.end(),
                   [](const Named& a, const Named& b) { return a.name < b.name; });
  for (auto begin = list.begin(); begin != list.end();) {
    const auto end = std::find_if(begin, list.end(),
                                  [begin](const Named& item) { return item.name != begin->name; });
    if (end - begin > 1) visit(begin, end);
    begin = end;
  }
}

NamedList ParametersOf(absl::string_view query) {
  NamedList list;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const absl::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    list.push_back({pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size()))});
  }
  return list;
}

// The values of parameters of one name, as some servers join them.
void WriteJoined(absl::string_view query, FieldSink& fields) {
  NamedList list = ParametersOf(query);
  FieldWriter writer(fields);
  ForEachRepeated(list, [&writer](auto begin, auto end) {
    writer.Begin(Place::kQuery, begin->name);
    WriteValue(begin->value, writer);
    for (auto item = begin + 1; item != end; ++item) {
      writer.Put(',');
      WriteValue(item->value, writer);
    }
    writer.End();
  });
}

// RFC 6265 section 4.2.1, read as servers do: a piece without "=" is a value without a name.
void WriteCookies(absl::string_view line, FieldSink& fields) {
  FieldWriter writer(fields);
  while (!line.empty()) {
    const size_t end = std::min(line.find(';'), line.size());
    const absl::string_view pair = absl::StripAsciiWhitespace(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos) {
      writer.Whole(Place::kCookie, "", pair);
      continue;
    }
    const absl::string_view name = absl::StripTrailingAsciiWhitespace(pair.substr(0, equals));
    writer.Whole(Place::kCookie, "", name, /*is_name=*/true);
    writer.Whole(Place::kCookie, name, absl::StripLeadingAsciiWhitespace(pair.substr(equals + 1)));
  }
}

// RFC 7617: base64 of the user, a colon and the password. What is not goes on as it is.
void WriteBasic(const http::HeaderMap::Field& header, FieldWriter& writer) {
  constexpr absl::string_view kScheme = "basic ";
  if (!absl::StartsWithIgnoreCase(header.value, kScheme)) return;
  const absl::string_view coded = absl::StripAsciiWhitespace(header.value.substr(kScheme.size()));
  std::string text;
  if (!absl::Base64Unescape(coded, &text) && !absl::WebSafeBase64Unescape(coded, &text)) {
    text = std::string(coded);
  }
  const size_t colon = std::min(text.find(':'), text.size());
  const absl::string_view whole = text;
  writer.Whole(Place::kHeader, absl::StrCat(header.name, ".user"), whole.substr(0, colon));
  writer.Whole(Place::kHeader, absl::StrCat(header.name, ".password"),
               whole.substr(std::min(colon + 1, whole.size())));
}

bool IsOddName(absl::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    return !absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.';
  });
}

// The values of all lines of one name, as servers join them (RFC 9110 section 5.3).
void WriteJoined(const http::HeaderMap& headers, FieldWriter& writer) {
  NamedList list;
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field header = headers[i];
    if (header.name != "cookie") list.push_back(header);
  }
  ForEachRepeated(list, [&writer](auto begin, auto end) {
    writer.Begin(Place::kHeader, begin->name);
    writer.Write(begin->value);
    for (auto item = begin + 1; item != end; ++item) {
      writer.Write(", ");
      writer.Write(item->value);
    }
    writer.End();
  });
}

void WriteHeaders(const http::HeaderMap& headers, FieldSink& fields) {
  FieldWriter writer(fields);
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field header = headers[i];
    if (IsOddName(header.name)) writer.Whole(Place::kHeader, "", header.name, /*is_name=*/true);
    if (header.name == "cookie") {
      if (fields.Recall(Place::kCookie, header.value).has_value()) continue;
      WriteCookies(header.value, fields);
      fields.Remember(0);
      continue;
    }
    writer.Whole(Place::kHeader, header.name, header.value);
    if (header.name == "authorization" || header.name == "proxy-authorization") {
      WriteBasic(header, writer);
    }
  }
  WriteJoined(headers, writer);
}

// Where GraphQL is served by custom; its requests are JSON like any other.
bool IsGraphqlPath(absl::string_view path) {
  return absl::EndsWithIgnoreCase(path, "/graphql") || absl::EndsWithIgnoreCase(path, "/gql");
}

// The first of several lines; which one counts is for canonicalisation to say.
absl::string_view ContentTypeOf(const http::HeaderMap& headers) {
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name == "content-type") return headers[i].value;
  }
  return "";
}

}  // namespace

RequestFields::RequestFields(const StructureLimits& limits, FieldSink& fields,
                             StructureSink& structure)
    : limits_(limits), report_(structure), fields_(fields), body_(limits, fields, report_) {}

void RequestFields::WriteTarget(const http::Request& request) {
  if (!fields_.Recall(Place::kPath, request.path).has_value()) {
    WritePath(request.path, fields_);
    fields_.Remember(0);
  }
  if (!request.has_query) return;
  if (const auto told = fields_.Recall(Place::kQuery, request.query)) {
    return FormExtractor::TellAgain(*told, limits_, report_);
  }
  FormExtractor query(Place::kQuery, limits_, fields_, report_);
  query.Feed(request.query);
  query.End();
  WriteJoined(request.query, fields_);
  fields_.Remember(report_.told());
}

void RequestFields::Headers(const http::Request& request) {
  WriteTarget(request);
  WriteHeaders(request.headers, fields_);
  body_.SetContentType(ContentTypeOf(request.headers));
  if (IsGraphqlPath(request.path)) body_.SetGraphql();
}

void RequestFields::Trailers(const http::HeaderMap& trailers) { WriteHeaders(trailers, fields_); }

ResponseFields::ResponseFields(const StructureLimits& limits, FieldSink& fields,
                               StructureSink& structure)
    : report_(structure), fields_(fields), body_(limits, fields, report_) {}

void ResponseFields::Headers(const http::Response& response) {
  WriteHeaders(response.headers, fields_);
  body_.SetContentType(ContentTypeOf(response.headers));
}

void ResponseFields::Trailers(const http::HeaderMap& trailers) { WriteHeaders(trailers, fields_); }

}  // namespace firebreak::inspect
