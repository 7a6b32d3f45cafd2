#include "inspect/baseline/protocol_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "inspect/baseline/baseline.h"

namespace firebreak::inspect {
namespace {

using ::testing::HasSubstr;

SpokenSample Spoken(Protocol protocol, absl::string_view source = "shop/ns/web/sa/orders",
                    uint16_t port = 5432) {
  return {.edge = {.source = std::string(source),
                   .destination = "shop/ns/web/sa/payments",
                   .port = port},
          .protocol = protocol};
}

class ProtocolModelTest : public ::testing::Test {
 protected:
  void Learn(int times, const SpokenSample& sample) {
    for (int i = 0; i < times; ++i) model_.Learn(sample);
  }

  ProtocolModel model_;
};

TEST_F(ProtocolModelTest, ExplainsAProtocolThatTheEdgeNeverSpoke) {
  Learn(412, Spoken(Protocol::kPostgresql));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kPostgresql)), "");
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh)),
            "`postgresql` on this edge in 412 of 412 connections, now `ssh`");
}

TEST_F(ProtocolModelTest, WhatIsNotKnownByItsBytesIsAProtocolLikeAnyOther) {
  Learn(300, Spoken(Protocol::kUnknown));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kUnknown)), "");
  EXPECT_THAT(model_.Judge(Spoken(Protocol::kRedis)), HasSubstr("`unknown` on this edge"));
  Learn(300, Spoken(Protocol::kRedis, "shop/ns/web/sa/cart"));
  EXPECT_THAT(model_.Judge(Spoken(Protocol::kUnknown, "shop/ns/web/sa/cart")),
              HasSubstr("now `unknown`"));
}

TEST_F(ProtocolModelTest, BelowItsFloorAnEdgeSaysNothing) {
  Learn(static_cast<int>(ProtocolModel::kLeastSamples) - 1, Spoken(Protocol::kPostgresql));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh)), "");
  Learn(1, Spoken(Protocol::kPostgresql));
  EXPECT_NE(model_.Judge(Spoken(Protocol::kSsh)), "");
}

TEST_F(ProtocolModelTest, AnEdgeIsOfOneSourceAndOnePort) {
  Learn(300, Spoken(Protocol::kPostgresql));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh, "shop/ns/web/sa/admin")), "");
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh, "shop/ns/web/sa/orders", 22)), "");
}

TEST_F(ProtocolModelTest, AFewPoisonedSamplesMakeNothingUsual) {
  Learn(400, Spoken(Protocol::kPostgresql));
  Learn(4, Spoken(Protocol::kSsh));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh)),
            "`postgresql` on this edge in 400 of 404 connections, now `ssh`");
  Learn(1, Spoken(Protocol::kSsh));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh)), "");
}

TEST_F(ProtocolModelTest, OfManyConnectionsItTakesAShareToBecomeUsual) {
  Learn(10'000, Spoken(Protocol::kPostgresql));
  Learn(49, Spoken(Protocol::kSsh));
  EXPECT_NE(model_.Judge(Spoken(Protocol::kSsh)), "");
  Learn(2, Spoken(Protocol::kSsh));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kSsh)), "");
}

TEST_F(ProtocolModelTest, WhatBeginsAsTheOneMayBeTheOther) {
  Learn(300, Spoken(Protocol::kGrpc));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kHttp2)), "");
  Learn(300, Spoken(Protocol::kHttp2, "shop/ns/web/sa/cart"));
  EXPECT_EQ(model_.Judge(Spoken(Protocol::kGrpc, "shop/ns/web/sa/cart")), "");
  EXPECT_NE(model_.Judge(Spoken(Protocol::kHttp1)), "");
}

TEST_F(ProtocolModelTest, NewEdgesDisplaceTheOneThatWasSeenLeast) {
  Learn(300, Spoken(Protocol::kPostgresql));
  for (size_t i = 1; i < ProtocolModel::kMaxEdges; ++i) {
    Learn(i == 7 ? 1 : 2, Spoken(Protocol::kRedis, absl::StrCat("source", i)));
  }
  const size_t bytes = model_.bytes();
  Learn(2, Spoken(Protocol::kRedis, "one more"));
  EXPECT_FALSE(model_.edges().contains(Spoken(Protocol::kRedis, "source7").edge));
  for (int i = 0; i < 5000; ++i) Learn(1, Spoken(Protocol::kRedis, absl::StrCat("other", i)));
  EXPECT_EQ(model_.edges().size(), ProtocolModel::kMaxEdges);
  EXPECT_LE(model_.bytes(), bytes + 1000);
  EXPECT_NE(model_.Judge(Spoken(Protocol::kSsh)), "");
  EXPECT_EQ(model_.samples(), 300U + 2 * (ProtocolModel::kMaxEdges - 1) - 1 + 2 + 5000);
}

class BaselineOfConnections : public ::testing::Test {
 protected:
  void Learn(int times) {
    for (int i = 0; i < times; ++i) baseline_.Learn(Spoken(Protocol::kRedis));
  }

  SimulatedClock clock_;
  Baseline baseline_{{.least_samples = 300, .least_learning = absl::Hours(1)}, clock_};
};

TEST_F(BaselineOfConnections, ReachesItsFloorsByConnectionsWhereThereAreNoRequests) {
  Learn(299);
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(std::string(baseline_.SetState(BaselineState::kEnforce).message()),
              HasSubstr("299 connections"));
  Learn(1);
  EXPECT_TRUE(baseline_.SetState(BaselineState::kEnforce).ok());
}

TEST_F(BaselineOfConnections, DoesNotEnforceTooFewRequestsForItsConnections) {
  Learn(300);
  clock_.Advance(absl::Hours(1));
  Observation request;
  request.Begin({.source = "a", .destination = "b", .method = "GET", .path = "/"});
  baseline_.Learn(request);
  EXPECT_THAT(std::string(baseline_.SetState(BaselineState::kEnforce).message()),
              HasSubstr("1 requests"));
}

TEST_F(BaselineOfConnections, LearnsOnlyWhileItLearns) {
  ASSERT_TRUE(baseline_.SetState(BaselineState::kFreeze).ok());
  EXPECT_FALSE(baseline_.Learn(Spoken(Protocol::kRedis)));
  EXPECT_EQ(baseline_.protocols().samples(), 0U);
}

}  // namespace
}  // namespace firebreak::inspect
