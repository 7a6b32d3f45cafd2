#include "flows/otlp.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/varint.h"
#include "flows/event_names.h"
#include "flows/protobuf_writer.h"

namespace firebreak::flows {
namespace {

// Attributes appends KeyValue messages as field `field`; empty texts and zeros are left out.
class Attributes {
 public:
  Attributes(uint64_t field, std::string* out) : field_(field), out_(out) {}

  void Text(absl::string_view key, absl::string_view value) {
    if (value.empty()) return;
    std::string any;
    PutBytes(1, value, &any);  // string_value
    Put(key, any);
  }
  void Number(absl::string_view key, uint64_t value) {
    if (value != 0) NumberOrZero(key, value);
  }
  void NumberOrZero(absl::string_view key, uint64_t value) {
    std::string any;
    PutNumber(3, value, &any);  // int_value
    Put(key, any);
  }

 private:
  void Put(absl::string_view key, absl::string_view any) {
    std::string pair;
    PutBytes(1, key, &pair);
    PutBytes(2, any, &pair);
    PutBytes(field_, pair, out_);
  }

  const uint64_t field_;
  std::string* const out_;
};

// SeverityOf: INFO 9, WARN 13, ERROR 17.
uint64_t SeverityOf(const Flow& flow) {
  if (flow.verdict == "ERROR") return 17;
  return flow.verdict == "DROPPED" || flow.event == kLostEvent ? 13 : 9;
}

absl::string_view SeverityName(uint64_t severity) {
  if (severity == 17) return "ERROR";
  return severity == 13 ? "WARN" : "INFO";
}

// Names follow OpenTelemetry's semantic conventions where they have one.
void PutAttributes(const Flow& flow, Attributes attributes) {
  attributes.Text("source.address", flow.source.ip);
  attributes.Number("source.port", flow.source.port);
  attributes.Text("destination.address", flow.destination.ip);
  attributes.Number("destination.port", flow.destination.port);
  if (!flow.protocol.empty()) attributes.Text("network.transport", "tcp");
  attributes.Text("http.request.method", flow.http.method);
  attributes.Text("server.address", flow.http.authority);
  attributes.Text("url.path", flow.http.path);
  attributes.Text("http.route", flow.http.path_template);
  attributes.Number("http.response.status_code", flow.http.status);
  attributes.Text("user_agent.original", flow.http.user_agent);
  attributes.Text("rpc.service", flow.grpc.service);
  attributes.Text("rpc.method", flow.grpc.method);
  if (flow.grpc.status.has_value()) {
    attributes.NumberOrZero("rpc.grpc.status_code", *flow.grpc.status);
  }
  attributes.Text("tls.cipher", flow.tls.cipher);
  attributes.Text("tls.client.server_name", flow.tls.sni);
  attributes.Text("security_rule.name", flow.policy.rule);
  attributes.Text("security_rule.ruleset.name", flow.policy.name);
  attributes.Text("security_rule.version", flow.policy.revision);
  attributes.Text("error.type", flow.reason);

  attributes.Text("firebreak.flow_id", flow.flow_id);
  attributes.Text("firebreak.run_id", flow.run_id);
  attributes.Number("firebreak.sequence", flow.sequence);
  attributes.Text("firebreak.direction", flow.direction);
  attributes.Text("firebreak.verdict", flow.verdict);
  attributes.Text("firebreak.protocol", flow.protocol);
  attributes.Text("firebreak.source.principal", flow.source.principal);
  attributes.Text("firebreak.destination.principal", flow.destination.principal);
  attributes.Text("firebreak.policy.namespace", flow.policy.namespace_name);
  attributes.Text("firebreak.decision_id", flow.decision_id);
  attributes.Number("firebreak.inspection.score", flow.inspection.score);
  attributes.Number("firebreak.bytes_sent", flow.bytes_sent);
  attributes.Number("firebreak.bytes_received", flow.bytes_received);
  attributes.Number("firebreak.duration_us", flow.duration_us);
  attributes.Text("firebreak.close_reason", flow.close_reason);
  if (flow.weight > 1) attributes.Number("firebreak.weight", flow.weight);
}

// WireField is one field of a message as it lies on the wire.
struct WireField {
  uint64_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t value = 0;            // of a varint
  absl::string_view bytes = {};  // of all others
};

std::optional<WireField> TakeField(absl::string_view& bytes) {
  const std::optional<uint64_t> tag = TakeVarint(bytes);
  if (!tag.has_value()) return std::nullopt;
  WireField field{.number = *tag >> 3, .type = static_cast<WireType>(*tag & 7)};
  std::optional<uint64_t> size;
  if (field.type == WireType::kVarint || field.type == WireType::kBytes) size = TakeVarint(bytes);
  if (field.type == WireType::kFixed64) size = 8;
  if (field.type == WireType::kFixed32) size = 4;
  if (!size.has_value()) return std::nullopt;
  if (field.type == WireType::kVarint) {
    field.value = *size;
    return field;
  }
  if (*size > bytes.size()) return std::nullopt;
  field.bytes = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return field;
}

}  // namespace

void OtlpLogs::Add(const Flow& flow, absl::string_view line) {
  std::string record;
  const auto time_ns = static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixNanos(flow.time), 0));
  const uint64_t severity = SeverityOf(flow);
  PutFixed64(1, time_ns, &record);               // time_unix_nano
  PutNumber(2, severity, &record);               // severity_number
  PutBytes(3, SeverityName(severity), &record);  // severity_text
  std::string body;
  PutBytes(1, line, &body);
  PutBytes(5, body, &record);  // body
  PutAttributes(flow, Attributes(6, &record));
  const std::string trace = absl::HexStringToBytes(flow.trace_id);
  if (trace.size() == 16) PutBytes(9, trace, &record);  // trace_id
  PutFixed64(11, time_ns, &record);                     // observed
  PutBytes(12, absl::StrCat("firebreak.flow.", absl::AsciiStrToLower(flow.event)), &record);
  PutBytes(2, record, &records_);  // log_records

  resource_.clear();
  Attributes resource(1, &resource_);
  resource.Text("service.name", flow.reporter.workload);
  resource.Text("service.namespace", flow.reporter.namespace_name);
  resource.Text("service.instance.id", flow.reporter.node);
  resource.Text("firebreak.reporter.principal", flow.reporter.principal);
}

std::string OtlpLogs::Finish() const {
  std::string scope;
  PutBytes(1, "firebreak", &scope);  // name
  std::string scope_logs;
  PutBytes(1, scope, &scope_logs);
  scope_logs += records_;
  std::string resource_logs;
  PutBytes(1, resource_, &resource_logs);
  PutBytes(2, scope_logs, &resource_logs);
  std::string request;
  PutBytes(1, resource_logs, &request);
  return request;
}

absl::StatusOr<OtlpPartialSuccess> ParseOtlpResponse(absl::string_view bytes) {
  const absl::Status bad = absl::InvalidArgumentError("not an OTLP response");
  OtlpPartialSuccess partial;
  while (!bytes.empty()) {
    const std::optional<WireField> field = TakeField(bytes);
    if (!field.has_value()) return bad;
    if (field->number != 1 || field->type != WireType::kBytes) continue;  // partial_success
    absl::string_view inner = field->bytes;
    while (!inner.empty()) {
      const std::optional<WireField> part = TakeField(inner);
      if (!part.has_value()) return bad;
      if (part->number == 1 && part->type == WireType::kVarint) partial.rejected = part->value;
      if (part->number == 2 && part->type == WireType::kBytes)
        partial.message = std::string(part->bytes);
    }
  }
  return partial;
}

}  // namespace firebreak::flows
