// IP addresses, CIDR blocks and socket addresses as plain values. No name resolution, no I/O.
#ifndef FIREBREAK_BASE_IP_H_
#define FIREBREAK_BASE_IP_H_

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak {

// IpAddress holds IPv4 as IPv4-mapped IPv6, so that 10.0.0.1 and ::ffff:10.0.0.1 are one address
// to every rule. The default is "::", unspecified.
class IpAddress {
 public:
  static constexpr int kV4PrefixBits = 96;  // of ::ffff:0:0, behind which IPv4 addresses are kept

  IpAddress() = default;

  // Parse takes dotted IPv4 or RFC 4291 IPv6 without brackets or zone.
  static absl::StatusOr<IpAddress> Parse(absl::string_view text);
  static IpAddress FromBytes(const std::array<uint8_t, 16>& bytes) { return IpAddress(bytes); }

  bool is_v4() const;
  bool is_unspecified() const;
  bool is_loopback() const;
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  std::string ToString() const;

  friend bool operator==(const IpAddress& a, const IpAddress& b) { return a.bytes_ == b.bytes_; }
  friend bool operator<(const IpAddress& a, const IpAddress& b) { return a.bytes_ < b.bytes_; }
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& ip) {
    return H::combine(std::move(h), ip.bytes_);
  }

 private:
  explicit IpAddress(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<uint8_t, 16> bytes_{};
};

// CidrBlock is an address with a prefix length, or one address ("10.0.0.1" is 10.0.0.1/32).
class CidrBlock {
 public:
  // Parse refuses a prefix longer than the address and set bits behind the prefix, which in a
  // policy are more likely a slip than a wish.
  static absl::StatusOr<CidrBlock> Parse(absl::string_view text);
  // Contains: a block holds addresses of its own family alone. "::/0" is all of IPv6, and no IPv4.
  bool Contains(const IpAddress& address) const;
  std::string ToString() const;

  // prefix_bits counts within 128 bits: 10.0.0.0/8 has 104. A block has kV4PrefixBits or more of
  // them exactly if it is IPv4.
  int prefix_bits() const { return prefix_bits_; }
  const IpAddress& address() const { return address_; }

 private:
  CidrBlock(const IpAddress& address, int bits) : address_(address), prefix_bits_(bits) {}
  IpAddress address_;
  int prefix_bits_;
};

// SocketAddress is an IP address and port.
class SocketAddress {
 public:
  SocketAddress() = default;
  SocketAddress(const IpAddress& ip, uint16_t port) : ip_(ip), port_(port) {}

  // Parse takes "10.0.0.2:15006" and "[fd00::1]:15006". Port 0 is accepted: listeners bind it.
  static absl::StatusOr<SocketAddress> Parse(absl::string_view text);
  // FromSockaddr returns the unspecified address for families other than AF_INET and AF_INET6.
  static SocketAddress FromSockaddr(const sockaddr* address);
  // ToSockaddr fills out and returns the length: AF_INET for IPv4 addresses, else AF_INET6.
  socklen_t ToSockaddr(sockaddr_storage* out) const;

  const IpAddress& ip() const { return ip_; }
  uint16_t port() const { return port_; }
  std::string ToString() const;

  friend bool operator==(const SocketAddress& a, const SocketAddress& b) {
    return a.ip_ == b.ip_ && a.port_ == b.port_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const SocketAddress& address) {
    return H::combine(std::move(h), address.ip_, address.port_);
  }

 private:
  IpAddress ip_;
  uint16_t port_ = 0;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_IP_H_
