#include "filters/inspect/inspect_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/testing.h"
#include "tests/support/gzip.h"

namespace firebreak::filters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::Gzip;

constexpr char kInjection[] = "1' UNION SELECT name, password FROM users-- ";

// Packed is short, and what it unpacks to is long: `last` comes at its end.
std::string Packed(absl::string_view last) {
  std::mt19937 random(7);
  std::string noise(60'000, ' ');
  for (char& c : noise) c = "0123456789abcdef"[random() % 16];
  return Gzip(absl::StrCat(R"({"noise":")", noise, R"(","pad":")", std::string(2'500'000, 'a'),
                           R"(","id":")", last, R"("})"));
}

TEST(InspectFilter, LooksIntoAShortBodyThatUnpacksToMuchInManyTurnsAndMissesNothing) {
  for (const absl::string_view last : {"1", kInjection}) {
    Inspected inspected(RequestsOnly(InspectionMode::kBlock));
    inspected.request().headers.Add("content-encoding", "gzip");
    EXPECT_EQ(inspected.BodyAtOnce(Packed(last)), last == "1" ? Step::kContinue : Step::kClose);
    EXPECT_GE(inspected.turns(), 2'500'000 / static_cast<int>(TurnBudget::kBytes));
  }
}

TEST(InspectFilter, BlocksAnInjectionInTheQueryBeforeAnythingIsSentOn) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.request().has_body = false;
  inspected.request().has_query = true;
  inspected.request().query = "id=1%27+UNION+SELECT+name,+password+FROM+users--+";
  EXPECT_EQ(inspected.Headers(), Step::kClose);
  const flows::Record& record = inspected.Record();
  EXPECT_EQ(record.verdict, Verdict::kDropped);
  EXPECT_EQ(record.reason, Reason::kInspection);
  EXPECT_EQ(inspected.exchange().refusal_status, 403);
  EXPECT_THAT(*record.detail, StartsWith("FBI-SQL-"));
  EXPECT_THAT(*record.detail, HasSubstr(" in query:id"));
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_TRUE(record.inspection->blocked);
  EXPECT_GE(record.inspection->score, 5u);
  EXPECT_EQ(record.inspection->matches.front().field, "query:id");
  EXPECT_EQ(record.inspection->matches.front().category, "sql");
}

TEST(InspectFilter, OnlyWritesDownWhereItIsToDetect) {
  Inspected inspected(RequestsOnly(InspectionMode::kDetect));
  EXPECT_EQ(inspected.BodyAtOnce(absl::StrCat(R"({"user":{"id":")", kInjection, R"("}})")),
            Step::kContinue);
  const flows::Record& record = inspected.Record();
  EXPECT_FALSE(inspected.exchange().refused());
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_FALSE(record.inspection->blocked);
  EXPECT_EQ(record.inspection->matches.front().field, "json:$.user.id");
}

TEST(InspectFilter, LeavesAnOrdinaryRequestAloneAndItsRecordToo) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  EXPECT_EQ(inspected.BodyAtOnce(R"({"amount": 12.5, "note": "O'Brien & sons, union select"})"),
            Step::kContinue);
  EXPECT_EQ(inspected.Record().inspection, nullptr);
}

TEST(InspectFilter, BlocksWithTheLastByteOfAnAnnouncedBodyAndNotAfterIt) {
  const std::string body = absl::StrCat(R"({"id":")", kInjection, R"("})");
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.request().content_length = body.size();
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  Step step = Step::kContinue;
  size_t passed = 0;
  for (; passed < body.size() && step == Step::kContinue; ++passed) {
    step = inspected.Body(absl::string_view(body).substr(passed, 1));
  }
  EXPECT_EQ(step, Step::kClose);
  EXPECT_LE(passed, body.size());
}

TEST(InspectFilter, SeesThroughGzip) {
  const std::string body = Gzip(absl::StrCat(R"({"id":")", kInjection, R"("})"));
  for (const bool coded : {true, false}) {
    Inspected inspected(RequestsOnly(InspectionMode::kBlock));
    if (coded) inspected.request().headers.Add("content-encoding", "gzip");
    EXPECT_EQ(inspected.BodyAtOnce(body), coded ? Step::kClose : Step::kContinue);
    if (!coded) continue;
    EXPECT_EQ(inspected.Record().inspection->matches.front().field, "json:$.id");
  }
}

TEST(InspectFilter, RefusesABodyThatItCannotReadWhereItIsToBlock) {
  struct {
    absl::string_view coding;
    std::string body;
    int status;
    absl::string_view id;
  } const cases[] = {{"compress", "x", 415, "FBI-ENC-001"},
                     {"br", "not br", 400, "FBI-ENC-002"},
                     {"gzip, gzip", "x", 415, "FBI-ENC-001"},
                     {"gzip", "not gzip", 400, "FBI-ENC-002"},
                     {"gzip", Gzip("cut").substr(0, 12), 400, "FBI-ENC-002"},
                     {"gzip", Gzip(std::string(32 << 20, 'x')), 400, "FBI-ENC-003"}};
  for (const auto& refused : cases) {
    for (const InspectionMode mode : {InspectionMode::kBlock, InspectionMode::kDetect}) {
      const bool block = mode == InspectionMode::kBlock;
      Inspected inspected(RequestsOnly(mode));
      inspected.request().headers.Add("content-encoding", refused.coding);
      EXPECT_EQ(inspected.BodyAtOnce(refused.body), block ? Step::kClose : Step::kContinue);
      EXPECT_EQ(inspected.exchange().refusal_status, block ? refused.status : 0);
      EXPECT_EQ(inspected.Record().inspection->matches.front().id, refused.id);
    }
  }
}

TEST(InspectFilter, RefusesCompressedGrpcMessagesWhoseInsideIsHidden) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.request().headers.Set("content-type", "application/grpc");
  EXPECT_EQ(inspected.BodyAtOnce(std::string("\1\0\0\0\2hi", 7)), Step::kClose);
  EXPECT_EQ(inspected.exchange().refusal_status, 415);
  EXPECT_EQ(inspected.Record().inspection->matches.front().id, "FBI-ENC-004");
}

TEST(InspectFilter, RefusesWhatIsInACharacterSetOrCodingItCannotRead) {
  const struct {
    absl::string_view type;
    absl::string_view body;
    absl::string_view id;
  } cases[] = {{"application/json; charset=utf-16", "{}", "FBI-ENC-008"},
               {"multipart/form-data; boundary=b",
                "--b\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--", "FBI-ENC-009"}};
  for (const auto& hidden : cases) {
    Inspected inspected(RequestsOnly(InspectionMode::kBlock));
    inspected.request().headers.Set("content-type", hidden.type);
    EXPECT_EQ(inspected.BodyAtOnce(hidden.body), Step::kClose);
    EXPECT_EQ(inspected.exchange().refusal_status, 415);
    EXPECT_EQ(inspected.Record().inspection->matches.front().id, hidden.id);
  }
}

TEST(InspectFilter, LooksAtTrailers) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  EXPECT_EQ(inspected.Body("{}"), Step::kContinue);
  http::HeaderMap trailers;
  trailers.Add("x-id", kInjection);
  inspected.exchange().request_trailers = &trailers;
  EXPECT_EQ(inspected.End(), Step::kClose);
}

TEST(InspectFilter, KeepsCredentialsOutOfItsExcerpts) {
  Inspected inspected(RequestsOnly(InspectionMode::kDetect));
  inspected.request().headers.Add("cookie", absl::StrCat("session=", "1' OR '1'='1"));
  inspected.BodyAtOnce("{}");
  const flows::Record& record = inspected.Record();
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_EQ(record.inspection->matches.front().field, "cookie:session");
  EXPECT_EQ(record.inspection->matches.front().excerpt, "{redacted}");
}

TEST(InspectFilter, LooksNeitherAtResponsesNorBehindAnUpgradeUnlessTold) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  EXPECT_EQ(inspected.Answer("uid=0(root) gid=0(root)"), Step::kContinue);
  inspected.exchange().response.status = 101;
  EXPECT_EQ(inspected.Body(kInjection), Step::kContinue);
  EXPECT_EQ(inspected.End(), Step::kContinue);
}

TEST(InspectFilter, KeepsNothingForAListenerWithoutInspection) {
  Inspected inspected{ListenerPlan()};
  EXPECT_EQ(inspected.BodyAtOnce(kInjection), Step::kContinue);
  EXPECT_EQ(inspected.exchange().states[0], nullptr);
  EXPECT_EQ(inspected.Record().inspection, nullptr);
}

TEST(InspectFilter, ARuleOfThePolicySaysHowWhatItLetThroughIsInspected) {
  const struct {
    InspectionMode listener;
    RuleInspection rule;
    Step step;
    bool found;
  } cases[] = {
      {InspectionMode::kOff, {.mode = InspectionMode::kBlock}, Step::kClose, true},
      {InspectionMode::kBlock, {.mode = InspectionMode::kDetect}, Step::kContinue, true},
      {InspectionMode::kBlock, {.mode = InspectionMode::kOff}, Step::kContinue, false},
      {InspectionMode::kBlock, {.mode = std::nullopt, .paranoia = 2}, Step::kClose, true},
  };
  for (const auto& c : cases) {
    Inspected inspected(RequestsOnly(c.listener));
    RuleRef rule;
    rule.inspection = c.rule;
    inspected.exchange().record.rule = std::make_shared<const RuleRef>(rule);
    EXPECT_EQ(inspected.BodyAtOnce(absl::StrCat(R"({"id":")", kInjection, R"("})")), c.step);
    EXPECT_EQ(inspected.Record().inspection != nullptr, c.found);
  }
}

TEST(InspectFilter, AThresholdSaysHowMuchIsTooMuch) {
  ListenerPlan plan = RequestsOnly(InspectionMode::kBlock);
  plan.engine.block_score = {50, 50, 50, 50};
  Inspected inspected(plan);
  EXPECT_EQ(inspected.BodyAtOnce(absl::StrCat(R"({"id":")", kInjection, R"("})")), Step::kContinue);
  EXPECT_GE(inspected.Record().inspection->score, 5U);
}

TEST(InspectFilter, WhatIsExcludedIsNoFindingOnItsPathsAlone) {
  ListenerPlan plan = RequestsOnly(InspectionMode::kBlock);
  plan.engine.exclusions.push_back(
      {.rule = "FBI-", .place = "json", .field = "$.id", .on_path = [](absl::string_view path) {
         return path == "/v1/charges";
       }});
  for (const absl::string_view path : {"/v1/charges", "/v1/refunds"}) {
    Inspected inspected(plan);
    inspected.request().path = std::string(path);
    const bool excluded = path == "/v1/charges";
    EXPECT_EQ(inspected.BodyAtOnce(absl::StrCat(R"({"id":")", kInjection, R"("})")),
              excluded ? Step::kContinue : Step::kClose);
    EXPECT_EQ(inspected.Record().inspection == nullptr, excluded);
  }
}

TEST(InspectFilter, WithoutMemoryForADecoderItFailsAsConfiguredAndCountsIt) {
  for (const config::FailMode mode : {config::FailMode::kClosed, config::FailMode::kOpen}) {
    ListenerPlan plan = RequestsOnly(InspectionMode::kBlock);
    plan.fail_mode = mode;
    Inspected inspected(plan, /*max_held=*/1'024);
    inspected.request().headers.Add("content-encoding", "gzip");
    const bool closed = mode == config::FailMode::kClosed;
    EXPECT_EQ(inspected.BodyAtOnce(Gzip(R"({"a":1})")), closed ? Step::kClose : Step::kContinue);
    EXPECT_EQ(inspected.exchange().refusal_status, closed ? 503 : 0);
    EXPECT_EQ(inspected.stats().errors, 1U);
    EXPECT_EQ(inspected.memory().held(), 0U);
  }
}

TEST(InspectFilter, CountsWhatADecoderHoldsUntilTheBodyOrTheExchangeEnds) {
  for (const bool whole : {true, false}) {
    Inspected inspected(RequestsOnly(InspectionMode::kBlock));
    inspected.request().headers.Add("content-encoding", "gzip");
    const std::string body = Gzip(R"({"a":1})");
    inspected.Headers();
    EXPECT_EQ(inspected.Body(body.substr(0, 12)), Step::kContinue);
    EXPECT_GT(inspected.memory().held(), 40'000U);
    if (whole) {
      EXPECT_EQ(inspected.Body(body.substr(12)), Step::kContinue);
      EXPECT_EQ(inspected.End(), Step::kContinue);
    } else {
      inspected.Record();
    }
    EXPECT_EQ(inspected.memory().held(), 0U);
  }
}

TEST(InspectFilter, OutboundItKeepsInWhatShouldNotLeave) {
  ListenerPlan plan;
  plan.orders.data_loss = InspectionMode::kBlock;
  const std::string body = absl::StrCat(R"({"key":")", kToken, R"("})");
  for (const Direction direction : {Direction::kOutbound, Direction::kInbound}) {
    Inspected inspected(plan);
    inspected.exchange().record.direction = direction;
    const bool leaves = direction == Direction::kOutbound;
    EXPECT_EQ(inspected.BodyAtOnce(body), leaves ? Step::kClose : Step::kContinue);
    EXPECT_EQ(inspected.exchange().refusal_status, leaves ? 403 : 0);
    if (!leaves) continue;
    const flows::InspectionMatch& match = inspected.Record().inspection->matches.at(0);
    EXPECT_EQ(match.id, "FBI-DLP-001");
    EXPECT_EQ(match.excerpt, "github-token ending in 2ePq");
  }
}

TEST(InspectFilter, NoExcerptShowsASecretThatWasFoundBesideAnAttack) {
  ListenerPlan plan = RequestsOnly(InspectionMode::kDetect);
  plan.orders.data_loss = InspectionMode::kDetect;
  Inspected inspected(plan);
  inspected.exchange().record.direction = Direction::kOutbound;
  inspected.BodyAtOnce(absl::StrCat(R"({"q":"1' UNION SELECT ')", kToken, R"("})"));
  const auto info = inspected.Record().inspection;
  ASSERT_NE(info, nullptr);
  EXPECT_GE(info->matches.size(), 2U);
  for (const flows::InspectionMatch& match : info->matches) {
    EXPECT_THAT(match.excerpt, Not(HasSubstr(kToken.substr(0, 12))));
  }
}

}  // namespace
}  // namespace firebreak::filters
