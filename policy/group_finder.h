// Which groups of rules may concern a connection, without asking each.
#ifndef FIREBREAK_POLICY_GROUP_FINDER_H_
#define FIREBREAK_POLICY_GROUP_FINDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "policy/cidr_tree.h"
#include "policy/rule.h"

namespace firebreak::policy {

// GroupFinder finds the groups of a RuleIndex that may concern a connection by the one thing in
// each that tells it from most others: an identity, an address, a port. Groups that name none of
// these, or by wildcard in front, are found by every connection. Immutable once filled.
class GroupFinder {
 public:
  using Number = uint32_t;  // of a group

  // Add takes the groups in ascending order; sample is any clause of the group.
  void Add(Number group, const Clause& sample);

  // FindByPeer appends, ascending, every group that may match but those of FindByAddress. The cost
  // follows what is found.
  void FindByPeer(const ConnectionRequest& request, std::vector<Number>* out) const;
  // FindByAddress appends the groups whose blocks contain the source or destination address.
  void FindByAddress(const ConnectionRequest& request, std::vector<Number>* out) const;
  bool has_addresses() const { return !sources_.empty() || !destinations_.empty(); }
  bool IsByAddress(Number group) const { return by_address_[group]; }

 private:
  using Keys = std::vector<std::string>;
  using Groups = absl::flat_hash_map<std::string, std::vector<Number>>;

  static bool AddAll(const Keys& keys, Number group, Groups* groups);
  bool AddByAddress(Number group, const Clause& sample);
  bool AddByPort(Number group, const Clause& sample);

  Groups source_peers_;
  Groups destination_peers_;
  CidrTree sources_;
  CidrTree destinations_;
  absl::flat_hash_map<uint16_t, std::vector<Number>> ports_;
  std::vector<Number> everyone_;
  std::vector<bool> by_address_;  // by group
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_GROUP_FINDER_H_
