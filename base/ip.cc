#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak {
namespace {

constexpr std::array<uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

absl::Status Invalid(absl::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ", what));
}

std::array<uint8_t, 16> MapV4(const void* four_bytes) {
  std::array<uint8_t, 16> bytes{};
  std::copy(kV4Prefix.begin(), kV4Prefix.end(), bytes.begin());
  std::memcpy(bytes.data() + kV4Prefix.size(), four_bytes, 4);
  return bytes;
}

// DecimalUpTo takes digits only: absl::SimpleAtoi would also take spaces and a sign.
bool DecimalUpTo(absl::string_view text, int max, int* out) {
  if (text.empty() || text.size() > 5) return false;
  if (!std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) return false;
  return absl::SimpleAtoi(text, out) && *out <= max;
}

}  // namespace

absl::StatusOr<IpAddress> IpAddress::Parse(absl::string_view text) {
  const std::string z(text);
  if (z.size() != std::strlen(z.c_str())) return Invalid("an IP address", "(contains NUL)");
  in_addr v4;
  if (inet_pton(AF_INET, z.c_str(), &v4) == 1) return IpAddress(MapV4(&v4));
  std::array<uint8_t, 16> bytes;
  if (inet_pton(AF_INET6, z.c_str(), bytes.data()) == 1) return IpAddress(bytes);
  return Invalid("an IP address", text);
}

bool IpAddress::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes_.begin());
}

bool IpAddress::is_unspecified() const {
  const auto begin = is_v4() ? bytes_.begin() + kV4Prefix.size() : bytes_.begin();
  return std::all_of(begin, bytes_.end(), [](uint8_t b) { return b == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[kV4Prefix.size()] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t b) { return b == 0; });
}

std::string IpAddress::ToString() const {
  if (is_v4()) {
    // Every flow record has two: inet_ntop goes through printf.
    const uint8_t* const from = bytes_.data() + kV4Prefix.size();
    return absl::StrCat(int{from[0]}, ".", int{from[1]}, ".", int{from[2]}, ".", int{from[3]});
  }
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, bytes_.data(), text, sizeof(text));
}

absl::StatusOr<CidrBlock> CidrBlock::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  FB_ASSIGN_OR_RETURN(const IpAddress address, IpAddress::Parse(text.substr(0, slash)));
  const int width = address.is_v4() ? 32 : 128;
  int bits = width;
  if (slash != absl::string_view::npos && !DecimalUpTo(text.substr(slash + 1), width, &bits)) {
    return Invalid(absl::StrCat("a CIDR block: the prefix must be 0 to ", width), text);
  }
  const CidrBlock block(address, address.is_v4() ? IpAddress::kV4PrefixBits + bits : bits);
  for (int bit = block.prefix_bits_; bit < 128; ++bit) {
    if ((address.bytes()[bit / 8] & (0x80 >> (bit % 8))) != 0) {
      return Invalid("a CIDR block: it has address bits behind the prefix", text);
    }
  }
  return block;
}

bool CidrBlock::Contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const int whole = prefix_bits_ / 8;
  if (!std::equal(address_.bytes().begin(), address_.bytes().begin() + whole,
                  address.bytes().begin())) {
    return false;
  }
  if (prefix_bits_ % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff00 >> (prefix_bits_ % 8));
  return (address_.bytes()[whole] & mask) == (address.bytes()[whole] & mask);
}

std::string CidrBlock::ToString() const {
  return absl::StrCat(address_.ToString(), "/",
                      address_.is_v4() ? prefix_bits_ - IpAddress::kV4PrefixBits : prefix_bits_);
}

absl::StatusOr<SocketAddress> SocketAddress::Parse(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return Invalid("an address: it has no port", text);
  absl::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != absl::string_view::npos)) {
    return Invalid("an address: write IPv6 as [::1]:15006", text);
  }
  int port = 0;
  if (!DecimalUpTo(text.substr(colon + 1), 65535, &port)) {
    return Invalid("an address: the port must be 0 to 65535", text);
  }
  auto ip = IpAddress::Parse(host);
  if (!ip.ok()) return Invalid("an address: use IP:port, names are not resolved", text);
  return SocketAddress(*ip, static_cast<uint16_t>(port));
}

SocketAddress SocketAddress::FromSockaddr(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof(in));
    return SocketAddress(IpAddress::FromBytes(MapV4(&in.sin_addr)), ntohs(in.sin_port));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in6;
    std::memcpy(&in6, address, sizeof(in6));
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
    return SocketAddress(IpAddress::FromBytes(bytes), ntohs(in6.sin6_port));
  }
  return SocketAddress();
}

socklen_t SocketAddress::ToSockaddr(sockaddr_storage* out) const {
  *out = {};
  if (ip_.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port_);
    std::memcpy(&in.sin_addr, ip_.bytes().data() + kV4Prefix.size(), 4);
    std::memcpy(out, &in, sizeof(in));
    return sizeof(in);
  }
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port_);
  std::memcpy(&in6.sin6_addr, ip_.bytes().data(), 16);
  std::memcpy(out, &in6, sizeof(in6));
  return sizeof(in6);
}

std::string SocketAddress::ToString() const {
  if (ip_.is_v4()) return absl::StrCat(ip_.ToString(), ":", port_);
  return absl::StrCat("[", ip_.ToString(), "]:", port_);
}

}  // namespace firebreak
