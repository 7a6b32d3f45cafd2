// The quarantine list, from the collector's file to a sidecar, over real connections.
#include "collector/sink/quarantine_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/simulated_clock.h"
#include "certs/signing_key.h"
#include "collector/quarantine_feed.h"
#include "collector/testing.h"
#include "collector/testing_server.h"
#include "quarantine/signed_list.h"
#include "tests/support/temp_folder.h"

namespace firebreak::collector {
namespace {

using ::testing::ElementsAre;

constexpr std::chrono::seconds kPatience{30};

// Texts that a channel has delivered, each looked at and asked for the next.
class Receiver {
 public:
  Receiver(std::shared_ptr<const certs::IdentityMaterial> identity, uint16_t port,
           absl::string_view expected = kCollector) {
    slot_.Set(std::move(identity));
    channel_ = std::make_unique<QuarantineChannel>(
        LinkTarget{.host = "127.0.0.1",
                   .port = port,
                   .expected = {certs::SpiffeId::ParsePrincipal(expected).value()}},
        slot_, Limits(), Clock::Real(), [this](std::string text) { Take(std::move(text)); });
  }

  QuarantineChannel& channel() { return *channel_; }
  // A sidecar that believes what it is sent says so.
  void Believe() { believes_ = true; }

  // Await returns the texts once there are so many.
  std::vector<std::string> Await(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, kPatience, [&] { return texts_.size() >= count; }))
        << texts_.size() << " of " << count;
    return texts_;
  }

 private:
  void Take(std::string text) {
    const auto list = quarantine::ReadUnverified("test", text);
    if (believes_ && list.ok()) channel_->SetSerial(list->serial);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      texts_.push_back(std::move(text));
    }
    came_.notify_all();
    channel_->Next();
  }

  IdentitySlot slot_;
  std::atomic<bool> believes_{false};
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> texts_;
  std::unique_ptr<QuarantineChannel> channel_;  // its thread ends first
};

class QuarantineChannelTest : public testing::Test {
 protected:
  void Start(bool gives_lists = true, SocketAddress listen = *SocketAddress::Parse("127.0.0.1:0"),
             std::vector<std::string> reporters = {}) {
    collector_.Start([&](CollectorOptions& options) {
      options.listen = listen;
      options.reporters = std::move(reporters);
      if (gives_lists) options.quarantine_list = list_;
    });
  }
  void Stop() { collector_.Stop(); }

  // StatusOf is how a call ends that says this.
  absl::Status StatusOf(absl::string_view path, absl::string_view says = EncodeHeld(0)) {
    IdentitySlot slot;
    slot.Set(collector_.Identity(kSender));
    CollectorDialer dialer({.host = "127.0.0.1",
                            .port = collector_.port(),
                            .expected = {certs::SpiffeId::ParsePrincipal(kCollector).value()}},
                           slot, Limits(), Clock::Real());
    const auto link = dialer.Dial(path, kMaxListMessageBytes);
    if (!link.ok()) return link.status();
    const MonoTime deadline = Clock::Real().MonoNow() + kPatience;
    const absl::Status sent = (*link)->Send(says, deadline);
    return sent.ok() ? (*link)->Receive(deadline).status() : sent;
  }

  // Receive begins with this list in force.
  std::unique_ptr<Receiver> Receive(uint64_t serial = 0) {
    auto receiver = std::make_unique<Receiver>(collector_.Identity(kSender), collector_.port());
    receiver->channel().SetSerial(serial);
    receiver->channel().Start();
    return receiver;
  }

  std::string ListOf(uint64_t serial, absl::Duration validity = absl::Hours(1)) const {
    const absl::Time now = Clock::Real().WallNow();
    quarantine::List list{
        .serial = serial, .issued_at = now, .expires_at = now + validity, .entries = {}};
    list.entries.push_back({.identity = kVictim,
                            .mode = QuarantineMode::kIsolate,
                            .until = now + validity,
                            .reason = "SHOP-7",
                            .allow = {}});
    return *quarantine::WriteList(list, key_);
  }
  std::string Put(const std::string& text) const {
    std::ofstream(list_ + ".new") << text;
    EXPECT_EQ(std::rename((list_ + ".new").c_str(), list_.c_str()), 0);
    return text;
  }
  static void AwaitConnected(const QuarantineChannel& channel) {
    const MonoTime until = Clock::Real().MonoNow() + kPatience;
    while (!channel.connected() && Clock::Real().MonoNow() < until) std::this_thread::yield();
    ASSERT_TRUE(channel.connected());
  }

  const tests::TempFolder folder_;
  const certs::SigningKey key_ = *certs::SigningKey::Generate();
  const std::string list_ = folder_.Path("quarantine.yaml");
  RunningCollector collector_{folder_.path()};
};

TEST_F(QuarantineChannelTest, EveryListReachesWhoIsConnectedByteForByte) {
  const std::string first = Put(ListOf(7));
  Start();
  const auto one = Receive();
  const auto other = Receive();
  one->Believe();
  EXPECT_THAT(one->Await(1), ElementsAre(first));
  EXPECT_THAT(other->Await(1), ElementsAre(first));
  const std::string second = Put(ListOf(8));
  EXPECT_THAT(one->Await(2), ElementsAre(first, second));
  EXPECT_THAT(other->Await(2), ElementsAre(first, second)) << "who did not believe the first";
}

TEST_F(QuarantineChannelTest, AListThatComesLaterIsSentAsSoonAsItIsThere) {
  Start();
  const auto receiver = Receive();
  AwaitConnected(receiver->channel());
  const std::string list = Put(ListOf(7));
  EXPECT_THAT(receiver->Await(1), ElementsAre(list));
}

TEST_F(QuarantineChannelTest, NobodyIsSentWhatHeHas) {
  Put(ListOf(7));
  Start();
  const auto receiver = Receive(7);
  AwaitConnected(receiver->channel());
  const std::string newer = Put(ListOf(8));
  EXPECT_THAT(receiver->Await(1), ElementsAre(newer));
}

TEST_F(QuarantineChannelTest, TheLargestListGoesThrough) {
  // A comment is signed like all else; only its signature is wrong then, which nobody here checks.
  std::string text = ListOf(7);
  text.insert(0, "#" + std::string(quarantine::kMaxListBytes - text.size() - 2, 'x') + "\n");
  ASSERT_EQ(text.size(), quarantine::kMaxListBytes);
  Put(text);
  Start();
  const auto receiver = Receive();
  EXPECT_THAT(receiver->Await(1), ElementsAre(text));
}

TEST_F(QuarantineChannelTest, ACollectorThatWasStartedAnewIsFoundAgain) {
  const std::string first = Put(ListOf(7));
  Start();
  const auto receiver = Receive();
  receiver->Believe();
  EXPECT_THAT(receiver->Await(1), ElementsAre(first));
  const SocketAddress address = collector_.address();
  Stop();
  const std::string second = Put(ListOf(8));
  Start(/*gives_lists=*/true, address);
  EXPECT_THAT(receiver->Await(2), ElementsAre(first, second));
}

// As a collector does that is older than the call.
TEST_F(QuarantineChannelTest, ACollectorWithoutAListSaysThatItKnowsNoSuchCall) {
  Start(/*gives_lists=*/false);
  EXPECT_TRUE(absl::IsUnimplemented(StatusOf(kQuarantinePath)));
  EXPECT_TRUE(absl::IsUnimplemented(StatusOf("/firebreak.flow.v1.FlowCollector/Later")));
}

TEST_F(QuarantineChannelTest, WhoMayNotReportIsSentNoList) {
  Put(ListOf(7));
  Start(/*gives_lists=*/true, *SocketAddress::Parse("127.0.0.1:0"), {"shop.example/ns/ops/*"});
  EXPECT_TRUE(absl::IsUnauthenticated(StatusOf(kQuarantinePath)));
}

TEST_F(QuarantineChannelTest, ASidecarThatSaysNonsenseIsSentNoList) {
  Put(ListOf(7));
  Start();
  EXPECT_TRUE(absl::IsInvalidArgument(StatusOf(kQuarantinePath, "\xff")));
  EXPECT_TRUE(absl::IsInvalidArgument(StatusOf(kQuarantinePath, std::string(65, 'x'))));
}

TEST_F(QuarantineChannelTest, EndsAtOnceWhileNobodyAnswers) {
  Start();
  const uint16_t port = collector_.port();
  Stop();
  const MonoTime begun = Clock::Real().MonoNow();
  {
    Receiver receiver(collector_.Identity(kSender), port);
    receiver.channel().Start();
  }
  EXPECT_LT(Clock::Real().MonoNow() - begun, std::chrono::seconds(5));
}

TEST_F(QuarantineChannelTest, TheFeedOffersWhatIsNewerAndHoldsStill) {
  SimulatedClock clock(Clock::Real().WallNow());
  proxy::EventLoop loop(clock);
  QuarantineFeed feed(loop, list_, clock);
  EXPECT_FALSE(feed.Poll());
  EXPECT_EQ(feed.NewerThan(0), nullptr);
  Put(ListOf(7));
  EXPECT_TRUE(feed.Poll());
  EXPECT_FALSE(feed.Poll()) << "it is as it was";
  ASSERT_NE(feed.NewerThan(6), nullptr);
  EXPECT_EQ(feed.NewerThan(7), nullptr);
  EXPECT_EQ(feed.Stats().serial, 7U);

  const std::string cut = ListOf(9).substr(0, 200);
  for (const std::string& no_list : {std::string("no list\n"), cut, std::string()}) {
    Put(no_list);
    EXPECT_FALSE(feed.Poll());
    EXPECT_NE(feed.NewerThan(6), nullptr) << "the last one stays";
  }
  EXPECT_EQ(feed.Stats().refusals, 3U);
  ASSERT_EQ(std::remove(list_.c_str()), 0);
  EXPECT_FALSE(feed.Poll());
  EXPECT_TRUE(feed.Stats().missing);
  EXPECT_NE(feed.NewerThan(6), nullptr);

  clock.Advance(absl::Hours(1));
  EXPECT_EQ(feed.NewerThan(6), nullptr) << "it has expired, and would be refused";
}

}  // namespace
}  // namespace firebreak::collector
