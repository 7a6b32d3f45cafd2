// A file of policy cases from a careless author: each case is read or refused with a place, and
// what was read can be asked and run.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/diagnostics.h"
#include "policy/workbench/case_run.h"

namespace firebreak::policy {
namespace {

constexpr char kPolicy[] = R"(
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  rules:
  - from: [{source: {notNamespaces: ["edge"]}}]
    to: [{operation: {ports: ["8080"], notPaths: ["/admin/{**}"]}}]
)";

const PolicyBook& Book() {
  static const auto* const book = [] {
    config::Diagnostics diagnostics;
    return new PolicyBook(*PolicyBook::Of({{"policy.yaml", kPolicy}}, &diagnostics));
  }();
  return *book;
}

}  // namespace
}  // namespace firebreak::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  firebreak::config::Diagnostics diagnostics;
  const auto cases = firebreak::policy::ParseCases(
      "cases.yaml", text, {}, absl::FromUnixSeconds(1'800'000'000), &diagnostics);
  if (cases.has_value() != diagnostics.ok()) std::abort();
  (void)diagnostics.Format(/*color=*/true);
  if (!cases.has_value()) return 0;
  const auto run = firebreak::policy::RunCases(firebreak::policy::Book(), *cases);
  size_t failed = 0;
  for (const auto& result : run.results) failed += result.passed ? 0 : 1;
  if (run.results.size() != cases->size() || run.failed != failed) std::abort();
  return 0;
}
