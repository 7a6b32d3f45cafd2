#include "proxy/main/policy_workload.h"

#include <gtest/gtest.h>

namespace firebreak::proxy {
namespace {

using config::ListenerProtocol;

config::ListenerConfig Leads(const char* upstream, ListenerProtocol protocol,
                             Direction direction = Direction::kInbound) {
  config::ListenerConfig listener;
  listener.direction = direction;
  listener.protocol = protocol;
  if (upstream != nullptr) listener.upstream = *SocketAddress::Parse(upstream);
  return listener;
}

policy::Workload With(std::vector<config::ListenerConfig> listeners) {
  config::ProxyConfig config;
  config.listeners = std::move(listeners);
  return PolicyWorkload(config);
}

TEST(PolicyWorkload, PortCountsAsBytesWhenAllThatLeadsThereIsDeclaredTcp) {
  const policy::Workload workload =
      With({Leads("127.0.0.1:5432", ListenerProtocol::kTcp),
            Leads("127.0.0.1:8080", ListenerProtocol::kTcp),
            Leads("127.0.0.1:8080", ListenerProtocol::kAuto),
            Leads("10.0.0.9:9090", ListenerProtocol::kTcp, Direction::kOutbound)});
  EXPECT_FALSE(workload.inbound_bytes.all);
  EXPECT_TRUE(workload.inbound_bytes.Has(5432));
  EXPECT_FALSE(workload.inbound_bytes.Has(8080));
  EXPECT_FALSE(workload.inbound_bytes.Has(9090));
  EXPECT_TRUE(workload.outbound_bytes.all);
}

TEST(PolicyWorkload, ListenerForCapturedConnectionsLeadsEverywhere) {
  EXPECT_FALSE(With({Leads("127.0.0.1:5432", ListenerProtocol::kTcp),
                     Leads(nullptr, ListenerProtocol::kAuto)})
                   .inbound_bytes.Has(5432));
  EXPECT_TRUE(With({Leads(nullptr, ListenerProtocol::kTcp)}).inbound_bytes.Has(5432));
}

TEST(PolicyWorkload, NothingIsKnownOfADirectionWithoutListeners) {
  EXPECT_FALSE(With({}).inbound_bytes.Has(5432));
}

}  // namespace
}  // namespace firebreak::proxy
