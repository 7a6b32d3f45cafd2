#include "proxy/exchange/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proxy/http2/testing.h"
#include "tests/support/one_worker.h"

namespace firebreak::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using tests::OneWorker;
using tests::OneWorkerOptions;
using tests::SocketPeer;

constexpr char kGet[] = "GET /ok HTTP/1.1\r\nhost: shop\r\n\r\n";
constexpr char kOk[] = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
constexpr char kOkAlone[] = R"({to: [{operation: {paths: ["/ok"]}}]})";
constexpr char kNothing[] = R"({to: [{operation: {paths: ["/none"]}}]})";

std::vector<std::string> RequestsOf(OneWorker& worker) {
  return worker.EndingsOf(flows::Event::kRequest);
}
// A request ends before its connection does, which need not end at all.
std::vector<std::string> RunUntilRequestsEnd(OneWorker& worker, size_t count = 1) {
  worker.RunUntil([&] { return RequestsOf(worker).size() >= count; });
  worker.Settle();
  return RequestsOf(worker);
}
int StatusOf(OneWorker& worker, size_t request) {
  for (const flows::Record& record : worker.Records()) {
    if (record.event == flows::Event::kRequest && request-- == 0) return record.http->status;
  }
  return -1;
}

// A request that has reached the workload.
struct Asked {
  explicit Asked(OneWorker& worker, absl::string_view request = kGet) : client(worker.Connect()) {
    client.Send(request);
    worker.RunUntilReceived(worker.Server(0), "\r\n\r\n");
  }
  SocketPeer& client;
};

std::string Random(size_t count) {
  std::mt19937 random(1);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Each ends a request in one way, and expects the one record that tells of it.
TEST(ExchangeRecord, OfAnAnswerIsThereBeforeTheConnectionEnds) {
  OneWorker worker;
  const Asked asked(worker);
  EXPECT_THAT(RequestsOf(worker), IsEmpty());
  worker.Server(0).Send(kOk);
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED"));
  EXPECT_THAT(asked.client.received(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(StatusOf(worker, 0), 200);
  asked.client.EndSending();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("FORWARDED DOWNSTREAM_FIN"));
  EXPECT_EQ(RequestsOf(worker).size(), 1u);
}

TEST(ExchangeRecord, OfWhatLivesOnComesWithItsConnectionsAndNotOfWhatIsYoung) {
  OneWorkerOptions options;
  options.periodic_seconds = 60;
  options.limits.idle_timeout_ms = options.limits.stream_idle_timeout_ms = 3'600'000;
  OneWorker worker(options);
  Asked asked(worker);
  worker.Server(0).Send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsome");
  worker.RunUntilReceived(asked.client, "some");
  worker.Advance(60'000);
  worker.Server(0).Send(" more");
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED"));
  worker.Advance(40'000);
  const size_t before = worker.Server(0).received().size();
  asked.client.Send(kGet);
  worker.RunUntil([&] { return worker.Server(0).received().size() > before; });
  worker.Advance(20'000);
  const std::vector<flows::Record>& records = worker.Records();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].event, flows::Event::kPeriodic) << "the connection's";
  EXPECT_FALSE(records[0].http.has_value());
  EXPECT_EQ(records[0].bytes_received, 4u);
  EXPECT_EQ(records[1].event, flows::Event::kPeriodic) << "the request's";
  EXPECT_EQ(records[1].verdict, Verdict::kForwarded);
  EXPECT_EQ(records[1].http->path, "/ok");
  EXPECT_EQ(records[1].http->status, 200);
  EXPECT_EQ(records[1].bytes_received, 4u);
  EXPECT_EQ(records[2].event, flows::Event::kRequest);
  EXPECT_EQ(records[2].http->response_bytes, 9u);
  EXPECT_FALSE(records[3].http.has_value()) << "the second request has only begun";
  EXPECT_EQ(records[3].interval.bytes_received, 5u);
}

TEST(ExchangeRecord, SaysThatNoRuleAllowsItAndTheBodyStaysUnread) {
  OneWorkerOptions options;
  options.policy = tests::PolicyOf(kOkAlone);
  OneWorker worker(options);
  SocketPeer& client = worker.Connect();
  const size_t length = 30'000'000;
  client.Send(absl::StrCat("POST /no HTTP/1.1\r\nhost: shop\r\ncontent-length: ", length,
                           "\r\n\r\n", std::string(length, 'x')));
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED NO_RULE"));
  worker.RunUntil([&] { return client.saw_end(); });
  EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_THAT(client.received(), HasSubstr("connection: close\r\n"));
  EXPECT_THAT(client.received(), HasSubstr("\r\n\r\naccess denied (decision ")) << "all of it";
  EXPECT_FALSE(client.saw_reset());
  EXPECT_THAT(worker.servers(), IsEmpty()) << "nothing of it goes anywhere";
  EXPECT_EQ(worker.Records().front().bytes_sent, 0u);
  worker.Advance(2'000);  // no longer does it wait for the client to take the answer
  worker.RunUntilClosed();
  EXPECT_EQ(RequestsOf(worker).size(), 1u);
}

TEST(ExchangeRecord, SaysMalformedAndSoDoesTheConnectionsWhoeverFoundIt) {
  for (const absl::string_view field :
       {"host: other", "content-length: 1\r\ntransfer-encoding: chunked"}) {
    OneWorker worker;
    SocketPeer& client = worker.Connect();
    client.Send(absl::StrCat("GET /ok HTTP/1.1\r\nhost: shop\r\n", field, "\r\n\r\n"));
    EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED MALFORMED"));
    EXPECT_EQ(StatusOf(worker, 0), 400);
    worker.RunUntil([&] { return client.saw_end(); });
    EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 400 "));
    const DecisionId id = worker.Records().front().decision_id;
    EXPECT_FALSE(id.empty());
    EXPECT_THAT(client.received(),
                HasSubstr(absl::StrCat("x-firebreak-decision-id: ", id.ToString(), "\r\n")));
    client.EndSending();
    EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED MALFORMED DENIED"));
    EXPECT_THAT(worker.servers(), IsEmpty());
  }
}

TEST(ExchangeRecord, SaysThatTheWorkloadIsAwayAndTheConnectionGoesOn) {
  OneWorker worker;
  worker.StopServing();
  SocketPeer& client = worker.Connect();
  client.Send(kGet);
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("ERROR UPSTREAM_FAILURE"));
  EXPECT_EQ(StatusOf(worker, 0), 503);
  client.Send(kGet);  // the connection goes on
  EXPECT_EQ(RunUntilRequestsEnd(worker, 2).size(), 2u);
}

TEST(ExchangeRecord, SaysThatTheWorkloadHungUp) {
  OneWorker worker;
  const Asked asked(worker);
  worker.Server(0).EndSending();
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("ERROR UPSTREAM_FAILURE UPSTREAM_RESET"));
  EXPECT_EQ(StatusOf(worker, 0), 502);
  EXPECT_EQ(worker.servers().size(), 1u) << "a first request is not tried again";
}

TEST(ExchangeRecord, SaysThatAResponseBrokeOffAndTheClientIsCutOffToo) {
  OneWorker worker;
  const Asked asked(worker);
  worker.Server(0).Send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart");
  worker.RunUntilReceived(asked.client, "part");
  worker.Server(0).EndSending();
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("ERROR UPSTREAM_FAILURE UPSTREAM_RESET"));
  worker.RunUntil([&] { return asked.client.saw_reset(); });
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("ERROR UPSTREAM_FAILURE UPSTREAM_RESET"));
}

TEST(ExchangeRecord, SaysThatTheClientIsGoneAndItsRequestUpstreamGoesToo) {
  OneWorker worker;
  const Asked asked(worker);
  asked.client.Reset();
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED DOWNSTREAM_RESET"));
  EXPECT_EQ(StatusOf(worker, 0), 0);
  worker.RunUntil([&] { return worker.servers()[0].saw_end() || worker.servers()[0].saw_reset(); });
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("FORWARDED DOWNSTREAM_RESET"));
}

TEST(ExchangeRecord, SaysThatItsSourceHoldsTooMuchAndTheNextIsServedOnceThatIsOver) {
  OneWorkerOptions options;
  options.limits.max_held_bytes = 4 * proxy::MemoryShare::kMostAssured;
  OneWorker worker(options);
  const std::string large = absl::StrCat(
      "GET /ok HTTP/1.1\r\nhost: shop\r\nlong: ", std::string(60'000, 'x'), "\r\n\r\n");
  size_t asked = 0;
  while (RequestsOf(worker).empty() && asked < 100) {
    worker.Connect().Send(large);
    ++asked;
    worker.RunUntil(
        [&] { return worker.servers().size() == asked || !RequestsOf(worker).empty(); });
  }
  EXPECT_THAT(RequestsOf(worker), ElementsAre("DROPPED LIMIT"));
  EXPECT_EQ(StatusOf(worker, 0), 503);
  EXPECT_NEAR(static_cast<double>(asked), 2 * 1'048'576 / (2 * 60'000.0), 2)
      << "half of it is one source's";
  worker.Server(0).Send(kOk);
  worker.Server(1).Send(kOk);
  RunUntilRequestsEnd(worker, 3);
  worker.Connect().Send(large);
  worker.RunUntil([&] {  // on one of the connections that are free again
    return worker.Server(0).received().size() + worker.Server(1).received().size() > 180'000;
  });
}

TEST(ExchangeRecord, SaysThatNothingMoved) {
  OneWorker worker;
  const Asked asked(worker);
  worker.Advance(Limits().stream_idle_timeout_ms);
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("ERROR TIMEOUT"));
  EXPECT_EQ(StatusOf(worker, 0), 504);
  EXPECT_THAT(asked.client.received(), StartsWith("HTTP/1.1 504 "));
}

TEST(ExchangeRecord, IsNotThereForHeadersThatNeverEnd) {
  OneWorker worker;
  SocketPeer& client = worker.Connect();
  client.Send("GET /ok HTTP/1.1\r\nhost:");
  worker.Settle();
  worker.Advance(Limits().http_header_timeout_ms);
  client.EndSending();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("DROPPED MALFORMED DENIED"));
  EXPECT_EQ(*worker.Records().front().detail, "header_timeout");
  EXPECT_THAT(RequestsOf(worker), IsEmpty());
}

TEST(ExchangeRecord, SaysThatPolicyChangedBeforeTheAnswerOrUnderIt) {
  for (const bool begun : {false, true}) {
    OneWorkerOptions options;
    options.policy = tests::PolicyOf(kOkAlone);
    OneWorker worker(options);
    const Asked asked(worker);
    if (begun) {
      worker.Server(0).Send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart");
      worker.RunUntilReceived(asked.client, "part");
    }
    worker.SetPolicy(tests::PolicyOf(absl::StrCat(kOkAlone, ", ", kNothing)));
    worker.Settle();
    EXPECT_THAT(RequestsOf(worker), IsEmpty()) << "it may live on, and notices nothing";
    worker.SetPolicy(tests::PolicyOf(kNothing));
    EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED POLICY_CHANGED"));
    if (begun) {
      worker.RunUntil([&] { return asked.client.saw_reset(); });
      EXPECT_EQ(StatusOf(worker, 0), 200);
    } else {
      worker.RunUntilReceived(asked.client, "HTTP/1.1 403 Forbidden\r\n");
      EXPECT_EQ(StatusOf(worker, 0), 403);
    }
  }
}

TEST(ExchangeRecord, IsThereForEachRequestOfAPipelineInItsOrder) {
  OneWorkerOptions options;
  options.policy = tests::PolicyOf(kOkAlone);
  OneWorker worker(options);
  const Asked asked(worker, absl::StrCat(kGet, "GET /no HTTP/1.1\r\nhost: shop\r\n\r\n", kGet));
  worker.Settle();
  EXPECT_THAT(RequestsOf(worker), IsEmpty()) << "one at a time";
  worker.Server(0).Send(kOk);
  worker.RunUntil([&] { return RequestsOf(worker).size() == 2; });
  worker.RunUntil([&] { return worker.Server(0).received().find("GET", 1) != std::string::npos; });
  worker.Server(0).Send(kOk);
  EXPECT_THAT(RunUntilRequestsEnd(worker, 3),
              ElementsAre("FORWARDED", "DROPPED NO_RULE", "FORWARDED"));
}

TEST(ExchangeRecord, IsOneForARequestThatWasTriedAgain) {
  OneWorker worker;
  const Asked asked(worker);
  worker.Server(0).Send(kOk);
  RunUntilRequestsEnd(worker);
  asked.client.Send(kGet);
  worker.RunUntil(
      [&] { return worker.servers()[0].received().find("GET", 1) != std::string::npos; });
  worker.Server(0).EndSending();  // it took the connection for idle
  worker.RunUntilReceived(worker.Server(1), "GET /ok");
  worker.Server(1).Send(kOk);
  EXPECT_THAT(RunUntilRequestsEnd(worker, 2), ElementsAre("FORWARDED", "FORWARDED"));
}

TEST(Exchange, ARequestThatMayHaveHadAnEffectOrLostItsBodyIsNotTriedAgain) {
  for (const absl::string_view rest :
       {"POST /ok HTTP/1.1\r\nhost: shop\r\ncontent-length: 0\r\n\r\n",
        "PUT /ok HTTP/1.1\r\nhost: shop\r\ncontent-length: 4\r\n\r\nbody"}) {
    OneWorker worker;
    const Asked asked(worker);
    worker.Server(0).Send(kOk);
    RunUntilRequestsEnd(worker);
    asked.client.Send(rest);
    worker.RunUntilReceived(worker.Server(0), rest.substr(rest.rfind('\n') + 1));
    worker.RunUntilReceived(worker.Server(0), rest.substr(0, 4));
    worker.Server(0).EndSending();
    EXPECT_THAT(RunUntilRequestsEnd(worker, 2),
                ElementsAre("FORWARDED", "ERROR UPSTREAM_FAILURE UPSTREAM_RESET"));
    EXPECT_EQ(worker.servers().size(), 1u) << rest;
  }
}

TEST(Exchange, AClientIsReadNoFasterThanTheWorkloadReads) {
  OneWorker worker;
  const std::string body = Random(30'000'000);
  const Asked asked(
      worker,
      absl::StrCat("POST /ok HTTP/1.1\r\nhost: shop\r\ncontent-length: ", body.size(), "\r\n\r\n"));
  SocketPeer& server = worker.Server(0);
  server.StopReading();
  asked.client.Send(body);
  worker.Settle();
  // What the kernel's buffers hold has left the client; we hold next to nothing.
  EXPECT_GT(asked.client.unsent(), body.size() / 2);
  server.ReadOn();
  worker.RunUntil([&] { return absl::EndsWith(server.received(), body); });
  server.Send(kOk);
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED"));
}

TEST(Exchange, AWorkloadIsReadNoFasterThanTheClientReads) {
  OneWorker worker;
  const std::string body = Random(30'000'000);
  const Asked asked(worker);
  asked.client.StopReading();
  worker.Server(0).Send(
      absl::StrCat("HTTP/1.1 200 OK\r\ncontent-length: ", body.size(), "\r\n\r\n", body));
  worker.Settle();
  EXPECT_GT(worker.Server(0).unsent(), body.size() / 2);
  EXPECT_THAT(RequestsOf(worker), IsEmpty());
  asked.client.ReadOn();
  worker.RunUntil([&] { return absl::EndsWith(asked.client.received(), body); });
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED"));
}

TEST(Exchange, AnAnswerBeforeTheEndOfTheRequestEndsBoth) {
  OneWorker worker;
  const Asked asked(worker, "POST /ok HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n\r\npart");
  worker.Server(0).Send(kOk);
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED"));
  worker.RunUntil([&] { return asked.client.saw_end(); });
  EXPECT_THAT(asked.client.received(), HasSubstr("connection: close\r\n"));
  EXPECT_THAT(asked.client.received(), ::testing::EndsWith("ok"));
  asked.client.EndSending();
  EXPECT_THAT(worker.RunUntilClosed(), ElementsAre("FORWARDED DOWNSTREAM_FIN"));
}

// A client of whose last answer we hold the end, since it reads nothing now.
struct SlowToTheLast {
  SlowToTheLast() {
    asked.client.StopReading();
    worker.Server(0).Send(
        absl::StrCat("HTTP/1.1 200 OK\r\ncontent-length: ", body.size(), "\r\n\r\n", body));
    EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("FORWARDED"));
  }
  static OneWorkerOptions SmallBuffers() {
    OneWorkerOptions options;
    options.buffer_bytes = 4'096;
    return options;
  }
  // More than the kernel holds for the client, and not more than that and we do.
  const std::string body = Random(100'000);
  OneWorker worker{SmallBuffers()};
  const Asked asked{worker, "GET /ok HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n"};
};

TEST(Exchange, AClientThatIsSlowToTakeTheLastAnswerOfItsConnectionGetsItWhole) {
  SlowToTheLast slow;
  slow.worker.Advance(Limits().http_header_timeout_ms + 1);
  slow.worker.Settle();
  slow.asked.client.ReadOn();
  slow.worker.RunUntil(
      [&] { return slow.asked.client.saw_end() || slow.asked.client.saw_reset(); });
  EXPECT_TRUE(absl::EndsWith(slow.asked.client.received(), slow.body));
}

TEST(Exchange, AClientThatTakesNothingOfTheLastAnswerIsNotWaitedForWithoutEnd) {
  SlowToTheLast slow;
  for (int i = 0; i < 2; ++i) {
    slow.worker.Advance(Limits().stream_idle_timeout_ms + 1);
    slow.worker.Settle();
  }
  EXPECT_THAT(slow.worker.RunUntilClosed(), ElementsAre("FORWARDED DOWNSTREAM_RESET"));
}

// Http2End has a codec of the test speak over a client's socket, or a server's.
template <typename Peer>
struct Http2End {
  void Turn(SocketPeer& socket) {
    const size_t all = socket.received().size();
    peer.Feed(absl::string_view(socket.received()).substr(fed));
    fed = all;
    socket.Send(peer.TakeOutput());
  }
  Peer peer;
  size_t fed = 0;
};

TEST(ExchangeRecord, OfMoreRequestsThanATurnReportsComesForEachOfThemOnce) {
  constexpr size_t kRequests = ReportQueue::kRecordsPerTurn + 50;
  OneWorkerOptions options;
  options.periodic_seconds = 60;
  options.limits.max_streams = kRequests;
  options.limits.idle_timeout_ms = options.limits.stream_idle_timeout_ms = 3'600'000;
  OneWorker worker(options);
  SocketPeer& client_socket = worker.Connect();
  CodecOptions codec;
  codec.max_streams = kRequests;
  Http2End<testing::ClientPeer> client{.peer = testing::ClientPeer(codec)};
  Http2End<testing::ServerPeer> server{.peer = testing::ServerPeer(codec)};
  size_t asked = 0;
  worker.RunUntil([&] {
    client.Turn(client_socket);
    while (asked < kRequests && client.peer.Get(absl::StrCat("/", asked)) != nullptr) ++asked;
    if (!worker.servers().empty()) server.Turn(worker.Server(0));
    return server.peer.requests() == kRequests;
  });
  worker.Advance(60'000);
  EXPECT_EQ(worker.Records().size(), size_t{ReportQueue::kRecordsPerTurn});
  worker.Advance(20);
  std::set<std::string> paths;
  for (const flows::Record& record : worker.Records()) {
    EXPECT_EQ(record.event, flows::Event::kPeriodic);
    if (record.http.has_value()) paths.insert(record.http->path);
  }
  EXPECT_EQ(worker.Records().size(), kRequests + 1) << "and the connection's";
  EXPECT_EQ(paths.size(), kRequests);
}

TEST(Exchange, OverHttp2APolicyThatChangesEndsTheStreamsItRefusesAndNoOthers) {
  OneWorkerOptions options;
  options.policy = tests::PolicyOf(absl::StrCat(kOkAlone, ", ", kNothing));
  OneWorker worker(options);
  SocketPeer& client_socket = worker.Connect();
  Http2End<testing::ClientPeer> client;
  Http2End<testing::ServerPeer> server;
  client.peer.Get("/ok");
  client.peer.Get("/none");
  const auto until = [&](const std::function<bool()>& done) {
    worker.RunUntil([&] {
      client.Turn(client_socket);
      if (!worker.servers().empty()) server.Turn(worker.Server(0));
      return done();
    });
  };
  until([&] { return server.peer.requests() == 2; });
  worker.SetPolicy(tests::PolicyOf(kOkAlone));
  until([&] { return absl::StrContains(client.peer.Text(), "403"); });
  EXPECT_THAT(RunUntilRequestsEnd(worker), ElementsAre("DROPPED POLICY_CHANGED"));
  EXPECT_EQ(worker.Records().front().http->path, "/none");
  for (const uint64_t id : {1, 3}) {
    if (!absl::StrContains(server.peer.Text(), absl::StrCat(id, " failure")))
      server.peer.Answer(id);
  }
  until([&] { return absl::StrContains(client.peer.Text(), "1 response 200"); });
  EXPECT_THAT(RunUntilRequestsEnd(worker, 2), ElementsAre("DROPPED POLICY_CHANGED", "FORWARDED"));
  EXPECT_EQ(worker.servers().size(), 1u);
}

}  // namespace
}  // namespace firebreak::proxy
