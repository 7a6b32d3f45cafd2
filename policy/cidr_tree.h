// Which of many address blocks contain an address.
#ifndef FIREBREAK_POLICY_CIDR_TREE_H_
#define FIREBREAK_POLICY_CIDR_TREE_H_

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/ip.h"

namespace firebreak::policy {

// CidrTree finds the blocks that contain an address: a binary radix tree over the 128 bits of
// addresses, with a node where a block ends or two part, so that it has at most two nodes a block
// and a path of at most 129.
class CidrTree {
 public:
  using Value = uint32_t;

  bool empty() const { return nodes_.size() == 1 && nodes_[0].values.empty(); }
  // Add keeps value under block, however often.
  void Add(const CidrBlock& block, Value value);
  // Find appends the values of every block that contains address. Allocates nothing but in *out.
  void Find(const IpAddress& address, std::vector<Value>* out) const;

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  struct Node {
    IpAddress prefix;  // the first `bits` count
    int bits = 0;
    std::array<uint32_t, 2> children = {kNone, kNone};  // by the bit behind the prefix
    std::vector<Value> values;
  };

  uint32_t NewNode(const IpAddress& prefix, int bits);

  std::vector<Node> nodes_{1};  // the first is the root: no bits
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_CIDR_TREE_H_
