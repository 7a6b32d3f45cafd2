// A collector and its senders, over real connections.
#include "collector/collector_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"

#include "collector/sink/collector_sink.h"
#include "collector/testing.h"
#include "collector/testing_pki.h"
#include "store/query.h"
#include "tests/support/temp_folder.h"

namespace firebreak::collector {
namespace {

using flows::Batch;
using flows::Delivery;
using ::testing::HasSubstr;

// Sender is a sidecar's sink with an identity.
struct Sender {
  Sender(std::shared_ptr<const certs::IdentityMaterial> identity, uint16_t port,
         absl::string_view expected) {
    slot.Set(std::move(identity));
    sink = std::make_unique<CollectorSink>(
        LinkTarget{.host = "127.0.0.1",
                   .port = port,
                   .expected = {certs::SpiffeId::ParsePrincipal(expected).value()}},
        slot, Limits(), Clock::Real());
  }

  Delivery Send(const std::string& text) {
    Batch batch{.text = text,
                .lines = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'))};
    return sink->Deliver(batch);
  }

  IdentitySlot slot;
  std::unique_ptr<CollectorSink> sink;
};

// SkippingClock is the real one, and may be put ahead while a server runs.
class SkippingClock final : public Clock {
 public:
  absl::Time WallNow() const override {
    return Clock::Real().WallNow() + absl::Hours(ahead_hours_.load());
  }
  MonoTime MonoNow() const override { return Clock::Real().MonoNow(); }
  void Skip(int hours) { ahead_hours_ += hours; }

 private:
  std::atomic<int> ahead_hours_{0};
};

class CollectorServerTest : public testing::Test {
 protected:
  ~CollectorServerTest() override { Stop(); }

  void Start(std::vector<std::string> reporters = {}, size_t max_connections = 100) {
    auto server =
        CollectorServer::Make({.listen = *SocketAddress::Parse("127.0.0.1:0"),
                               .identity = pki_.Issue(folder_.path(), "collector", kCollector),
                               .trust_domain = "shop.example",
                               .intake = {.folder = Folder()},
                               .reporters = std::move(reporters),
                               .max_connections = max_connections},
                              clock_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::thread([this] { EXPECT_TRUE(server_->Run().ok()); });
  }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
    server_.reset();
  }
  std::string Folder() const { return folder_.Path("store"); }
  uint16_t port() const { return server_->address().port(); }

  Sender MakeSender(absl::string_view principal = kSender,
                    absl::string_view expected = kCollector) {
    return Sender(pki_.Load(pki_.Issue(folder_.path(), "sender", principal)), port(), expected);
  }

  int64_t Stored() {
    auto query = store::Query::Open(Folder(), Clock::Real());
    EXPECT_TRUE(query.ok()) << query.status();
    int64_t rows = -1;
    const auto result = (*query)->Run(
        "SELECT count(*) FROM flows", {}, [](const auto&) {},
        [&rows](absl::Span<const store::Value> row) { rows = std::get<int64_t>(row[0]); });
    EXPECT_TRUE(result.ok()) << result.status();
    return rows;
  }

  const tests::TempFolder folder_;
  const TestPki pki_{"shop.example"};
  SkippingClock clock_;
  std::unique_ptr<CollectorServer> server_;
  std::thread thread_;
};

TEST_F(CollectorServerTest, WhatWasDeliveredIsStored) {
  Start();
  Sender sender = MakeSender();
  for (uint64_t i = 0; i < 20; ++i) {
    const Delivery delivery = sender.Send(TestLines(i * 100 + 1, i * 100 + 100));
    ASSERT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  }
  Stop();
  EXPECT_EQ(Stored(), 2'000);
}

TEST_F(CollectorServerTest, ALargeBatchGoesThrough) {
  Start();
  Sender sender = MakeSender();
  const Delivery delivery = sender.Send(TestLines(1, 9'000));  // 3 MB
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  const Delivery too_large = sender.Send(TestLines(10'000, 30'000));
  EXPECT_EQ(too_large.fate, Delivery::Fate::kRefused);
  Stop();
  EXPECT_EQ(Stored(), 9'000);
}

TEST_F(CollectorServerTest, ALieIsRefusedForGoodAndTheSenderMayGoOn) {
  Start();
  Sender sender = MakeSender();
  const Delivery lie = sender.Send(TestLines(1, 3, kVictim));
  EXPECT_EQ(lie.fate, Delivery::Fate::kRefused);
  EXPECT_THAT(lie.detail, HasSubstr("reporter.principal is"));
  EXPECT_EQ(sender.Send(TestLines(4, 5)).fate, Delivery::Fate::kTaken);
  Stop();
  EXPECT_EQ(Stored(), 2);
}

TEST_F(CollectorServerTest, ACollectorThatIsSomebodyElseIsSentNothing) {
  Start();
  Sender sender = MakeSender(kSender, "shop.example/ns/ops/sa/other");
  const Delivery delivery = sender.Send(TestLines(1, 3));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kLater);
  EXPECT_THAT(delivery.detail, HasSubstr("IDENTITY_MISMATCH"));
  Stop();
  EXPECT_EQ(Stored(), 0);
}

TEST_F(CollectorServerTest, ASenderOfAnotherTrustDomainGetsNowhere) {
  Start();
  const TestPki other("other.example");
  certs::IdentityFiles files =
      other.Issue(folder_.path(), "other", "other.example/ns/shop/sa/orders");
  // It trusts the collector, which does not trust it.
  files.federated_bundles["shop.example"] = folder_.Path("shop.example.ca");
  Sender sender(other.Load(files), port(), kCollector);
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kLater);
  Stop();
  EXPECT_EQ(Stored(), 0);
}

TEST_F(CollectorServerTest, OnlyReportersThatAreAllowedAreHeard) {
  Start({"shop.example/ns/shop/*", "shop.example/ns/ops/sa/one"});
  Sender orders = MakeSender();
  EXPECT_EQ(orders.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  constexpr char kStranger[] = "shop.example/ns/ops/sa/two";
  Sender stranger = MakeSender(kStranger);
  const Delivery delivery = stranger.Send(TestLines(1, 3, kStranger));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kLater);
  EXPECT_THAT(delivery.detail, HasSubstr("may not report here"));
}

TEST_F(CollectorServerTest, ASenderWithANewSvidGoesOnUnderIt) {
  Start();
  Sender sender = MakeSender();
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  sender.slot.Set(pki_.Load(pki_.Issue(folder_.path(), "sender2", kVictim)));
  EXPECT_EQ(sender.Send(TestLines(1, 3, kVictim)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(sender.Send(TestLines(4, 5)).fate, Delivery::Fate::kRefused);
}

TEST_F(CollectorServerTest, SocketsThatSayNothingKeepNobodyOut) {
  Start({}, 4);
  std::vector<proxy::Socket> silent;
  for (int i = 0; i < 10; ++i) {
    proxy::Socket& socket = silent.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
  }
  Sender sender = MakeSender();
  const Delivery delivery = sender.Send(TestLines(1, 3));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
}

TEST_F(CollectorServerTest, OneIdentityTakesNoMoreThanHalfOfTheConnections) {
  Start({}, 4);
  Sender first = MakeSender();
  Sender second = MakeSender();
  Sender third = MakeSender();
  EXPECT_EQ(first.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(second.Send(TestLines(4, 5)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(third.Send(TestLines(6, 7)).fate, Delivery::Fate::kLater);
  Sender other = MakeSender(kVictim);
  EXPECT_EQ(other.Send(TestLines(1, 3, kVictim)).fate, Delivery::Fate::kTaken);
  first.sink.reset();
  // The server hears of that in its own time.
  Delivery delivery = third.Send(TestLines(6, 7));
  for (int i = 0; i < 1'000 && delivery.fate == Delivery::Fate::kLater; ++i) {
    delivery = third.Send(TestLines(6, 7));
  }
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
}

TEST_F(CollectorServerTest, AConnectionEndsWithTheSvidOfItsPeer) {
  Start();
  Sender sender = MakeSender();
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  clock_.Skip(2);  // the SVID is for one hour
  const MonoTime give_up = Clock::Real().MonoNow() + std::chrono::seconds(10);
  Delivery delivery;
  for (uint64_t i = 4; Clock::Real().MonoNow() < give_up; ++i) {
    delivery = sender.Send(TestLine(i));
    if (delivery.fate != Delivery::Fate::kTaken) break;
  }
  EXPECT_EQ(delivery.fate, Delivery::Fate::kLater) << delivery.detail;
  EXPECT_EQ(sender.Send(TestLine(1'000'000)).fate, Delivery::Fate::kLater);
}

TEST_F(CollectorServerTest, ASenderFindsACollectorThatWasStartedAnew) {
  Start();
  Sender sender = MakeSender();
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  const SocketAddress address = server_->address();
  Stop();
  EXPECT_EQ(sender.Send(TestLines(4, 5)).fate, Delivery::Fate::kLater);
  auto server =
      CollectorServer::Make({.listen = address,
                             .identity = pki_.Issue(folder_.path(), "collector", kCollector),
                             .trust_domain = "shop.example",
                             .intake = {.folder = Folder()}},
                            Clock::Real());
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  thread_ = std::thread([this] { EXPECT_TRUE(server_->Run().ok()); });
  EXPECT_EQ(sender.Send(TestLines(3, 5)).fate, Delivery::Fate::kTaken);
  Stop();
  EXPECT_EQ(Stored(), 5);
}

TEST_F(CollectorServerTest, SendersThatWaitForRoomAreServedInTurn) {
  auto server =
      CollectorServer::Make({.listen = *SocketAddress::Parse("127.0.0.1:0"),
                             .identity = pki_.Issue(folder_.path(), "collector", kCollector),
                             .trust_domain = "shop.example",
                             .intake = {.folder = Folder()},
                             .max_message_bytes = 300'000},
                            Clock::Real());
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  thread_ = std::thread([this] { EXPECT_TRUE(server_->Run().ok()); });
  const auto identity = pki_.Load(pki_.Issue(folder_.path(), "sender", kSender));
  std::vector<std::thread> senders;
  senders.reserve(6);
  for (int n = 0; n < 6; ++n) {
    senders.emplace_back([this, n, &identity] {
      const std::string run = absl::StrCat("000000000000000", n);
      Sender sender(identity, port(), kCollector);
      for (uint64_t i = 0; i < 5; ++i) {
        const Delivery delivery =
            sender.Send(TestLines(i * 4'000 + 1, i * 4'000 + 4'000, kSender, run));
        EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  Stop();
  EXPECT_EQ(Stored(), 6 * 20'000);
}

}  // namespace
}  // namespace firebreak::collector
