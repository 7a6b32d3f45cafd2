#include "inspect/payload/request_fields.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "inspect/payload/field_writer.h"
#include "inspect/payload/form_extractor.h"
#include "inspect/payload/percent_decoder.h"

namespace firebreak::inspect {
namespace {

void WriteSegment(absl::string_view segment, FieldWriter& writer) {
  writer.Begin(Place::kPath, "");
  if (!absl::StrContains(segment, '%')) {
    writer.Write(segment);
  } else {
    PercentDecoder decoder;
    const auto put = [&writer](char byte) { writer.Put(byte); };
    for (const char c : segment) decoder.Put(c, put);
    decoder.Finish(put);
  }
  writer.End();
}

void WritePath(absl::string_view path, FieldSink& fields) {
  FieldWriter writer(fields);
  while (!path.empty()) {
    path.remove_prefix(1);  // "/"
    const size_t end = std::min(path.find('/'), path.size());
    if (end > 0) WriteSegment(path.substr(0, end), writer);
    path.remove_prefix(end);
  }
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

void WriteHeaders(const http::HeaderMap& headers, FieldSink& fields) {
  FieldWriter writer(fields);
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field header = headers[i];
    if (header.name == "cookie") {
      WriteCookies(header.value, fields);
    } else {
      writer.Whole(Place::kHeader, header.name, header.value);
    }
  }
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

void RequestFields::Headers(const http::Request& request) {
  WritePath(request.path, fields_);
  if (request.has_query) {
    FormExtractor query(Place::kQuery, limits_, fields_, report_);
    query.Feed(request.query);
    query.End();
  }
  WriteHeaders(request.headers, fields_);
  body_.SetContentType(ContentTypeOf(request.headers));
  if (IsGraphqlPath(request.path)) body_.SetGraphql();
}

ResponseFields::ResponseFields(const StructureLimits& limits, FieldSink& fields,
                               StructureSink& structure)
    : report_(structure), fields_(fields), body_(limits, fields, report_) {}

void ResponseFields::Headers(const http::Response& response) {
  WriteHeaders(response.headers, fields_);
  body_.SetContentType(ContentTypeOf(response.headers));
}

}  // namespace firebreak::inspect
