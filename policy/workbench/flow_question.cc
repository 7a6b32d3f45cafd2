#include "policy/workbench/flow_question.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/status.h"
#include "flows/flow_facts.h"
#include "flows/redact.h"

namespace firebreak::policy {
namespace {

absl::Status FillEnd(const flows::FlowEndpoint& written, QuestionEnd* end) {
  if (!written.principal.empty()) {
    FB_ASSIGN_OR_RETURN(end->id, certs::SpiffeId::ParsePrincipal(written.principal));
  }
  if (!written.ip.empty()) {
    FB_ASSIGN_OR_RETURN(end->ip, IpAddress::Parse(written.ip));
  }
  return absl::OkStatus();
}

void FillWorkload(const flows::Flow& flow, const Inventory& inventory, FlowQuestion* result) {
  Workload& workload = result->question.workload;
  const std::string name = absl::StrCat(flow.reporter.namespace_name, "/", flow.reporter.workload);
  const auto known = inventory.Find(name);
  if (known.ok()) {
    workload = (*known)->workload;
    if (!(*known)->inferred) return;
  } else {
    workload.workload_namespace = flow.reporter.namespace_name;
    workload.labels["app"] = flow.reporter.workload;
  }
  result->doubts.push_back(
      absl::StrCat("the record does not hold the labels of ", name,
                   ": those that policies select are taken; --workloads FILE names them"));
}

absl::Status FillRequest(const flows::Flow& flow, const HeaderLines& headers,
                         FlowQuestion* result) {
  if (!flows::TellsOfRequest(flow)) {
    if (!headers.empty()) {
      return absl::InvalidArgumentError("this record is of a connection, which has no headers");
    }
    result->question.carries =
        flow.protocol.empty() || flow.protocol == "TCP" || flow.protocol == "TLS"
            ? Carries::kBytes
            : Carries::kRequests;
    return absl::OkStatus();
  }
  RequestLine line{.method = flow.http.method, .path = flow.http.path, .host = flow.http.authority};
  line.protocol = flow.protocol;
  line.headers = headers;
  FB_ASSIGN_OR_RETURN(result->question.request, Canonical(line));
  result->question.carries = Carries::kRequest;
  result->question.headers_open = true;
  result->doubts.emplace_back(
      "the record does not hold header fields: what rules ask of them is unknown, but for those of "
      "--header");
  if (flows::HidesPart(flow.http.path)) {
    // What stands for it is no part of any request, and is not spelled as one.
    std::string& path = result->question.request->path;
    path = absl::StrReplaceAll(path, {{"%7B", "{"}, {"%7D", "}"}});
    result->doubts.emplace_back(
        "a part of the path was left out when it was recorded: a patch has {*} there");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FlowQuestion> QuestionOf(const flows::Flow& flow, const Inventory& inventory,
                                        const HeaderLines& headers) {
  FlowQuestion result;
  PolicyQuestion& question = result.question;
  question.direction = flow.direction == DirectionName(Direction::kOutbound) ? Direction::kOutbound
                                                                             : Direction::kInbound;
  question.port = flow.destination.port;
  question.at = flow.time;
  if (flow.decision_id.empty() || question.port == 0) {
    return absl::InvalidArgumentError("this record is of no decision by policy");
  }
  FillWorkload(flow, inventory, &result);
  FB_RETURN_IF_ERROR(FillEnd(flow.source, &question.source));
  FB_RETURN_IF_ERROR(FillEnd(flow.destination, &question.destination));
  FB_RETURN_IF_ERROR(FillRequest(flow, headers, &result));
  return result;
}

}  // namespace firebreak::policy
