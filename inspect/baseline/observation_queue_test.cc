#include "inspect/baseline/observation_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"

#include "inspect/baseline/testing.h"

namespace firebreak::inspect {
namespace {

TEST(ObservationQueue, GivesOutInOrderWhatOneThreadPushes) {
  constexpr int kRequests = 20'000;
  const auto queue = std::make_unique<ObservationQueue>();
  std::thread worker([&queue] {
    Observation observation;
    for (int i = 0; i < kRequests; ++i) {
      Observe({.path = absl::StrCat("/n", i), .parameters = {{"a", "1"}, {"b", "2"}}}, observation);
      while (!queue->Push(observation)) std::this_thread::yield();
    }
  });
  Observation observation;
  for (int i = 0; i < kRequests; ++i) {
    while (!queue->Pop(observation)) std::this_thread::yield();
    ASSERT_EQ(observation.subject().path, absl::StrCat("/n", i));
    ASSERT_EQ(observation.size(), 2U);
  }
  worker.join();
  EXPECT_FALSE(queue->Pop(observation));
}

TEST(ObservationQueue, DropsAndCountsWhatFindsNoRoom) {
  const auto queue = std::make_unique<ObservationQueue>();
  Observation observation;
  for (size_t i = 0; i < ObservationQueue::kSlots + 3; ++i) {
    Observe({.path = absl::StrCat("/n", i), .parameters = {}}, observation);
    EXPECT_EQ(queue->Push(observation), i < ObservationQueue::kSlots);
  }
  EXPECT_EQ(queue->dropped(), 3U);
  ASSERT_TRUE(queue->Pop(observation));
  EXPECT_EQ(observation.subject().path, "/n0");
}

TEST(ObservationQueue, ConnectionsHaveRoomOfTheirOwn) {
  const auto queue = std::make_unique<ObservationQueue>();
  Observation request;
  for (size_t i = 0; i < ObservationQueue::kSlots; ++i) {
    Observe({.parameters = {}}, request);
    ASSERT_TRUE(queue->Push(request));
  }
  SpokenSample connection;
  for (size_t i = 0; i < ObservationQueue::kSlots + 3; ++i) {
    connection = {.edge = {.source = "a", .destination = "b", .port = static_cast<uint16_t>(i)},
                  .protocol = Protocol::kRedis};
    EXPECT_EQ(queue->Push(connection), i < ObservationQueue::kSlots);
  }
  EXPECT_EQ(queue->dropped(), 3U);
  ASSERT_TRUE(queue->Pop(connection));
  EXPECT_EQ(connection.edge.port, 0);
  ASSERT_TRUE(queue->Pop(connection));
  EXPECT_EQ(connection.edge.port, 1);
}

TEST(ObservationQueue, DropsRequestsOfMoreFieldsThanARouteLearns) {
  const auto queue = std::make_unique<ObservationQueue>();
  Ask ask;
  for (size_t i = 0; i <= ObservationQueue::kMaxFields; ++i) {
    ask.parameters.emplace_back(absl::StrCat("p", i), "1");
  }
  Observation observation;
  Observe(ask, observation);
  EXPECT_FALSE(queue->Push(observation));
  EXPECT_EQ(queue->dropped(), 1U);
}

}  // namespace
}  // namespace firebreak::inspect
