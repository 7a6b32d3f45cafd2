#include "proxy/upstream/http_pool.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "config/diagnostics.h"
#include "policy/authorizer.h"
#include "policy/loader.h"
#include "proxy/http2/testing.h"
#include "proxy/upstream/pooled_connection.h"
#include "tests/support/socket_pair.h"

namespace firebreak::proxy {
namespace {

constexpr char kAllowAll[] = R"(
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: out, namespace: shop}
spec: {direction: OUTBOUND, action: ALLOW, rules: [{}]}
)";

http::Request Get(absl::string_view path = "/") {
  http::Request request;
  request.method = "GET";
  request.scheme = "http";
  request.authority = "upstream.example";
  request.path = std::string(path);
  return request;
}

// Client asks the pool for a connection and, as soon as it has one, sends its request on it, as an
// exchange does.
class Client final : public UpstreamWaiter, public ResponseReader {
 public:
  ~Client() override {
    if (pool != nullptr) pool->Cancel(key, *this);
    if (stream != nullptr && !ended && !broke) stream->Reset(StreamError::kCancelled);
  }

  HttpPool* pool = nullptr;
  PoolKey key;
  http::Request request = Get();
  PooledConnection* connection = nullptr;
  ClientStream* stream = nullptr;
  int told = 0;
  std::optional<UpstreamFailure> failed;
  int status = 0;
  std::string body;
  bool ended = false;
  std::optional<StreamFailure> broke;

  void OnUpstreamReady(PooledConnection& ready) override {
    ++told;
    Send(ready);
  }
  void OnUpstreamFailed(const UpstreamFailure& failure) override {
    ++told;
    failed = failure;
  }
  void Send(PooledConnection& ready) {
    connection = &ready;
    stream = ready.Request(request, request.upgrade == http::Upgrade::kNone, *this);
    EXPECT_NE(stream, nullptr);
  }
  void OnInformational(http::Response& /*response*/) override {}
  void OnResponse(http::Response& response) override { status = response.status; }
  void OnData(absl::string_view bytes) override { body.append(bytes.data(), bytes.size()); }
  void OnEnd(const http::HeaderMap& /*trailers*/) override { ended = true; }
  void OnFailure(StreamFailure failure) override { broke = failure; }
  void OnWritable() override {}
};

// A pool on a real loop, in clear text to a listening socket, where the test is the server.
class HttpPoolTest : public ::testing::Test {
 protected:
  HttpPoolTest() {
    config::Diagnostics diagnostics;
    authorizer_.SetPolicy(policy::LoadPolicyText(
        "policy.yaml", kAllowAll, {.workload_namespace = "shop", .labels = {}}, &diagnostics));
    key_.address = LocalAddress(listener_.fd());
  }
  ~HttpPoolTest() override {
    if (pool_.has_value()) pool_->Clear();
    pool_.reset();
    loop_.Bury();
  }

  HttpPool& pool() {
    if (!pool_.has_value()) {
      pool_.emplace(PoolServices{.loop = loop_,
                                 .scratch = scratch_,
                                 .tls = tls_,
                                 .agenda = agenda_,
                                 .limits = limits_,
                                 .codec = codec_});
    }
    return *pool_;
  }

  policy::Permit Permit() {
    policy::ConnectionRequest question;
    question.direction = Direction::kOutbound;
    question.destination = {.id = nullptr, .ip = key_.address.ip(), .port = key_.address.port()};
    policy::Decision decision;
    return *authorizer_.Authorize(question, &decision);
  }

  // Asks for a connection; false when the client has to wait.
  bool Ask(Client& client, const PoolKey& key) {
    client.pool = &pool();
    client.key = key;
    const HttpPool::Acquired got = pool().Acquire(Permit(), key, client);
    if (got.failure.has_value()) client.failed = got.failure;
    if (got.connection != nullptr) client.Send(*got.connection);
    return got.connection != nullptr;
  }
  bool Ask(Client& client) { return Ask(client, key_); }

  void RunUntil(const std::function<bool()>& done) {
    while (!done()) loop_.RunOnce();
  }
  // A few turns in which nothing has to happen.
  void Linger() {
    for (int turn = 0; turn < 20; ++turn) {
      loop_.Post([] {});
      loop_.RunOnce();
    }
  }

  Socket Accept() {
    pollfd wait{.fd = listener_.fd(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&wait, 1, 5000), 1);
    return Socket(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  }
  bool NobodyConnects() {
    Linger();
    pollfd wait{.fd = listener_.fd(), .events = POLLIN, .revents = 0};
    return poll(&wait, 1, 0) == 0;
  }

  // Waits for a client's connection and request, over HTTP/1.1.
  Socket Serve(Client& client) {
    RunUntil([&] { return client.stream != nullptr; });
    Linger();
    Socket server = Accept();
    EXPECT_EQ(tests::ReadAvailable(server).substr(0, 4), "GET ");
    return server;
  }
  void Answer(const Socket& server, Client& client, absl::string_view fields = "") {
    tests::SendAll(server,
                   absl::StrCat("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", fields, "\r\nok"));
    RunUntil([&] { return client.ended; });
    EXPECT_EQ(client.status, 200);
    EXPECT_EQ(client.body, "ok");
    Linger();
  }

  EventLoop loop_;
  Scratch scratch_;
  Limits limits_;
  TlsEngine tls_{scratch_, limits_, Clock::Real()};
  Agenda agenda_{loop_};
  CodecOptions codec_;
  policy::Authorizer authorizer_{nullptr, 1};
  Socket listener_ = *Listen(*SocketAddress::Parse("127.0.0.1:0"));
  PoolKey key_;
  std::optional<HttpPool> pool_;
};

TEST_F(HttpPoolTest, AnIdleConnectionIsUsedAgain) {
  Client first;
  Client second;
  EXPECT_FALSE(Ask(first));
  EXPECT_EQ(first.told, 0);  // never from within Acquire
  const Socket server = Serve(first);
  Answer(server, first);
  EXPECT_TRUE(Ask(second));
  EXPECT_EQ(second.connection, first.connection);
  Answer(server, second);
  EXPECT_EQ(second.told, 0);
  EXPECT_EQ(pool().connections(), 1U);
}

TEST_F(HttpPoolTest, Http1TakesOneConnectionForEachRequestAtOnce) {
  Client clients[3];
  for (Client& client : clients) EXPECT_FALSE(Ask(client));
  EXPECT_EQ(pool().connections(), 3U);
  std::vector<Socket> servers;
  for (Client& client : clients) servers.push_back(Serve(client));
  EXPECT_NE(clients[0].connection, clients[1].connection);
  EXPECT_NE(clients[1].connection, clients[2].connection);
  EXPECT_NE(clients[0].connection, clients[2].connection);
  for (Client& client : clients) EXPECT_EQ(client.told, 1);
}

TEST_F(HttpPoolTest, TheConnectionThatBecameFreeLastIsUsedNext) {
  Client clients[3];
  for (Client& client : clients) EXPECT_FALSE(Ask(client));
  std::vector<Socket> servers;
  for (Client& client : clients) servers.push_back(Serve(client));
  for (const size_t i : {0, 2, 1}) Answer(servers[i], clients[i]);
  for (const size_t i : {1, 2, 0}) {
    Client next;
    EXPECT_TRUE(Ask(next));
    EXPECT_EQ(next.connection, clients[i].connection);
    next.stream->Reset(StreamError::kCancelled);
  }
  Client last;
  EXPECT_FALSE(Ask(last));
}

TEST_F(HttpPoolTest, Http2RequestsShareAConnection) {
  key_.protocol = HttpProtocol::kHttp2;
  Client clients[3];
  for (Client& client : clients) EXPECT_FALSE(Ask(client));
  EXPECT_EQ(pool().connections(), 1U);
  // One goes ahead; the others wait until the server's SETTINGS say how many it takes.
  RunUntil([&] { return clients[0].stream != nullptr; });
  EXPECT_EQ(clients[1].stream, nullptr);
  const Socket server = Accept();
  testing::ServerPeer peer;
  tests::SendAll(server, peer.TakeOutput());
  RunUntil([&] { return clients[2].stream != nullptr; });
  EXPECT_EQ(clients[0].connection, clients[1].connection);
  EXPECT_EQ(clients[0].connection, clients[2].connection);
  Linger();
  peer.Feed(tests::ReadAvailable(server));
  ASSERT_EQ(peer.requests(), 3U);
  for (const uint64_t id : {1, 3, 5}) peer.Answer(id, 200, "ok");
  tests::SendAll(server, peer.TakeOutput());
  for (Client& client : clients) RunUntil([&] { return client.ended; });
  EXPECT_EQ(clients[1].body, "ok");
  Client later;
  EXPECT_TRUE(Ask(later));
  EXPECT_EQ(later.connection, clients[0].connection);
  EXPECT_TRUE(NobodyConnects());
}

TEST_F(HttpPoolTest, FailureTellsWhoWaits) {
  listener_.Reset();
  for (const HttpProtocol protocol : {HttpProtocol::kHttp1, HttpProtocol::kHttp2}) {
    key_.protocol = protocol;
    Client clients[3];
    for (Client& client : clients) Ask(client);
    for (Client& client : clients) {
      RunUntil([&] { return client.failed.has_value(); });
      EXPECT_EQ(client.failed->reason, Reason::kUpstreamFailure);
      EXPECT_LE(client.told, 1);
    }
    EXPECT_EQ(pool().connections(), 0U);
  }
}

TEST_F(HttpPoolTest, WithoutAnSvidNothingIsOpenedToWhomeverMustProveAnIdentity) {
  key_.expected = std::make_shared<const ExpectedIdentities>(
      ExpectedIdentities{*certs::SpiffeId::ParsePrincipal("shop.example/ns/shop/sa/orders")});
  Client client;
  EXPECT_FALSE(Ask(client));
  ASSERT_TRUE(client.failed.has_value());
  EXPECT_EQ(client.failed->reason, Reason::kTlsFailure);
  EXPECT_EQ(pool().connections(), 0U);
}

TEST_F(HttpPoolTest, WhoCancelsIsNotToldAndTheConnectionServesAnother) {
  Client gone;
  Client other;
  EXPECT_FALSE(Ask(gone));
  pool().Cancel(key_, gone);
  EXPECT_FALSE(Ask(other));
  EXPECT_EQ(pool().connections(), 1U);
  const Socket server = Serve(other);
  Answer(server, other);
  EXPECT_EQ(gone.told, 0);
  pool().Cancel(key_, gone);  // nothing more to take back
}

TEST_F(HttpPoolTest, AnIdleConnectionEndsAfterItsTime) {
  limits_.upstream_idle_timeout_ms = 50;
  Client client;
  Ask(client);
  const Socket server = Serve(client);
  Answer(server, client);
  EXPECT_EQ(pool().connections(), 1U);
  RunUntil([&] { return pool().connections() == 0; });
  bool ended = false;
  EXPECT_EQ(tests::ReadAvailable(server, &ended), "");
  EXPECT_TRUE(ended);
}

TEST_F(HttpPoolTest, AnIdleConnectionEndsHoweverOftenItsUpstreamPings) {
  key_.protocol = HttpProtocol::kHttp2;
  limits_.upstream_idle_timeout_ms = 50;
  Client client;
  Ask(client);
  RunUntil([&] { return client.stream != nullptr; });
  const Socket server = Accept();
  testing::ServerPeer peer;
  Linger();
  peer.Feed(tests::ReadAvailable(server));
  peer.Answer(1, 200, "ok");
  tests::SendAll(server, peer.TakeOutput());
  RunUntil([&] { return client.ended; });
  const std::string ping = testing::Ping();
  RunUntil([&] {
    char answers[1'024];
    send(server.fd(), ping.data(), ping.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    recv(server.fd(), answers, sizeof(answers), MSG_DONTWAIT);
    return pool().connections() == 0;
  });
}

TEST_F(HttpPoolTest, AConnectionWithARequestIsNotIdle) {
  limits_.upstream_idle_timeout_ms = 1;
  Client client;
  Ask(client);
  const Socket server = Serve(client);
  for (int turn = 0; turn < 10; ++turn) {
    pollfd wait{.fd = server.fd(), .events = POLLIN, .revents = 0};
    poll(&wait, 1, 2);
    Linger();
  }
  EXPECT_EQ(pool().connections(), 1U);
  Answer(server, client);
}

TEST_F(HttpPoolTest, AResetThatComesInOneEventWithBytesIsMet) {
  limits_.upstream_idle_timeout_ms = 80;
  Client client;
  Ask(client);
  Socket server = Serve(client);
  tests::SendAll(server, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
  ResetOnClose(server.fd());
  server.Reset();
  RunUntil([&] { return client.broke.has_value(); });
  EXPECT_EQ(pool().connections(), 0U);
}

TEST_F(HttpPoolTest, SourcesNeverShareAConnection) {
  PoolKey web = key_;
  web.source = std::make_shared<const std::string>("shop.example/ns/shop/sa/web");
  PoolKey batch = key_;
  batch.source = std::make_shared<const std::string>("shop.example/ns/shop/sa/batch");
  for (const HttpProtocol protocol : {HttpProtocol::kHttp1, HttpProtocol::kHttp2}) {
    web.protocol = batch.protocol = protocol;
    Client of_web;
    Client of_batch;
    Client of_nobody;
    PoolKey nobody = key_;
    nobody.protocol = protocol;
    Ask(of_web, web);
    RunUntil([&] { return of_web.stream != nullptr; });
    EXPECT_FALSE(Ask(of_batch, batch));
    EXPECT_FALSE(Ask(of_nobody, nobody));
    RunUntil([&] { return of_batch.stream != nullptr && of_nobody.stream != nullptr; });
    EXPECT_NE(of_web.connection, of_batch.connection);
    EXPECT_NE(of_web.connection, of_nobody.connection);
    EXPECT_NE(of_batch.connection, of_nobody.connection);
    pool().Clear();
    EXPECT_TRUE(of_web.broke.has_value());
  }
}

TEST_F(HttpPoolTest, AConnectionThatTheServerClosedIsNotUsedAgain) {
  Client first;
  Client second;
  Ask(first);
  Socket server = Serve(first);
  Answer(server, first);
  server.Reset();
  RunUntil([&] { return pool().connections() == 0; });
  EXPECT_FALSE(Ask(second));
  Serve(second);
}

TEST_F(HttpPoolTest, AConnectionThatIsToCloseIsNotUsedAgain) {
  Client first;
  Client second;
  Ask(first);
  const Socket server = Serve(first);
  Answer(server, first, "connection: close\r\n");
  EXPECT_FALSE(Ask(second));
  Serve(second);
}

TEST_F(HttpPoolTest, BytesThatNobodyAskedForEndTheConnection) {
  Client first;
  Client second;
  Ask(first);
  const Socket server = Serve(first);
  Answer(server, first);
  tests::SendAll(server, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");
  RunUntil([&] { return pool().connections() == 0; });
  EXPECT_FALSE(Ask(second));
  const Socket clean = Serve(second);
  Answer(clean, second);
}

TEST_F(HttpPoolTest, AnUpgradedConnectionIsNobodyElses) {
  Client websocket;
  websocket.request.upgrade = http::Upgrade::kWebsocket;
  Client second;
  Ask(websocket);
  const Socket server = Serve(websocket);
  EXPECT_FALSE(Ask(second));
  EXPECT_EQ(pool().connections(), 2U);
}

TEST_F(HttpPoolTest, ClearBreaksOffWhatIsUnderWay) {
  Client client;
  Ask(client);
  const Socket server = Serve(client);
  PooledConnection* const connection = client.connection;
  pool().Clear();
  ASSERT_TRUE(client.broke.has_value());
  EXPECT_EQ(connection->abort_reason(), Reason::kDrained);
  EXPECT_EQ(pool().connections(), 0U);
}

}  // namespace
}  // namespace firebreak::proxy
