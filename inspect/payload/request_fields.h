// RequestFields takes one HTTP request apart, as it comes.
#ifndef FIREBREAK_INSPECT_PAYLOAD_REQUEST_FIELDS_H_
#define FIREBREAK_INSPECT_PAYLOAD_REQUEST_FIELDS_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "http/message.h"
#include "inspect/field.h"
#include "inspect/payload/body_extractor.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// A path, a query and a line of cookies that the sink recalls are not given out again.
//
// Use: Headers once, Body any number of times, End once. The sinks and limits outlive this object.
// Order of fields: path segments (percent-decoded once, without name), the whole path if it has
// characters that no ordinary one has, the query's parameters, the values of each that comes
// several times joined by commas as some servers join them, headers in their order with Cookie and
// the credentials of Basic taken apart and repeated ones joined, then the body's.
//
// A name that a client chooses freely (parameter, cookie, key, element, part) comes before its
// value as a field with `is_name`, whose bytes are the whole name and whose `name` is where it
// stands: empty, or the path of the JSON or XML parent. Header names are tokens, which
// canonicalisation has checked; only one with other signs than "-", "_" and "." is given out.
class RequestFields {
 public:
  RequestFields(const StructureLimits& limits, FieldSink& fields, StructureSink& structure);
  RequestFields(const RequestFields&) = delete;  // parts of it point at each other
  RequestFields& operator=(const RequestFields&) = delete;

  // `request` is canonical (http/canonical.h); it is not kept.
  void Headers(const http::Request& request);
  // The body without transfer and content codings, in pieces of any size.
  void Body(absl::string_view piece) { body_.Feed(piece); }
  void End() { body_.End(); }
  // The fields behind the body, if there are any; after End.
  void Trailers(const http::HeaderMap& trailers);

 private:
  void WriteTarget(const http::Request& request);

  const StructureLimits& limits_;
  StructureReport report_;
  FieldSink& fields_;
  BodyExtractor body_;
};

// The same for a response: its headers, Set-Cookie as they stand, then its body.
class ResponseFields {
 public:
  ResponseFields(const StructureLimits& limits, FieldSink& fields, StructureSink& structure);
  ResponseFields(const ResponseFields&) = delete;
  ResponseFields& operator=(const ResponseFields&) = delete;

  void Headers(const http::Response& response);
  void Body(absl::string_view piece) { body_.Feed(piece); }
  void End() { body_.End(); }
  // After End.
  void Trailers(const http::HeaderMap& trailers);

 private:
  StructureReport report_;
  FieldSink& fields_;
  BodyExtractor body_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_REQUEST_FIELDS_H_
