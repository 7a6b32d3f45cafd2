// Which workloads there are: their names, namespaces, labels and identities.
#ifndef FIREBREAK_POLICY_WORKBENCH_INVENTORY_H_
#define FIREBREAK_POLICY_WORKBENCH_INVENTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"
#include "policy/scope.h"
#include "policy/workbench/book.h"
#include "policy/workload.h"

namespace firebreak::config::v1 {
class InventoryWorkload;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// InventoryPort is a port of a workload as both its INBOUND policies and those of its callers see
// it: where the app listens, and where callers connect to.
struct InventoryPort {
  uint16_t app = 0;
  uint16_t sidecar = 0;
};

struct InventoryWorkload {
  std::string name;
  Workload workload;
  std::optional<certs::SpiffeId> principal;
  bool inferred = false;                  // guessed from policies
  std::vector<InventoryPort> ports = {};  // of other ports nothing is known

  std::string full_name() const;  // "shop/payments"
};

class Inventory {
 public:
  // Read reads a file of `workloads`. nullopt: see *diagnostics.
  static std::optional<Inventory> Read(const std::string& path, config::Diagnostics* diagnostics);

  // Infer guesses from the policies: each selector is a workload, named after its label app,
  // app.kubernetes.io/name or k8s-app, and each identity /ns/NAMESPACE/sa/ACCOUNT that a policy
  // names in full, or a group does, is one too, with the label app: ACCOUNT where no selector says
  // otherwise. What has neither is missed, and so are labels that no selector names.
  static Inventory Infer(const PolicyBook& book);

  // Add reports in scope what is wrong with an entry, and adds it otherwise.
  void Add(const config::v1::InventoryWorkload& entry, const Scope& scope);
  void Add(InventoryWorkload workload) { workloads_.push_back(std::move(workload)); }

  const std::vector<InventoryWorkload>& workloads() const { return workloads_; }

  // Find takes "namespace/name", "name" or a principal. NotFound has a hint; several of one name
  // are InvalidArgument.
  absl::StatusOr<const InventoryWorkload*> Find(absl::string_view name) const;
  // ByPrincipal returns null when nobody has it.
  const InventoryWorkload* ByPrincipal(absl::string_view principal) const;

 private:
  std::vector<InventoryWorkload> workloads_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_INVENTORY_H_
