#include "proxy/upstream/routes.h"

#include <gtest/gtest.h>

namespace firebreak::proxy {
namespace {

SocketAddress At(const char* text) { return *SocketAddress::Parse(text); }

constexpr char kLedger[] = "shop.example/ns/shop/sa/ledger";

class RoutesTest : public testing::Test {
 protected:
  config::ListenerConfig& Add(Direction direction, const char* address) {
    config::ListenerConfig& listener = config_.listeners.emplace_back();
    listener.direction = direction;
    listener.address = At(address);
    return listener;
  }
  Routes::Found Find(const char* local, const char* original = nullptr) {
    auto routes = Routes::Make(config_);
    EXPECT_TRUE(routes.ok()) << routes.status();
    return (*routes)->Find(0, At(local),
                           original != nullptr ? std::make_optional(At(original)) : std::nullopt);
  }
  config::ProxyConfig config_;
};

TEST_F(RoutesTest, ExplicitUpstreamGoesBeforeOriginalDestination) {
  Add(Direction::kInbound, "10.0.0.2:15006").upstream = At("127.0.0.1:8080");
  const Routes::Found found = Find("10.0.0.2:15006", "10.0.0.2:9999");
  ASSERT_TRUE(found.target.has_value());
  EXPECT_EQ(found.target->address, At("127.0.0.1:8080"));
  EXPECT_EQ(found.target->expected, nullptr);
}

TEST_F(RoutesTest, ConnectionThatWasNotRedirectedHasNoDestination) {
  Add(Direction::kInbound, "0.0.0.0:15006");
  EXPECT_EQ(Find("10.0.0.2:15006").refusal, Reason::kUnknownDestination);
}

TEST_F(RoutesTest, OwnListenersAreALoop) {
  Add(Direction::kInbound, "0.0.0.0:15006");
  Add(Direction::kOutbound, "127.0.0.1:15001");
  EXPECT_EQ(Find("10.0.0.2:15006", "10.0.0.2:15006").refusal, Reason::kLoop);
  EXPECT_EQ(Find("10.0.0.2:15006", "127.0.0.1:15006").refusal, Reason::kLoop);
  EXPECT_EQ(Find("10.0.0.2:15006", "127.0.0.1:15001").refusal, Reason::kLoop);
  EXPECT_TRUE(Find("10.0.0.2:15006", "10.0.0.3:15006").target.has_value());
}

TEST_F(RoutesTest, OutboundMutualTlsWithoutAnybodyToExpectLeadsNowhere) {
  Add(Direction::kOutbound, "127.0.0.1:9001").upstream = At("10.0.0.3:15006");
  EXPECT_EQ(Find("127.0.0.1:9001").refusal, Reason::kUnknownDestination);
}

TEST_F(RoutesTest, TheFirstDestinationThatCoversTheAddressSaysWhomToExpect) {
  Add(Direction::kOutbound, "0.0.0.0:15001");
  const auto know = [this](const char* block, std::vector<uint16_t> ports, const char* identity) {
    config_.outbound.destinations.push_back({.address = *CidrBlock::Parse(block),
                                             .ports = std::move(ports),
                                             .expect_identities = {identity}});
  };
  know("10.1.0.0/16", {443, 80}, "d/web");
  know("10.1.0.0/16", {}, "d/sixteen");
  know("10.0.0.0/8", {}, "d/eight");
  const auto expected = [this](const char* original) -> std::string {
    const Routes::Found found = Find("10.9.9.9:15001", original);
    if (!found.target.has_value()) return "";
    return std::string(found.target->expected->at(0).principal());
  };
  EXPECT_EQ(expected("10.2.0.1:80"), "d/eight");
  EXPECT_EQ(expected("10.1.0.1:81"), "d/sixteen");
  EXPECT_EQ(expected("10.1.0.1:80"), "d/web");
  EXPECT_EQ(expected("11.1.0.1:80"), "");
}

TEST_F(RoutesTest, UnknownDestinationIsDeniedUnlessPassedThrough) {
  Add(Direction::kOutbound, "0.0.0.0:15001");
  config_.outbound.destinations.push_back({.address = *CidrBlock::Parse("10.0.0.0/24"),
                                           .ports = {6379},
                                           .expect_identities = {kLedger}});
  const Routes::Found known = Find("10.9.9.9:15001", "10.0.0.3:6379");
  ASSERT_TRUE(known.target.has_value());
  EXPECT_EQ(known.target->expected->at(0).principal(), kLedger);
  EXPECT_EQ(Find("10.9.9.9:15001", "10.0.0.3:6380").refusal, Reason::kUnknownDestination);
  config_.outbound.passthrough_unknown = true;
  const Routes::Found unknown = Find("10.9.9.9:15001", "10.0.0.3:6380");
  ASSERT_TRUE(unknown.target.has_value());
  EXPECT_EQ(unknown.target->expected, nullptr);
}

TEST_F(RoutesTest, IdentityThatDoesNotParseIsAnErrorAndNotSkipped) {
  config::ListenerConfig& listener = Add(Direction::kOutbound, "127.0.0.1:9001");
  listener.upstream = At("10.0.0.3:15006");
  listener.expect_identities = {"Shop.Example/ns"};
  EXPECT_FALSE(Routes::Make(config_).ok());
}

}  // namespace
}  // namespace firebreak::proxy
