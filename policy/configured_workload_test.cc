#include "policy/configured_workload.h"

#include <gtest/gtest.h>

namespace firebreak::policy {
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

Workload With(std::vector<config::ListenerConfig> listeners) {
  config::ProxyConfig config;
  config.listeners = std::move(listeners);
  return ConfiguredWorkload(config);
}

TEST(ConfiguredWorkload, PortCountsAsBytesWhenAllThatLeadsThereIsDeclaredTcp) {
  const Workload workload =
      With({Leads("127.0.0.1:5432", ListenerProtocol::kTcp),
            Leads("127.0.0.1:8080", ListenerProtocol::kTcp),
            Leads("127.0.0.1:8080", ListenerProtocol::kAuto),
            Leads("10.0.0.9:9090", ListenerProtocol::kTcp, Direction::kOutbound)});
  EXPECT_FALSE(workload.inbound.bytes_everywhere);
  EXPECT_TRUE(workload.inbound.CarriesBytes(5432));
  EXPECT_FALSE(workload.inbound.CarriesBytes(8080));
  EXPECT_FALSE(workload.inbound.CarriesBytes(9090));
  EXPECT_TRUE(workload.outbound.bytes_everywhere);
}

TEST(ConfiguredWorkload, ListenerForCapturedConnectionsLeadsEverywhere) {
  EXPECT_FALSE(With({Leads("127.0.0.1:5432", ListenerProtocol::kTcp),
                     Leads(nullptr, ListenerProtocol::kAuto)})
                   .inbound.CarriesBytes(5432));
  EXPECT_TRUE(With({Leads(nullptr, ListenerProtocol::kTcp)}).inbound.CarriesBytes(5432));
}

TEST(ConfiguredWorkload, KnowsWhereItsListenersLead) {
  const Workload workload = With({Leads("127.0.0.1:5432", ListenerProtocol::kTcp),
                                  Leads("127.0.0.1:8080", ListenerProtocol::kAuto),
                                  Leads(nullptr, ListenerProtocol::kAuto, Direction::kOutbound)});
  EXPECT_TRUE(workload.inbound.Reaches(5432) && workload.inbound.Reaches(8080));
  EXPECT_FALSE(workload.inbound.Reaches(9090));
  EXPECT_TRUE(workload.outbound.Reaches(9090));
}

TEST(ConfiguredWorkload, NothingIsKnownOfADirectionWithoutListeners) {
  EXPECT_FALSE(With({}).inbound.CarriesBytes(5432));
  EXPECT_TRUE(With({}).inbound.Reaches(5432));
}

}  // namespace
}  // namespace firebreak::policy
