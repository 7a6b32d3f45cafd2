#include "flows/flow_json.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/flow_fields.h"
#include "flows/json_reader.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

bool OfTheChain(absl::string_view name) {
  return name == "previous_hash" || name == "signature" || absl::StartsWith(name, "head.");
}

void AppendField(absl::string_view name, absl::string_view key, const FieldValue& value,
                 const Flow& flow, std::string* out) {
  const std::string text = absl::StrCat(",\"", key, "\":");
  if (const auto* const* string = std::get_if<const std::string*>(&value)) {
    AppendText(text, absl::string_view(**string), out);
  } else if (const auto* const* wide = std::get_if<const uint64_t*>(&value)) {
    const bool said = MeansZero(name, flow.event, flow.http.method);
    const bool absent = name == "weight" ? **wide == 1 : **wide == 0 && !said;
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

bool MeansZero(absl::string_view field, absl::string_view event, absl::string_view method) {
  const bool lives = event == kPeriodicEvent;
  if (field == "bytes_sent" || field == "bytes_received") return lives || event == kCloseEvent;
  if (absl::StartsWith(field, "http.")) {
    const bool request = event == kRequestEvent || (lives && !method.empty());
    return request && field != "http.status";  // no answer has status 0
  }
  if (absl::StartsWith(field, "interval.")) return lives;
  if (absl::StartsWith(field, "rollup.")) return event == kRollupEvent;
  return field == "duration_us" && (lives || event == kRequestEvent || event == kCloseEvent);
}

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
