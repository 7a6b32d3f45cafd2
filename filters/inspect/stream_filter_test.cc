#include "filters/inspect/stream_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "filters/inspect/testing.h"

namespace firebreak::filters {
namespace {

using config::StreamAction;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// One connection whose bytes are looked into.
class Watched {
 public:
  explicit Watched(ListenerPlan plan) : filter_(PlanOf(std::move(plan)), clock_, live_) {
    filter_.set_slot(2);
    connection_.record.verdict = Verdict::kForwarded;
    connection_.record.reason = Reason::kNone;
  }
  void Open(Direction direction = Direction::kInbound) {
    connection_.record.direction = direction;
    EXPECT_EQ(filter_.OnEstablished(connection_), Step::kContinue);
  }
  Step Say(Towards towards, absl::string_view bytes, size_t piece = SIZE_MAX) {
    while (!bytes.empty()) {
      if (filter_.OnBytes(connection_, towards, bytes.substr(0, piece)) == Step::kClose) {
        return Step::kClose;
      }
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    return Step::kContinue;
  }
  const flows::Record& End() {
    filter_.OnEnd(connection_);
    return connection_.record;
  }
  Connection& connection() { return connection_; }

 private:
  static std::shared_ptr<const InspectionPlan> PlanOf(ListenerPlan plan) {
    auto all = std::make_shared<InspectionPlan>();
    all->listeners.push_back(std::move(plan));
    return all;
  }

  SimulatedClock clock_;
  LiveInspection live_{.baselines = BaselinePorts(1)};
  StreamFilter filter_;
  Connection connection_;
};

ListenerPlan Streams(StreamAction action, std::optional<inspect::Protocol> declared = {}) {
  ListenerPlan plan;
  plan.orders.streams = action;
  plan.orders.declared = declared;
  return plan;
}

constexpr absl::string_view kPool =
    "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"miner/1.0\"]}\n";
constexpr absl::string_view kSsh = "SSH-2.0-OpenSSH_9.2p1\r\n";

TEST(StreamFilter, ASecretOfAKindThatIsOffHidesNoneThatIsOn) {
  ListenerPlan plan = TokensAreOff();
  plan.orders.streams = StreamAction::kDetect;
  Watched watched(plan);
  watched.Open();
  EXPECT_EQ(watched.Say(Towards::kDownstream, ManyTokens()), Step::kContinue);
  EXPECT_EQ(watched.Say(Towards::kDownstream, absl::StrCat(kAwsKey, "\n")), Step::kClose);
  EXPECT_EQ(watched.End().inspection->matches.at(0).excerpt, "aws-access-key-id ending in 5RWD");
}

TEST(StreamFilter, AReverseShellEndsWithTheAnswerToItsPromptHoweverItIsCut) {
  for (const size_t piece : {size_t{1}, size_t{3}, SIZE_MAX}) {
    Watched watched(Streams(StreamAction::kBlock));
    watched.Open(Direction::kOutbound);
    EXPECT_EQ(watched.Say(Towards::kUpstream, "www-data@shop:/var/www$ ", piece), Step::kContinue);
    EXPECT_EQ(watched.Say(Towards::kDownstream, "cat /etc/shadow\n", piece), Step::kClose);
    const flows::Record& record = watched.End();
    EXPECT_EQ(record.verdict, Verdict::kDropped);
    EXPECT_EQ(record.reason, Reason::kInspection);
    EXPECT_THAT(*record.detail, StartsWith("FBI-SHELL-001: "));
    ASSERT_NE(record.inspection, nullptr);
    EXPECT_TRUE(record.inspection->blocked);
    ASSERT_EQ(record.inspection->matches.size(), 1U);
    EXPECT_EQ(record.inspection->matches[0].category, "protocol");
    EXPECT_EQ(record.inspection->score, 5U);
  }
}

TEST(StreamFilter, TheActionSaysHowAConnectionIsLeft) {
  const std::pair<StreamAction, Ending> cases[] = {{StreamAction::kBlock, Ending::kClose},
                                                   {StreamAction::kReset, Ending::kReset},
                                                   {StreamAction::kTarpit, Ending::kHold}};
  for (const auto& [action, ending] : cases) {
    Watched watched(Streams(action));
    watched.Open();
    EXPECT_EQ(watched.Say(Towards::kUpstream, kPool), Step::kClose);
    EXPECT_EQ(watched.connection().ending, ending);
    EXPECT_THAT(*watched.End().detail, StartsWith("FBI-PROTO-007: "));
  }
}

TEST(StreamFilter, DetectWritesDownAndLetsPass) {
  Watched watched(Streams(StreamAction::kDetect));
  watched.Open();
  EXPECT_EQ(watched.Say(Towards::kUpstream, kPool), Step::kContinue);
  const flows::Record& record = watched.End();
  EXPECT_EQ(record.verdict, Verdict::kForwarded);
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_FALSE(record.inspection->blocked);
  EXPECT_EQ(record.inspection->matches.at(0).id, "FBI-PROTO-007");
}

TEST(StreamFilter, WhatIsDeclaredMayBeSpokenAndNothingElse) {
  Watched declared(Streams(StreamAction::kBlock, inspect::Protocol::kSsh));
  declared.Open();
  EXPECT_EQ(declared.Say(Towards::kUpstream, kSsh), Step::kContinue);
  EXPECT_EQ(declared.Say(Towards::kDownstream, kSsh), Step::kContinue);
  EXPECT_EQ(declared.End().inspection, nullptr);
  Watched other(Streams(StreamAction::kBlock, inspect::Protocol::kPostgresql));
  other.Open();
  EXPECT_EQ(other.Say(Towards::kUpstream, kSsh), Step::kClose);
  EXPECT_THAT(*other.End().detail, StartsWith("FBI-PROTO-001: "));
  Watched unexpected(Streams(StreamAction::kBlock));
  unexpected.Open();
  EXPECT_EQ(unexpected.Say(Towards::kUpstream, kSsh), Step::kClose);
  EXPECT_THAT(*unexpected.End().detail, StartsWith("FBI-PROTO-004: "));
}

TEST(StreamFilter, WhatARuleDeclaresCountsBeforeWhatTheListenerDoes) {
  RuleRef rule;
  rule.inspection.protocol = "ssh";
  for (const auto listener : {StreamAction::kReset, StreamAction::kDetect}) {
    Watched meant(Streams(listener, inspect::Protocol::kPostgresql));
    meant.connection().record.rule = std::make_shared<const RuleRef>(rule);
    meant.Open();
    EXPECT_EQ(meant.Say(Towards::kUpstream, kSsh), Step::kContinue);
    EXPECT_EQ(meant.End().inspection, nullptr);
    Watched other(Streams(listener, inspect::Protocol::kStratum));
    other.connection().record.rule = std::make_shared<const RuleRef>(rule);
    other.Open();
    EXPECT_EQ(other.Say(Towards::kUpstream, kPool),
              listener == StreamAction::kReset ? Step::kClose : Step::kContinue);
    EXPECT_EQ(other.End().inspection->matches.at(0).id, "FBI-PROTO-001");
  }
}

TEST(StreamFilter, WhatBeginsAsSomethingMoreGeneralThanDeclaredMayStillBecomeIt) {
  Watched watched(Streams(StreamAction::kBlock, inspect::Protocol::kGrpc));
  watched.Open();
  EXPECT_EQ(watched.Say(Towards::kUpstream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Step::kContinue);
}

TEST(StreamFilter, OrdinaryBytesPassAndTheirRecordSaysNothing) {
  Watched watched(Streams(StreamAction::kBlock));
  watched.Open();
  EXPECT_EQ(watched.Say(Towards::kUpstream, "HELO of our own, 17\n"), Step::kContinue);
  EXPECT_EQ(watched.Say(Towards::kDownstream, "OK 17, costs $ 5 #\n"), Step::kContinue);
  EXPECT_EQ(watched.Say(Towards::kUpstream, std::string(4'096, 'x')), Step::kContinue);
  EXPECT_EQ(watched.End().inspection, nullptr);
}

// A question of DNS over TCP for a name below tunnel.example.
std::string Question(const std::string& label) {
  std::string message("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  for (const std::string& part : {label, std::string("tunnel"), std::string("example")}) {
    absl::StrAppend(&message, std::string(1, static_cast<char>(part.size())), part);
  }
  message += std::string("\0\0\x01\0\x01", 5);
  return absl::StrCat(std::string{'\0', static_cast<char>(message.size())}, message);
}

TEST(StreamFilter, FindsATunnelInDnsHoweverItIsCut) {
  std::string questions;
  uint64_t state = 88172645463325252U;
  for (int i = 0; i < 150; ++i) {
    std::string label;
    for (int c = 0; c < 40; ++c) {
      state ^= state << 13U;
      state ^= state >> 7U;
      state ^= state << 17U;
      label += "abcdefghijklmnopqrstuvwxyz234567"[state % 32];
    }
    questions += Question(label);
  }
  for (const size_t piece : {size_t{1}, size_t{50}, SIZE_MAX}) {
    Watched watched(Streams(StreamAction::kReset, inspect::Protocol::kDns));
    watched.Open(Direction::kOutbound);
    EXPECT_EQ(watched.Say(Towards::kUpstream, questions, piece), Step::kClose) << piece;
    EXPECT_THAT(*watched.End().detail, StartsWith("FBI-DNS-001: "));
  }
}

TEST(StreamFilter, WhatShouldNotLeaveIsStoppedInItsDirectionAlone) {
  ListenerPlan plan = Streams(StreamAction::kDetect);
  plan.orders.data_loss = InspectionMode::kBlock;
  const std::string text = absl::StrCat("row ", kToken, "\n");
  Watched in(plan);
  in.Open(Direction::kInbound);
  EXPECT_EQ(in.Say(Towards::kUpstream, text), Step::kContinue);
  EXPECT_EQ(in.Say(Towards::kDownstream, text), Step::kClose);
  const flows::Record& record = in.End();
  EXPECT_THAT(record.inspection->matches.at(0).excerpt, HasSubstr("github-token ending in"));
  EXPECT_EQ(in.connection().ending, Ending::kClose);
  Watched out(plan);
  out.Open(Direction::kOutbound);
  EXPECT_EQ(out.Say(Towards::kDownstream, text), Step::kContinue);
  EXPECT_EQ(out.Say(Towards::kUpstream, text), Step::kClose);
}

TEST(StreamFilter, KeepsNothingWhereStreamsAreNotLookedInto) {
  Watched watched{ListenerPlan()};
  watched.Open();
  EXPECT_TRUE(watched.connection().states.empty());
  EXPECT_EQ(watched.Say(Towards::kUpstream, kPool), Step::kContinue);
  EXPECT_EQ(watched.End().inspection, nullptr);
}

}  // namespace
}  // namespace firebreak::filters
