#include "http/canonical.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "http/authority.h"
#include "http/connection_field.h"
#include "http/fault.h"
#include "http/field.h"
#include "http/known_field.h"
#include "http/path.h"

namespace firebreak::http {
namespace {

constexpr size_t kMaxMethodBytes = 32;
constexpr int kLeastStatus = 100;
constexpr int kMostStatus = 999;  // three digits (RFC 9110 section 15)

constexpr FieldSet kHost = Bit(FieldOf("host"));
constexpr FieldSet kConnection = Bit(FieldOf("connection"));
constexpr FieldSet kUpgrade = Bit(FieldOf("upgrade"));
constexpr FieldSet kHttp2Settings = Bit(FieldOf("http2-settings"));
constexpr FieldSet kTe = Bit(FieldOf("te"));
constexpr FieldSet kCookie = Bit(FieldOf("cookie"));
constexpr FieldSet kExpect = Bit(FieldOf("expect"));

bool Is(Fault fault) { return fault != Fault::kNone; }

std::optional<Rejection> Answer(Fault fault) {
  if (Is(fault)) return RejectionOf(fault);
  return std::nullopt;
}

// Survey is which known fields a message has, and which of them on several lines.
struct Survey {
  FieldSet seen = 0;
  FieldSet repeated = 0;
};

Survey SurveyOf(const HeaderMap& headers) {
  Survey survey;
  for (size_t i = 0; i < headers.size(); ++i) {
    const size_t field = FindKnownField(headers[i].name);
    if (field == kNoField) continue;
    survey.repeated |= survey.seen & Bit(field);
    survey.seen |= Bit(field);
  }
  return survey;
}

// LineFaults is what a bad line is called in one kind of message.
struct LineFaults {
  Fault name;
  Fault value;
  Fault pseudo_header;
  Fault underscore;  // kNone: "_" is let through
};

constexpr LineFaults kRequestLines = {Fault::kHeaderName, Fault::kHeaderValue, Fault::kPseudoHeader,
                                      Fault::kHeaderUnderscore};
constexpr LineFaults kResponseLines = {Fault::kResponseHeaderName, Fault::kResponseHeaderValue,
                                       Fault::kResponseHeaderName, Fault::kNone};
constexpr LineFaults kTrailerLines = {Fault::kTrailerName, Fault::kTrailerValue,
                                      Fault::kTrailerPseudoHeader, Fault::kNone};

Fault CheckLines(const LineFaults& faults, const HeaderMap& headers) {
  for (size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (!IsLowerToken(name)) {
      return absl::StartsWith(name, ":") ? faults.pseudo_header : faults.name;
    }
    if (!IsFieldValue(value)) return faults.value;
    if (Is(faults.underscore) && absl::StrContains(name, '_')) return faults.underscore;
  }
  return Fault::kNone;
}

void RemoveFields(FieldSet fields, const Survey& survey, HeaderMap& headers) {
  if ((survey.seen & fields) == 0) return;
  headers.RemoveIf([fields](const HeaderMap::Field& line) {
    const size_t field = FindKnownField(line.name);
    return field != kNoField && (fields & Bit(field)) != 0;
  });
}

Fault CheckMethod(absl::string_view method) {
  if (!IsToken(method) || method.size() > kMaxMethodBytes) return Fault::kMethod;
  if (method == "CONNECT") return Fault::kConnect;
  if (method == "TRACE") return Fault::kTrace;
  // Methods are case-sensitive, but not to every server: "post" might act as POST there.
  const bool lower = std::any_of(method.begin(), method.end(), absl::ascii_islower);
  return lower ? Fault::kMethodCase : Fault::kNone;
}

Fault TakeScheme(Request& request) {
  if (request.version != Version::kHttp2) {
    absl::AsciiStrToLower(&request.scheme);
    if (request.scheme.empty()) request.scheme = "http";
  }
  const bool known = request.scheme == "http" || request.scheme == "https";
  return known ? Fault::kNone : Fault::kScheme;
}

// TakeAuthority makes one of Host and :authority (or the authority of an absolute-form target).
Fault TakeAuthority(const Survey& survey, Request& request) {
  if ((survey.repeated & kHost) != 0) return Fault::kDuplicateHost;
  const bool has_host = (survey.seen & kHost) != 0;
  const bool has_authority = !request.authority.empty();
  // HTTP/1.0 knows requests without Host; what they are for would be a guess.
  const bool host_needed = request.version != Version::kHttp2 || !has_authority;
  if (host_needed && !has_host) return Fault::kMissingHost;

  std::string host(request.headers.Get("host").value_or(absl::string_view()));
  if (!has_authority) request.authority = host;
  const Fault fault = NormaliseAuthority(request.scheme, request.authority);
  if (Is(fault) || !has_authority || !has_host) return fault;
  const Fault host_fault = NormaliseAuthority(request.scheme, host);
  if (Is(host_fault)) return host_fault;
  return host == request.authority ? Fault::kNone : Fault::kHostMismatch;
}

Fault TakeTarget(const PathRules& rules, bool absolute_form, Request& request) {
  std::string& path = request.path;
  // An absolute-form target may end with its authority (RFC 9112 section 3.2.4).
  if (absolute_form && path.empty()) path = request.method == "OPTIONS" ? "*" : "/";
  request.has_query = false;
  request.query.clear();
  if (path == "*") return request.method == "OPTIONS" ? Fault::kNone : Fault::kPathAsterisk;
  const size_t mark = path.find('?');
  if (mark != std::string::npos) {
    request.has_query = true;
    request.query.assign(path, mark + 1);
    path.resize(mark);
    if (absolute_form && path.empty()) path = "/";
  }
  const Fault fault = NormalisePath(rules, path);
  return Is(fault) ? fault : CheckQuery(rules, request.query);
}

Fault TakeTe(Request& request) {
  for (size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers[i];
    if (name != "te") continue;
    if (request.version == Version::kHttp2 && !absl::EqualsIgnoreCase(value, "trailers")) {
      return Fault::kTe;
    }
    ListReader codings(value);
    absl::string_view coding;
    while (codings.Next(coding)) {
      request.trailers_accepted |= absl::EqualsIgnoreCase(coding, "trailers");
    }
  }
  return Fault::kNone;
}

// TakeConnectionFields reads what concerns this connection only; RemoveFields takes it out later.
Fault TakeConnectionFields(Survey& survey, Request& request) {
  if ((survey.seen & kHttp2Settings) != 0) return Fault::kUpgrade;
  if (request.version == Version::kHttp2 && (survey.seen & FieldsWith(kOnlyHttp1)) != 0) {
    return Fault::kConnectionSpecific;
  }
  if ((survey.seen & FieldsWith(kFraming)) != 0) return Fault::kFraming;
  if (request.chunked && request.content_length.has_value()) return Fault::kFraming;
  if ((survey.seen & kConnection) != 0) {
    bool removed = false;
    const Fault fault = RemoveConnectionOptions(request.headers, removed);
    if (Is(fault)) return fault;
    // From here on nobody may see what has gone.
    if (removed) survey = SurveyOf(request.headers);
  }
  if ((survey.seen & kUpgrade) != 0) {
    const Fault fault = CheckUpgrade(request);
    if (Is(fault)) return fault;
    request.upgrade = Upgrade::kWebsocket;
  }
  return (survey.seen & kTe) != 0 ? TakeTe(request) : Fault::kNone;
}

// An expectation of HTTP/1.0 is none, and must not reach an upstream that would take it for one
// (RFC 9110 section 10.1.1).
Fault TakeExpect(Request& request) {
  const absl::string_view value = request.headers.Get("expect").value_or("");
  if (!absl::EqualsIgnoreCase(value, "100-continue")) return Fault::kExpectation;
  request.expect_continue = request.version != Version::kHttp10;
  if (!request.expect_continue) request.headers.Remove("expect");
  return Fault::kNone;
}

// HTTP/2 clients send cookies in crumbs (RFC 9113 section 8.2.3), HTTP/1 servers expect one line.
// An empty crumb says nothing, and at the end would leave white space there.
void JoinCookies(HeaderMap& headers) {
  std::string joined;
  for (size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name != "cookie" || value.empty()) continue;
    absl::StrAppend(&joined, joined.empty() ? "" : "; ", value);
  }
  headers.Set("cookie", joined);
}

Fault TakeMeaning(const Survey& survey, Request& request) {
  if ((survey.repeated & FieldsWith(kSingle)) != 0) return Fault::kDuplicateHeader;
  // Once more: what Connection names has gone.
  request.grpc = IsGrpc(request.headers.Get("content-type").value_or(""));
  if (request.grpc && request.method != "POST") return Fault::kGrpcMethod;
  if ((survey.repeated & kCookie) != 0) JoinCookies(request.headers);
  return (survey.seen & kExpect) != 0 ? TakeExpect(request) : Fault::kNone;
}

Fault CanonicaliseRequest(const PathRules& rules, Request& request) {
  request.upgrade = Upgrade::kNone;
  // Before anything is refused: a gRPC client wants to be told in its own way.
  request.grpc = IsGrpc(request.headers.Get("content-type").value_or(""));
  request.expect_continue = false;
  request.trailers_accepted = false;
  const bool absolute_form = request.version != Version::kHttp2 && !request.scheme.empty();

  Fault fault = CheckMethod(request.method);
  if (!Is(fault)) fault = TakeScheme(request);
  if (!Is(fault)) fault = CheckLines(kRequestLines, request.headers);
  if (Is(fault)) return fault;
  Survey survey = SurveyOf(request.headers);
  fault = TakeAuthority(survey, request);
  if (!Is(fault)) fault = TakeTarget(rules, absolute_form, request);
  if (!Is(fault)) fault = TakeConnectionFields(survey, request);
  if (!Is(fault)) fault = TakeMeaning(survey, request);
  if (Is(fault)) return fault;
  RemoveFields(FieldsWith(kHopByHop) | kHost, survey, request.headers);
  return Fault::kNone;
}

Fault CanonicaliseResponseFields(Response& response) {
  if (response.status < kLeastStatus || response.status > kMostStatus) {
    return Fault::kResponseStatus;
  }
  const Fault fault = CheckLines(kResponseLines, response.headers);
  if (Is(fault)) return fault;
  const Survey survey = SurveyOf(response.headers);
  if (response.version == Version::kHttp2 && (survey.seen & FieldsWith(kOnlyHttp1)) != 0) {
    return Fault::kResponseConnectionSpecific;
  }
  if ((survey.seen & FieldsWith(kFraming)) != 0) return Fault::kResponseFraming;
  if (response.chunked && response.content_length.has_value()) return Fault::kResponseFraming;
  if ((survey.seen & kConnection) != 0) {
    bool removed = false;
    if (Is(RemoveConnectionOptions(response.headers, removed))) return Fault::kResponseConnection;
  }
  RemoveFields(FieldsWith(kHopByHop), survey, response.headers);
  return Fault::kNone;
}

// IsForbiddenTrailer takes what is no letter or digit for "-", as servers do that make variables of
// names.
bool IsForbiddenTrailer(absl::string_view name) {
  const auto odd = [](unsigned char c) { return !absl::ascii_isalnum(c) && c != '-'; };
  std::string folded;
  if (std::any_of(name.begin(), name.end(), odd)) {
    folded = std::string(name);
    std::replace_if(folded.begin(), folded.end(), odd, '-');
    name = folded;
  }
  const size_t field = FindKnownField(name);
  if (field != kNoField && (kKnownFields[field].traits & kNotTrailer) != 0) return true;
  return IsProtectedName(name);
}

}  // namespace

std::optional<Rejection> Canonicalise(const PathRules& rules, Request& request) {
  return Answer(CanonicaliseRequest(rules, request));
}

std::optional<Rejection> CanonicaliseResponse(Response& response) {
  return Answer(CanonicaliseResponseFields(response));
}

std::optional<Rejection> CanonicaliseTrailers(HeaderMap& trailers) {
  const Fault fault = CheckLines(kTrailerLines, trailers);
  if (Is(fault)) return RejectionOf(fault);
  trailers.RemoveIf([](const HeaderMap::Field& line) { return IsForbiddenTrailer(line.name); });
  return std::nullopt;
}

bool IsGrpc(absl::string_view content_type) {
  constexpr absl::string_view kGrpc = "application/grpc";
  if (!absl::StartsWithIgnoreCase(content_type, kGrpc)) return false;
  content_type.remove_prefix(kGrpc.size());
  return content_type.empty() ||
         absl::string_view("+; \t,").find(content_type.front()) != absl::string_view::npos;
}

}  // namespace firebreak::http
