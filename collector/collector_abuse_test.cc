// What a sender that means ill, and holds an SVID, can make of a collector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "collector/testing_server.h"
#include "proxy/http2/testing.h"
#include "proxy/tls/svid_stream.h"
#include "tests/support/temp_folder.h"

namespace firebreak::collector {
namespace {

using flows::Delivery;
using ::testing::HasSubstr;

constexpr size_t kFrameHeadBytes = 9;

MonoTime Soon() { return Clock::Real().MonoNow() + std::chrono::seconds(10); }

// RawSender has a connection of a sidecar, and says what it likes on it.
class RawSender {
 public:
  RawSender(const RunningCollector& collector, absl::string_view principal) {
    EXPECT_TRUE(engine_.SetIdentity(*collector.Identity(principal)).ok());
    const absl::Status connected = stream_.Connect("127.0.0.1", collector.port(), Soon());
    EXPECT_TRUE(connected.ok()) << connected;
    Write(proxy::testing::ClientPreface());
  }

  // Announce begins a call, with a message of so many bytes of which there are but few.
  void Announce(uint32_t call, uint32_t bytes) {
    Write(proxy::testing::Headers(call,
                                  {{":method", "POST"},
                                   {":scheme", "https"},
                                   {":authority", "collector"},
                                   {":path", std::string(kPublishPath)},
                                   {"content-type", std::string(kContentType)}},
                                  /*flags=*/0));
    const std::string prefix = absl::StrCat(std::string(1, '\0'), proxy::testing::BigEndian(bytes));
    Write(proxy::testing::Data(call, prefix + std::string(8'000, 'x')));
  }

  // Ping returns once it was answered; false: the connection has ended.
  bool Ping() {
    const auto answers = [this] {
      return std::count(types_.begin(), types_.end(), proxy::testing::kPingFrame);
    };
    const auto before = answers();
    if (!stream_.Write(proxy::testing::Ping(), Soon()).ok()) return false;
    while (answers() == before) {
      const auto read = stream_.Read(size_t{1} << 14, Soon());
      if (!read.ok() || read->empty()) return false;
      Take(*read);
    }
    return true;
  }

  // How many calls the collector has ended without an answer.
  int turned_away() const { return turned_away_; }

 private:
  void Write(const std::string& bytes) { EXPECT_TRUE(stream_.Write(bytes, Soon()).ok()); }

  void Take(const std::string& bytes) {
    unread_ += bytes;
    while (unread_.size() >= kFrameHeadBytes) {
      const auto at = [this](size_t i) { return static_cast<uint8_t>(unread_[i]); };
      const size_t size = kFrameHeadBytes + (size_t{at(0)} << 16 | size_t{at(1)} << 8 | at(2));
      if (unread_.size() < size) return;
      types_.push_back(static_cast<char>(at(3)));
      const bool ends = (at(4) & proxy::testing::kEndStream) != 0;
      turned_away_ += at(3) == proxy::testing::kHeadersFrame && ends ? 1 : 0;
      unread_.erase(0, size);
    }
  }

  const Limits limits_;
  proxy::Scratch scratch_;
  proxy::TlsEngine engine_{scratch_, limits_, Clock::Real()};
  proxy::SvidStream stream_{
      engine_, scratch_, {certs::SpiffeId::ParsePrincipal(kCollector).value()}, Clock::Real()};
  std::string unread_;
  std::string types_;  // of the frames that came
  int turned_away_ = 0;
};

// SendUntilTaken: the collector hears of who has gone in its own time.
Delivery SendUntilTaken(Sender& sender, const std::string& lines) {
  const MonoTime give_up = Soon();
  Delivery delivery = sender.Send(lines);
  while (delivery.fate == Delivery::Fate::kLater && Clock::Real().MonoNow() < give_up) {
    delivery = sender.Send(lines);
  }
  return delivery;
}

TEST(CollectorAbuse, OneSvidWaitsSoManyTimesForRoomAndIsInNobodysWay) {
  const tests::TempFolder folder;
  RunningCollector collector(folder.path());
  collector.Start([](CollectorOptions& options) {
    options.max_message_bytes = 2 * kMaxMessageBytes;  // half of which is for one identity
    options.max_waiting = 8;
    options.max_waiting_of_one = 4;
  });
  std::deque<RawSender> greedy;
  for (int i = 0; i < 20; ++i) {
    RawSender& sender = greedy.emplace_back(collector, kVictim);
    sender.Announce(1, kMaxMessageBytes - 10);
    sender.Announce(3, kMaxMessageBytes - 10);
  }
  int turned_away = 0;
  for (RawSender& sender : greedy) {
    EXPECT_TRUE(sender.Ping()) << "the connection stays";
    EXPECT_TRUE(sender.Ping()) << "and what was said of its calls has come by now";
    turned_away += sender.turned_away();
  }
  EXPECT_EQ(turned_away, 40 - 1 - 4) << "one is served, four wait";
  Sender honest = collector.MakeSender();
  const Delivery delivery = honest.Send(TestLines(1, 4'000));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  // They all hang up at once; what they had is there for others of the same identity.
  greedy.clear();
  Sender again = collector.MakeSender(kVictim);
  const Delivery late = SendUntilTaken(again, TestLines(1, 4'000, kVictim));
  EXPECT_EQ(late.fate, Delivery::Fate::kTaken) << late.detail;
  collector.Stop();
  EXPECT_EQ(collector.Stored(), 8'000);
}

TEST(CollectorAbuse, WhoIsToldToComeAgainDoesAndLosesNothing) {
  const tests::TempFolder folder;
  RunningCollector collector(folder.path());
  collector.Start([](CollectorOptions& options) {
    options.max_message_bytes = kMaxMessageBytes;
    options.max_waiting = options.max_waiting_of_one = 1;
  });
  auto greedy = std::make_unique<RawSender>(collector, kSender);
  greedy->Announce(1, kMaxMessageBytes - 10);
  greedy->Announce(3, kMaxMessageBytes - 10);
  EXPECT_TRUE(greedy->Ping());
  Sender sender = collector.MakeSender();
  const std::string lines = TestLines(1, 4'000);
  for (int i = 0; i < 3; ++i) {
    const Delivery delivery = sender.Send(lines);
    EXPECT_EQ(delivery.fate, Delivery::Fate::kLater);
    EXPECT_THAT(delivery.detail, HasSubstr("wait for room"));
    EXPECT_EQ(sender.Send(TestLine(5'000 + i)).fate, Delivery::Fate::kTaken)
        << "what needs no room is nobody's to refuse";
  }
  greedy.reset();
  const Delivery delivery = SendUntilTaken(sender, lines);
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  collector.Stop();
  EXPECT_EQ(collector.Stored(), 4'000 + 3);
}

TEST(CollectorAbuse, WhoOnlyPingsIsNotServedForEver) {
  const tests::TempFolder folder;
  RunningCollector collector(folder.path());
  collector.Start(
      [](CollectorOptions& options) { options.idle_timeout = std::chrono::milliseconds(300); });
  RawSender sender(collector, kSender);
  const MonoTime give_up = Soon();
  bool served = true;
  while (served && Clock::Real().MonoNow() < give_up) served = sender.Ping();
  EXPECT_FALSE(served);
}

TEST(CollectorAbuse, WhoSendsIsServedForLongerThanTheIdleAre) {
  constexpr std::chrono::seconds kIdle(1);
  const tests::TempFolder folder;
  RunningCollector collector(folder.path());
  collector.Start([&](CollectorOptions& options) { options.idle_timeout = kIdle; });
  Sender sender = collector.MakeSender();
  const MonoTime end = Clock::Real().MonoNow() + 2 * kIdle;
  MonoTime before = Clock::Real().MonoNow();
  for (uint64_t i = 1; before < end; ++i) {
    const Delivery delivery = sender.Send(TestLine(i));
    const MonoTime now = Clock::Real().MonoNow();
    // Where the machine itself has stood still for so long, it has been idle.
    EXPECT_TRUE(delivery.fate == Delivery::Fate::kTaken || now - before > kIdle / 2)
        << delivery.detail;
    before = now;
  }
}

}  // namespace
}  // namespace firebreak::collector
