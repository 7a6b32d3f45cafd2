// Random requests, near to every rule: what is accepted is canonical, and both versions agree on
// it.
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "http/canonical.h"
#include "http/field.h"
#include "http/known_field.h"
#include "http/testing.h"

namespace firebreak::http {
namespace {

constexpr int kRequests = 100'000;

using Choices = std::vector<std::string>;

const std::string& Pick(std::mt19937& random, const Choices& choices) {
  return choices[random() % choices.size()];
}

struct Field {
  std::string name;
  Choices values;
};

const std::vector<Field>& Fields() {
  static const auto* const fields = new std::vector<Field>{
      {"accept", {"*/*", "text/html", ""}},
      {"cookie", {"a=1", "b=2; c=3", ""}},
      {"content-type", {"application/grpc", "application/grpc-web", "text/html"}},
      {"expect", {"100-continue", "100-continue", "x"}},
      {"te", {"trailers", "trailers", "gzip"}},
      {"authorization", {"Basic eDp5"}},
      {"x-one", {"1", "\xff", "a\tb"}},
      {"x_two", {"2"}},
      {"connection",
       {"close", "x-one", "keep-alive, TE", "host", "accept, cookie", "content-type"}},
      {"keep-alive", {"timeout=5"}},
      {"upgrade", {"websocket", "h2c"}},
      {"sec-websocket-key", {"a"}},
      {"sec-websocket-version", {"13"}},
      {"host", {"a.example", "b.example"}},
      {"Bad", {"name"}},
      {"bad-value", {" x", "a\rb"}}};
  return *fields;
}

Request RandomRequest(std::mt19937& random) {
  Request request;
  request.version = static_cast<Version>(random() % 3);
  request.method = Pick(random, {"GET", "POST", "POST", "GET", "OPTIONS", "get", "TRACE"});
  request.path = Pick(random, {"/", "/a", "/a//b/", "/a/../b?q", "/%2e/c", "/a?%zz", "*", "/a;b",
                               "/a%2fb", "/..", "/#", "/a|b?"});
  if (request.version == Version::kHttp2) {
    request.scheme = Pick(random, {"http", "http", "https", "HTTP"});
    request.authority = Pick(random, {"a.example", "A.example.:80", "[::1]:443", "u@a"});
  } else {
    request.headers.Add("host", Pick(random, {"a.example", "A.EXAMPLE", "10.0.0.1:81", "", "a b"}));
  }
  const size_t lines = random() % 5;
  for (size_t i = 0; i < lines; ++i) {
    const Field& field = Fields()[random() % Fields().size()];
    request.headers.Add(field.name, Pick(random, field.values));
  }
  return request;
}

void ExpectNothingLeftOver(const HeaderMap& headers) {
  EXPECT_LE(headers.Count("cookie"), 1U);
  EXPECT_FALSE(headers.Has("host"));
  for (size_t i = 0; i < headers.size(); ++i) {
    EXPECT_TRUE(IsLowerToken(headers[i].name)) << headers[i].name;
    EXPECT_TRUE(IsFieldValue(headers[i].value)) << headers[i].value;
    EXPECT_EQ(headers[i].name.find('_'), absl::string_view::npos) << headers[i].name;
    const size_t field = FindKnownField(headers[i].name);
    if (field == kNoField) continue;
    EXPECT_EQ(kKnownFields[field].traits & (kHopByHop | kFraming), 0) << headers[i].name;
  }
}

void ExpectSame(const Request& a, const Request& b) {
  EXPECT_EQ(a.method, b.method);
  EXPECT_EQ(a.scheme, b.scheme);
  EXPECT_EQ(a.authority, b.authority);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.query, b.query);
  EXPECT_EQ(a.has_query, b.has_query);
  EXPECT_EQ(a.grpc, b.grpc);
  EXPECT_EQ(TextOf(a.headers), TextOf(b.headers));
}

// What the next hop reads when this request is forwarded.
Request Forwarded(const Request& request, Version version) {
  Request next = request;
  next.version = version;
  if (request.has_query) next.path += "?" + request.query;
  if (version == Version::kHttp2) return next;
  next.scheme.clear();
  next.authority.clear();
  next.headers.Add("host", request.authority);
  return next;
}

TEST(CanonicalProperties, WhatIsForwardedIsWhatWasDecidedOn) {
  std::mt19937 random(20'260'104);
  int accepted = 0;
  for (int i = 0; i < kRequests && !::testing::Test::HasFailure(); ++i) {
    Request request = RandomRequest(random);
    if (Canonicalise({}, request).has_value()) continue;
    ++accepted;
    ExpectNothingLeftOver(request.headers);
    Request two = Forwarded(request, Version::kHttp2);
    ASSERT_EQ(CodeOf(two), "") << request.path;
    ExpectSame(request, two);
    if (request.scheme != "http") continue;  // HTTP/1 names its scheme in absolute form only
    Request one = Forwarded(request, Version::kHttp11);
    ASSERT_EQ(CodeOf(one), "") << request.path;
    ExpectSame(request, one);
  }
  EXPECT_GT(accepted, kRequests / 50);
}

TEST(CanonicalProperties, RefusalsHaveAStatusAndACode) {
  std::mt19937 random(20'260'105);
  for (int i = 0; i < kRequests; ++i) {
    Request request = RandomRequest(random);
    const std::optional<Rejection> rejection = Canonicalise({}, request);
    if (!rejection.has_value()) continue;
    ASSERT_TRUE(rejection->status == 400 || rejection->status == 405 || rejection->status == 417);
    ASSERT_FALSE(rejection->code.empty());
  }
}

}  // namespace
}  // namespace firebreak::http
