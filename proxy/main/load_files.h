// Reading the files that the configuration names.
#ifndef FIREBREAK_PROXY_MAIN_LOAD_FILES_H_
#define FIREBREAK_PROXY_MAIN_LOAD_FILES_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "certs/file_source.h"
#include "config/proxy_config.h"
#include "filters/inspect/inspection_plan.h"
#include "inspect/pack/pack_inspection.h"
#include "policy/policy_set.h"
#include "policy/use_count.h"
#include "proxy/event/file_watch.h"
#include "proxy/main/baselines.h"
#include "proxy/main/quarantine_source.h"

namespace firebreak::proxy {

// Loaded is what files told, whole and good.
struct Loaded {
  std::shared_ptr<const certs::IdentityMaterial> identity;
  std::shared_ptr<const policy::PolicySet> policy;
  std::shared_ptr<const filters::InspectionPlan> inspection;
  policy::UseCounts uses;  // of rules with max_uses, from one load to the next; used by loads alone
  std::optional<QuarantineSource> quarantine;
  Baselines baselines;
  std::shared_ptr<const inspect::RulePacks> packs;
  // Begun before the files were read, so that no change after that is missed.
  FileWatch identity_watch{{}};
  FileWatch policy_watch{{}};
  FileWatch packs_watch{{}};
};

// LoadFiles reads identity, policy, quarantine, baselines, rule packs and what else inspection
// needs once, and looks whether the flow log can be written; false after reporting every error to
// stderr. It is all that --validate does beyond reading the configuration, and writes nothing. A
// quarantine list that cannot be believed is no error: see QuarantineSource.
bool LoadFiles(const config::ProxyConfig& config, const Clock& clock, Loaded* loaded);

// The parts that are read again when they change. What is wrong is said on stderr; null then.
absl::StatusOr<std::shared_ptr<const certs::IdentityMaterial>> LoadIdentityFiles(
    const config::ProxyConfig& config, uint64_t epoch, const Clock& clock);
std::shared_ptr<const policy::PolicySet> LoadOwnPolicy(const config::ProxyConfig& config,
                                                       policy::UseCounts* uses);
std::shared_ptr<const inspect::RulePacks> LoadOwnPacks(const config::ProxyConfig& config);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_LOAD_FILES_H_
