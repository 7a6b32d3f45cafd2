#include "flows/json_reader.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "flows/flow_fields.h"

namespace firebreak::flows {
namespace {

constexpr size_t kMaxDepth = 16;   // a Flow has 4
constexpr size_t kMatchDepth = 4;  // the line, inspection, its matches, one of them

const absl::flat_hash_map<absl::string_view, FieldPlace>& Fields() {
  static const auto* const fields = [] {
    auto* const map = new absl::flat_hash_map<absl::string_view, FieldPlace>;
    for (const FlowField& field : FlowFields()) map->emplace(field.name, field.place);
    return map;
  }();
  return *fields;
}

// Objects are what the fields' names begin with: fields that must be objects.
const absl::flat_hash_set<absl::string_view>& Objects() {
  static const auto* const objects = [] {
    auto* const set = new absl::flat_hash_set<absl::string_view>;
    for (const FlowField& field : FlowFields()) {
      const size_t dot = field.name.find('.');
      if (dot != absl::string_view::npos) set->insert(field.name.substr(0, dot));
    }
    return set;
  }();
  return *objects;
}

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
    return Scalar("null", [](const FieldTarget&) { return true; });
  }
  bool boolean(bool value) {
    return Scalar("boolean", [value](const FieldTarget& target) {
      auto* const* const flag = std::get_if<bool*>(&target);
      if (flag != nullptr) **flag = value;
      return flag != nullptr;
    });
  }
  bool number_integer(Json::number_integer_t /*negative*/) {
    return Scalar("negative number", [](const FieldTarget&) { return false; });
  }
  bool number_float(Json::number_float_t /*value*/, const std::string& /*text*/) {
    return Scalar("fraction", [](const FieldTarget&) { return false; });
  }
  bool number_unsigned(Json::number_unsigned_t value) {
    return Scalar("number",
                  [value](const FieldTarget& target) { return StoreNumber(value, target); });
  }
  bool string(std::string& value) {
    return Scalar("string",
                  [&value](const FieldTarget& target) { return StoreText(value, target); });
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
  static bool StoreNumber(uint64_t value, const FieldTarget& target) {
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

  static bool StoreText(std::string& value, const FieldTarget& target) {
    if (auto* const* text = std::get_if<std::string*>(&target)) {
      **text = std::move(value);
      return true;
    }
    auto* const* time = std::get_if<absl::Time*>(&target);
    // RFC 3339 has years of four digits; absl has longer ones, and "infinite-future".
    constexpr size_t kYearDigits = 4;
    return time != nullptr && value.size() > kYearDigits && value[kYearDigits] == '-' &&
           absl::ParseTime(absl::RFC3339_full, value, *time, nullptr);
  }

  // InMatch: the open object is one of inspection.matches.
  bool InMatch() const { return in_matches_ && path_.size() == kMatchDepth; }
  std::string Here() const {
    if (InMatch()) return absl::StrCat(kMatches, "[].", key_);
    return path_.size() > 1 ? absl::StrCat(path_[1], ".", key_) : key_;
  }

  // Find returns the place of the field that the next value belongs to, or null.
  FieldPlace Find() const {
    if (path_.empty() || absl::StrContains(key_, '.')) return nullptr;
    if (path_.size() > 2 && !InMatch()) return nullptr;
    const auto found = Fields().find(Here());
    return found == Fields().end() ? nullptr : found->second;
  }

  // WantsObject tells whether the next value must be an object.
  bool WantsObject() const { return path_.size() == 1 && Objects().contains(key_); }

  template <typename Store>
  bool Scalar(absl::string_view type, const Store& store) {
    if (path_.empty()) return Refuse("not a JSON object");
    if (WantsObject()) return WrongType(type);
    const FieldPlace place = Find();
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
  // JSON's blanks are the only ones that may be there. The parser takes a NUL for the end of the
  // text, and would pass over whatever stands behind it.
  const auto* const control = std::find_if(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  if (control != line.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a control character at byte ", control - line.begin() + 1));
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
