#include "proxy/upstream/routes.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace firebreak::proxy {
namespace {

absl::StatusOr<std::shared_ptr<const ExpectedIdentities>> ParseExpected(
    const std::vector<std::string>& principals) {
  if (principals.empty()) return nullptr;
  auto expected = std::make_shared<ExpectedIdentities>();
  for (const std::string& principal : principals) {
    FB_ASSIGN_OR_RETURN(certs::SpiffeId id, certs::SpiffeId::ParsePrincipal(principal));
    expected->push_back(std::move(id));
  }
  return expected;
}

Routes::Found Refused(Reason reason) { return {std::nullopt, reason}; }

Routes::Found To(const SocketAddress& address,
                 const std::shared_ptr<const ExpectedIdentities>& expected) {
  return {UpstreamTarget{address, expected}, Reason::kNone};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Routes>> Routes::Make(const config::ProxyConfig& config) {
  auto routes = std::make_shared<Routes>();
  routes->passthrough_unknown_ = config.outbound.passthrough_unknown;
  for (const config::ListenerConfig& listener : config.listeners) {
    FB_ASSIGN_OR_RETURN(auto expected, ParseExpected(listener.expect_identities));
    routes->listeners_.push_back({listener, std::move(expected)});
  }
  for (const config::DestinationConfig& destination : config.outbound.destinations) {
    FB_ASSIGN_OR_RETURN(auto expected, ParseExpected(destination.expect_identities));
    routes->known_.push_back({destination, std::move(expected)});
  }
  return routes;
}

Routes::Found Routes::Find(size_t listener, const SocketAddress& local,
                           const std::optional<SocketAddress>& original) const {
  const Entry& entry = listeners_[listener];
  const std::optional<SocketAddress> destination =
      entry.config.upstream.has_value() ? entry.config.upstream : original;
  if (!destination.has_value()) return Refused(Reason::kUnknownDestination);
  if (LeadsBack(*destination, local)) return Refused(Reason::kLoop);
  if (entry.config.direction == Direction::kInbound) {
    return To(*destination, nullptr);
  }
  return FindOutbound(entry, *destination);
}

Routes::Found Routes::FindOutbound(const Entry& entry, const SocketAddress& destination) const {
  if (entry.config.upstream.has_value()) {
    if (entry.config.mtls == config::MtlsMode::kDisable) {
      return To(destination, nullptr);
    }
    // Mutual TLS without anybody to expect would trust whoever answers.
    if (entry.expected == nullptr) return Refused(Reason::kUnknownDestination);
    return To(destination, entry.expected);
  }
  for (const Known& known : known_) {
    if (known.where.Covers(destination)) {
      return To(destination, known.expected);
    }
  }
  if (passthrough_unknown_) return To(destination, nullptr);
  return Refused(Reason::kUnknownDestination);
}

bool Routes::LeadsBack(const SocketAddress& address, const SocketAddress& local) const {
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const Entry& entry) {
    const SocketAddress& ours = entry.config.address;
    if (ours.port() != address.port()) return false;
    if (!ours.ip().is_unspecified()) return ours.ip() == address.ip();
    return address.ip().is_loopback() || address.ip() == local.ip();
  });
}

}  // namespace firebreak::proxy
