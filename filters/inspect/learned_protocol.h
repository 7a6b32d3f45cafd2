// What was learned of the protocols between two parties, against what one connection speaks.
#ifndef FIREBREAK_FILTERS_INSPECT_LEARNED_PROTOCOL_H_
#define FIREBREAK_FILTERS_INSPECT_LEARNED_PROTOCOL_H_

#include <string>
#include <utility>

#include "filters/inspect/baseline_port.h"
#include "flows/record.h"
#include "inspect/attack/rule.h"
#include "inspect/baseline/protocol_model.h"
#include "inspect/protocol/protocol.h"

namespace firebreak::filters {

class LearnedProtocol {
 public:
  // The port outlives it.
  LearnedProtocol(BaselinePort& port, inspect::Edge edge)
      : port_(port), sample_{.edge = std::move(edge)} {}

  // Compare with what is in force, if anything is. What is unusual is said of a connection once.
  void Compare(inspect::Protocol spoken);
  // Teach is for the end of a connection that nothing speaks against.
  void Teach(inspect::Protocol spoken);

  bool found() const { return rule_ != nullptr; }
  // Grounds to act, in words; empty: there are none.
  std::string Grounds() const;
  void AddTo(flows::InspectionInfo* info) const;

 private:
  BaselinePort& port_;
  inspect::SpokenSample sample_;
  const inspect::RuleInfo* rule_ = nullptr;  // that it was found by
  std::string why_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_LEARNED_PROTOCOL_H_
