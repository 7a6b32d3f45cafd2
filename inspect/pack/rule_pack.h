// RulePack: rules of an operator's own, such as virtual patches, as they come from a file.
#ifndef FIREBREAK_INSPECT_PACK_RULE_PACK_H_
#define FIREBREAK_INSPECT_PACK_RULE_PACK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "inspect/field.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace firebreak::inspect {

enum class PackOperator : uint8_t {
  kEquals,
  kContains,
  kStartsWith,
  kEndsWith,
  kRegex,
  kLongerThan,
};

// PackCondition holds when one field of the request fulfils it.
struct PackCondition {
  uint32_t places = 0;              // a bit for each Place; 0: any
  std::vector<std::string> fields;  // whole names; empty: any
  bool names = false;               // names that the client chose, not values
  PackOperator op = PackOperator::kContains;
  std::vector<std::string> texts;  // in lower case with ignore_case
  std::shared_ptr<const re2::RE2> regex;
  uint64_t length = 0;
  bool ignore_case = false;
  bool as_it_is = false;  // no layer of encoding is undone

  bool Wants(Place place, absl::string_view name, bool is_name) const;
};

struct PackRule {
  std::string id;
  std::vector<std::string> cves;
  int severity = 0;
  std::string why;
  std::vector<std::string> methods;  // empty: any
  std::vector<std::string> paths;    // with "*" at either end; empty: any
  std::vector<PackCondition> conditions;

  bool AppliesTo(absl::string_view method, absl::string_view path) const;
};

// RulePack never changes once it is read, and may be used by several threads.
struct RulePack {
  static constexpr int kMaxRules = 1000;
  static constexpr int kMaxConditions = 16;  // of a rule
  static constexpr int kMaxTexts = 256;      // of a condition
  static constexpr int kMaxRegexBytes = 1024;

  std::string name;
  int64_t version = 0;
  std::vector<PackRule> rules;
};

// SignedPartOf is what a signature of a pack is made over: its text, behind a line that keeps the
// signature from being one of anything else.
std::string SignedPartOf(absl::string_view text);

// ReadPack reads YAML (config/pack.proto) and tries the tests in it. Null when something is wrong,
// a test that fails included; that was reported, with its position. `file` names the text.
std::shared_ptr<const RulePack> ReadPack(absl::string_view file, absl::string_view text,
                                         config::Diagnostics* diagnostics);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PACK_RULE_PACK_H_
