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

void AppendField(absl::string_view name, absl::string_view key, const FieldTarget& target,
                 const Flow& flow, std::string* out) {
  const std::string text = absl::StrCat(",\"", key, "\":");
  if (auto* const* string = std::get_if<std::string*>(&target)) {
    AppendText(text, absl::string_view(**string), out);
  } else if (auto* const* wide = std::get_if<uint64_t*>(&target)) {
    const bool absent =
        name == "weight" ? **wide == 1 : **wide == 0 && !MeansZero(name, flow.event);
    if (!absent) AppendNumber(text, **wide, out);
  } else if (auto* const* narrow = std::get_if<uint16_t*>(&target)) {
    if (**narrow != 0) AppendNumber(text, **narrow, out);
  } else if (auto* const* flag = std::get_if<bool*>(&target)) {
    if (!**flag) return;
    AppendName(text, out);
    out->append("true");
  } else if (auto* const* time = std::get_if<absl::Time*>(&target)) {
    AppendTime(text, **time, out);
  } else if (auto* const* maybe = std::get_if<std::optional<uint64_t>*>(&target)) {
    if ((*maybe)->has_value()) AppendNumber(text, ***maybe, out);
  }
}

}  // namespace

bool MeansZero(absl::string_view field, absl::string_view event) {
  if (field == "bytes_sent" || field == "bytes_received") {
    return event == "CLOSE" || event == "PERIODIC";
  }
  if (absl::StartsWith(field, "http.")) {
    return event == "REQUEST" && field != "http.status";  // no answer has status 0
  }
  return field == "duration_us" && event != "OPEN" && event != "LOST" && event != "HEAD";
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
  // Places are of a Flow that can be written to. Nothing is.
  auto& writable = const_cast<Flow&>(flow);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
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
    AppendField(field.name, key, field.place(writable), flow, out);
  }
  leave();
  out->push_back('}');
}

}  // namespace firebreak::flows
