// Acting on incidents: the signed list that `firebreak quarantine` edits, edited by `firebreak
// detect`.
#ifndef FIREBREAK_CLI_AUTOMATIC_RESPONSE_H_
#define FIREBREAK_CLI_AUTOMATIC_RESPONSE_H_

#include <optional>
#include <string>

#include "certs/signing_key.h"
#include "cli/command.h"
#include "cli/quarantine_edit.h"
#include "detect/detector.h"
#include "detect/incidents.h"
#include "detect/labels.h"
#include "detect/response.h"

namespace firebreak::cli {

// AutomaticResponse does what a policy says, and says what it does, a line each. With dry_run it
// only says what it would do, opens no key and writes nothing.
class AutomaticResponse {
 public:
  // Open reads the policy, and the key and the list that it names: whom detect cut off within the
  // hour counts towards the budget. nullopt: told of on err, with exit_code set.
  static std::optional<AutomaticResponse> Open(const std::string& path, bool dry_run,
                                               const detect::Labels& labels,
                                               CommandContext& context);

  // CheckFleet says so beforehand when a fleet of this size is too small for anybody to be cut off.
  // 0: it is not known yet.
  void CheckFleet(size_t fleet, CommandContext& context) const;

  // See is told of an incident that was raised or went on. now is the moment for the budget: that
  // of the records in a dry run, which may be of last year.
  void See(const detect::Incident& incident, const detect::Detector& detector,
           detect::Labels& labels, absl::Time now, CommandContext& context);

 private:
  AutomaticResponse(detect::ResponsePolicy policy, bool dry_run)
      : responder_(std::move(policy)), dry_run_(dry_run) {}
  void Recall(absl::Time now);
  std::string TooFew(size_t fleet) const;
  std::string WhyNot(detect::Responder::Choice choice, size_t fleet) const;
  absl::Status Quarantine(const std::string& identity, const detect::Incident& incident,
                          const Clock& clock);

  detect::Responder responder_;
  bool dry_run_;
  std::optional<certs::SigningKey> key_;  // none in a dry run
  Inventory inventory_;
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_AUTOMATIC_RESPONSE_H_
