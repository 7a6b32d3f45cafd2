#include "policy/cidr_tree.h"

#include <algorithm>
#include <cstddef>

namespace firebreak::policy {
namespace {

constexpr int kAddressBits = 128;
constexpr int kByteBits = 8;

size_t BitAt(const IpAddress& address, int bit) {
  const uint8_t byte = address.bytes()[static_cast<size_t>(bit / kByteBits)];
  return (byte >> (kByteBits - 1 - bit % kByteBits)) & 1U;
}

// CommonBits is how many leading bits two addresses share, at most limit.
int CommonBits(const IpAddress& a, const IpAddress& b, int limit) {
  int common = 0;
  while (common < limit && common % kByteBits == 0 &&
         a.bytes()[static_cast<size_t>(common / kByteBits)] ==
             b.bytes()[static_cast<size_t>(common / kByteBits)]) {
    common += kByteBits;
  }
  while (common < limit && BitAt(a, common) == BitAt(b, common)) ++common;
  return std::min(common, limit);
}

}  // namespace

uint32_t CidrTree::NewNode(const IpAddress& prefix, int bits) {
  nodes_.push_back({.prefix = prefix, .bits = bits, .children = {kNone, kNone}, .values = {}});
  return static_cast<uint32_t>(nodes_.size() - 1);
}

void CidrTree::Add(const CidrBlock& block, Value value) {
  const IpAddress& address = block.address();
  uint32_t at = 0;
  // `at` is a prefix of the block.
  while (nodes_[at].bits < block.prefix_bits()) {
    const size_t side = BitAt(address, nodes_[at].bits);
    const uint32_t child = nodes_[at].children[side];
    if (child == kNone) {
      const uint32_t leaf = NewNode(address, block.prefix_bits());
      nodes_[at].children[side] = leaf;
      at = leaf;
      break;
    }
    const IpAddress below = nodes_[child].prefix;
    const int common =
        CommonBits(below, address, std::min(nodes_[child].bits, block.prefix_bits()));
    if (common == nodes_[child].bits) {
      at = child;
      continue;
    }
    const uint32_t fork = NewNode(address, common);
    nodes_[fork].children[BitAt(below, common)] = child;
    nodes_[at].children[side] = fork;
    at = fork;
  }
  nodes_[at].values.push_back(value);
}

void CidrTree::Find(const IpAddress& address, std::vector<Value>* out) const {
  const Node* node = nodes_.data();
  const bool v4 = address.is_v4();
  while (true) {
    // Above the place of IPv4 addresses are blocks of IPv6 alone: CidrBlock::Contains.
    const bool same_family = !v4 || node->bits >= IpAddress::kV4PrefixBits;
    if (same_family) out->insert(out->end(), node->values.begin(), node->values.end());
    if (node->bits == kAddressBits) return;
    const uint32_t child = node->children[BitAt(address, node->bits)];
    if (child == kNone) return;
    node = &nodes_[child];
    if (CommonBits(node->prefix, address, node->bits) < node->bits) return;
  }
}

}  // namespace firebreak::policy
