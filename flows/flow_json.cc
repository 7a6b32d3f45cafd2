#include "flows/flow_json.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "flows/flow_facts.h"
#include "flows/flow_fields.h"
#include "flows/json_reader.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

bool OfTheChain(absl::string_view name) {
  return name == "previous_hash" || name == "signature" || absl::StartsWith(name, "head.");
}

// WrittenAtZero are numbers that mean something where they are 0.
bool WrittenAtZero(absl::string_view name, const Flow& flow) {
  if (name == "bytes_sent" || name == "bytes_received") {
    return flow.event == "CLOSE" || flow.event == "PERIODIC";
  }
  if (name == "http.request_bytes" || name == "http.response_bytes") return TellsOfRequest(flow);
  if (absl::StartsWith(name, "interval.")) return flow.event == "PERIODIC";
  if (absl::StartsWith(name, "rollup.")) return flow.event == "ROLLUP";
  return name == "duration_us" && flow.event != "OPEN" && TellsOfFlow(flow);
}

void AppendField(absl::string_view name, absl::string_view key, const FieldValue& value,
                 const Flow& flow, std::string* out) {
  const std::string text = absl::StrCat(",\"", key, "\":");
  if (const auto* const* string = std::get_if<const std::string*>(&value)) {
    AppendText(text, absl::string_view(**string), out);
  } else if (const auto* const* wide = std::get_if<const uint64_t*>(&value)) {
    const bool absent = name == "weight" ? **wide == 1 : **wide == 0 && !WrittenAtZero(name, flow);
    if (!absent) AppendNumber(text, **wide, out);
  } else if (const auto* const* narrow = std::get_if<const uint16_t*>(&value)) {
    if (**narrow != 0) AppendNumber(text, **narrow, out);
  } else if (const auto* const* flag = std::get_if<const bool*>(&value)) {
    if (!**flag) return;
    AppendName(text, out);
    out->append("true");
  } else if (const auto* const* time = std::get_if<const absl::Time*>(&value)) {
    AppendTime(text, **time, out);
  } else if (const auto* const* maybe = std::get_if<const std::optional<uint64_t>*>(&value)) {
    if ((*maybe)->has_value()) AppendNumber(text, ***maybe, out);
  }
}

}  // namespace

void AppendMatches(const Flow& flow, std::string* out) {
  out->push_back('[');
  for (const auto& match : flow.inspection.matches) {
    out->append(out->back() == '[' ? "{" : ",{");
    AppendText(R"(,"id":)", match.id, out);
    AppendText(R"(,"category":)", match.category, out);
    AppendText(R"(,"field":)", match.field, out);
    AppendText(R"(,"excerpt":)", match.excerpt, out);
    AppendText(R"(,"pack":)", match.pack, out);
    AppendText(R"(,"cve":)", match.cve, out);
    out->push_back('}');
  }
  out->push_back(']');
}

void ReadMatches(absl::string_view json, Flow& flow) {
  auto line = ParseFlowLine(absl::StrCat(
      R"({"time":"1970-01-01T00:00:00Z","event":"REQUEST","inspection":{"matches":)", json, "}}"));
  flow.inspection.matches.clear();
  if (line.ok()) flow.inspection.matches = std::move(line->inspection.matches);
}

void AppendFlowJson(const Flow& flow, std::string* out) {
  out->push_back('{');
  absl::string_view object;
  size_t object_start = 0;
  const auto leave = [&] {
    if (object.empty()) return;
    if (object == "inspection" && !flow.inspection.matches.empty()) {
      AppendName(R"(,"matches":)", out);
      AppendMatches(flow, out);
    }
    CloseObject(object_start, out);
    object = {};
  };
  for (const FlowField& field : FlowFields()) {
    if (OfTheChain(field.name) || absl::StrContains(field.name, '[')) continue;
    const size_t dot = field.name.find('.');
    const absl::string_view parent =
        dot == absl::string_view::npos ? absl::string_view() : field.name.substr(0, dot);
    if (parent != object) {
      leave();
      if (!parent.empty()) {
        object = parent;
        object_start = OpenObject(absl::StrCat(",\"", parent, "\":"), out);
      }
    }
    const absl::string_view key = parent.empty() ? field.name : field.name.substr(dot + 1);
    AppendField(field.name, key, field.read(flow), flow, out);
  }
  leave();
  out->push_back('}');
}

}  // namespace firebreak::flows
