#include "cli/question_as_flags.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

#include "base/time_text.h"

namespace firebreak::cli {
namespace {

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("_-./:=@%+,", absl::string_view(&c, 1));
}

std::string Quoted(absl::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), IsPlain)) return std::string(text);
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", R"('\'')"}}), "'");
}

class Flags {
 public:
  void Add(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&text_, text_.empty() ? "" : " ", name, " ", Quoted(value));
  }
  std::string&& Take() { return std::move(text_); }

 private:
  std::string text_;
};

// A name of one or two parts would be looked for among workloads.
std::string PrincipalText(const certs::SpiffeId& id) {
  const absl::string_view principal = id.principal();
  const bool long_enough = std::count(principal.begin(), principal.end(), '/') > 1;
  return absl::StrCat(long_enough ? "" : "spiffe://", principal);
}

// What --protocol alone implies (see policy::Canonical), or --host says.
bool IsImplied(const http::Request& request, absl::string_view name, absl::string_view value) {
  if (name == "host") return true;
  if (request.grpc) return name == "te" || (name == "content-type" && value == "application/grpc");
  if (request.upgrade != http::Upgrade::kWebsocket) return false;
  return name == "connection" || name == "upgrade" || absl::StartsWith(name, "sec-websocket-");
}

absl::string_view ProtocolOf(const http::Request& request) {
  if (request.grpc) return "GRPC";
  if (request.upgrade == http::Upgrade::kWebsocket) return "WEBSOCKET";
  return request.version == http::Version::kHttp2 ? "HTTP2" : "";
}

// False: a header stands there twice, which a flag cannot say.
bool AddRequest(const http::Request& request, Flags* flags) {
  const absl::string_view protocol = ProtocolOf(request);
  if (!protocol.empty()) flags->Add("--protocol", protocol);
  flags->Add("--method", request.method);
  flags->Add("--path", request.path);
  if (!request.authority.empty()) flags->Add("--host", request.authority);
  std::set<std::string> seen;
  for (size_t i = 0; i < request.headers.size(); ++i) {
    const std::string name(request.headers[i].name);
    const std::string value(request.headers[i].value);
    if (IsImplied(request, name, value)) continue;
    if (!seen.insert(name).second) return false;
    flags->Add("--header", absl::StrCat(name, ": ", value));
  }
  return true;
}

bool HasFlags(const policy::PolicyQuestion& question) {
  if (question.remote.kind != policy::RemoteAddress().kind) return false;
  // The one whose policies are asked is said by its labels; an identity might bring others.
  const bool outbound = question.direction == Direction::kOutbound;
  const policy::QuestionEnd& asked = outbound ? question.source : question.destination;
  return !asked.id.has_value();
}

void AddEnd(const policy::QuestionEnd& end, const std::string& option, Flags* flags) {
  if (end.id.has_value()) flags->Add(option, PrincipalText(*end.id));
  if (!end.ip.is_unspecified()) flags->Add(absl::StrCat(option, "-ip"), end.ip.ToString());
}

void AddWorkload(const policy::Workload& workload, const std::string& option, Flags* flags) {
  flags->Add(absl::StrCat(option, "-namespace"), workload.workload_namespace);
  for (const auto& [label, value] : workload.labels) {
    flags->Add(absl::StrCat(option, "-label"), absl::StrCat(label, "=", value));
  }
}

}  // namespace

std::optional<std::string> AsFlags(const policy::PolicyQuestion& question, bool with_time) {
  if (!HasFlags(question)) return std::nullopt;
  Flags flags;
  const bool outbound = question.direction == Direction::kOutbound;
  if (outbound) flags.Add("--direction", "OUTBOUND");
  AddEnd(question.source, "--from", &flags);
  AddEnd(question.destination, "--to", &flags);
  AddWorkload(question.workload, outbound ? "--from" : "--to", &flags);
  flags.Add("--port", absl::StrCat(question.port));
  if (!question.server_name.empty()) flags.Add("--sni", question.server_name);
  if (question.request.has_value()) {
    if (!AddRequest(*question.request, &flags)) return std::nullopt;
  } else {
    flags.Add("--protocol", question.carries == policy::Carries::kBytes ? "TCP" : "HTTP");
  }
  if (with_time) {
    flags.Add("--at", UtcText(question.at));
  }
  return flags.Take();
}

}  // namespace firebreak::cli
