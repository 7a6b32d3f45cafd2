#include "policy/workbench/exact_rule.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "config/policy.pb.h"
#include "flows/redact.h"
#include "policy/host_pattern.h"

namespace firebreak::policy {
namespace {

// NameEnd puts who is at one end into a source or destination.
template <typename Block>
absl::Status NameEnd(const QuestionEnd& end, Block* block) {
  if (end.id.has_value() && end.id->has_path()) {
    block->add_principals(std::string(end.id->principal()));
  } else if (!end.ip.is_unspecified()) {
    block->add_ipblocks(end.ip.ToString());
  } else {
    return absl::FailedPreconditionError("neither identity nor address is known");
  }
  return absl::OkStatus();
}

absl::Status NameRequest(const PolicyQuestion& question, bool by_host,
                         config::v1::PolicyOperation* operation) {
  const http::Request& request = *question.request;
  const std::string path = PathValue(request.path);
  if (!IsLiteral(request.method) || path.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("no value of a policy stands for exactly ",
                                                      request.method, " ", request.path));
  }
  operation->add_methods(request.method);
  operation->add_paths(path);
  if (by_host && !request.authority.empty()) operation->add_hosts(ExactHost(question));
  return absl::OkStatus();
}

}  // namespace

bool IsLiteral(absl::string_view value) {
  return !value.empty() && value.find_first_of("*{}") == absl::string_view::npos;
}

std::string PathValue(absl::string_view path) {
  if (!flows::HidesPart(path)) return IsLiteral(path) ? std::string(path) : "";
  std::vector<absl::string_view> segments = absl::StrSplit(path, '/');
  for (absl::string_view& segment : segments) {
    if (flows::HidesPart(segment)) {
      segment = "{*}";
    } else if (!segment.empty() && !IsLiteral(segment)) {
      return "";
    }
  }
  return absl::StrJoin(segments, "/");
}

std::string ExactHost(const PolicyQuestion& question) {
  if (!question.request.has_value() || question.request->authority.empty()) return "";
  const HostPort host = HostPort::Of(question.request->scheme, question.request->authority);
  return absl::StrCat(host.host, ":", host.port);
}

absl::StatusOr<config::v1::PolicyFrom> ExactFrom(const PolicyQuestion& question) {
  config::v1::PolicyFrom from;
  FB_RETURN_IF_ERROR(NameEnd(question.source, from.mutable_source()));
  return from;
}

absl::StatusOr<config::v1::PolicyTo> ExactTo(const PolicyQuestion& question, bool by_host) {
  config::v1::PolicyTo to;
  if (question.direction == Direction::kOutbound) {
    FB_RETURN_IF_ERROR(NameEnd(question.destination, to.mutable_destination()));
    to.mutable_destination()->add_ports(absl::StrCat(question.port));
  } else {
    to.mutable_operation()->add_ports(absl::StrCat(question.port));
  }
  if (question.request.has_value()) {
    FB_RETURN_IF_ERROR(NameRequest(question, by_host, to.mutable_operation()));
  } else if (question.carries == Carries::kBytes) {
    to.mutable_operation()->add_protocols("TCP");
  }
  return to;
}

}  // namespace firebreak::policy
