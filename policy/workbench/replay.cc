#include "policy/workbench/replay.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/status.h"
#include "config/diagnostics.h"
#include "policy/authorizer.h"
#include "policy/workload.h"

namespace firebreak::policy {
namespace {

absl::StatusOr<std::unique_ptr<Authorizer>> EngineOf(const std::vector<PolicyFile>& files,
                                                     const Workload& workload) {
  config::Diagnostics diagnostics;
  auto policy = LoadPolicyFiles(files, workload, &diagnostics);
  if (policy == nullptr) return absl::InvalidArgumentError(diagnostics.Format(/*color=*/false));
  return std::make_unique<Authorizer>(std::move(policy), /*id_seed=*/1);
}

struct Engines {
  std::unique_ptr<Authorizer> before;
  std::unique_ptr<Authorizer> after;
};

// Unlike: an answer that was never recorded for the question.
bool Unlike(const Evidence& evidence, bool allowed) {
  const uint64_t yes = evidence.carried.count + evidence.failed.count;
  return allowed ? yes == 0 && evidence.denied.count > 0 : evidence.denied.count == 0;
}

Sightings TotalOf(const Evidence& evidence) {
  Sightings total = evidence.carried;
  total.Merge(evidence.denied);
  total.Merge(evidence.failed);
  return total;
}

}  // namespace

absl::StatusOr<Replay> ReplayTraffic(const TrafficLog& log, const std::vector<PolicyFile>& before,
                                     const std::vector<PolicyFile>& after, const std::string& label,
                                     absl::Time at) {
  Replay replay;
  std::map<std::pair<std::string, std::string>, Engines> engines;
  for (const auto& [traffic, evidence] : log.questions()) {
    Engines& pair = engines[{traffic.workload_namespace, traffic.workload}];
    if (pair.before == nullptr) {
      Workload workload;
      workload.workload_namespace = traffic.workload_namespace;
      workload.labels = {{label, traffic.workload}};
      FB_ASSIGN_OR_RETURN(pair.before, EngineOf(before, workload));
      FB_ASSIGN_OR_RETURN(pair.after, EngineOf(after, workload));
    }
    const Sightings seen = TotalOf(evidence);
    absl::StatusOr<Decision> was = Decide(*pair.before, traffic, at);
    absl::StatusOr<Decision> is = Decide(*pair.after, traffic, at);
    if (!was.ok() || !is.ok()) {
      replay.not_asked += seen.count;
      continue;
    }
    ++replay.questions;
    replay.records += seen.count;
    if (Unlike(evidence, was->allowed)) replay.unlike_recorded += seen.count;
    if (was->allowed == is->allowed) continue;
    replay.changes.push_back({traffic, seen, *std::move(was), *std::move(is)});
  }
  std::stable_sort(replay.changes.begin(), replay.changes.end(),
                   [](const Change& a, const Change& b) { return a.seen.count > b.seen.count; });
  return replay;
}

}  // namespace firebreak::policy
