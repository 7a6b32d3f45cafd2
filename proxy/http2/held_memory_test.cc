// What a peer may make a connection hold (see memory_budget.h): bodies that it does not take, and
// bodies that nobody here reads.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http/memory_budget.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using testing::ClientPreface;
using ::testing::Contains;
using testing::Data;
using testing::GetFields;
using testing::Headers;
using testing::kEndStream;
using testing::MakeResponse;
using ::testing::Not;
using testing::PostFields;
using testing::ServerPeer;
using testing::Settings;
using testing::WindowUpdate;

constexpr size_t kMost = 4 * MemoryShare::kMostAssured;
constexpr uint32_t kStreams = 100;
const std::string& Piece() {
  static const std::string piece(65'536, 'b');
  return piece;
}

// A server whose client opens no window, with a hundred requests to answer.
class Unread : public ::testing::Test {
 protected:
  Unread() {
    server_.share = budget_.ShareOf("greedy");
    server_.Feed(absl::StrCat(ClientPreface(), Settings({{4, 0}})));
    for (uint32_t i = 0; i < kStreams; ++i) {
      server_.Feed(Headers(IdOf(i), GetFields(), kEndStream));
      server_.stream(IdOf(i)).SendResponse(MakeResponse(200), false);
    }
    server_.Turn();
    server_.TakeOutput();
  }
  static uint32_t IdOf(uint32_t i) { return 2 * i + 1; }
  // FillShare gives streams from the first on as much as the source may hold; it returns the last.
  uint32_t FillShare() {
    uint32_t last = 0;
    while (budget_.ShareOf("greedy")->MayBuffer()) {
      server_.stream(IdOf(last++)).SendData(Piece());
    }
    return last - 1;
  }

  MemoryBudget budget_{kMost};
  ServerPeer server_;
};

TEST_F(Unread, StreamsArePausedOnceTheSourceHasItsShare) {
  size_t given = 0;
  for (uint32_t i = 0; i < kStreams; ++i) {
    if (!server_.stream(IdOf(i)).writable()) continue;
    server_.stream(IdOf(i)).SendData("few");
    if (server_.stream(IdOf(i)).writable()) server_.stream(IdOf(i)).SendData(Piece());
    server_.Turn();
    given += Piece().size();
  }
  EXPECT_GT(given, MemoryShare::kMostAssured);
  EXPECT_LE(budget_.held(), MemoryShare::kMostAssured + size_t{3} * kStreams + Piece().size());
}

TEST_F(Unread, APausedStreamGoesOnOnceOthersHaveBeenTaken) {
  const uint32_t last = FillShare();
  ServerStream& half = server_.stream(IdOf(last + 1));
  half.SendData(Piece());
  const std::string told = absl::StrCat(IdOf(last + 1), " writable");
  for (int i = 0; i < 5; ++i) {
    server_.Feed(WindowUpdate(IdOf(last + 1), 8'000));
    server_.TakeOutput();
  }
  EXPECT_THAT(server_.transcript().lines(), Not(Contains(told))) << "some of its own is left";
  for (uint32_t i = 0; i <= last; ++i) {
    server_.Feed(WindowUpdate(0, 65'536) + WindowUpdate(IdOf(i), 65'536));
    while (!server_.TakeOutput().empty()) {
    }
  }
  EXPECT_THAT(server_.transcript().lines(), Contains(told));
  EXPECT_TRUE(half.writable());
}

TEST_F(Unread, AStreamThatIsTakenGoesOnPieceByPieceHoweverMuchIsHeld) {
  const uint32_t live = FillShare() + 1;
  std::shared_ptr<MemoryShare> others = budget_.ShareOf("others");
  MemoryCharge taken;
  taken.Open(others);
  taken.Set(kMost - budget_.held() - 100'000);
  for (int i = 0; i < 10; ++i) {
    server_.stream(IdOf(live)).SendData("some");
    EXPECT_FALSE(server_.stream(IdOf(live)).writable());
    server_.Feed(WindowUpdate(IdOf(live), 4));
    server_.TakeOutput();
    EXPECT_TRUE(server_.stream(IdOf(live)).writable()) << i;
  }
  EXPECT_EQ(server_.transcript().lines().back(), absl::StrCat(IdOf(live), " writable"));
}

TEST_F(Unread, WhoeverIsGivenMoreThanMayBeHeldFailsAndTheBudgetStands) {
  for (uint32_t i = 0; i < kStreams; ++i) server_.stream(IdOf(i)).SendData(Piece());
  server_.Turn();
  EXPECT_LE(budget_.held(), kMost + Piece().size());
  EXPECT_THAT(server_.transcript().lines(),
              Contains(absl::StrCat(IdOf(kStreams - 1), " failure limit held_bytes")));
  EXPECT_THAT(server_.TakeFrames(),
              Contains(absl::StrCat("RST_STREAM ", IdOf(kStreams - 1), " h2_cancel")));
  EXPECT_TRUE(server_.codec().wants_input()) << "the connection goes on";
}

TEST(Held, BodiesThatNobodyReadsEndTheirStreamsAtTheBudget) {
  MemoryBudget budget(kMost);
  ServerPeer server;
  server.share = budget.ShareOf("greedy");
  server.on_request = [](ServerStream& stream, http::Request& /*request*/) { stream.Pause(); };
  server.Feed(ClientPreface());
  for (uint32_t id = 1; id < 2 * kStreams; id += 2) {
    server.Feed(Headers(id, PostFields(), 0));
    for (int i = 0; i < 4; ++i) server.Feed(Data(id, std::string(16'000, 'x')));
  }
  EXPECT_LE(budget.held(), kMost + Piece().size());
  EXPECT_THAT(server.transcript().lines(),
              Contains(absl::StrCat(2 * kStreams - 1, " failure limit held_bytes")));
}

TEST(Held, IsCountedForAnAnswerThatWasGivenAtOnce) {
  MemoryBudget budget(kMost);
  ServerPeer server;
  server.share = budget.ShareOf("greedy");
  server.on_request = [](ServerStream& stream, http::Request& /*request*/) {
    stream.SendResponse(MakeResponse(403), false);
    stream.SendData("no");
    stream.SendEnd({});
  };
  server.Feed(
      absl::StrCat(ClientPreface(), Settings({{4, 0}}), Headers(1, GetFields(), kEndStream)));
  EXPECT_EQ(budget.held(), 2u);
}

TEST(Held, TrailersThatWaitForTheirReaderEndTheirStreamsAtTheBudget) {
  constexpr size_t kTrailerBytes = 15'000;
  constexpr size_t kLittle = MemoryShare::kMostAssured + 100'000;
  MemoryBudget budget(kLittle);
  ServerPeer server;
  server.share = budget.ShareOf("greedy");
  server.on_request = [](ServerStream& stream, http::Request& /*request*/) { stream.Pause(); };
  server.Feed(ClientPreface());
  for (uint32_t id = 1; id < 2 * kStreams; id += 2) {
    server.Feed(Headers(id, PostFields(), 0));
    server.Feed(Headers(id, {{"t", std::string(kTrailerBytes, 'x')}}));
  }
  const size_t held = budget.held();
  EXPECT_GE(held, kLittle);
  EXPECT_LE(held, kLittle + 2 * kTrailerBytes + 200);
  EXPECT_THAT(server.transcript().lines(),
              Contains(absl::StrCat(2 * kStreams - 1, " failure limit held_bytes")));
  server.stream(1).Resume();
  server.Turn();
  EXPECT_LE(budget.held() + kTrailerBytes, held) << "what was told is not held";
}

TEST(Held, TrailersOfARequestThatIsAnsweredAreNotKept) {
  MemoryBudget budget(kMost);
  ServerPeer server;
  server.share = budget.ShareOf("greedy");
  server.Feed(absl::StrCat(ClientPreface(), Settings({{4, 0}}), Headers(1, PostFields(), 0)));
  server.Answer(1, 403, "no");
  server.Feed(Headers(1, {{"t", std::string(4'000, 'x')}}));
  EXPECT_EQ(budget.held(), 2u);
}

TEST(Held, TrailersOfAResponseCountUntilTheyAreSent) {
  MemoryBudget budget(kMost);
  ServerPeer server;
  server.share = budget.ShareOf("greedy");
  server.Feed(
      absl::StrCat(ClientPreface(), Settings({{4, 0}}), Headers(1, GetFields(), kEndStream)));
  http::HeaderMap trailers;
  trailers.Add("t", std::string(4'000, 'x'));
  server.stream(1).SendResponse(MakeResponse(200), false);
  server.stream(1).SendData("body");
  server.stream(1).SendEnd(trailers);
  server.Turn();
  EXPECT_GE(budget.held(), 4'000u);
  server.Feed(WindowUpdate(1, 100));
  server.TakeOutput();
  EXPECT_EQ(budget.held(), 0u);
}

TEST(Held, GoesBackToTheBudgetWithItsConnection) {
  MemoryBudget budget(kMost);
  {
    ServerPeer server;
    server.share = budget.ShareOf("greedy");
    server.Feed(
        absl::StrCat(ClientPreface(), Settings({{4, 0}}), Headers(1, GetFields(), kEndStream)));
    server.Answer(1, 200, "body");
    EXPECT_EQ(budget.held(), 4u);
  }
  EXPECT_EQ(budget.held(), 0u);
}

}  // namespace
}  // namespace firebreak::proxy
