#include "flows/policy_text.h"

#include <cstddef>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

constexpr size_t kEntries = 64;

void Write(const Record& record, std::string* out) {
  *out = "}";  // no opening brace: the text begins with its comma
  const size_t start = OpenObject(R"(,"policy":)", out);
  if (record.rule != nullptr) {
    AppendText(R"(,"name":)", absl::string_view(record.rule->policy), out);
    AppendText(R"(,"namespace":)", absl::string_view(record.rule->policy_namespace), out);
    AppendText(R"(,"rule":)", absl::string_view(record.rule->rule), out);
    AppendWord(R"(,"mode":)", record.rule->audit ? "AUDIT" : "ENFORCE", out);
    AppendText(R"(,"reason":)", absl::string_view(record.rule->reason), out);
    AppendText(R"(,"ticket":)", absl::string_view(record.rule->ticket), out);
  }
  AppendText(R"(,"revision":)", record.policy_revision, out);
  if (record.would_be_verdict.has_value()) {
    AppendWord(R"(,"would_be_verdict":)", VerdictName(*record.would_be_verdict), out);
  }
  CloseObject(start, out);
  out->erase(0, 1);
}

}  // namespace

const PolicyText::Text& PolicyText::Of(const Record& record) {
  if (entries_.empty()) entries_.resize(kEntries);
  Entry& entry = entries_[absl::HashOf(record.rule.get()) % kEntries];
  if (entry.used && entry.rule == record.rule && SameText(entry.revision, record.policy_revision) &&
      entry.would_be_verdict == record.would_be_verdict) {
    return entry.text;
  }
  entry.used = true;
  entry.rule = record.rule;
  entry.revision = record.policy_revision;
  entry.would_be_verdict = record.would_be_verdict;
  Write(record, &entry.text.json);
  entry.text.number = ++written_;
  return entry.text;
}

}  // namespace firebreak::flows
