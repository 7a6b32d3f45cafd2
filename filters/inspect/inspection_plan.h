// InspectionPlan is what the configuration says about inspection, checked and ready to be used.
#ifndef FIREBREAK_FILTERS_INSPECT_INSPECTION_PLAN_H_
#define FIREBREAK_FILTERS_INSPECT_INSPECTION_PLAN_H_

#include <memory>
#include <optional>
#include <vector>

#include "base/verdict.h"
#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "inspect/engine.h"
#include "inspect/protocol/protocol.h"
#include "inspect/secrets/secret_kind.h"
#include "inspect/secrets/secret_rules.h"

namespace firebreak::filters {

// Orders: what is to be done with one message or stream.
struct Orders {
  InspectionMode requests = InspectionMode::kOff;
  InspectionMode responses = InspectionMode::kOff;
  InspectionMode data_loss = InspectionMode::kOff;
  config::StreamAction streams = config::StreamAction::kNone;
  int paranoia = 1;
  // What is to be spoken where streams are looked into; nullopt: nothing is declared.
  std::optional<inspect::Protocol> declared = {};

  bool nothing() const {
    return requests == InspectionMode::kOff && responses == InspectionMode::kOff &&
           data_loss == InspectionMode::kOff && streams == config::StreamAction::kNone;
  }
};

// ListenerPlan: paranoia in `engine` is the listener's, and gives way to the orders'.
struct ListenerPlan {
  Orders orders;
  inspect::EngineOptions engine;
  config::FailMode fail_mode = config::FailMode::kClosed;
  int sample_percent = 100;  // of responses
  std::shared_ptr<const inspect::SecretRules> secrets;
  inspect::SecretKinds secrets_off;

  // OrdersUnder is what holds for what this rule let through; null: no rule is known.
  Orders OrdersUnder(const RuleRef* rule) const;
};

// One plan serves all workers. Immutable.
struct InspectionPlan {
  std::vector<ListenerPlan> listeners;  // in the order of the configuration
};

// MakeInspectionPlan reads the files that the configuration names; null after reporting what is
// wrong.
std::shared_ptr<const InspectionPlan> MakeInspectionPlan(const config::ProxyConfig& config,
                                                         config::Diagnostics* diagnostics);

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_INSPECTION_PLAN_H_
