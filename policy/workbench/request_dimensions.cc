// The dimensions of requests.
#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "policy/workbench/dimensions.h"
#include "policy/workbench/string_atoms.h"

namespace firebreak::policy {
namespace {

// OfRequest is a label of questions that have a request.
Dimension::Holds OfRequest(std::function<bool(const http::Request&)> holds) {
  return [holds = std::move(holds)](const PolicyQuestion& question) {
    return question.request.has_value() && holds(*question.request);
  };
}

// IfRequest puts a value in the request, where there is one.
Dimension::Put IfRequest(std::function<void(const std::string&, http::Request*)> put) {
  return [put = std::move(put)](const std::string& value, PolicyQuestion* question) {
    if (question->request.has_value()) put(value, &*question->request);
  };
}

Glob GlobOf(const PathPattern& pattern, const std::string& affix) {
  Glob glob;
  if (pattern.kind() != PathPattern::Kind::kTemplate) return glob.Affix(affix, false);
  for (PathSegments segments(pattern.literal()); !segments.done();) {
    const absl::string_view segment = segments.Next();
    glob.Literal("/");
    if (segment == "{*}") {
      glob.InSegment(true);
    } else {
      glob.Literal(segment);
    }
  }
  return glob;
}

// GrpcPath is /service/method in globs; "*" is any.
Glob GrpcPath(const std::string& service, const std::string& method) {
  return Glob().Literal("/").Affix(service, true).Literal("/").Affix(method, true);
}

std::vector<Glob> GlobsOf(const Vocabulary& vocabulary) {
  std::vector<Glob> globs;
  for (const auto& [text, pattern] : vocabulary.paths) {
    globs.push_back(GlobOf(pattern, *pattern.written()));
    if (pattern.open_end()) globs.push_back(Glob(globs.back()).Literal("/").Any(false));
  }
  for (const auto& [text, pattern] : vocabulary.grpc_services) {
    globs.push_back(GrpcPath(text, "*"));
  }
  for (const auto& [text, pattern] : vocabulary.grpc_methods) globs.push_back(GrpcPath("*", text));
  if (vocabulary.grpc) globs.push_back(GrpcPath("*", "*"));
  return globs;
}

// AsCall is a label of paths by what they call when the request is gRPC.
Dimension::Holds AsCall(std::function<bool(const HttpFacts&)> holds) {
  return OfRequest([holds = std::move(holds)](const http::Request& request) {
    http::Request call = request;
    call.grpc = true;
    const HttpFacts facts = HttpFacts::Of(call);
    return !facts.grpc_in_doubt && holds(facts);
  });
}

// AddCalls labels services with methods, as rules name them together.
void AddCalls(const Vocabulary& vocabulary, Dimension* dimension) {
  constexpr size_t kMostCalls = 256;  // beyond, they are told by two labels each
  if (vocabulary.grpc_services.size() * vocabulary.grpc_methods.size() > kMostCalls) return;
  for (const auto& [service, of_service] : vocabulary.grpc_services) {
    for (const auto& [method, of_method] : vocabulary.grpc_methods) {
      dimension->AddLabel(absl::StrCat("gRPC ", service, "/", method),
                          AsCall([s = of_service, m = of_method](const HttpFacts& facts) {
                            return s.Matches(facts.grpc_service) && m.Matches(facts.grpc_method);
                          }));
    }
  }
}

std::vector<std::string> LinesOf(const std::string& value) {
  std::vector<std::string> lines = absl::StrSplit(value, '\n');
  lines.pop_back();  // each line ends in one
  return lines;
}

void PutLines(const std::string& header, const std::string& value, http::HeaderMap* headers) {
  headers->Remove(header);
  for (const std::string& line : LinesOf(value)) headers->Add(header, line);
}

// HasText: a line of the header is not empty.
bool HasText(const http::HeaderMap& headers, absl::string_view name) {
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name == name && !headers[i].value.empty()) return true;
  }
  return false;
}

// SplitsLists: the engine takes a comma in this header for a separator.
bool SplitsLists(const std::string& header) {
  http::HeaderMap headers;
  headers.Add(header, "a,b");
  const auto pattern = StringPattern::ParseHeaderValue("b");
  return pattern.ok() && HeaderMatch{header, {{*pattern}, {}}}.Matches(headers, Action::kDeny);
}

// UnitsOf returns lines such that any lines of the header are judged as some of these together are.
absl::StatusOr<std::vector<std::string>> UnitsOf(const std::string& header,
                                                 const HeaderVocabulary& vocabulary) {
  const bool lists = SplitsLists(header);
  std::vector<Glob> globs;
  std::vector<std::string> units = {""};
  for (const auto& [match, action] : vocabulary) {
    for (const std::vector<StringPattern>* patterns : {&match.values.any, &match.values.none_of}) {
      for (const StringPattern& pattern : *patterns) {
        const std::string text = pattern.written();
        if (!lists || !absl::StrContains(text, ',')) {
          globs.push_back(Glob().Affix(text, false));
        } else if (!pattern.exact().empty()) {
          units.push_back(text);  // it matches this line as a whole, and no other
        } else {
          return absl::UnimplementedError(
              absl::StrCat("request.headers[", header, "]: \"", text,
                           "\" is compared with whole lists of values, which has no exact answer"));
        }
      }
    }
  }
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> elements,
                      RepresentativeStrings(lists ? Grammar::kElement : Grammar::kText, globs));
  units.insert(units.begin(), elements.begin(), elements.end());
  return units;
}

// HeaderValues returns sets of lines, "line\n" each, one for each way to judge them; none of them
// first. Every part of the vocabulary holds of all lines together by AND or by OR over the lines,
// and HasText tells lines from none: so lines that are judged alike stay so with one more line, and
// there is no need to look at longer sets than those that are found to be different.
absl::StatusOr<std::vector<std::string>> HeaderValues(const std::string& header,
                                                      const HeaderVocabulary& vocabulary) {
  constexpr size_t kMaxValues = 4096;
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> units, UnitsOf(header, vocabulary));
  std::vector<std::string> values;
  std::set<std::vector<bool>> seen;
  const auto visit = [&](std::string value) {
    http::HeaderMap headers;
    PutLines(header, value, &headers);
    std::vector<bool> judged = {HasText(headers, header)};
    for (const auto& [match, action] : vocabulary) judged.push_back(match.Matches(headers, action));
    if (seen.insert(std::move(judged)).second) values.push_back(std::move(value));
  };
  visit("");
  for (size_t i = 0; i < values.size(); ++i) {
    if (values.size() > kMaxValues) {
      return absl::ResourceExhaustedError(
          absl::StrCat("request.headers[", header, "]: too many values to tell their lists apart"));
    }
    for (const std::string& unit : units) visit(absl::StrCat(values[i], unit, "\n"));
  }
  return values;
}

std::string HeaderText(const HeaderMatch& match, Action action) {
  const auto written = [](std::string* out, const StringPattern& pattern) {
    absl::StrAppend(out, pattern.written());
  };
  const bool negated = match.values.any.empty();
  const std::string list =
      absl::StrJoin(negated ? match.values.none_of : match.values.any, " or ", written);
  switch (action) {
    case Action::kAllow:
      return absl::StrCat(negated ? "a value, none being " : "", list);
    case Action::kDeny:
      break;
  }
  return absl::StrCat(negated ? "not only " : "among others ", list);
}

// WithPorts crosses hosts with the ports that patterns name, the default and one that none does.
std::vector<std::string> WithPorts(const std::vector<std::string>& hosts,
                                   const Patterns<HostPattern>& patterns) {
  std::set<uint16_t> ports;
  for (const auto& [text, pattern] : patterns) {
    if (pattern.port() != 0) ports.insert(pattern.port());
  }
  std::vector<std::string> authorities = hosts;
  if (ports.empty()) return authorities;
  uint16_t other = 50'000;
  while (!ports.insert(other).second) ++other;
  for (const std::string& host : hosts) {
    for (const uint16_t port : ports) {
      if (port != 80) authorities.push_back(absl::StrCat(host, ":", port));
    }
  }
  return authorities;
}

}  // namespace

Dimension ProtocolDimension(const PolicyQuestion& base) {
  // What is usual stands first: it is shown first.
  std::vector<std::string> values = {"TCP",
                                     "HTTP1",
                                     "HTTP2",
                                     "HTTP2 GRPC",
                                     "HTTP1 WEBSOCKET",
                                     "HTTP1 GRPC",
                                     "HTTP2 WEBSOCKET",
                                     "HTTP1 WEBSOCKET GRPC",
                                     "HTTP2 WEBSOCKET GRPC"};
  Dimension dimension(
      "protocol", std::move(values),
      [](const std::string& value, PolicyQuestion* question) {
        if (value == "TCP") {
          question->request.reset();
          question->carries = Carries::kBytes;
          return;
        }
        http::Request& request = *question->request;
        request.version =
            absl::StartsWith(value, "HTTP2") ? http::Version::kHttp2 : http::Version::kHttp11;
        request.grpc = absl::StrContains(value, "GRPC");
        request.upgrade = absl::StrContains(value, "WEBSOCKET") ? http::Upgrade::kWebsocket
                                                                : http::Upgrade::kNone;
      },
      base);
  dimension.AddLabel("TCP", [](const PolicyQuestion& question) { return !question.request; });
  dimension.AddLabel("HTTP", OfRequest([](const auto&) { return true; }));
  const std::pair<const char*, Protocols> names[] = {
      {"HTTP1", kHttp1}, {"HTTP2", kHttp2}, {"GRPC", kGrpc}, {"WEBSOCKET", kWebsocket}};
  for (const auto& [name, protocol] : names) {
    dimension.AddLabel(name, OfRequest([p = protocol](const http::Request& request) {
                         return (HttpFacts::Of(request).protocols & p) != 0;
                       }));
  }
  return dimension;
}

absl::StatusOr<Dimension> MethodDimension(const Patterns<StringPattern>& methods,
                                          const PolicyQuestion& base) {
  // Cut whatever rules say: not every request can be sent with every method. What stands first is
  // shown first.
  constexpr std::array<absl::string_view, 3> kTold = {"OPTIONS", "POST", "GET"};
  std::vector<Glob> globs;
  globs.reserve(kTold.size() + methods.size());
  for (const absl::string_view method : kTold) globs.push_back(Glob().Literal(method));
  for (const auto& [text, pattern] : methods) globs.push_back(Glob().Affix(text, false));
  FB_ASSIGN_OR_RETURN(std::vector<std::string> values,
                      RepresentativeStrings(Grammar::kToken, globs));
  for (const char* first : {"POST", "GET"}) {
    std::stable_partition(values.begin(), values.end(),
                          [first](const std::string& value) { return value == first; });
  }
  Dimension dimension(
      "method", std::move(values),
      IfRequest([](const std::string& value, http::Request* request) { request->method = value; }),
      base);
  for (const auto& [text, pattern] : methods) {
    dimension.AddLabel(text, OfRequest([p = pattern](const http::Request& request) {
                         return p.Matches(request.method);
                       }));
  }
  for (const absl::string_view method : kTold) {
    if (methods.count(std::string(method)) > 0) continue;
    dimension.AddLabel(std::string(method), OfRequest([method](const http::Request& request) {
                         return request.method == method;
                       }));
  }
  for (const char* known : {"PATCH", "DELETE", "PUT", "POST", "GET"}) dimension.Prefer(known, base);
  return dimension;
}

absl::StatusOr<Dimension> PathDimension(const Vocabulary& vocabulary, const PolicyQuestion& base) {
  std::vector<std::string> values = {"/"};
  const std::vector<Glob> globs = GlobsOf(vocabulary);
  if (!globs.empty()) {
    FB_ASSIGN_OR_RETURN(values, RepresentativeStrings(Grammar::kPath, globs));
    values.emplace_back("*");  // of OPTIONS, the one path that does not begin with "/"
  }
  Dimension dimension(
      "path", std::move(values),
      IfRequest([](const std::string& value, http::Request* request) { request->path = value; }),
      base);
  for (const auto& [text, pattern] : vocabulary.paths) {
    dimension.AddLabel(text, OfRequest([p = pattern](const http::Request& request) {
                         return p.Matches(request.path);
                       }));
  }
  for (const auto& [text, pattern] : vocabulary.grpc_services) {
    dimension.AddLabel(
        absl::StrCat("gRPC service ", text),
        AsCall([p = pattern](const HttpFacts& facts) { return p.Matches(facts.grpc_service); }));
  }
  for (const auto& [text, pattern] : vocabulary.grpc_methods) {
    dimension.AddLabel(
        absl::StrCat("gRPC method ", text),
        AsCall([p = pattern](const HttpFacts& facts) { return p.Matches(facts.grpc_method); }));
  }
  AddCalls(vocabulary, &dimension);
  if (vocabulary.grpc) {
    dimension.AddLabel("a gRPC call", AsCall([](const HttpFacts&) { return true; }));
  }
  return dimension;
}

absl::StatusOr<Dimension> HostDimension(const Patterns<HostPattern>& hosts,
                                        const PolicyQuestion& base) {
  constexpr char kName[] = "host";
  if (hosts.empty()) return Dimension::Whole(kName, base);
  std::vector<Glob> globs;
  for (const auto& [text, pattern] : hosts) {
    globs.push_back(Glob().Affix(pattern.written_host(), false));
  }
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                      RepresentativeStrings(Grammar::kHost, globs));
  std::vector<std::string> values = WithPorts(names, hosts);
  values.emplace_back("");
  Dimension dimension(kName, std::move(values),
                      IfRequest([](const std::string& value, http::Request* request) {
                        request->authority = value;
                      }),
                      base);
  for (const auto& [text, pattern] : hosts) {
    dimension.AddLabel(text, OfRequest([p = pattern](const http::Request& request) {
                         return p.Matches(HostPort::Of(request.scheme, request.authority));
                       }));
  }
  dimension.AddLabel(
      "no host", OfRequest([](const http::Request& request) { return request.authority.empty(); }));
  return dimension;
}

absl::StatusOr<Dimension> HeaderDimension(const std::string& header,
                                          const HeaderVocabulary& vocabulary,
                                          const PolicyQuestion& base) {
  FB_ASSIGN_OR_RETURN(std::vector<std::string> values, HeaderValues(header, vocabulary));
  Dimension dimension(absl::StrCat("header ", header), std::move(values),
                      IfRequest([header](const std::string& value, http::Request* request) {
                        PutLines(header, value, &request->headers);
                      }),
                      base);
  for (const auto& [match, action] : vocabulary) {
    dimension.AddLabel(HeaderText(match, action),
                       OfRequest([match = match, action = action](const http::Request& request) {
                         return match.Matches(request.headers, action);
                       }));
  }
  dimension.AddLabel("no value", OfRequest([header](const http::Request& request) {
                       return !HasText(request.headers, header);
                     }));
  return dimension;
}

}  // namespace firebreak::policy
