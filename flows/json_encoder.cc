#include "flows/json_encoder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

#include "base/escape.h"
#include "flows/path_template.h"
#include "flows/principal.h"
#include "flows/redact.h"

namespace firebreak::flows {
namespace {

// What four digits of a year can show: 0000-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z.
constexpr absl::Time kEarliest = absl::FromUnixSeconds(-62'167'219'200);
constexpr absl::Time kLatest = absl::FromUnixMicros(253'402'300'799'999'999);

// AppendName appends ,"name": or, right behind an opening brace, "name":
void AppendName(absl::string_view name, std::string* out) {
  absl::StrAppend(out, out->back() != '{' ? ",\"" : "\"", name, "\":");
}

void AppendText(absl::string_view name, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  AppendName(name, out);
  AppendJsonString(value, out);
}

void AppendText(absl::string_view name, const SharedString& value, std::string* out) {
  if (value != nullptr) AppendText(name, absl::string_view(*value), out);
}

// AppendWord is for values of our own that need no escaping.
void AppendWord(absl::string_view name, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  AppendName(name, out);
  absl::StrAppend(out, "\"", value, "\"");
}

void AppendNumber(absl::string_view name, uint64_t value, std::string* out) {
  AppendName(name, out);
  absl::StrAppend(out, value);
}

void AppendId(absl::string_view name, uint64_t high, uint64_t low, std::string* out) {
  if (high == 0 && low == 0) return;
  AppendName(name, out);
  absl::StrAppend(out, "\"", absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16),
                  "\"");
}

void AppendTimeField(absl::string_view name, absl::Time time, std::string* out) {
  AppendName(name, out);
  out->push_back('"');
  AppendRfc3339(time, out);
  out->push_back('"');
}

// OpenObject and CloseObject put an object down; one that stayed empty is taken back.
size_t OpenObject(absl::string_view name, std::string* out) {
  const size_t start = out->size();
  AppendName(name, out);
  out->push_back('{');
  return start;
}

void CloseObject(size_t start, std::string* out) {
  if (out->back() == '{') {
    out->resize(start);
  } else {
    out->push_back('}');
  }
}

void AppendTls(const TlsInfo& tls, std::string* out) {
  const size_t start = OpenObject("tls", out);
  if (tls.version != 0) AppendWord("version", TlsVersionName(tls.version), out);
  if (tls.cipher != 0) AppendWord("cipher", TlsCipherName(tls.cipher), out);
  if (tls.group != 0) AppendWord("group", TlsGroupName(tls.group), out);
  AppendText("sni", tls.sni, out);
  AppendText("svid_serial", tls.svid_serial, out);
  if (tls.svid_not_after != absl::InfinitePast()) {
    AppendTimeField("svid_not_after", tls.svid_not_after, out);
  }
  CloseObject(start, out);
}

// Cut keeps at most size bytes, and no part of a UTF-8 character.
absl::string_view Cut(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

// AppendGrpc takes "/package.Service/Method" apart.
void AppendGrpc(const HttpInfo& http, absl::string_view path, std::string* out) {
  const size_t start = OpenObject("grpc", out);
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos && slash > 0 && path[0] == '/') {
    AppendText("service", Cut(path.substr(1, slash - 1), JsonEncoder::kMaxPathBytes), out);
    AppendText("method", Cut(path.substr(slash + 1), JsonEncoder::kMaxPathBytes), out);
  }
  if (http.grpc_status >= 0) {
    AppendNumber("status", static_cast<uint64_t>(http.grpc_status), out);
  }
  CloseObject(start, out);
}

// AppendAuthority takes out user and password, which a request that was refused may have there.
void AppendAuthority(absl::string_view authority, std::string* out) {
  const size_t at = authority.rfind('@');
  if (at == absl::string_view::npos) {
    AppendText("authority", Cut(authority, JsonEncoder::kMaxAuthorityBytes), out);
    return;
  }
  const std::string shown = absl::StrCat(kRedacted, authority.substr(at));
  AppendText("authority", Cut(shown, JsonEncoder::kMaxAuthorityBytes), out);
}

void AppendHttp(const HttpInfo& http, std::string* out) {
  const size_t path_end = std::min(http.path.find_first_of("?#"), http.path.size());
  std::string scratch;
  // Cut after it is redacted: half a secret may not look like one.
  const absl::string_view path = RedactPath(absl::string_view(http.path).substr(0, path_end),
                                            http.grpc ? PathKind::kGrpc : PathKind::kAny, &scratch);
  const size_t start = OpenObject("http", out);
  AppendText("method", Cut(http.method, JsonEncoder::kMaxMethodBytes), out);
  AppendAuthority(http.authority, out);
  AppendText("path", Cut(path, JsonEncoder::kMaxPathBytes), out);
  if (http.path_template != nullptr) {
    AppendText("path_template", Cut(*http.path_template, JsonEncoder::kMaxPathBytes), out);
  } else {
    AppendText("path_template", PathTemplate(path), out);
  }
  if (http.has_query || path_end < http.path.size()) {
    AppendName("has_query", out);
    out->append("true");
  }
  if (http.status > 0) AppendNumber("status", static_cast<uint64_t>(http.status), out);
  AppendNumber("request_bytes", http.request_bytes, out);
  AppendNumber("response_bytes", http.response_bytes, out);
  AppendText("user_agent", Cut(http.user_agent, JsonEncoder::kMaxUserAgentBytes), out);
  CloseObject(start, out);
  if (http.grpc) AppendGrpc(http, path, out);
}

void AppendPolicy(const Record& record, std::string* out) {
  const size_t start = OpenObject("policy", out);
  if (record.rule != nullptr) {
    AppendText("name", absl::string_view(record.rule->policy), out);
    AppendText("namespace", absl::string_view(record.rule->policy_namespace), out);
    AppendText("rule", absl::string_view(record.rule->rule), out);
    AppendWord("mode", record.rule->audit ? "AUDIT" : "ENFORCE", out);
  }
  AppendText("revision", record.policy_revision, out);
  if (record.would_be_verdict.has_value()) {
    AppendWord("would_be_verdict", VerdictName(*record.would_be_verdict), out);
  }
  CloseObject(start, out);
}

// PutDigits writes value, zero-padded, so that it ends right before `end`. Returns where it begins.
char* PutDigits(int64_t value, int digits, char* end) {
  for (; digits > 0; --digits) {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return end;
}

}  // namespace

// Every record has one or two: the calendar without a time zone, and one append.
void AppendRfc3339(absl::Time time, std::string* out) {
  constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;
  const int64_t micros = absl::ToUnixMicros(std::clamp(time, kEarliest, kLatest));
  const int64_t of_day = (micros % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay;
  const absl::CivilDay day = absl::CivilDay(1970, 1, 1) + (micros - of_day) / kMicrosPerDay;
  const int64_t seconds = of_day / 1'000'000;

  std::array<char, sizeof("0000-00-00T00:00:00.000000Z") - 1> text;
  char* at = text.data() + text.size();
  *--at = 'Z';
  at = PutDigits(of_day % 1'000'000, 6, at);
  *--at = '.';
  at = PutDigits(seconds % 60, 2, at);
  *--at = ':';
  at = PutDigits(seconds / 60 % 60, 2, at);
  *--at = ':';
  at = PutDigits(seconds / 3600, 2, at);
  *--at = 'T';
  at = PutDigits(day.day(), 2, at);
  *--at = '-';
  at = PutDigits(day.month(), 2, at);
  *--at = '-';
  PutDigits(day.year(), 4, at);
  out->append(text.data(), text.size());
}

JsonEncoder::JsonEncoder(Reporter reporter) : reporter_(std::move(reporter)) {
  std::string object = "{";
  const size_t start = OpenObject("reporter", &object);
  AppendText("node", absl::string_view(reporter_.node), &object);
  AppendText("namespace", absl::string_view(reporter_.namespace_name), &object);
  AppendText("workload", absl::string_view(reporter_.workload), &object);
  AppendText("principal", absl::string_view(reporter_.principal), &object);
  CloseObject(start, &object);
  if (object.size() > 1) reporter_json_ = absl::StrCat(",", object.substr(1));
}

void JsonEncoder::AppendEndpoint(absl::string_view name, const Endpoint& endpoint, bool is_reporter,
                                 std::string* out) const {
  absl::string_view principal;
  if (endpoint.principal != nullptr) principal = *endpoint.principal;
  if (principal.empty() && is_reporter) principal = reporter_.principal;
  absl::string_view namespace_name;
  absl::string_view workload;
  if (const auto parts = SplitPrincipal(principal)) {
    namespace_name = parts->namespace_name;
    workload = parts->service_account;
  }
  if (is_reporter && !reporter_.namespace_name.empty()) namespace_name = reporter_.namespace_name;
  if (is_reporter && !reporter_.workload.empty()) workload = reporter_.workload;

  const size_t start = OpenObject(name, out);
  AppendText("principal", principal, out);
  AppendText("namespace", namespace_name, out);
  AppendText("workload", workload, out);
  if (!endpoint.ip.is_unspecified()) AppendWord("ip", endpoint.ip.ToString(), out);
  if (endpoint.port != 0) AppendNumber("port", endpoint.port, out);
  CloseObject(start, out);
}

void JsonEncoder::AppendRecord(const Record& record, uint64_t sequence, std::string* out) const {
  out->push_back('{');
  AppendTimeField("time", record.time, out);
  AppendId("flow_id", record.flow_id_high, record.flow_id_low, out);
  AppendNumber("sequence", sequence, out);
  AppendWord("event", EventName(record.event), out);
  AppendWord("direction", DirectionName(record.direction), out);
  out->append(reporter_json_);
  AppendWord("verdict", VerdictName(record.verdict), out);
  AppendWord("reason", ReasonName(record.reason), out);
  AppendEndpoint("source", record.source, record.direction == Direction::kOutbound, out);
  AppendEndpoint("destination", record.destination, record.direction == Direction::kInbound, out);
  AppendWord("protocol", ProtocolName(record.protocol), out);
  AppendTls(record.tls, out);
  if (record.http != nullptr) AppendHttp(*record.http, out);
  AppendPolicy(record, out);
  AppendId("decision_id", record.decision_id.high, record.decision_id.low, out);
  if (record.event == Event::kPeriodic || record.event == Event::kClose) {
    AppendNumber("bytes_sent", record.bytes_sent, out);
    AppendNumber("bytes_received", record.bytes_received, out);
  }
  if (record.event != Event::kOpen) {
    AppendNumber("duration_us", static_cast<uint64_t>(std::max<int64_t>(record.duration_us, 0)),
                 out);
  }
  AppendWord("close_reason", CloseReasonName(record.close_reason), out);
  AppendText("detail", record.detail, out);
  AppendText("trace_id", record.trace_id, out);
  out->append("}\n");
}

void JsonEncoder::AppendLost(uint64_t count, LostCause cause, absl::Time time, uint64_t sequence,
                             std::string* out) const {
  out->push_back('{');
  AppendTimeField("time", time, out);
  AppendNumber("sequence", sequence, out);
  AppendWord("event", "LOST", out);
  out->append(reporter_json_);
  const size_t start = OpenObject("lost", out);
  AppendNumber("count", count, out);
  AppendWord("cause", LostCauseName(cause), out);
  CloseObject(start, out);
  out->append("}\n");
}

absl::string_view LostCauseName(LostCause cause) {
  switch (cause) {
    case LostCause::kRingFull:
      return "RING_FULL";
    case LostCause::kWriteFailed:
      return "WRITE_FAILED";
  }
  return "";
}

// IANA "TLS Parameters" registry, and the draft group that older peers still send.
std::string TlsVersionName(uint16_t version) {
  if (version == 0x0304) return "TLSv1.3";
  if (version == 0x0303) return "TLSv1.2";
  return absl::StrFormat("0x%04x", version);
}

std::string TlsCipherName(uint16_t cipher) {
  if (cipher == 0x1301) return "TLS_AES_128_GCM_SHA256";
  if (cipher == 0x1302) return "TLS_AES_256_GCM_SHA384";
  if (cipher == 0x1303) return "TLS_CHACHA20_POLY1305_SHA256";
  return absl::StrFormat("0x%04x", cipher);
}

std::string TlsGroupName(uint16_t group) {
  switch (group) {
    case 23:
      return "P-256";
    case 24:
      return "P-384";
    case 25:
      return "P-521";
    case 29:
      return "X25519";
    case 0x11ec:
      return "X25519MLKEM768";
    case 0x6399:
      return "X25519Kyber768Draft00";
    default:
      return absl::StrFormat("0x%04x", group);
  }
}

}  // namespace firebreak::flows
