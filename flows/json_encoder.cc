#include "flows/json_encoder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/path_template.h"
#include "flows/json_text.h"
#include "flows/redact.h"

namespace firebreak::flows {
namespace {

// Cut keeps at most size bytes, and no part of a UTF-8 character.
absl::string_view Cut(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

// AppendGrpc takes "/package.Service/Method" apart.
void AppendGrpc(const HttpInfo& http, absl::string_view path, std::string* out) {
  const size_t start = OpenObject(R"(,"grpc":)", out);
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos && slash > 0 && path[0] == '/') {
    AppendText(R"(,"service":)", Cut(path.substr(1, slash - 1), JsonEncoder::kMaxPathBytes), out);
    AppendText(R"(,"method":)", Cut(path.substr(slash + 1), JsonEncoder::kMaxPathBytes), out);
  }
  if (http.grpc_status >= 0) {
    AppendNumber(R"(,"status":)", static_cast<uint64_t>(http.grpc_status), out);
  }
  CloseObject(start, out);
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

void AppendHttp(const HttpInfo& http, std::string* out) {
  const size_t path_end = std::min(http.path.find_first_of("?#"), http.path.size());
  std::string scratch;
  // Cut after it is redacted: half a secret may not look like one.
  const absl::string_view path = RedactPath(absl::string_view(http.path).substr(0, path_end),
                                            http.grpc ? PathKind::kGrpc : PathKind::kAny, &scratch);
  const size_t start = OpenObject(R"(,"http":)", out);
  AppendText(R"(,"method":)", Cut(http.method, JsonEncoder::kMaxMethodBytes), out);
  AppendAuthority(http.authority, out);
  AppendText(R"(,"path":)", Cut(path, JsonEncoder::kMaxPathBytes), out);
  if (http.path_template != nullptr) {
    AppendText(R"(,"path_template":)", Cut(*http.path_template, JsonEncoder::kMaxPathBytes), out);
  } else {
    AppendText(R"(,"path_template":)", PathTemplate(path), out);
  }
  if (http.has_query || path_end < http.path.size()) {
    AppendName(R"(,"has_query":)", out);
    out->append("true");
  }
  if (http.status > 0) AppendNumber(R"(,"status":)", static_cast<uint64_t>(http.status), out);
  AppendNumber(R"(,"request_bytes":)", http.request_bytes, out);
  AppendNumber(R"(,"response_bytes":)", http.response_bytes, out);
  AppendText(R"(,"user_agent":)", Cut(http.user_agent, JsonEncoder::kMaxUserAgentBytes), out);
  CloseObject(start, out);
  if (http.grpc) AppendGrpc(http, path, out);
}

void AppendInspection(const InspectionInfo& inspection, std::string* out) {
  const size_t start = OpenObject(R"(,"inspection":)", out);
  AppendNumber(R"(,"score":)", inspection.score, out);
  AppendWord(R"(,"action":)", inspection.blocked ? "BLOCK" : "DETECT", out);
  AppendName(R"(,"matches":)", out);
  out->push_back('[');
  const size_t count = std::min(inspection.matches.size(), JsonEncoder::kMaxMatches);
  for (size_t i = 0; i < count; ++i) {
    const InspectionMatch& match = inspection.matches[i];
    out->append(i == 0 ? "{" : ",{");
    AppendText(R"(,"id":)", match.id, out);
    AppendText(R"(,"category":)", match.category, out);
    AppendText(R"(,"field":)", Cut(match.field, JsonEncoder::kMaxMatchFieldBytes), out);
    AppendText(R"(,"excerpt":)", Cut(match.excerpt, JsonEncoder::kMaxExcerptBytes), out);
    AppendText(R"(,"pack":)", match.pack, out);
    AppendText(R"(,"cve":)", match.cve, out);
    out->push_back('}');
  }
  out->push_back(']');
  CloseObject(start, out);
}

void AppendPolicy(const Record& record, std::string* out) {
  const size_t start = OpenObject(R"(,"policy":)", out);
  if (record.rule != nullptr) {
    AppendText(R"(,"name":)", absl::string_view(record.rule->policy), out);
    AppendText(R"(,"namespace":)", absl::string_view(record.rule->policy_namespace), out);
    AppendText(R"(,"rule":)", absl::string_view(record.rule->rule), out);
    AppendWord(R"(,"mode":)", record.rule->audit ? "AUDIT" : "ENFORCE", out);
    AppendText(R"(,"reason":)", absl::string_view(record.rule->reason), out);
    AppendText(R"(,"ticket":)", absl::string_view(record.rule->ticket), out);
  }
  AppendText(R"(,"revision":)", record.policy_revision, out);
  if (record.would_be_verdict.has_value()) {
    AppendWord(R"(,"would_be_verdict":)", VerdictName(*record.would_be_verdict), out);
  }
  CloseObject(start, out);
}

void AppendInterval(const Interval& interval, std::string* out) {
  const size_t start = OpenObject(R"(,"interval":)", out);
  AppendNumber(R"(,"duration_us":)",
               static_cast<uint64_t>(std::max<int64_t>(interval.duration_us, 0)), out);
  AppendNumber(R"(,"bytes_sent":)", interval.bytes_sent, out);
  AppendNumber(R"(,"bytes_received":)", interval.bytes_received, out);
  CloseObject(start, out);
}

void AppendSums(const RollupLine& rollup, std::string* out) {
  constexpr std::array<absl::string_view, EdgeSums::kBounds.size()> kWithin = {
      R"(,"within_1ms":)",   R"(,"within_5ms":)",    R"(,"within_25ms":)", R"(,"within_100ms":)",
      R"(,"within_500ms":)", R"(,"within_2500ms":)", R"(,"within_10s":)"};
  const EdgeSums& sums = rollup.sums;
  const size_t start = OpenObject(R"(,"rollup":)", out);
  AppendNumber(R"(,"duration_us":)",
               static_cast<uint64_t>(absl::ToInt64Microseconds(rollup.length)), out);
  if (rollup.edge.others) {
    AppendName(R"(,"others":)", out);
    out->append("true");
  }
  AppendNumber(R"(,"connections":)", sums.connections, out);
  AppendNumber(R"(,"requests":)", sums.requests, out);
  AppendNumber(R"(,"errors":)", sums.errors, out);
  AppendNumber(R"(,"bytes_sent":)", sums.bytes_sent, out);
  AppendNumber(R"(,"bytes_received":)", sums.bytes_received, out);
  AppendNumber(R"(,"latency_count":)", sums.latency_count, out);
  AppendNumber(R"(,"latency_sum_us":)", sums.latency_sum_us, out);
  for (size_t i = 0; i < kWithin.size(); ++i) AppendNumber(kWithin[i], sums.within[i], out);
  CloseObject(start, out);
}

}  // namespace

JsonEncoder::JsonEncoder(Reporter reporter)
    : reporter_(std::move(reporter)), connection_text_(reporter_) {
  std::string object = "{";
  const size_t start = OpenObject(R"(,"reporter":)", &object);
  AppendText(R"(,"node":)", absl::string_view(reporter_.node), &object);
  AppendText(R"(,"namespace":)", absl::string_view(reporter_.namespace_name), &object);
  AppendText(R"(,"workload":)", absl::string_view(reporter_.workload), &object);
  AppendText(R"(,"principal":)", absl::string_view(reporter_.principal), &object);
  CloseObject(start, &object);
  if (object.size() > 1) reporter_json_ = absl::StrCat(",", object.substr(1));
  if (!reporter_.run_id.empty()) {
    run_json_ = absl::StrCat(R"(,"run_id":")", reporter_.run_id, "\"");
  }
}

void JsonEncoder::AppendRecord(const Record& record, const LinePlace& place, uint64_t weight,
                               std::string* out) {
  out->push_back('{');
  AppendTime(R"(,"time":)", record.time, out);
  AppendId(R"(,"flow_id":)", record.flow_id_high, record.flow_id_low, out);
  out->append(run_json_);
  AppendNumber(R"(,"sequence":)", place.sequence, out);
  AppendWord(R"(,"event":)", EventName(record.event), out);
  AppendWord(R"(,"direction":)", DirectionName(record.direction), out);
  out->append(reporter_json_);
  AppendWord(R"(,"verdict":)", VerdictName(record.verdict), out);
  AppendWord(R"(,"reason":)", ReasonName(record.reason), out);
  AppendWord(R"(,"quarantine":)", QuarantineModeName(record.quarantine), out);
  const ConnectionText::Text& connection = connection_text_.Of(record);
  out->append(connection.ends);
  AppendWord(R"(,"protocol":)", ProtocolName(record.protocol), out);
  out->append(connection.tls);
  if (record.http != nullptr) AppendHttp(*record.http, out);
  if (record.inspection != nullptr) AppendInspection(*record.inspection, out);
  AppendPolicy(record, out);
  AppendId(R"(,"decision_id":)", record.decision_id.high, record.decision_id.low, out);
  if (record.event == Event::kPeriodic || record.event == Event::kClose) {
    AppendNumber(R"(,"bytes_sent":)", record.bytes_sent, out);
    AppendNumber(R"(,"bytes_received":)", record.bytes_received, out);
  }
  if (record.event != Event::kOpen) {
    AppendNumber(R"(,"duration_us":)",
                 static_cast<uint64_t>(std::max<int64_t>(record.duration_us, 0)), out);
  }
  if (record.event == Event::kPeriodic) AppendInterval(record.interval, out);
  AppendWord(R"(,"close_reason":)", CloseReasonName(record.close_reason), out);
  AppendText(R"(,"detail":)", record.detail, out);
  AppendText(R"(,"trace_id":)", record.trace_id, out);
  if (record.inflight_inbound >= 0) {
    AppendNumber(R"(,"inflight_inbound":)", static_cast<uint64_t>(record.inflight_inbound), out);
  }
  AppendId(R"(,"parent_flow_id":)", record.parent_flow_id_high, record.parent_flow_id_low, out);
  if (weight > 1) AppendNumber(R"(,"weight":)", weight, out);
  AppendWord(R"(,"previous_hash":)", place.previous_hash, out);
  out->append("}\n");
}

void JsonEncoder::AppendRollup(const RollupLine& rollup, const LinePlace& place, std::string* out) {
  const EdgeOf& edge = rollup.edge;
  AppendStart(rollup.time, place, "ROLLUP", out);
  AppendWord(R"(,"direction":)", DirectionName(edge.direction), out);
  AppendWord(R"(,"verdict":)", VerdictName(edge.verdict), out);
  Record ends;
  ends.direction = edge.direction;
  ends.source.principal = edge.source;
  ends.destination = {.principal = edge.destination, .ip = {}, .port = edge.port};
  if (!edge.others) out->append(connection_text_.Of(ends).ends);
  AppendSums(rollup, out);
  AppendWord(R"(,"previous_hash":)", place.previous_hash, out);
  out->append("}\n");
}

void JsonEncoder::AppendStart(absl::Time time, const LinePlace& place, absl::string_view event,
                              std::string* out) const {
  out->push_back('{');
  AppendTime(R"(,"time":)", time, out);
  out->append(run_json_);
  AppendNumber(R"(,"sequence":)", place.sequence, out);
  AppendWord(R"(,"event":)", event, out);
  out->append(reporter_json_);
}

void JsonEncoder::AppendLost(const Loss& loss, absl::Time time, const LinePlace& place,
                             std::string* out) const {
  AppendStart(time, place, "LOST", out);
  const size_t start = OpenObject(R"(,"lost":)", out);
  AppendNumber(R"(,"count":)", loss.count, out);
  AppendWord(R"(,"cause":)", LostCauseName(loss.cause), out);
  AppendText(R"(,"sink":)", absl::string_view(loss.sink), out);
  if (loss.first_sequence > 0) AppendNumber(R"(,"first_sequence":)", loss.first_sequence, out);
  if (loss.last_sequence > 0) AppendNumber(R"(,"last_sequence":)", loss.last_sequence, out);
  CloseObject(start, out);
  AppendWord(R"(,"previous_hash":)", place.previous_hash, out);
  out->append("}\n");
}

void JsonEncoder::AppendHead(const HeadInfo& head, absl::Time time, const LinePlace& place,
                             std::string* out) const {
  AppendStart(time, place, "HEAD", out);
  const size_t start = OpenObject(R"(,"head":)", out);
  AppendNumber(R"(,"records":)", head.records, out);
  if (head.last) {
    AppendName(R"(,"last":)", out);
    out->append("true");
  }
  AppendWord(R"(,"algorithm":)", head.algorithm, out);
  AppendWord(R"(,"certificate_chain":)", head.certificate_chain, out);
  CloseObject(start, out);
  AppendWord(R"(,"previous_hash":)", place.previous_hash, out);
}

void JsonEncoder::AppendSignature(absl::string_view base64, std::string* out) {
  AppendWord(R"(,"signature":)", base64, out);
  out->append("}\n");
}

absl::string_view LostCauseName(LostCause cause) {
  switch (cause) {
    case LostCause::kRingFull:
      return "RING_FULL";
    case LostCause::kWriteFailed:
      return "WRITE_FAILED";
    case LostCause::kQueueFull:
      return "QUEUE_FULL";
    case LostCause::kSpoolFull:
      return "SPOOL_FULL";
    case LostCause::kSpoolDamaged:
      return "SPOOL_DAMAGED";
    case LostCause::kRefused:
      return "REFUSED";
  }
  return "";
}

}  // namespace firebreak::flows
