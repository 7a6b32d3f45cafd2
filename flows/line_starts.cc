#include "flows/line_starts.h"

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

LineStarts::LineStarts(const Reporter& reporter) : reporter_(reporter), run_("{") {
  AppendText(R"(,"run_id":)", absl::string_view(reporter.run_id), &run_);
  AppendReporter(reporter, &run_);
}

LineStarts::Entry& LineStarts::Of(const Record& record) {
  if (entries_.empty()) entries_.resize(kEntries);
  Entry& entry = entries_[(record.flow_id_high ^ record.flow_id_low) % kEntries];
  if (!entry.Holds(record)) Fill(record, &entry);
  return entry;
}

bool LineStarts::Entry::Holds(const Record& record) const {
  return used_ && flow_id_low_ == record.flow_id_low && flow_id_high_ == record.flow_id_high &&
         direction_ == record.direction && Same(source_, record.source) &&
         Same(destination_, record.destination) && Same(tls_, record.tls);
}

// What comes once is not worth keeping.
void LineStarts::Entry::Keep(const Kind& kind, absl::string_view text) {
  if (kind.request == 0 || std::exchange(last_, kind) != kind) return;
  kept_ = kind;
  longer_.Rewrite([text](std::string* out) { out->assign(text.data(), text.size()); });
}

void LineStarts::Fill(const Record& record, Entry* entry) const {
  entry->used_ = true;
  entry->flow_id_high_ = record.flow_id_high;
  entry->flow_id_low_ = record.flow_id_low;
  entry->direction_ = record.direction;
  entry->source_ = record.source;
  entry->destination_ = record.destination;
  entry->tls_ = record.tls;
  entry->last_ = {};
  entry->kept_ = {};
  entry->connection_.Rewrite([&](std::string* text) {
    *text = run_;
    AppendId(R"(,"flow_id":)", record.flow_id_high, record.flow_id_low, text);
    AppendWord(R"(,"direction":)", DirectionName(record.direction), text);
    AppendEnds(record, text);
    AppendTls(record.tls, text);
  });
}

void LineStarts::AppendEnds(const Record& record, std::string* out) const {
  AppendEndpoint(R"(,"source":)", record.source, record.direction == Direction::kOutbound, out);
  AppendEndpoint(R"(,"destination":)", record.destination, record.direction == Direction::kInbound,
                 out);
}

void LineStarts::AppendEndpoint(absl::string_view name, const Endpoint& endpoint, bool is_reporter,
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
  AppendText(R"(,"principal":)", principal, out);
  AppendText(R"(,"namespace":)", namespace_name, out);
  AppendText(R"(,"workload":)", workload, out);
  if (!endpoint.ip.is_unspecified()) AppendWord(R"(,"ip":)", endpoint.ip.ToString(), out);
  if (endpoint.port != 0) AppendNumber(R"(,"port":)", endpoint.port, out);
  CloseObject(start, out);
}

void AppendReporter(const Reporter& reporter, std::string* out) {
  const size_t start = OpenObject(R"(,"reporter":)", out);
  AppendText(R"(,"node":)", absl::string_view(reporter.node), out);
  AppendText(R"(,"namespace":)", absl::string_view(reporter.namespace_name), out);
  AppendText(R"(,"workload":)", absl::string_view(reporter.workload), out);
  AppendText(R"(,"principal":)", absl::string_view(reporter.principal), out);
  CloseObject(start, out);
}

}  // namespace firebreak::flows
