#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proxy/exchange/exchange.h"
#include "tests/support/gzip.h"
#include "tests/support/one_worker.h"

namespace firebreak::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
using tests::OneWorker;
using tests::OneWorkerOptions;
using tests::SocketPeer;

constexpr char kGet[] = "GET /ok HTTP/1.1\r\nhost: shop\r\n\r\n";
constexpr char kLeak[] = "uid=0(root) gid=0(root)";
constexpr char kOk[] = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

std::vector<std::string> RunUntilRequestsEnd(OneWorker& worker, size_t count = 1) {
  worker.RunUntil([&] { return worker.EndingsOf(flows::Event::kRequest).size() >= count; });
  worker.Settle();
  return worker.EndingsOf(flows::Event::kRequest);
}

OneWorkerOptions Inspecting() {
  auto plan = std::make_shared<filters::InspectionPlan>();
  plan->listeners.resize(1);
  plan->listeners[0].orders.requests = InspectionMode::kBlock;
  plan->listeners[0].orders.responses = InspectionMode::kBlock;
  OneWorkerOptions options;
  options.inspection = std::move(plan);
  return options;
}

// A body of some 30 kB that takes dozens of turns to look into.
std::string LongToUnpack(absl::string_view last) {
  std::mt19937 random(1);
  std::string noise(60'000, ' ');
  for (char& c : noise) c = "0123456789abcdef"[random() % 16];
  return tests::Gzip(absl::StrCat(R"({"noise":")", noise, R"(","pad":")",
                                  std::string(1'500'000, ' '), R"(","id":")", last, R"("})"));
}

// What makes a body long to unpack comes in one piece, with what follows.
absl::string_view TheEndOf(absl::string_view body) { return body.substr(body.size() - 500); }

std::string WithLength(absl::string_view start, absl::string_view body) {
  return absl::StrCat(start, "content-type: application/json\r\ncontent-encoding: gzip\r\n",
                      "content-length: ", body.size(), "\r\n\r\n", body);
}

TEST(ExchangeInspection, WhatTakesLongToUnpackLetsOthersPassAndArrivesAsItCame) {
  OneWorker worker(Inspecting());
  const std::string body = LongToUnpack("the end");
  SocketPeer& slow = worker.Connect();
  SocketPeer& quick = worker.Connect();
  slow.Send(WithLength("POST /slow HTTP/1.1\r\nhost: shop\r\n", body));
  worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
  quick.Send(kGet);
  worker.RunUntilReceived(worker.Server(1), "GET /ok");
  EXPECT_FALSE(absl::EndsWith(worker.Server(0).received(), body)) << "no event may take that long";
  worker.RunUntil([&] { return absl::EndsWith(worker.Server(0).received(), body); });

  worker.Server(0).Send(WithLength("HTTP/1.1 200 OK\r\n", body));
  worker.Server(1).Send(kOk);
  worker.RunUntilReceived(quick, "ok");
  EXPECT_FALSE(absl::EndsWith(slow.received(), body));
  worker.RunUntil([&] { return absl::EndsWith(slow.received(), body); });
  EXPECT_THAT(RunUntilRequestsEnd(worker, 2), ElementsAre("FORWARDED", "FORWARDED"));
}

TEST(ExchangeInspection, WhatIsAtTheEndOfALongBodyIsFoundBeforeAnyOfItsPieceGoesOn) {
  OneWorker worker(Inspecting());
  SocketPeer& client = worker.Connect();
  const std::string body = LongToUnpack("1' UNION SELECT name, password FROM users-- ");
  client.Send(WithLength("POST /slow HTTP/1.1\r\nhost: shop\r\n", body));
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED INSPECTION"));
  EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 403 "));
  EXPECT_FALSE(absl::StrContains(worker.Server(0).received(), TheEndOf(body)));
}

TEST(ExchangeInspection, ARequestThatPolicyEndsInTheMidstOfItIsForgotten) {
  OneWorker worker(Inspecting());
  SocketPeer& client = worker.Connect();
  const std::string body = LongToUnpack("the end");
  client.Send(WithLength("POST /slow HTTP/1.1\r\nhost: shop\r\n", body));
  worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
  worker.SetPolicy(tests::PolicyOf(R"({to: [{operation: {paths: ["/none"]}}]})"));
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED POLICY_CHANGED"));
  worker.Settle();
  EXPECT_FALSE(absl::StrContains(worker.Server(0).received(), TheEndOf(body)));
}

TEST(ExchangeInspection, AResponseThatItsFirstPieceHasRefusedIsAnsweredInFull) {
  const std::string head =
      absl::StrCat("HTTP/1.1 200 OK\r\ncontent-length: ", sizeof(kLeak) - 1, "\r\n\r\n");
  const std::pair<std::string, std::string> responses[] = {
      {absl::StrCat(head, kLeak), ""},
      {head, kLeak},
      {WithLength("HTTP/1.1 200 OK\r\n", LongToUnpack(kLeak)), ""}};
  for (const auto& [first, then] : responses) {
    OneWorker worker(Inspecting());
    SocketPeer& client = worker.Connect();
    client.Send(kGet);
    worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
    worker.Server(0).Send(first);
    if (!then.empty()) {
      worker.Settle();
      EXPECT_EQ(client.received(), "") << "its length is announced, so it waits";
      worker.Server(0).Send(then);
    }
    EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED INSPECTION"));
    worker.RunUntilReceived(client, worker.Records().front().decision_id.ToString());
    EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 502 "));
    client.Send(kGet);  // the connection goes on
    worker.RunUntilReceived(worker.Server(1), "GET /ok");
  }
}

TEST(ExchangeInspection, AHeadDoesNotWaitForABodyThatDoesNotCome) {
  for (const bool announced : {true, false}) {
    OneWorker worker(Inspecting());
    SocketPeer& client = worker.Connect();
    client.Send(kGet);
    worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
    const std::string body = absl::StrCat(kLeak, std::string(177, '.'));
    worker.Server(0).Send(
        absl::StrCat("HTTP/1.1 200 OK\r\n", announced ? "content-length: 200\r\n\r\n"
                                                      : "transfer-encoding: chunked\r\n\r\n"));
    if (announced) {
      worker.Settle();
      worker.Advance(100);
    }
    worker.RunUntilReceived(client, "HTTP/1.1 200 OK\r\n");
    worker.Server(0).Send(announced ? body : absl::StrCat("c8\r\n", body, "\r\n"));
    EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED INSPECTION"));
    worker.RunUntil([&] { return client.saw_reset(); });
    EXPECT_FALSE(absl::StrContains(client.received(), kLeak));
  }
}

TEST(ExchangeInspection, AnInterimResponseThatIsRefusedIsNotPassedOnNorIsWhatFollows) {
  OneWorker worker(Inspecting());
  SocketPeer& client = worker.Connect();
  client.Send(kGet);
  worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
  worker.Server(0).Send("HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n");
  worker.RunUntilReceived(client, "link: <a>");
  worker.Server(0).Send(absl::StrCat("HTTP/1.1 103 Early Hints\r\nlink: ", kLeak, "\r\n\r\n", kOk));
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED INSPECTION"));
  worker.RunUntilReceived(client, "HTTP/1.1 502 ");
  EXPECT_FALSE(absl::StrContains(client.received(), "uid="));
  EXPECT_FALSE(absl::StrContains(client.received(), " 200 "));
}

}  // namespace
}  // namespace firebreak::proxy
