// Routes says, for each listener, where its connections lead and who must be there.
#ifndef FIREBREAK_PROXY_UPSTREAM_ROUTES_H_
#define FIREBREAK_PROXY_UPSTREAM_ROUTES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/verdict.h"
#include "config/proxy_config.h"
#include "proxy/tls/tls_transport.h"
#include "proxy/upstream/upstream.h"

namespace firebreak::proxy {

// Routes is made once from the configuration. Immutable; any thread may use it.
class Routes {
 public:
  // The configuration's principals have been checked by its loader; one that still does not parse
  // is an error, never skipped.
  static absl::StatusOr<std::shared_ptr<const Routes>> Make(const config::ProxyConfig& config);

  // Found is a target, or why there is none: kUnknownDestination or kLoop.
  struct Found {
    std::optional<UpstreamTarget> target;
    Reason refusal = Reason::kNone;
  };

  // Find decides for a connection accepted by listener number `listener` at `local`. `original` is
  // where it was going before it was redirected; nullopt when it was not.
  Found Find(size_t listener, const SocketAddress& local,
             const std::optional<SocketAddress>& original) const;

 private:
  struct Known {
    config::DestinationConfig where;
    std::shared_ptr<const ExpectedIdentities> expected;
  };
  struct Entry {
    config::ListenerConfig config;
    std::shared_ptr<const ExpectedIdentities> expected;
  };

  Found FindOutbound(const Entry& entry, const SocketAddress& destination) const;
  // LeadsBack tells whether a connection to address would come back to one of our own listeners.
  bool LeadsBack(const SocketAddress& address, const SocketAddress& local) const;

  std::vector<Entry> listeners_;
  std::vector<Known> known_;  // the most specific block first
  bool passthrough_unknown_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_UPSTREAM_ROUTES_H_
