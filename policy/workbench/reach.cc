#include "policy/workbench/reach.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firebreak::policy {
namespace {

// Note keeps what an answer leaves open.
void Note(const InventoryWorkload& from, const InventoryWorkload& to, const AccessAnswer& answer,
          Reach* reach) {
  reach->outbound_port_open |= answer.allowed() && answer.outbound_port_open;
  reach->destination_open |= answer.allowed() && answer.destination_open;
  if (answer.allowed()) return;
  for (const std::string& why : answer.unknown) {
    reach->unknown.push_back(absl::StrCat(from.full_name(), " to ", to.full_name(), ": ", why));
  }
}

}  // namespace

Reach FindReach(const PolicyBook& book, const Inventory& inventory, const InventoryWorkload& start,
                bool transitive, absl::Time at, const Progress& progress) {
  AccessFinder finder(book, inventory);
  Reach reach;
  reach.steps.push_back({&start, 0, 0, {}});
  for (size_t i = 0; i < reach.steps.size(); ++i) {
    if (progress != nullptr) progress(i, reach.steps.size());
    const InventoryWorkload& from = *reach.steps[i].workload;
    if (!from.principal.has_value() || (i > 0 && !transitive)) continue;
    for (const InventoryWorkload& to : inventory.workloads()) {
      if (&to == &from) continue;
      Access access;
      access.from = &from;
      access.caller = QuestionEnd{from.principal, IpAddress()};
      access.to = &to;
      access.at = at;
      AccessAnswer answer = finder.Find(access);
      Note(from, to, answer, &reach);
      if (!answer.allowed()) continue;
      const auto known = std::find_if(reach.steps.begin(), reach.steps.end(),
                                      [&to](const Step& step) { return step.workload == &to; });
      reach.arrows.emplace_back(i, static_cast<size_t>(known - reach.steps.begin()));
      if (known != reach.steps.end()) continue;
      reach.steps.push_back({&to, reach.steps[i].depth + 1, i, std::move(answer.grants)});
    }
  }
  return reach;
}

}  // namespace firebreak::policy
