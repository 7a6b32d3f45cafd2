#include "flows/connection_text.h"

#include "flows/json_text.h"
#include "flows/principal.h"
#include "flows/tls_names.h"

namespace firebreak::flows {
namespace {

constexpr size_t kEntries = 256;  // a power of two

bool Same(const Endpoint& a, const Endpoint& b) {
  return a.port == b.port && a.ip == b.ip && SameText(a.principal, b.principal);
}

bool Same(const TlsInfo& a, const TlsInfo& b) {
  return a.version == b.version && a.cipher == b.cipher && a.group == b.group &&
         a.svid_not_after == b.svid_not_after && SameText(a.svid_serial, b.svid_serial) &&
         SameText(a.sni, b.sni);
}

void AppendTls(const TlsInfo& tls, std::string* out) {
  const size_t start = OpenObject(R"(,"tls":)", out);
  if (tls.version != 0) AppendWord(R"(,"version":)", TlsVersionName(tls.version), out);
  if (tls.cipher != 0) AppendWord(R"(,"cipher":)", TlsCipherName(tls.cipher), out);
  if (tls.group != 0) AppendWord(R"(,"group":)", TlsGroupName(tls.group), out);
  AppendText(R"(,"sni":)", tls.sni, out);
  AppendText(R"(,"svid_serial":)", tls.svid_serial, out);
  if (tls.svid_not_after != absl::InfinitePast()) {
    AppendTime(R"(,"svid_not_after":)", tls.svid_not_after, out);
  }
  CloseObject(start, out);
}

}  // namespace

const ConnectionText::Text& ConnectionText::Of(const Record& record) {
  if (entries_.empty()) entries_.resize(kEntries);
  Entry& entry = entries_[(record.flow_id_high ^ record.flow_id_low) % kEntries];
  if (!entry.Holds(record)) Fill(record, &entry);
  return entry.text;
}

bool ConnectionText::Entry::Holds(const Record& record) const {
  return used && flow_id_low == record.flow_id_low && flow_id_high == record.flow_id_high &&
         direction == record.direction && Same(source, record.source) &&
         Same(destination, record.destination) && Same(tls, record.tls);
}

void ConnectionText::Fill(const Record& record, Entry* entry) const {
  entry->used = true;
  entry->flow_id_high = record.flow_id_high;
  entry->flow_id_low = record.flow_id_low;
  entry->direction = record.direction;
  entry->source = record.source;
  entry->destination = record.destination;
  entry->tls = record.tls;
  // Each text is appended to what is not an opening brace: it begins with its comma.
  std::string& ends = entry->text.ends;
  ends = "}";
  AppendEndpoint(R"(,"source":)", record.source, record.direction == Direction::kOutbound, &ends);
  AppendEndpoint(R"(,"destination":)", record.destination, record.direction == Direction::kInbound,
                 &ends);
  ends.erase(0, 1);
  std::string& tls = entry->text.tls;
  tls = "}";
  AppendTls(record.tls, &tls);
  tls.erase(0, 1);
}

void ConnectionText::AppendEndpoint(absl::string_view name, const Endpoint& endpoint,
                                    bool is_reporter, std::string* out) const {
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
  AppendText(R"(,"principal":)", principal, out);
  AppendText(R"(,"namespace":)", namespace_name, out);
  AppendText(R"(,"workload":)", workload, out);
  if (!endpoint.ip.is_unspecified()) AppendWord(R"(,"ip":)", endpoint.ip.ToString(), out);
  if (endpoint.port != 0) AppendNumber(R"(,"port":)", endpoint.port, out);
  CloseObject(start, out);
}

}  // namespace firebreak::flows
