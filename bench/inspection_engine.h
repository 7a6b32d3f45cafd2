// What engines that inspect requests have in common, so that they can be timed side by side.
#ifndef FIREBREAK_BENCH_INSPECTION_ENGINE_H_
#define FIREBREAK_BENCH_INSPECTION_ENGINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::bench {

// InspectionEngine says of one request after another whether it would be blocked.
class InspectionEngine {
 public:
  InspectionEngine() = default;
  virtual ~InspectionEngine() = default;
  InspectionEngine(const InspectionEngine&) = delete;
  InspectionEngine& operator=(const InspectionEngine&) = delete;

  // Prepare does what whoever has received the request has done anyway, and is not timed. The bytes
  // of a raw HTTP/1.1 request outlive the next call of Blocks.
  virtual void Prepare(absl::string_view request) = 0;
  virtual bool Blocks() = 0;
  // Rules are those that matched in the request that Blocks looked at last.
  virtual std::vector<std::string> Rules() const = 0;
};

struct ModSecurityOptions {
  std::string setup;  // the rule set's own configuration, a file
  std::string rules;  // its files, a pattern
  int paranoia = 1;
  int without = 0;  // a rule to take out; 0: none
};

// MakeModSecurity is libmodsecurity with a rule set, both as they come. Unimplemented in a build
// without the library; InvalidArgument with what it says of its rules.
absl::StatusOr<std::unique_ptr<InspectionEngine>> MakeModSecurity(
    const ModSecurityOptions& options);

// MakePackedInspection is Firebreak with a pack of so many rules that match nothing.
absl::StatusOr<std::unique_ptr<InspectionEngine>> MakePackedInspection(int paranoia, int rules);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_INSPECTION_ENGINE_H_
