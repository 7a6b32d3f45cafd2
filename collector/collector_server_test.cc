// A collector and its senders, over real connections.
#include "collector/collector_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"

#include "collector/testing_server.h"
#include "tests/support/temp_folder.h"

namespace firebreak::collector {
namespace {

using flows::Delivery;
using ::testing::HasSubstr;

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
  SkippingClock clock_;
  const tests::TempFolder folder_;
  RunningCollector collector_{folder_.path(), clock_};
};

TEST_F(CollectorServerTest, WhatWasDeliveredIsStored) {
  collector_.Start();
  Sender sender = collector_.MakeSender();
  for (uint64_t i = 0; i < 20; ++i) {
    const Delivery delivery = sender.Send(TestLines(i * 100 + 1, i * 100 + 100));
    ASSERT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  }
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 2'000);
}

TEST_F(CollectorServerTest, ALargeBatchGoesThrough) {
  collector_.Start();
  Sender sender = collector_.MakeSender();
  const Delivery delivery = sender.Send(TestLines(1, 9'000));  // 3 MB
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  const Delivery too_large = sender.Send(TestLines(10'000, 30'000));
  EXPECT_EQ(too_large.fate, Delivery::Fate::kRefused);
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 9'000);
}

TEST_F(CollectorServerTest, ALieIsRefusedForGoodAndTheSenderMayGoOn) {
  collector_.Start();
  Sender sender = collector_.MakeSender();
  const Delivery lie = sender.Send(TestLines(1, 3, kVictim));
  EXPECT_EQ(lie.fate, Delivery::Fate::kRefused);
  EXPECT_THAT(lie.detail, HasSubstr("reporter.principal is"));
  EXPECT_EQ(sender.Send(TestLines(4, 5)).fate, Delivery::Fate::kTaken);
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 2);
}

TEST_F(CollectorServerTest, ACollectorThatIsSomebodyElseIsSentNothing) {
  collector_.Start();
  Sender sender = collector_.MakeSender(kSender, "shop.example/ns/ops/sa/other");
  const Delivery delivery = sender.Send(TestLines(1, 3));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kLater);
  EXPECT_THAT(delivery.detail, HasSubstr("IDENTITY_MISMATCH"));
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 0);
}

TEST_F(CollectorServerTest, ASenderOfAnotherTrustDomainGetsNowhere) {
  collector_.Start();
  const TestPki other("other.example");
  certs::IdentityFiles files =
      other.Issue(folder_.path(), "other", "other.example/ns/shop/sa/orders");
  // It trusts the collector, which does not trust it.
  files.federated_bundles["shop.example"] = folder_.Path("shop.example.ca");
  Sender sender(other.Load(files), collector_.port(), kCollector);
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kLater);
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 0);
}

TEST_F(CollectorServerTest, OnlyReportersThatAreAllowedAreHeard) {
  collector_.Start([](CollectorOptions& options) {
    options.reporters = {"shop.example/ns/shop/*", "shop.example/ns/ops/sa/one"};
  });
  Sender orders = collector_.MakeSender();
  EXPECT_EQ(orders.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  constexpr char kStranger[] = "shop.example/ns/ops/sa/two";
  Sender stranger = collector_.MakeSender(kStranger);
  const Delivery delivery = stranger.Send(TestLines(1, 3, kStranger));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kLater);
  EXPECT_THAT(delivery.detail, HasSubstr("may not report here"));
}

TEST_F(CollectorServerTest, ASenderWithANewSvidGoesOnUnderIt) {
  collector_.Start();
  Sender sender = collector_.MakeSender();
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  sender.slot.Set(
      collector_.pki().Load(collector_.pki().Issue(folder_.path(), "sender2", kVictim)));
  EXPECT_EQ(sender.Send(TestLines(1, 3, kVictim)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(sender.Send(TestLines(4, 5)).fate, Delivery::Fate::kRefused);
}

TEST_F(CollectorServerTest, SocketsThatSayNothingKeepNobodyOut) {
  collector_.Start([](CollectorOptions& options) { options.max_connections = 4; });
  std::vector<proxy::Socket> silent;
  for (int i = 0; i < 10; ++i) {
    proxy::Socket& socket = silent.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(collector_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
  }
  Sender sender = collector_.MakeSender();
  const Delivery delivery = sender.Send(TestLines(1, 3));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
}

TEST_F(CollectorServerTest, OneIdentityTakesNoMoreThanHalfOfTheConnections) {
  collector_.Start([](CollectorOptions& options) { options.max_connections = 4; });
  Sender first = collector_.MakeSender();
  Sender second = collector_.MakeSender();
  Sender third = collector_.MakeSender();
  EXPECT_EQ(first.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(second.Send(TestLines(4, 5)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(third.Send(TestLines(6, 7)).fate, Delivery::Fate::kLater);
  Sender other = collector_.MakeSender(kVictim);
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
  collector_.Start();
  Sender sender = collector_.MakeSender();
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
  collector_.Start();
  Sender sender = collector_.MakeSender();
  EXPECT_EQ(sender.Send(TestLines(1, 3)).fate, Delivery::Fate::kTaken);
  const SocketAddress address = collector_.address();
  collector_.Stop();
  EXPECT_EQ(sender.Send(TestLines(4, 5)).fate, Delivery::Fate::kLater);
  collector_.Start([&](CollectorOptions& options) { options.listen = address; });
  EXPECT_EQ(sender.Send(TestLines(3, 5)).fate, Delivery::Fate::kTaken);
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 5);
}

TEST_F(CollectorServerTest, SendersThatWaitForRoomAreServedInTurn) {
  collector_.Start([](CollectorOptions& options) { options.max_message_bytes = 300'000; });
  const auto identity = collector_.Identity(kSender);
  std::vector<std::thread> senders;
  senders.reserve(6);
  for (int n = 0; n < 6; ++n) {
    senders.emplace_back([this, n, &identity] {
      const std::string run = absl::StrCat("000000000000000", n);
      Sender sender(identity, collector_.port(), kCollector);
      for (uint64_t i = 0; i < 5; ++i) {
        const Delivery delivery =
            sender.Send(TestLines(i * 4'000 + 1, i * 4'000 + 4'000, kSender, run));
        EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  collector_.Stop();
  EXPECT_EQ(collector_.Stored(), 6 * 20'000);
}

}  // namespace
}  // namespace firebreak::collector
