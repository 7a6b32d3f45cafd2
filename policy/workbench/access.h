// Whether somebody can do something: exact answers over all callers and requests, from the sets
// that `diff` and `prove` compare. See question_space.h.
#ifndef FIREBREAK_POLICY_WORKBENCH_ACCESS_H_
#define FIREBREAK_POLICY_WORKBENCH_ACCESS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/open_request.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

// Access is what is asked: what is absent is left open, which means "anything at all".
struct Access {
  const InventoryWorkload* from = nullptr;  // the caller's workload, where it is known
  std::optional<QuestionEnd> caller;        // absent: anybody
  const InventoryWorkload* to = nullptr;    // never null
  std::optional<uint16_t> port;             // as INBOUND policies of to see it
  bool bytes = false;                       // a byte stream, and no request
  bool requests = false;                    // requests, and no byte stream
  std::optional<OpenRequest> request;       // set: requests
  absl::Time at;
};

// Grant is one entry of from and one of to of an ALLOW rule that lets something through.
struct Grant {
  const PolicyDocument* document = nullptr;
  int rule = 0;
  int from = -1;  // -1: the rule has none
  int to = -1;
  std::string who;                  // as the rule says it: "principals a, b"; "anybody"
  std::string what;                 // "ports 8080, methods POST"; "anything"
  std::vector<std::string> except;  // DENY rules that take a part of it away
  PolicyQuestion example;           // one question that is allowed; the engine has said so
};

// AccessAnswer: without grants, and with nothing unknown, the answer is no.
struct AccessAnswer {
  std::vector<Grant> grants;
  // Why some of what is asked has no answer; each once. Not escaped.
  std::vector<std::string> unknown;
  // The caller's own OUTBOUND policies were asked too: there are some for its workload.
  bool outbound_asked = false;
  // They speak of ports, of the identity of to, and no inventory says which it is: left open.
  bool outbound_port_open = false;
  bool destination_open = false;

  bool allowed() const { return !grants.empty(); }
};

// AccessFinder answers questions about one book and the workloads of one inventory. It keeps what
// it has compiled. Borrows both.
class AccessFinder {
 public:
  AccessFinder(const PolicyBook& book, const Inventory& inventory);
  AccessFinder(const AccessFinder&) = delete;
  AccessFinder& operator=(const AccessFinder&) = delete;
  ~AccessFinder();

  // Find looks at every ALLOW rule of the INBOUND policies of access.to, less the DENY rules, and
  // of the OUTBOUND ones of access.from where there are any: both sides must allow.
  AccessAnswer Find(const Access& access);

 private:
  struct Side;
  class Search;

  const Side& SideOf(const Workload& workload);

  const PolicyBook& book_;
  const Inventory& inventory_;
  std::vector<std::unique_ptr<Side>> sides_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_ACCESS_H_
