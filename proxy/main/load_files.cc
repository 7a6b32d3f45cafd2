#include "proxy/main/load_files.h"

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "config/diagnostics.h"
#include "config/writable.h"
#include "flows/principal.h"
#include "policy/configured_workload.h"
#include "policy/loader.h"
#include "proxy/main/configured_keys.h"
#include "proxy/main/flow_sinks.h"
#include "proxy/main/pack_loader.h"

namespace firebreak::proxy {
namespace {

using config::Diagnostics;
using config::ErrorCode;

certs::IdentityFiles IdentityFilesOf(const config::ProxyConfig& config) {
  return {.certificate_chain = config.identity.certificate_chain,
          .private_key = config.identity.private_key,
          .trust_bundle = config.identity.trust_bundle,
          .crl = config.identity.crl,
          .federated_bundles = config.identity.federated_bundles};
}

// NamedPaths are paths that the configuration names, and the fields that do. "builtin" is no path,
// so where it is among the packs nobody knows which of them one is.
std::map<std::string, std::string> NamedPaths(const config::ProxyConfig& config) {
  std::map<std::string, std::string> fields;
  const auto add = [&fields](const std::vector<std::string>& paths, const std::string& list,
                             bool all) {
    for (size_t i = 0; i < paths.size(); ++i) {
      fields.emplace(paths[i], all ? absl::StrCat(list, "[", i, "]") : list);
    }
  };
  add(config.policy_paths, "policy.paths", /*all=*/true);
  const std::string packs = "inspection.packs";
  const std::string next = absl::StrCat(packs, "[", config.packs.paths.size(), "]");
  add(config.packs.paths, packs, /*all=*/!config.source.Contains(next));
  for (const config::ListenerConfig& listener : config.listeners) {
    const std::string& folder = listener.inspection.learning.folder;
    if (!folder.empty()) fields.emplace(folder, "inspection.learning.folder");
  }
  return fields;
}

// Placed is what was found, but that what is wrong with a whole path that the configuration names
// is told of where it names it.
Diagnostics Placed(const Diagnostics& found, const config::ProxyConfig& config) {
  const std::map<std::string, std::string> fields = NamedPaths(config);
  const bool kept_all =
      found.error_count() + found.warning_count() == static_cast<int>(found.items().size());
  if (!kept_all) return found;
  Diagnostics placed;
  for (const config::Diagnostic& item : found.items()) {
    const auto field = fields.find(item.file);
    if (item.line > 0 || field == fields.end()) {
      placed.Add(item);
      continue;
    }
    const std::string message = absl::StrCat(item.file, ": ", item.message);
    if (item.severity == config::Severity::kError) {
      config.source.Report(field->second, item.code, message, item.help, &placed);
    } else {
      config.source.Warn(field->second, item.code, message, item.help, &placed);
    }
  }
  return placed;
}

// Told prints what there was to say of a load, and returns what it made.
template <typename Load>
auto Told(const config::ProxyConfig& config, const Load& load) {
  Diagnostics diagnostics;
  auto loaded = load(&diagnostics);
  std::fputs(Placed(diagnostics, config).Format(/*color=*/false).c_str(), stderr);
  return loaded;
}

// WarnOfNamespace: policies are those of the namespace that the configuration says, and peers know
// the workload by the one in its SVID. Both may be meant; mostly one was copied.
void WarnOfNamespace(const config::ProxyConfig& config, absl::string_view principal,
                     Diagnostics* diagnostics) {
  const auto parts = flows::SplitPrincipal(principal);
  const std::string& said = config.node.workload_namespace;
  if (!parts.has_value() || parts->namespace_name == said) return;
  config.source.Warn(
      "node.namespace", ErrorCode::kConflict,
      absl::StrCat("the SVID is of namespace \"", parts->namespace_name,
                   "\", and node.namespace is \"", said, "\""),
      absl::StrCat("policies of namespace \"", said, "\" apply here, and peers see ", principal),
      diagnostics);
}

// OpenQuarantine is false where a key is none.
bool OpenQuarantine(const config::ProxyConfig& config, const Clock& clock,
                    std::optional<QuarantineSource>* quarantine) {
  if (!config.quarantine.has_value()) return true;
  return Told(config, [&](Diagnostics* diagnostics) {
    auto keys = ReadKeys(config.quarantine->keys, "quarantine.keys", "firebreak quarantine keygen",
                         config.source, diagnostics);
    if (!diagnostics->ok()) return false;
    const std::string& kept = config.quarantine->last_good_path;
    const absl::Status writable = kept.empty() ? absl::OkStatus() : config::CheckWritableFile(kept);
    if (!writable.ok()) {
      config.source.Warn("quarantine.last_good_path", ErrorCode::kFileUnreadable,
                         absl::StrCat("quarantine lists will not be remembered over a restart: ",
                                      writable.message()),
                         "", diagnostics);
    }
    quarantine->emplace(*config.quarantine, std::move(keys), clock);
    return true;
  });
}

}  // namespace

absl::StatusOr<std::shared_ptr<const certs::IdentityMaterial>> LoadIdentityFiles(
    const config::ProxyConfig& config, uint64_t epoch, const Clock& clock) {
  FB_ASSIGN_OR_RETURN(
      certs::IdentityMaterial material,
      LoadIdentity(IdentityFilesOf(config),
                   {.trust_domain = config.trust_domain, .epoch = epoch, .limits = config.limits},
                   clock.WallNow()));
  return std::make_shared<const certs::IdentityMaterial>(std::move(material));
}

std::shared_ptr<const policy::PolicySet> LoadOwnPolicy(const config::ProxyConfig& config,
                                                       policy::UseCounts* uses) {
  return Told(config, [&](Diagnostics* diagnostics) {
    return policy::LoadPolicy(config.policy_paths, policy::ConfiguredWorkload(config), diagnostics,
                              uses);
  });
}

std::shared_ptr<const inspect::RulePacks> LoadOwnPacks(const config::ProxyConfig& config) {
  return Told(config, [&](Diagnostics* diagnostics) {
    return LoadPacks(config.packs, config.source, diagnostics);
  });
}

bool LoadFiles(const config::ProxyConfig& config, const Clock& clock, Loaded* loaded) {
  loaded->identity_watch = FileWatch(IdentityFilesOf(config).AllPaths());
  loaded->policy_watch = FileWatch(config.policy_paths);
  loaded->packs_watch = FileWatch(PackPaths(config.packs));
  auto identity = LoadIdentityFiles(config, /*epoch=*/1, clock);
  if (!identity.ok()) {
    std::fprintf(stderr, "error: %s\n", std::string(identity.status().message()).c_str());
  } else {
    loaded->identity = *std::move(identity);
  }
  const bool log_is_good = Told(config, [&](Diagnostics* diagnostics) {
    if (loaded->identity != nullptr) {
      WarnOfNamespace(config, loaded->identity->svid.id().principal(), diagnostics);
    }
    CheckFlowLog(config, clock, diagnostics);
    return diagnostics->ok();
  });
  loaded->policy = LoadOwnPolicy(config, &loaded->uses);
  loaded->inspection = Told(config, [&](Diagnostics* diagnostics) {
    return filters::MakeInspectionPlan(config, diagnostics);
  });
  loaded->packs = LoadOwnPacks(config);
  auto baselines = Told(config, [&](Diagnostics* diagnostics) {
    return Baselines::Load(config, clock, diagnostics);
  });
  const bool baselines_are_good = baselines.has_value();
  if (baselines_are_good) loaded->baselines = *std::move(baselines);
  const bool quarantine_is_good = OpenQuarantine(config, clock, &loaded->quarantine);
  return loaded->identity != nullptr && loaded->policy != nullptr &&
         loaded->inspection != nullptr && loaded->packs != nullptr && baselines_are_good &&
         quarantine_is_good && log_is_good;
}

}  // namespace firebreak::proxy
