#include "flows/request_text.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/path_template.h"
#include "flows/json_encoder.h"
#include "flows/json_text.h"
#include "flows/redact.h"

namespace firebreak::flows {
namespace {

constexpr size_t kEntries = 128;
// A request whose texts are longer than this together is written anew each time.
constexpr size_t kMostKept = 512;

// AppendGrpcNames takes "/package.Service/Method" apart.
void AppendGrpcNames(absl::string_view path, std::string* out) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos || slash == 0 || path[0] != '/') return;
  *out = "{";
  AppendText(R"(,"service":)", Cut(path.substr(1, slash - 1), JsonEncoder::kMaxPathBytes), out);
  AppendText(R"(,"method":)", Cut(path.substr(slash + 1), JsonEncoder::kMaxPathBytes), out);
  out->erase(0, 1);
}

// AppendAuthority takes out user and password, which a request that was refused may have there.
void AppendAuthority(absl::string_view authority, std::string* out) {
  const size_t at = authority.rfind('@');
  if (at == absl::string_view::npos) {
    AppendText(R"(,"authority":)", Cut(authority, JsonEncoder::kMaxAuthorityBytes), out);
    return;
  }
  const std::string shown = absl::StrCat(kRedacted, authority.substr(at));
  AppendText(R"(,"authority":)", Cut(shown, JsonEncoder::kMaxAuthorityBytes), out);
}

size_t SizeOf(const HttpInfo& http) {
  return http.method.size() + http.authority.size() + http.path.size() + http.user_agent.size();
}

}  // namespace

const RequestText::Text& RequestText::Of(const HttpInfo& http) {
  if (entries_.empty()) entries_.resize(kEntries);
  // absl's hash has a seed of its own in each process: nobody can choose requests that push each
  // other out.
  const size_t hash = absl::HashOf(http.path, http.authority);
  Entry& entry = entries_[hash % kEntries];
  if (entry.Holds(http)) return entry.text;
  // What comes once, such as a path with an id in it, is not worth keeping.
  if (std::exchange(entry.seen, hash) != hash || SizeOf(http) > kMostKept) {
    Write(http, &unkept_);
    return unkept_;
  }
  entry.used = true;
  entry.http = http;
  Write(http, &entry.text);
  return entry.text;
}

PathKind RequestText::KindOf(const HttpInfo& http, absl::string_view path) const {
  if (http.grpc) return PathKind::kGrpc;
  const bool shown = std::any_of(shown_.begin(), shown_.end(), [path](absl::string_view top) {
    return absl::StartsWith(path, top) &&
           (path.size() == top.size() || top.back() == '/' || path[top.size()] == '/');
  });
  return shown ? PathKind::kShown : PathKind::kAny;
}

void RequestText::Write(const HttpInfo& http, Text* text) {
  // Two looks for one character each take a tenth of one for either.
  const size_t path_end = std::min({http.path.find('?'), http.path.find('#'), http.path.size()});
  const absl::string_view asked = absl::string_view(http.path).substr(0, path_end);
  std::string scratch;
  // Cut after it is redacted: half a secret may not look like one.
  const ShownPath shown = RedactPath(asked, KindOf(http, asked), &scratch);
  const absl::string_view path = shown.text;
  std::string& start = text->http;
  start = R"(,"http":{)";
  AppendText(R"(,"method":)", Cut(http.method, JsonEncoder::kMaxMethodBytes), &start);
  AppendAuthority(http.authority, &start);
  AppendText(R"(,"path":)", Cut(path, JsonEncoder::kMaxPathBytes), &start);
  if (http.path_template != nullptr) {
    AppendText(R"(,"path_template":)", Cut(*http.path_template, JsonEncoder::kMaxPathBytes),
               &start);
  } else if (shown.is_route) {
    AppendText(R"(,"path_template":)", path, &start);
  } else {
    AppendText(R"(,"path_template":)", PathTemplate(path), &start);
  }
  if (http.has_query || path_end < http.path.size()) {
    AppendName(R"(,"has_query":)", &start);
    start.append("true");
  }
  AppendAgent(http.user_agent, &start);
  text->grpc.clear();
  if (http.grpc) AppendGrpcNames(path, &text->grpc);
  text->number = NumberOf(*text);
}

uint64_t RequestText::NumberOf(const Text& text) {
  if (text.http.size() + text.grpc.size() > kMostKept) return 0;
  if (routes_.empty()) routes_.resize(kEntries);
  Route& kept = routes_[absl::HashOf(text.http, text.grpc) % kEntries];
  if (kept.http != text.http || kept.grpc != text.grpc) {
    kept = {.http = text.http, .grpc = text.grpc, .number = ++numbers_};
  }
  return kept.number;
}

void RequestText::AppendAgent(absl::string_view agent, std::string* out) {
  if (agent.empty()) return;
  AppendName(R"(,"user_agent":)", out);
  Agent& kept = agents_[absl::HashOf(agent) % kAgents];
  if (kept.agent == agent) {
    out->append(kept.text);
    return;
  }
  std::string scratch;
  const size_t start = out->size();
  AppendJsonString(Cut(RedactUserAgent(agent, &scratch), JsonEncoder::kMaxUserAgentBytes), out);
  if (agent.size() > kMostKept) return;
  kept.agent.assign(agent.data(), agent.size());
  kept.text.assign(*out, start);
}

bool RequestText::Entry::Holds(const HttpInfo& of) const {
  return used && http.path == of.path && http.authority == of.authority &&
         http.method == of.method && http.user_agent == of.user_agent && http.grpc == of.grpc &&
         http.has_query == of.has_query && SameText(http.path_template, of.path_template);
}

}  // namespace firebreak::flows
