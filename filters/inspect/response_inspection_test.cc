#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/testing.h"

namespace firebreak::filters {
namespace {

using ::testing::HasSubstr;

ListenerPlan ResponsesOnly(InspectionMode mode) {
  ListenerPlan plan;
  plan.orders.responses = mode;
  return plan;
}

ListenerPlan DataLoss(InspectionMode mode) {
  ListenerPlan plan;
  plan.orders.data_loss = mode;
  return plan;
}

TEST(ResponseInspection, StopsWhatAnAttackHasBroughtAboutHoweverItIsCut) {
  const std::string body =
      absl::StrCat(std::string(700, '.'), "uid=33(www-data) gid=33(www-data)", "\n");
  for (const size_t piece : {size_t{1}, size_t{9}, size_t{100}, SIZE_MAX}) {
    Inspected inspected(ResponsesOnly(InspectionMode::kBlock));
    ASSERT_EQ(inspected.Headers(), Step::kContinue);
    EXPECT_EQ(inspected.Answer(body, piece), Step::kClose);
    const flows::Record& record = inspected.Record();
    EXPECT_EQ(record.reason, Reason::kInspection);
    EXPECT_EQ(inspected.exchange().refusal_status, 502);
    EXPECT_EQ(*record.detail, "FBI-OUT-005 in the response");
    ASSERT_NE(record.inspection, nullptr);
    EXPECT_EQ(record.inspection->matches.at(0).field, "bytes:response");
    EXPECT_EQ(record.inspection->score, 5U);
  }
}

TEST(ResponseInspection, AMessageOfADatabaseIsWrittenDownAndWithATraceStopped) {
  const std::string error = "You have an error in your SQL syntax; check the manual";
  const std::string trace = "\n\tat com.shop.Orders.find(Orders.java:12)\n";
  Inspected alone(ResponsesOnly(InspectionMode::kBlock));
  alone.Headers();
  EXPECT_EQ(alone.Answer(error), Step::kContinue);
  EXPECT_EQ(alone.Record().inspection->score, 4U);
  Inspected both(ResponsesOnly(InspectionMode::kBlock));
  both.Headers();
  EXPECT_EQ(both.Answer(error + trace), Step::kClose);
}

TEST(ResponseInspection, SignsInHeadersOfAnyKindCount) {
  constexpr absl::string_view kSign = "uid=33(www-data) gid=33(www-data)";
  const auto found_by = [](auto answer) {
    Inspected inspected(ResponsesOnly(InspectionMode::kBlock));
    inspected.Headers();
    EXPECT_EQ(answer(inspected), Step::kClose);
    EXPECT_EQ(inspected.exchange().refusal_status, 502);
    return inspected.Record().inspection->matches.at(0).field;
  };
  EXPECT_EQ(found_by([&](Inspected& inspected) {
              http::Response interim;
              interim.status = 103;
              interim.headers.Add("x-interim", kSign);
              return inspected.filter().OnInformational(inspected.exchange(), interim);
            }),
            "header:x-interim");
  EXPECT_EQ(found_by([&](Inspected& inspected) {
              inspected.response().headers.Add("x-debug", kSign);
              return inspected.Answer("");
            }),
            "header:x-debug");
  http::HeaderMap trailers;
  trailers.Add("grpc-message", kSign);
  EXPECT_EQ(found_by([&](Inspected& inspected) {
              inspected.exchange().response_trailers = &trailers;
              return inspected.Answer("");
            }),
            "header:grpc-message");
}

TEST(ResponseInspection, WhatAnInterimResponseAndTheFinalOneBothHaveCountsOnce) {
  ListenerPlan plan = ResponsesOnly(InspectionMode::kBlock);
  plan.orders.data_loss = InspectionMode::kDetect;
  Inspected inspected(plan);
  inspected.Headers();
  http::Response interim;
  interim.status = 103;
  for (http::Response* head : {&interim, &inspected.response()}) {
    head->headers.Add("x-error", "You have an error in your SQL syntax");
    head->headers.Add("link", absl::StrCat("</a?key=", kToken, ">"));
  }
  EXPECT_EQ(inspected.filter().OnInformational(inspected.exchange(), interim), Step::kContinue);
  EXPECT_EQ(inspected.Answer("You have an error in your SQL syntax"), Step::kContinue);
  const auto info = inspected.Record().inspection;
  ASSERT_EQ(info->matches.size(), 2U);
  EXPECT_EQ(info->matches[0].id, "FBI-OUT-001");
  EXPECT_EQ(info->matches[1].field, "header:link");
  EXPECT_EQ(info->score, 5U) << "of the secret; the sign alone is 4";
}

TEST(ResponseInspection, ASignThatIsWholeInThePieceStopsThatPieceWhereverItStands) {
  Inspected inspected(ResponsesOnly(InspectionMode::kBlock));
  inspected.Headers();
  inspected.response().status = 200;
  inspected.response().has_body = true;  // of no announced length
  EXPECT_EQ(inspected.filter().OnResponse(inspected.exchange()), Step::kLater);
  EXPECT_EQ(inspected.filter().OnBody(inspected.exchange(), Towards::kDownstream,
                                      "uid=33(www-data) gid=33(www-data)"),
            Step::kClose);
}

TEST(ResponseInspection, SecretsAreStoppedAndOnlyTheirLastFourCharactersWrittenDown) {
  const std::string body = absl::StrCat(R"({"token": ")", kToken, R"("})");
  for (size_t piece = 1; piece < body.size(); ++piece) {
    Inspected inspected(DataLoss(InspectionMode::kBlock));
    ASSERT_EQ(inspected.Headers(), Step::kContinue);
    EXPECT_EQ(inspected.Answer(body, piece), Step::kClose) << piece;
    const auto info = inspected.Record().inspection;
    ASSERT_NE(info, nullptr);
    ASSERT_EQ(info->matches.size(), 1U);
    EXPECT_EQ(info->matches[0].excerpt, "github-token ending in 2ePq");
    EXPECT_EQ(info->matches[0].category, "secret");
  }
}

TEST(ResponseInspection, DetectWritesDownAndLetsPass) {
  Inspected inspected(DataLoss(InspectionMode::kDetect));
  inspected.Headers();
  EXPECT_EQ(inspected.Answer(absl::StrCat("key: ", kToken, "\n")), Step::kContinue);
  EXPECT_EQ(inspected.Record().inspection->matches.at(0).id, "FBI-DLP-001");
  EXPECT_FALSE(inspected.exchange().refused());
}

TEST(ResponseInspection, AKindThatIsOffIsNotLookedFor) {
  ListenerPlan plan = DataLoss(InspectionMode::kBlock);
  plan.secrets_off.set(static_cast<size_t>(inspect::SecretKind::kGithubToken));
  Inspected inspected(plan);
  inspected.Headers();
  EXPECT_EQ(inspected.Answer(absl::StrCat("key: ", kToken, "\n")), Step::kContinue);
  EXPECT_EQ(inspected.Record().inspection, nullptr);
}

TEST(ResponseInspection, SecretsOfOnesOwnCount) {
  ListenerPlan plan = DataLoss(InspectionMode::kBlock);
  inspect::CustomSecret rule;
  rule.name = "order-key";
  rule.prefix = "shopord_";
  rule.shortest = 24;
  rule.hex = true;
  plan.secrets = std::make_shared<const inspect::SecretRules>(inspect::SecretRules{rule});
  Inspected inspected(plan);
  inspected.Headers();
  EXPECT_EQ(inspected.Answer("shopord_4f0a9c31e7b25d68af10c293\n"), Step::kClose);
  EXPECT_EQ(inspected.Record().inspection->matches.at(0).excerpt, "order-key ending in c293");
}

TEST(ResponseInspection, ACodingThatCannotBeUndoneIsAnsweredWith502BeforeAnythingWasSent) {
  Inspected inspected(DataLoss(InspectionMode::kBlock));
  inspected.Headers();
  inspected.response().headers.Add("content-encoding", "compress");
  EXPECT_EQ(inspected.Answer(""), Step::kClose);
  EXPECT_EQ(inspected.exchange().refusal_status, 502);
  EXPECT_THAT(*inspected.Record().detail, HasSubstr("FBI-ENC-001"));
}

TEST(ResponseInspection, LooksAtItsSampleAlone) {
  const auto found = [](int percent) {
    int count = 0;
    for (int i = 0; i < 1'000; ++i) {
      ListenerPlan plan = ResponsesOnly(InspectionMode::kDetect);
      plan.sample_percent = percent;
      Inspected inspected(plan);
      inspected.Headers();
      inspected.Answer("uid=0(root) gid=0(root)");
      count += inspected.Record().inspection != nullptr ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(found(0), 0);
  EXPECT_EQ(found(100), 1'000);
  const int some = found(30);  // 300 with a deviation of 14
  EXPECT_GT(some, 200);
  EXPECT_LT(some, 400);
}

}  // namespace
}  // namespace firebreak::filters
