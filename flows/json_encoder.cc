#include "flows/json_encoder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "flows/event_names.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

// AppendHttpNumbers ends the object that the text of a request leaves open.
void AppendHttpNumbers(const HttpInfo& http, std::string* out) {
  if (http.status > 0) AppendNumber(R"(,"status":)", static_cast<uint64_t>(http.status), out);
  AppendNumber(R"(,"request_bytes":)", http.request_bytes, out);
  AppendNumber(R"(,"response_bytes":)", http.response_bytes, out);
  out->push_back('}');
}

void AppendGrpc(const HttpInfo& http, absl::string_view names, std::string* out) {
  const size_t start = OpenObject(R"(,"grpc":)", out);
  out->append(names.data(), names.size());
  if (http.grpc_status >= 0) {
    AppendNumber(R"(,"status":)", static_cast<uint64_t>(http.grpc_status), out);
  }
  CloseObject(start, out);
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

JsonEncoder::JsonEncoder(Reporter reporter, std::vector<std::string> shown_paths)
    : reporter_(std::move(reporter)), starts_(reporter_), request_text_(std::move(shown_paths)) {
  std::string object = "}";  // no opening brace: what follows begins with its comma
  AppendReporter(reporter_, &object);
  reporter_json_ = object.substr(1);
  if (!reporter_.run_id.empty()) {
    run_json_ = absl::StrCat(R"(,"run_id":")", reporter_.run_id, "\"");
  }
}

LineStart& JsonEncoder::AppendRecord(const Record& record, const LinePlace& place, uint64_t weight,
                                     std::string* out) {
  LineStart& start = AppendBeginning(record, out);
  if (record.http.has_value()) AppendHttpNumbers(*record.http, out);
  if (record.inspection != nullptr) AppendInspection(*record.inspection, out);
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
  AppendTime(R"(,"time":)", record.time, out);
  AppendNumber(R"(,"sequence":)", place.sequence, out);
  AppendWord(R"(,"previous_hash":)", place.previous_hash, out);
  out->append("}\n");
  return start;
}

// AppendBeginning is what requests of a connection that are alike have in common. `http` is left
// open.
LineStart& JsonEncoder::AppendBeginning(const Record& record, std::string* out) {
  const RequestText::Text* const request =
      record.http.has_value() ? &request_text_.Of(*record.http) : nullptr;
  const PolicyText::Text& policy = policy_text_.Of(record);
  const LineStarts::Kind kind{
      .event = record.event,
      .verdict = record.verdict,
      .reason = record.reason,
      .quarantine = record.quarantine,
      .protocol = record.protocol,
      .grpc_status = record.http.has_value() && record.http->grpc
                         ? std::optional(record.http->grpc_status)
                         : std::nullopt,
      .policy = policy.number,
      .request = request == nullptr ? 0 : request->number,
  };
  LineStarts::Entry& connection = starts_.Of(record);
  if (LineStart* const whole = connection.OfKind(kind)) {
    out->append(whole->text());
    return *whole;
  }
  const size_t begin = out->size();
  out->append(connection.connection().text());
  AppendWord(R"(,"event":)", EventName(record.event), out);
  AppendWord(R"(,"verdict":)", VerdictName(record.verdict), out);
  AppendWord(R"(,"reason":)", ReasonName(record.reason), out);
  AppendWord(R"(,"quarantine":)", QuarantineModeName(record.quarantine), out);
  AppendWord(R"(,"protocol":)", ProtocolName(record.protocol), out);
  out->append(policy.json);
  if (request != nullptr) {
    if (record.http->grpc) AppendGrpc(*record.http, request->grpc, out);
    out->append(request->http);
  }
  connection.Keep(kind, absl::string_view(*out).substr(begin));
  return connection.connection();
}

void JsonEncoder::AppendRollup(const RollupLine& rollup, const LinePlace& place, std::string* out) {
  const EdgeOf& edge = rollup.edge;
  AppendStart(rollup.time, place, kRollupEvent, out);
  AppendWord(R"(,"direction":)", DirectionName(edge.direction), out);
  AppendWord(R"(,"verdict":)", VerdictName(edge.verdict), out);
  Record ends;
  ends.direction = edge.direction;
  ends.source.principal = edge.source;
  ends.destination = {.principal = edge.destination, .ip = {}, .port = edge.port};
  if (!edge.others) starts_.AppendEnds(ends, out);
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
  AppendStart(time, place, kLostEvent, out);
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
  AppendStart(time, place, kHeadEvent, out);
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
