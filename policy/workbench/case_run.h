// Unit tests for policies: questions with the answers that are due.
#ifndef FIREBREAK_POLICY_WORKBENCH_CASE_RUN_H_
#define FIREBREAK_POLICY_WORKBENCH_CASE_RUN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "policy/decision.h"
#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

struct PolicyCase {
  std::string name;
  std::string place;  // "cases.yaml:12:3"
  PolicyQuestion question;
  bool allow = false;
  std::string policy;  // "" each: any
  std::string rule;
  std::string reason;
};

// ReadCases reads a file of cases; workloads in it join the inventory. Every case is checked before
// any is run. nullopt: see *diagnostics.
std::optional<std::vector<PolicyCase>> ReadCases(const std::string& path, Inventory inventory,
                                                 absl::Time now, config::Diagnostics* diagnostics);

// ParseCases takes the text of such a file.
std::optional<std::vector<PolicyCase>> ParseCases(const std::string& name, const std::string& text,
                                                  Inventory inventory, absl::Time now,
                                                  config::Diagnostics* diagnostics);

struct CaseResult {
  Decision decision;
  bool passed = false;
  std::string failure;  // what was expected, what came instead, and why; not escaped
};

// RuleCoverage is one rule of the book, and how many cases it decided. AUDIT rules count where they
// would have decided.
struct RuleCoverage {
  std::string policy;
  std::string rule;
  std::string place;
  size_t decided = 0;
};

struct CaseRun {
  std::vector<CaseResult> results;  // in the order of the cases
  std::vector<RuleCoverage> rules;
  size_t failed = 0;

  size_t covered() const;
  // Of a book without rules it is 100.
  double coverage_percent() const;
};

CaseRun RunCases(const PolicyBook& book, const std::vector<PolicyCase>& cases);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_CASE_RUN_H_
