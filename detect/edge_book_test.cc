#include "detect/edge_book.h"

#include <gtest/gtest.h>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr Ages kOld = {.source_identity = 500,
                       .destination_identity = 500,
                       .source_generation = 500,
                       .generation_brings_news = 0.5};

Call CallOf(NameId source, NameId destination, NameId route = 9) {
  Call call;
  call.source = source;
  call.destination = destination;
  call.route = route;
  call.start_us = call.end_us = kTestStartUs;
  return call;
}

TEST(EdgeBook, TheFirstCallOfAPairIsNewAndTheSecondIsNot) {
  EdgeBook edges;
  EXPECT_TRUE(edges.See(CallOf(2, 3), kOld).new_pair);
  EXPECT_FALSE(edges.See(CallOf(2, 3), kOld).new_pair);
  const auto route = edges.See(CallOf(2, 3, 10), kOld);
  EXPECT_FALSE(route.new_pair);
  EXPECT_TRUE(route.new_route);
  EXPECT_EQ(edges.pairs(), 1u);
  EXPECT_EQ(edges.size(), 2u);
}

TEST(EdgeBook, NewsOfACallerThatOftenBringsSomeAreLessOfASurprise) {
  EdgeBook edges;
  for (NameId i = 0; i < 10'000; ++i) {
    edges.See(CallOf(2, 3), kOld);
    edges.See(CallOf(4, i % 100 == 0 ? 1000 + i : 3), kOld);
  }
  const double steady = edges.See(CallOf(2, 5), kOld).p;
  const double restless = edges.See(CallOf(4, 5), kOld).p;
  EXPECT_LT(steady * 50, restless);
  EXPECT_NEAR(restless, 0.01, 0.002);
}

TEST(EdgeBook, NewsOfANewRollOutAreExpectedAndLessSoWithAge) {
  EdgeBook edges;
  Ages ages = kOld;
  ages.source_generation = 0.1;
  const double young = edges.See(CallOf(2, 3), ages).per_hour;
  ages.source_generation = 10;
  const double older = edges.See(CallOf(2, 4), ages).per_hour;
  EXPECT_GT(young, 1);
  EXPECT_LT(older * 50, young);
}

TEST(EdgeBook, AFloodCostsTheFlooderHisEdgesAndNobodyElse) {
  EdgeBook edges(/*max_edges=*/1000);
  for (NameId source = 2; source < 50; ++source) edges.See(CallOf(source, 60), kOld);
  for (NameId i = 0; i < 100'000; ++i) edges.See(CallOf(51, 100 + i), kOld);
  EXPECT_LE(edges.size(), 1000u);
  for (NameId source = 2; source < 50; ++source) {
    EXPECT_TRUE(edges.Knows(Pair{source, 60})) << source;
  }
}

}  // namespace
}  // namespace firebreak::detect
