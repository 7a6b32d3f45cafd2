#include "flows/json_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"

namespace firebreak::flows {
namespace {

constexpr size_t kMaxDepth = 16;   // a Flow has 4
constexpr size_t kMatchDepth = 4;  // the line, inspection, its matches, one of them

// Where a field's value goes.
using Target =
    std::variant<std::string*, uint64_t*, uint16_t*, bool*, absl::Time*, std::optional<uint64_t>*>;

using Place = Target (*)(Flow&);
struct Field {
  absl::string_view name;  // dotted
  Place place;
};
constexpr Field kFields[] = {
    {"time", [](Flow& f) -> Target { return &f.time; }},
    {"flow_id", [](Flow& f) -> Target { return &f.flow_id; }},
    {"sequence", [](Flow& f) -> Target { return &f.sequence; }},
    {"event", [](Flow& f) -> Target { return &f.event; }},
    {"direction", [](Flow& f) -> Target { return &f.direction; }},
    {"verdict", [](Flow& f) -> Target { return &f.verdict; }},
    {"reason", [](Flow& f) -> Target { return &f.reason; }},
    {"reporter.node", [](Flow& f) -> Target { return &f.reporter.node; }},
    {"reporter.namespace", [](Flow& f) -> Target { return &f.reporter.namespace_name; }},
    {"reporter.workload", [](Flow& f) -> Target { return &f.reporter.workload; }},
    {"reporter.principal", [](Flow& f) -> Target { return &f.reporter.principal; }},
    {"source.principal", [](Flow& f) -> Target { return &f.source.principal; }},
    {"source.namespace", [](Flow& f) -> Target { return &f.source.namespace_name; }},
    {"source.workload", [](Flow& f) -> Target { return &f.source.workload; }},
    {"source.ip", [](Flow& f) -> Target { return &f.source.ip; }},
    {"source.port", [](Flow& f) -> Target { return &f.source.port; }},
    {"destination.principal", [](Flow& f) -> Target { return &f.destination.principal; }},
    {"destination.namespace", [](Flow& f) -> Target { return &f.destination.namespace_name; }},
    {"destination.workload", [](Flow& f) -> Target { return &f.destination.workload; }},
    {"destination.ip", [](Flow& f) -> Target { return &f.destination.ip; }},
    {"destination.port", [](Flow& f) -> Target { return &f.destination.port; }},
    {"protocol", [](Flow& f) -> Target { return &f.protocol; }},
    {"tls.version", [](Flow& f) -> Target { return &f.tls.version; }},
    {"tls.cipher", [](Flow& f) -> Target { return &f.tls.cipher; }},
    {"tls.group", [](Flow& f) -> Target { return &f.tls.group; }},
    {"tls.sni", [](Flow& f) -> Target { return &f.tls.sni; }},
    {"tls.svid_serial", [](Flow& f) -> Target { return &f.tls.svid_serial; }},
    {"tls.svid_not_after", [](Flow& f) -> Target { return &f.tls.svid_not_after; }},
    {"http.method", [](Flow& f) -> Target { return &f.http.method; }},
    {"http.authority", [](Flow& f) -> Target { return &f.http.authority; }},
    {"http.path", [](Flow& f) -> Target { return &f.http.path; }},
    {"http.path_template", [](Flow& f) -> Target { return &f.http.path_template; }},
    {"http.status", [](Flow& f) -> Target { return &f.http.status; }},
    {"http.request_bytes", [](Flow& f) -> Target { return &f.http.request_bytes; }},
    {"http.response_bytes", [](Flow& f) -> Target { return &f.http.response_bytes; }},
    {"http.user_agent", [](Flow& f) -> Target { return &f.http.user_agent; }},
    {"http.has_query", [](Flow& f) -> Target { return &f.http.has_query; }},
    {"grpc.service", [](Flow& f) -> Target { return &f.grpc.service; }},
    {"grpc.method", [](Flow& f) -> Target { return &f.grpc.method; }},
    {"grpc.status", [](Flow& f) -> Target { return &f.grpc.status; }},
    {"policy.name", [](Flow& f) -> Target { return &f.policy.name; }},
    {"policy.namespace", [](Flow& f) -> Target { return &f.policy.namespace_name; }},
    {"policy.rule", [](Flow& f) -> Target { return &f.policy.rule; }},
    {"policy.mode", [](Flow& f) -> Target { return &f.policy.mode; }},
    {"policy.reason", [](Flow& f) -> Target { return &f.policy.reason; }},
    {"policy.ticket", [](Flow& f) -> Target { return &f.policy.ticket; }},
    {"policy.revision", [](Flow& f) -> Target { return &f.policy.revision; }},
    {"policy.would_be_verdict", [](Flow& f) -> Target { return &f.policy.would_be_verdict; }},
    {"inspection.score", [](Flow& f) -> Target { return &f.inspection.score; }},
    {"inspection.action", [](Flow& f) -> Target { return &f.inspection.action; }},
    {"inspection.matches[].id", [](Flow& f) -> Target { return &f.inspection.matches.back().id; }},
    {"inspection.matches[].category",
     [](Flow& f) -> Target { return &f.inspection.matches.back().category; }},
    {"inspection.matches[].field",
     [](Flow& f) -> Target { return &f.inspection.matches.back().field; }},
    {"inspection.matches[].excerpt",
     [](Flow& f) -> Target { return &f.inspection.matches.back().excerpt; }},
    {"quarantine", [](Flow& f) -> Target { return &f.quarantine; }},
    {"decision_id", [](Flow& f) -> Target { return &f.decision_id; }},
    {"bytes_sent", [](Flow& f) -> Target { return &f.bytes_sent; }},
    {"bytes_received", [](Flow& f) -> Target { return &f.bytes_received; }},
    {"duration_us", [](Flow& f) -> Target { return &f.duration_us; }},
    {"close_reason", [](Flow& f) -> Target { return &f.close_reason; }},
    {"detail", [](Flow& f) -> Target { return &f.detail; }},
    {"trace_id", [](Flow& f) -> Target { return &f.trace_id; }},
    {"inflight_inbound", [](Flow& f) -> Target { return &f.inflight_inbound; }},
    {"parent_flow_id", [](Flow& f) -> Target { return &f.parent_flow_id; }},
    {"weight", [](Flow& f) -> Target { return &f.weight; }},
    {"run_id", [](Flow& f) -> Target { return &f.run_id; }},
    {"previous_hash", [](Flow& f) -> Target { return &f.previous_hash; }},
    {"head.records", [](Flow& f) -> Target { return &f.head.records; }},
    {"head.last", [](Flow& f) -> Target { return &f.head.last; }},
    {"head.algorithm", [](Flow& f) -> Target { return &f.head.algorithm; }},
    {"head.certificate_chain", [](Flow& f) -> Target { return &f.head.certificate_chain; }},
    {"signature", [](Flow& f) -> Target { return &f.signature; }},
    {"lost.count", [](Flow& f) -> Target { return &f.lost.count; }},
    {"lost.cause", [](Flow& f) -> Target { return &f.lost.cause; }},
    {"lost.sink", [](Flow& f) -> Target { return &f.lost.sink; }},
    {"lost.first_sequence", [](Flow& f) -> Target { return &f.lost.first_sequence; }},
    {"lost.last_sequence", [](Flow& f) -> Target { return &f.lost.last_sequence; }},
};

const absl::flat_hash_map<absl::string_view, Place>& Fields() {
  static const auto* const fields = [] {
    auto* const map = new absl::flat_hash_map<absl::string_view, Place>;
    for (const Field& field : kFields) map->emplace(field.name, field.place);
    return map;
  }();
  return *fields;
}

constexpr std::array<absl::string_view, 10> kObjects = {
    "reporter", "source", "destination", "tls",  "http",
    "grpc",     "policy", "inspection",  "lost", "head"};
constexpr absl::string_view kMatches = "inspection.matches";

// FlowSax receives the parser's events. It builds no tree and does not recurse, so a deeply nested
// line costs no stack. The method names are the library's.
// NOLINTBEGIN(readability-identifier-naming): nlohmann::json_sax is duck-typed by these names.
class FlowSax {
 public:
  using Json = nlohmann::json;

  explicit FlowSax(Flow& flow) : flow_(flow) {}

  const std::string& error() const { return error_; }

  bool null() {
    return Scalar("null", [](const Target&) { return true; });
  }
  bool boolean(bool value) {
    return Scalar("boolean", [value](const Target& target) {
      auto* const* const flag = std::get_if<bool*>(&target);
      if (flag != nullptr) **flag = value;
      return flag != nullptr;
    });
  }
  bool number_integer(Json::number_integer_t /*negative*/) {
    return Scalar("negative number", [](const Target&) { return false; });
  }
  bool number_float(Json::number_float_t /*value*/, const std::string& /*text*/) {
    return Scalar("fraction", [](const Target&) { return false; });
  }
  bool number_unsigned(Json::number_unsigned_t value) {
    return Scalar("number", [value](const Target& target) { return StoreNumber(value, target); });
  }
  bool string(std::string& value) {
    return Scalar("string", [&value](const Target& target) { return StoreText(value, target); });
  }
  bool binary(Json::binary_t& /*value*/) { return false; }  // not in JSON text

  bool start_object(size_t /*size*/) {
    if (Find() != nullptr) return WrongType("object");
    if (in_matches_ && path_.size() == kMatchDepth - 1) flow_.inspection.matches.emplace_back();
    return Enter();
  }
  bool key(std::string& name) {
    key_ = name;
    return true;
  }
  bool end_object() { return Leave(); }
  bool start_array(size_t /*size*/) {
    if (path_.empty()) return Refuse("not a JSON object");
    if (Find() != nullptr || WantsObject()) return WrongType("array");
    in_matches_ = in_matches_ || (path_.size() == 2 && Here() == kMatches);
    key_ = "[]";  // what is inside names no field, but for a match
    return Enter();
  }
  bool end_array() {
    if (path_.size() == kMatchDepth - 1) in_matches_ = false;
    return Leave();
  }
  bool parse_error(size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    if (error_.empty()) error_ = absl::StrCat("not valid JSON at byte ", position);
    return false;
  }

 private:
  static bool StoreNumber(uint64_t value, const Target& target) {
    if (auto* const* wide = std::get_if<uint64_t*>(&target)) {
      **wide = value;
      return true;
    }
    if (auto* const* maybe = std::get_if<std::optional<uint64_t>*>(&target)) {
      **maybe = value;
      return true;
    }
    auto* const* narrow = std::get_if<uint16_t*>(&target);
    if (narrow == nullptr || value > std::numeric_limits<uint16_t>::max()) return false;
    **narrow = static_cast<uint16_t>(value);
    return true;
  }

  static bool StoreText(std::string& value, const Target& target) {
    if (auto* const* text = std::get_if<std::string*>(&target)) {
      **text = std::move(value);
      return true;
    }
    auto* const* time = std::get_if<absl::Time*>(&target);
    return time != nullptr && absl::ParseTime(absl::RFC3339_full, value, *time, nullptr);
  }

  // InMatch: the open object is one of inspection.matches.
  bool InMatch() const { return in_matches_ && path_.size() == kMatchDepth; }
  std::string Here() const {
    if (InMatch()) return absl::StrCat(kMatches, "[].", key_);
    return path_.size() > 1 ? absl::StrCat(path_[1], ".", key_) : key_;
  }

  // Find returns the place of the field that the next value belongs to, or null.
  Place Find() const {
    if (path_.empty() || absl::StrContains(key_, '.')) return nullptr;
    if (path_.size() > 2 && !InMatch()) return nullptr;
    const auto found = Fields().find(Here());
    return found == Fields().end() ? nullptr : found->second;
  }

  // WantsObject tells whether the next value must be an object.
  bool WantsObject() const {
    return path_.size() == 1 && std::find(kObjects.begin(), kObjects.end(), key_) != kObjects.end();
  }

  template <typename Store>
  bool Scalar(absl::string_view type, const Store& store) {
    if (path_.empty()) return Refuse("not a JSON object");
    if (WantsObject()) return WrongType(type);
    const Place place = Find();
    return place == nullptr || store(place(flow_)) || WrongType(type);
  }

  bool Refuse(absl::string_view why) {
    error_.assign(why.data(), why.size());
    return false;
  }
  bool WrongType(absl::string_view type) {
    return Refuse(absl::StrCat("field \"", Here(), "\" cannot be this ", type));
  }

  bool Enter() {
    if (path_.size() >= kMaxDepth) return Refuse("nested too deeply");
    path_.push_back(std::move(key_));
    key_.clear();
    return true;
  }
  bool Leave() {
    key_ = std::move(path_.back());
    path_.pop_back();
    return true;
  }

  Flow& flow_;
  std::vector<std::string> path_;  // keys of the open objects; the first, of the line itself, empty
  std::string key_;
  bool in_matches_ = false;
  std::string error_;
};
// NOLINTEND(readability-identifier-naming)

}  // namespace

absl::StatusOr<Flow> ParseFlowLine(absl::string_view line) {
  if (line.size() > kMaxFlowLineBytes) {
    return absl::InvalidArgumentError(absl::StrCat("longer than ", kMaxFlowLineBytes, " bytes"));
  }
  Flow flow;
  flow.time = absl::InfinitePast();
  FlowSax sax(flow);
  if (!nlohmann::json::sax_parse(line.begin(), line.end(), &sax)) {
    return absl::InvalidArgumentError(PrintableEscaped(sax.error()));
  }
  if (flow.time == absl::InfinitePast()) return absl::InvalidArgumentError("no field \"time\"");
  if (flow.event.empty()) return absl::InvalidArgumentError("no field \"event\"");
  return flow;
}

}  // namespace firebreak::flows
