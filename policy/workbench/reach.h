// Who can do what to whom: exact answers over all callers and requests, found by asking the engine.
#ifndef FIREBREAK_POLICY_WORKBENCH_REACH_H_
#define FIREBREAK_POLICY_WORKBENCH_REACH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

// Access is what is asked: what is absent is left open, which means "anything at all".
struct Access {
  const InventoryWorkload* from = nullptr;  // the caller's workload, where it is known
  std::optional<QuestionEnd> caller;        // absent: anybody
  const InventoryWorkload* to = nullptr;    // never null
  std::optional<uint16_t> port;
  std::optional<http::Request> request;
  bool bytes = false;  // a byte stream, and no request
  absl::Time at;
};

// Grant is one entry of from and one of to of an ALLOW rule that lets something through.
struct Grant {
  const PolicyDocument* document = nullptr;
  int rule = 0;
  std::string who;                  // as the rule says it: "principals a, b"; "anybody"
  std::string what;                 // "ports 8080, methods POST"; "anything"
  std::vector<std::string> except;  // DENY rules that take a part of it away
  PolicyQuestion example;           // one question that is allowed
};

struct AccessAnswer {
  std::vector<Grant> grants;  // empty: no
  // false: there were more combinations than are tried, and what was not tried may be allowed.
  bool complete = true;
  // The caller's own OUTBOUND policies were asked too: there are some for its workload.
  bool outbound_asked = false;
};

// FindAccess tries, for every ALLOW rule of the INBOUND policies of access.to, a representative of
// each set of questions that the policies tell apart; see representatives.h.
AccessAnswer FindAccess(const PolicyBook& book, const Access& access);

// Step is one workload that can be reached, and from where.
struct Step {
  const InventoryWorkload* workload = nullptr;
  size_t depth = 0;  // 0: where it starts
  size_t from = 0;   // index into the steps
  std::vector<Grant> grants;
};

struct Reach {
  std::vector<Step> steps;  // the first is the start; nearest first; each workload once
  // All arrows between the workloads reached, as indexes into steps, those of the tree among them.
  std::vector<std::pair<size_t, size_t>> arrows;
  bool complete = true;
};

// FindReach follows what start may call and, with transitive, what those may call in turn: whoever
// has taken over a workload has its identity. A workload without a known identity leads nowhere.
Reach FindReach(const PolicyBook& book, const Inventory& inventory, const InventoryWorkload& start,
                bool transitive, absl::Time at);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_REACH_H_
