#include "filters/inspect/head_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "filters/inspect/testing.h"

namespace firebreak::filters {
namespace {

constexpr absl::string_view kCard = "4539578763621486";
constexpr absl::string_view kKeyLine =
    "-----BEGIN RSA PRIVATE KEY----- MIIEpAIBAAKCAQEAx7Vt9LqWm3Rz8Ynk2PbQ5hJ0sFdGc1Ua";

ListenerPlan DataLoss() {
  ListenerPlan plan;
  plan.orders.data_loss = InspectionMode::kBlock;
  return plan;
}

std::string Jwt() {
  return absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"HS256"})"), ".",
                      absl::WebSafeBase64Escape(R"({"sub":"42"})"),
                      ".q3V8xT1mLz7RkWn5YpBs0JhDfGc2UaEo");
}

// Where a request that leaves with this header, or this target, is found to have a secret; empty:
// it is let through.
std::string FoundInRequest(absl::string_view header, absl::string_view value,
                           absl::string_view path = "/", absl::string_view query = "") {
  Inspected inspected(DataLoss());
  inspected.exchange().record.direction = Direction::kOutbound;
  inspected.request().has_body = false;
  inspected.request().path = std::string(path);
  inspected.request().query = std::string(query);
  inspected.request().has_query = !query.empty();
  if (!header.empty()) inspected.request().headers.Add(header, value);
  if (inspected.Headers() == Step::kContinue) return "";
  EXPECT_EQ(inspected.exchange().refusal_status, 403);
  return inspected.Record().inspection->matches.at(0).field;
}

std::string FoundInResponse(absl::string_view header, absl::string_view value) {
  Inspected inspected(DataLoss());
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  inspected.response().headers.Add(header, value);
  if (inspected.Answer("") == Step::kContinue) return "";
  EXPECT_EQ(inspected.exchange().refusal_status, 502);
  return inspected.Record().inspection->matches.at(0).field;
}

TEST(HeadSecrets, KeepsInWhatWouldLeaveInTheTargetOrAHeaderOfARequest) {
  const std::string key(kAwsKey);
  EXPECT_EQ(FoundInRequest("", "", "/put/" + key), "path");
  EXPECT_EQ(FoundInRequest("", "", "/", "a=1&k=" + key), "query:k");
  EXPECT_EQ(
      FoundInRequest("", "", "/",
                     "k=-----BEGIN+RSA%20PRIVATE+KEY-----%0A" + std::string(kKeyLine.substr(32))),
      "query:k");
  EXPECT_EQ(FoundInRequest("x-k", key), "header:x-k");
  EXPECT_EQ(FoundInRequest("x-k", kKeyLine), "header:x-k");
  EXPECT_EQ(FoundInRequest("x-k", kCard), "header:x-k");
  EXPECT_EQ(FoundInRequest("user-agent", absl::StrCat("curl ", kToken)), "header:user-agent");
}

TEST(HeadSecrets, WhatACallerPresentsIsNoLossButKeysAndNumbersAre) {
  EXPECT_EQ(FoundInRequest("authorization", absl::StrCat("Bearer ", kToken)), "");
  EXPECT_EQ(FoundInRequest("authorization",
                           absl::StrCat("AWS4-HMAC-SHA256 Credential=", kAwsKey, "/x/s3")),
            "");
  EXPECT_EQ(FoundInRequest("authorization",
                           "Basic " + absl::Base64Escape(absl::StrCat("deploy:", kToken))),
            "");
  EXPECT_EQ(FoundInRequest("x-api-key", kToken), "");
  EXPECT_EQ(FoundInRequest("cookie", absl::StrCat("a=b; session=", Jwt())), "");
  EXPECT_EQ(FoundInRequest("x-user", Jwt()), "");
  EXPECT_EQ(FoundInRequest("authorization", kKeyLine), "header:authorization");
  EXPECT_EQ(FoundInRequest("cookie", absl::StrCat("a=b; n=", kCard)), "cookie:n");
}

TEST(HeadSecrets, KeepsInWhatWouldLeaveInAHeaderOfAResponse) {
  EXPECT_EQ(FoundInResponse("x-k", kAwsKey), "header:x-k");
  EXPECT_EQ(FoundInResponse("location", absl::StrCat("/?k=", kAwsKey)), "header:location");
  EXPECT_EQ(FoundInResponse("set-cookie", absl::StrCat("k=", kAwsKey)), "header:set-cookie");
  EXPECT_EQ(FoundInResponse("authorization", absl::StrCat("Bearer ", kToken)),
            "header:authorization");
  EXPECT_EQ(FoundInResponse("cookie", absl::StrCat("k=", kToken)), "cookie:k");
  EXPECT_EQ(FoundInResponse("location", absl::StrCat("/#id_token=", Jwt())), "header:location");
}

TEST(HeadSecrets, ASessionThatIsGivenOutIsNoLoss) {
  EXPECT_EQ(FoundInResponse("set-cookie", absl::StrCat("session=", Jwt(), "; HttpOnly")), "");
  EXPECT_EQ(FoundInResponse("set-cookie", "access_token=Zx81LmQv7RtYw3NbKc5HsJd9FgA0uE"), "");
}

TEST(HeadSecrets, AnIdOfATraceIsNoCard) {
  for (const absl::string_view id : {"x-datadog-trace-id", "x-b3-traceid", "x-request-id"}) {
    EXPECT_EQ(FoundInRequest(id, kCard), "");
    EXPECT_EQ(FoundInResponse(id, kCard), "");
    EXPECT_NE(FoundInResponse(id, kAwsKey), "");
  }
}

TEST(HeadSecrets, KeepsInWhatWouldLeaveInTrailers) {
  http::HeaderMap trailers;
  trailers.Add("x-k", kAwsKey);
  Inspected request(DataLoss());
  request.exchange().record.direction = Direction::kOutbound;
  EXPECT_EQ(request.Headers(), Step::kContinue);
  EXPECT_EQ(request.Body("{}"), Step::kContinue);
  request.exchange().request_trailers = &trailers;
  EXPECT_EQ(request.End(), Step::kClose);
  Inspected response(DataLoss());
  EXPECT_EQ(response.Headers(), Step::kContinue);
  response.exchange().response_trailers = &trailers;
  EXPECT_EQ(response.Answer("ok"), Step::kClose);
  EXPECT_EQ(response.Record().inspection->matches.at(0).field, "header:x-k");
}

TEST(HeadSecrets, KeepsInWhatWouldLeaveInAnInterimResponse) {
  for (const bool leaks : {true, false}) {
    Inspected inspected(DataLoss());
    EXPECT_EQ(inspected.Headers(), Step::kContinue);
    http::Response hints;
    hints.status = 103;
    hints.headers.Add("link", absl::StrCat("</?k=", leaks ? kAwsKey : "none", ">; rel=preload"));
    const Step step = inspected.filter().OnInformational(inspected.exchange(), hints);
    EXPECT_EQ(step, leaks ? Step::kClose : Step::kContinue);
    if (leaks) {
      EXPECT_EQ(inspected.exchange().refusal_status, 502);
      EXPECT_EQ(inspected.Record().inspection->matches.at(0).field, "header:link");
    } else {
      inspected.response().headers.Add("x-k", kAwsKey);
      EXPECT_EQ(inspected.Answer(""), Step::kClose) << "the final one is looked at as well";
    }
  }
}

TEST(HeadSecrets, KeepsInWhatWouldLeaveWithAnUpgrade) {
  Inspected inspected(DataLoss());
  inspected.request().has_body = false;
  inspected.request().upgrade = http::Upgrade::kWebsocket;
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  inspected.response().status = 101;
  inspected.response().headers.Add("x-k", kAwsKey);
  EXPECT_EQ(inspected.filter().OnResponse(inspected.exchange()), Step::kClose);
}

TEST(HeadSecrets, WhatEntersMayHoldSecrets) {
  Inspected inspected(DataLoss());
  inspected.request().has_body = false;
  inspected.request().headers.Add("x-k", kAwsKey);
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
}

}  // namespace
}  // namespace firebreak::filters
