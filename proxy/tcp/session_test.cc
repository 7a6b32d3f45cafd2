#include "proxy/tcp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "absl/strings/str_replace.h"

#include "tests/support/one_worker.h"

namespace firebreak::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using tests::OneWorker;
using tests::OneWorkerOptions;
using tests::SocketPeer;

constexpr char kNothing[] = R"({to: [{operation: {methods: ["NONE"]}}]})";

// Byte streams: what is HTTP has tests beside proxy/exchange.
OneWorkerOptions Bytes() {
  OneWorkerOptions options;
  options.protocol = config::ListenerProtocol::kTcp;
  return options;
}

// A client and a server that have each had a word from the other.
struct Pair {
  explicit Pair(OneWorker& worker)
      : client(worker.Connect()), server(worker.Server(worker.servers().size())) {
    client.Send("ping");
    worker.RunUntilReceived(server, "ping");
    server.Send("pong!");
    worker.RunUntilReceived(client, "pong!");
  }
  SocketPeer& client;
  SocketPeer& server;
};

// Each ends a connection in one way, and expects the one record that tells of it.
TEST(SessionRecord, NamesTheSideThatEndedFirst) {
  for (const bool client_first : {true, false}) {
    OneWorker worker(Bytes());
    Pair pair(worker);
    SocketPeer& first = client_first ? pair.client : pair.server;
    SocketPeer& second = client_first ? pair.server : pair.client;
    first.EndSending();
    worker.RunUntil([&] { return second.saw_end(); });
    EXPECT_FALSE(first.saw_end()) << "a half-close is passed on as one";
    second.Send("last");
    second.EndSending();
    EXPECT_THAT(worker.RunUntilClosed(),
                ElementsAre(client_first ? "FORWARDED DOWNSTREAM_FIN" : "FORWARDED UPSTREAM_FIN"));
    worker.RunUntilReceived(first, "last");
    const flows::Record& record = worker.Records().front();
    EXPECT_EQ(record.bytes_sent, client_first ? 4u : 8u);
    EXPECT_EQ(record.bytes_received, client_first ? 9u : 5u);
  }
}

TEST(SessionRecord, NamesTheSideThatBrokeAndTheOtherIsBrokenToo) {
  for (const bool client_breaks : {true, false}) {
    OneWorker worker(Bytes());
    Pair pair(worker);
    (client_breaks ? pair.client : pair.server).Reset();
    EXPECT_THAT(worker.RunUntilClosed(), ElementsAre(client_breaks ? "FORWARDED DOWNSTREAM_RESET"
                                                                   : "FORWARDED UPSTREAM_RESET"));
    const SocketPeer& other = client_breaks ? pair.server : pair.client;
    worker.RunUntil([&] { return other.saw_reset(); });
  }
}

TEST(SessionRecord, SaysThatNoRuleAllowsItAndNothingIsOpened) {
  OneWorkerOptions options = Bytes();
  options.policy = tests::PolicyOf(kNothing);
  OneWorker worker(options);
  const SocketPeer& client = worker.Connect();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED NO_RULE DENIED"));
  worker.RunUntil([&] { return client.saw_reset(); });
  EXPECT_THAT(worker.servers(), IsEmpty());
}

TEST(SessionRecord, SaysThatTheWorkloadIsAway) {
  OneWorker worker(Bytes());
  worker.StopServing();
  worker.Connect();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("ERROR UPSTREAM_FAILURE CONNECT_FAILED"));
}

TEST(SessionRecord, SaysWhenThereIsOneConnectionTooMany) {
  OneWorkerOptions options = Bytes();
  options.limits.max_connections = 1;
  OneWorker worker(options);
  Pair pair(worker);
  worker.Connect();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED LIMIT LIMIT"));
  pair.client.EndSending();
  pair.server.EndSending();
  worker.RunUntilClosed(2);
  const Pair there_is_room_again(worker);
}

TEST(SessionRecord, SaysWhichTimePassed) {
  OneWorkerOptions options = Bytes();
  options.limits.idle_timeout_ms = 60'000;
  options.limits.half_close_timeout_ms = 5'000;
  OneWorker worker(options);
  {
    const Pair pair(worker);
    worker.Advance(30'000);
    EXPECT_THAT(worker.Records(), IsEmpty());
    pair.client.Send("still here");
    worker.RunUntilReceived(pair.server, "still here");
    worker.Advance(59'000);
    worker.Settle();
    EXPECT_THAT(worker.Records(), IsEmpty());
    worker.Advance(30'000);
    EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("FORWARDED TIMEOUT IDLE_TIMEOUT"));
  }
  SocketPeer& client = worker.Connect();
  SocketPeer& server = worker.Server(1);
  client.Send("ping");
  client.EndSending();
  worker.RunUntil([&] { return server.saw_end(); });
  worker.Settle();
  worker.Advance(5'000);
  EXPECT_THAT(worker.RunUntilClosed(2), ElementsAre("FORWARDED TIMEOUT IDLE_TIMEOUT",
                                                    "FORWARDED TIMEOUT HALF_CLOSE_TIMEOUT"));
}

TEST(SessionRecord, SaysThatPolicyChangedUnderIt) {
  OneWorker worker(Bytes());
  const Pair pair(worker);
  worker.SetPolicy(tests::PolicyOf("{}"));
  worker.Settle();
  EXPECT_THAT(worker.Records(), IsEmpty()) << "it may live on, and notices nothing";
  worker.SetPolicy(tests::PolicyOf(kNothing));
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED POLICY_CHANGED POLICY"));
  worker.RunUntil([&] { return pair.client.saw_reset() && pair.server.saw_reset(); });
}

// One that was allowed, and would not have been by a policy under audit.
TEST(SessionRecord, SaysWhoDecidedAndSoDoThoseOfItsRequests) {
  constexpr absl::string_view kDeny =
      "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
      "metadata: {name: ban, namespace: shop}\n"
      "spec: {direction: INBOUND, action: DENY, mode: %s, rules: [{}]}\n";
  OneWorkerOptions options;
  options.policy += absl::StrReplaceAll(kDeny, {{"%s", "AUDIT"}});
  OneWorker worker(options);
  worker.Connect().Send("GET / HTTP/1.1\r\nhost: shop\r\n\r\n");
  worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
  worker.SetPolicy(tests::PolicyOf("{}") + absl::StrReplaceAll(kDeny, {{"%s", "ENFORCE"}}));
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED POLICY_CHANGED POLICY"));
  EXPECT_THAT(worker.EndingsOf(flows::Event::kRequest), ElementsAre("DROPPED POLICY_CHANGED"));
  const flows::Record& request = worker.Records()[0];
  const flows::Record& connection = worker.Records()[1];
  ASSERT_NE(request.rule, nullptr);
  EXPECT_EQ(request.rule->policy, "ban");
  EXPECT_EQ(request.would_be_verdict, std::nullopt);
  EXPECT_EQ(request.decision_id.ToString(), connection.decision_id.ToString());
  EXPECT_EQ(*request.policy_revision, *connection.policy_revision);
}

// HTTP/1: the connection ends for the sake of the one request on it.
TEST(SessionRecord, SaysWhoDecidedOnTheRequestThatItEndsFor) {
  OneWorkerOptions options;
  options.policy = tests::PolicyOf("{}");
  OneWorker worker(options);
  SocketPeer& client = worker.Connect();
  client.Send("GET / HTTP/1.1\r\nhost: shop\r\n\r\n");
  worker.Server(0).Send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart");
  worker.RunUntilReceived(client, "part");
  worker.SetPolicy(tests::PolicyOf(kNothing));
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED POLICY_CHANGED POLICY"));
  EXPECT_EQ(worker.Records()[0].rule, nullptr);
  EXPECT_EQ(worker.Records()[1].rule, nullptr) << "that some requests are allowed decided nothing";
  EXPECT_EQ(worker.Records()[1].decision_id.ToString(), worker.Records()[0].decision_id.ToString());
}

TEST(SessionRecord, KeepsItsVerdictWhenTheSidecarStops) {
  OneWorker worker(Bytes());
  const Pair pair(worker);
  worker.Connect();  // and is still on its way to the workload
  worker.sessions().DrainAll();
  EXPECT_THAT(worker.RunUntilClosed(2),
              ElementsAre("FORWARDED DRAINED DRAINED", "DROPPED DRAINED DRAINED"));
}

TEST(SessionRecord, TellsOfWhatLivesOnAndInTheEndOfAllOfIt) {
  OneWorkerOptions options = Bytes();
  options.periodic_seconds = 60;
  options.limits.idle_timeout_ms = 3'600'000;
  OneWorker worker(options);
  {
    Pair pair(worker);
    worker.Advance(59'000);
    EXPECT_THAT(worker.Records(), IsEmpty());
    worker.Advance(1'000);
    pair.client.Send("more");
    worker.RunUntilReceived(pair.server, "more");
    worker.Advance(60'000);
    pair.client.EndSending();
    pair.server.EndSending();
    worker.RunUntilClosed();
  }
  worker.Advance(600'000);
  const std::vector<flows::Record>& records = worker.Records();
  ASSERT_EQ(records.size(), 3u) << "and nothing of it after its end";
  EXPECT_EQ(records[0].event, flows::Event::kPeriodic);
  EXPECT_EQ(records[0].close_reason, flows::CloseReason::kNone);
  EXPECT_EQ(records[0].verdict, Verdict::kForwarded);
  EXPECT_EQ(records[0].bytes_sent, 4u);
  EXPECT_EQ(records[0].interval.bytes_received, 5u);
  EXPECT_EQ(records[1].bytes_sent, 8u);
  EXPECT_EQ(records[1].interval.bytes_sent, 4u);
  EXPECT_EQ(records[1].interval.bytes_received, 0u);
  EXPECT_EQ(records[2].event, flows::Event::kClose);
  EXPECT_EQ(records[2].bytes_sent, 8u);
  for (const flows::Record& record : records) {
    EXPECT_EQ(record.flow_id_low, records[0].flow_id_low);
  }
}

TEST(SessionRecord, SaysNothingInBetweenWhereThatIsOff) {
  OneWorkerOptions options = Bytes();
  options.limits.idle_timeout_ms = 3'600'000;
  OneWorker worker(options);
  const Pair pair(worker);
  worker.Advance(600'000);
  EXPECT_THAT(worker.Records(), IsEmpty());
}

TEST(SessionProtocol, WhatIsNoRequestIsCarriedAsItCame) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  client.Send("\x01\x02 no method of any kind");
  worker.RunUntilReceived(worker.Server(0), "\x01\x02 no method of any kind");
  client.EndSending();
  worker.Server(0).EndSending();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("FORWARDED DOWNSTREAM_FIN"));
  EXPECT_EQ(worker.Records().front().protocol, flows::Protocol::kTcp);
}

TEST(SessionProtocol, WhoSaysNothingIsConnectedAfterATime) {
  OneWorker worker;
  const SocketPeer& client = worker.Connect();
  worker.Settle();
  EXPECT_THAT(worker.servers(), IsEmpty());
  worker.Advance(Limits().protocol_detect_timeout_ms);
  worker.Server(0).Send("220 the server speaks first");
  worker.RunUntilReceived(client, "220");
}

TEST(SessionProtocol, WhoWasSilentMayHaveARequestAfterAllAndItIsDecidedOnAsOne) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  worker.Settle();
  worker.Advance(Limits().protocol_detect_timeout_ms);
  SocketPeer& opened_for_bytes = worker.Server(0);
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nX-Firebreak-Principal: admin\r\n\r\n");
  worker.RunUntilReceived(worker.Server(1), "\r\n\r\n");
  EXPECT_THAT(worker.Server(1).received(), Not(HasSubstr("admin")));
  worker.RunUntil([&] { return opened_for_bytes.saw_end() || opened_for_bytes.saw_reset(); });
  EXPECT_EQ(opened_for_bytes.received(), "");
  EXPECT_EQ(worker.OpenInbound(), 1) << "the request alone, and not the byte stream it was not";
  worker.Server(1).Send("HTTP/1.1 204 No Content\r\n\r\n");
  worker.RunUntilReceived(client, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(worker.OpenInbound(), 0);
  client.EndSending();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("FORWARDED DOWNSTREAM_FIN"));
}

TEST(SessionProtocol, A_03_ARequestThatNamesNoProtocolIsRefusedAlsoAfterSilence) {
  for (const bool silent : {false, true}) {
    OneWorker worker;
    SocketPeer& client = worker.Connect();
    worker.Settle();
    if (silent) worker.Advance(Limits().protocol_detect_timeout_ms);
    client.Send("\r\nGET /admin\r\nHost: a\r\nX-Firebreak-Principal: admin\r\n\r\n");
    worker.RunUntilReceived(client, "HTTP/1.1 400 Bad Request\r\n");
    for (const SocketPeer& server : worker.servers()) EXPECT_EQ(server.received(), "");
  }
}

TEST(SessionProtocol, A_03_ARequestAfterTheServerHasSpokenEndsTheConnection) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  worker.Settle();
  worker.Advance(Limits().protocol_detect_timeout_ms);
  worker.Server(0).Send("220 the server speaks first");
  worker.RunUntilReceived(client, "220 the server speaks first");
  client.Send("GET /admin\r\nX-Firebreak-Principal: admin\r\n\r\n");
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED MALFORMED DENIED"));
  EXPECT_EQ(worker.Server(0).received(), "");
}

TEST(SessionProtocol, WhoSpeaksLateIsWaitedForOnceAndThenPassedOn) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  worker.Settle();
  worker.Advance(Limits().protocol_detect_timeout_ms);
  worker.Server(0);
  client.Send("wo");
  worker.Settle();
  EXPECT_EQ(worker.Server(0).received(), "");
  worker.Advance(Limits().protocol_detect_timeout_ms);
  worker.RunUntilReceived(worker.Server(0), "wo");
  client.Send("rd");
  worker.RunUntilReceived(worker.Server(0), "word");
}

TEST(SessionProtocol, WhoSpeaksLateIsPassedOnAtOnceWhenItIsNoRequestOrTheServerSpeaks) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  SocketPeer& other = worker.Connect();
  worker.Settle();
  worker.Advance(Limits().protocol_detect_timeout_ms);
  worker.Server(1);
  client.Send("EHLO a\r\n");
  worker.RunUntil([&] {
    return worker.Server(0).received() == "EHLO a\r\n" ||
           worker.Server(1).received() == "EHLO a\r\n";
  });
  const bool first = worker.Server(0).received().empty();
  other.Send("wo");
  worker.Settle();
  worker.Server(first ? 0 : 1).Send("220");
  worker.RunUntilReceived(other, "220");
  worker.RunUntilReceived(worker.Server(first ? 0 : 1), "wo");
}

TEST(SessionProtocol, WhatMayYetBeARequestIsHeldBackAndNotLost) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  client.Send("GE");
  worker.Settle();
  EXPECT_THAT(worker.servers(), IsEmpty());
  worker.Advance(Limits().protocol_detect_timeout_ms);
  worker.RunUntilReceived(worker.Server(0), "GE");
  client.Send("NE");
  worker.RunUntilReceived(worker.Server(0), "GENE");
}

}  // namespace
}  // namespace firebreak::proxy
