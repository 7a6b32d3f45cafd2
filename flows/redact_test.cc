#include "flows/redact.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path_template.h"

namespace firebreak::flows {
namespace {

std::string Redacted(absl::string_view path, PathKind kind = PathKind::kAny) {
  std::string scratch;
  const auto [shown, is_route] = RedactPath(path, kind, &scratch);
  EXPECT_TRUE(!is_route || PathTemplate(shown) == shown) << shown;
  return std::string(shown);
}

TEST(RedactPath, ReplacesWholeSegmentsOnly) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(Redacted("/reset/" + key + "/done"), "/reset/{redacted}/done");
  EXPECT_EQ(Redacted("/" + key + "/" + key), "/{redacted}/{redacted}");
  EXPECT_EQ(Redacted(key), "{redacted}");
  EXPECT_EQ(Redacted("/x-" + key + ".json/"), "/{redacted}/");
}

TEST(RedactPath, PutsIdsAside) {
  EXPECT_EQ(Redacted("/v1/charges/123/items"), "/v1/charges/{id}/items");
  EXPECT_EQ(Redacted("/users/ann@shop.example/orders"), "/users/{id}/orders");
  EXPECT_EQ(Redacted("/users/ann%40shop.example"), "/users/{id}");
  EXPECT_EQ(Redacted("/call/+49-89-636-48018"), "/call/{id}");
  EXPECT_EQ(Redacted("/orders/550e8400-e29b-41d4-a716-446655440000"), "/orders/{id}");
  EXPECT_EQ(Redacted("/watch/dQw4w9WgXcQ"), "/watch/{id}");
}

TEST(RedactPath, LeavesOutWhatComesAfterATellingName) {
  for (const char* name : {"token", "tokens", "reset", "invite", "verify", "session", "keys",
                           "secret", "password", "auth", "code", "Reset-Password", "resetPassword",
                           "access_token", "verify-email", "magic-link", "APIKEY", "confirm.php"}) {
    EXPECT_EQ(Redacted(absl::StrCat("/", name, "/abcdef/x")),
              absl::StrCat("/", name, "/{redacted}/x"));
  }
  EXPECT_EQ(Redacted("/token/k3J9x2"), "/token/{id}");
}

TEST(RedactPath, KeepsRoutesAfterATellingName) {
  for (const char* path :
       {"/auth/login", "/auth/v1/callback", "/password/reset", "/session/current", "/tokens/",
        "/oauth/token", "/auth/realms", "/keys/rotate", "/verify/email", "/reset-password/form",
        "/monkey/business", "/keyboard/layout", "/postcodes/north"}) {
    EXPECT_EQ(Redacted(path), path);
  }
  EXPECT_EQ(Redacted("/token/verify-hunter"), "/token/{redacted}");
  EXPECT_EQ(Redacted("/token/email1"), "/token/{redacted}");
}

TEST(RedactPath, LeavesOutWhatMayBeACodeFurtherBehindATellingName) {
  EXPECT_EQ(Redacted("/verify/email/x7Qm"), "/verify/email/{redacted}");
  EXPECT_EQ(Redacted("/password/reset/confirm/form/ab12cd"),
            "/password/reset/confirm/form/{redacted}");
  EXPECT_EQ(Redacted("/invite/of/team/QxZm/accept"), "/invite/{redacted}/team/{redacted}/accept");
  EXPECT_EQ(Redacted("/session/current/k3"), "/session/current/{redacted}");
  EXPECT_EQ(Redacted("/verify/email/x7Qm", PathKind::kShown), "/verify/email/x7Qm");
  for (const char* path : {"/auth/login/oauth2", "/auth/realms/shop/protocol/openid-connect/token",
                           "/session/current/orders", "/password/change/v2", "/auth/login/SAML",
                           "/users/email/x7Qm", "/tokens/list/myTokens"}) {
    EXPECT_EQ(Redacted(path), path);
  }
}

// So that lines of before and after, and of who shows more, have one template.
TEST(RedactPath, WhatWasLeftOutChangesNothingBehindIt) {
  for (const char* path :
       {"/secret-key-1234/foo/x7Qm", "/token/abcdef/x7Qm", "/verify/email/x7Qm/done",
        "/reset/0123456789abcdef0123456789abcdef/k3"}) {
    EXPECT_EQ(Redacted(Redacted(path)), Redacted(path));
  }
}

TEST(RedactPath, SaysWhatIsItsOwnTemplate) {
  std::string scratch;
  const auto is_route = [&](absl::string_view path, PathKind kind = PathKind::kAny) {
    return RedactPath(path, kind, &scratch).is_route;
  };
  EXPECT_TRUE(is_route("/v1/charges/123/items"));
  EXPECT_TRUE(is_route(""));
  EXPECT_FALSE(is_route("/token/abcdef")) << "its template has {id} there";
  EXPECT_FALSE(is_route("/token/{redacted}"));
  EXPECT_FALSE(is_route("/v1/charges/123", PathKind::kShown));
  EXPECT_FALSE(is_route("/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"));
  EXPECT_FALSE(is_route("/" + std::string(kMaxTemplateBytes, 'a')));
}

TEST(RedactPath, ShowsIdsButNoSecretsWhereAskedTo) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  const std::string path = "/v1/charges/123/token/ann@shop.example";
  EXPECT_EQ(Redacted(path, PathKind::kShown), path);
  EXPECT_EQ(Redacted("/v1/charges/123/" + key, PathKind::kShown), "/v1/charges/123/{redacted}");
}

TEST(RedactPath, TakesGrpcNamesForNames) {
  for (const char* path : {"/auth.Token/Verify", "/shop.v1.Secret/Get123", "/Token/Create"}) {
    EXPECT_EQ(Redacted(path, PathKind::kGrpc), path);
  }
}

TEST(RedactPath, LeavesWhatWasRedactedAsItIs) {
  for (const char* path : {"/token/{redacted}/{id}", "/token/{id}", "/v1/{id}/{redacted}"}) {
    EXPECT_EQ(Redacted(path), path);
  }
}

std::string RedactedAgent(absl::string_view agent) {
  std::string scratch;
  return std::string(RedactUserAgent(agent, &scratch));
}

TEST(RedactUserAgent, LeavesOutAddressesAndSecrets) {
  EXPECT_EQ(RedactedAgent("crawler/1.0 (ops@shop.example; +https://shop.example/bot)"),
            "crawler/1.0 ({redacted}; +https://shop.example/bot)");
  EXPECT_EQ(RedactedAgent("bot http://ann:hunter2@shop.example/x"), "bot http://{redacted}/x");
  EXPECT_EQ(RedactedAgent("app/0123456789abcdef0123456789abcdef (x)"), "app/{redacted} (x)");
  EXPECT_EQ(RedactedAgent("app token=hunter2"), "app {redacted}");
  EXPECT_EQ(RedactedAgent(absl::StrCat("x eyJhbGciOiJub25lIn0", ".e30. y")), "x {redacted} y");
}

TEST(RedactUserAgent, ReturnsAnOrdinaryOneItself) {
  for (const absl::string_view agent :
       {"", "curl/8.5.0", "Go-http-client/2.0", "kube-probe/1.29", "okhttp/4.9.2",
        "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
        "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Boto3/1.34.0 md/Botocore#1.34.0 os/linux#5.10.0-26 cfg/retry-mode#legacy",
        "aws-sdk-go-v2/1.24.0 os/linux lang/go#1.21.5 md/GOOS#linux api/s3#1.47.5",
        "kubelet/v1.29.0 (linux/amd64) kubernetes/3f7a50f", "grpc-java-netty/1.60.0",
        "Apache-HttpClient/4.5.14 (Java/17.0.9)"}) {
    std::string scratch;
    EXPECT_EQ(RedactUserAgent(agent, &scratch).data(), agent.data()) << scratch;
  }
}

TEST(RedactPath, ReturnsACleanPathItself) {
  const std::string path = "/v1/charges/items";
  std::string scratch = "left over";
  EXPECT_EQ(RedactPath(path, PathKind::kAny, &scratch).text.data(), path.data());
  EXPECT_EQ(Redacted(""), "");
  EXPECT_EQ(Redacted("/"), "/");
}

TEST(LooksSecret, KnowsJsonWebTokensOfAnySpelling) {
  for (const char* header : {R"({"alg":"HS256"})", R"({ "alg": "ES256" })",
                             "{\n  \"typ\": \"JWT\"}", "{\r\n\"a\":1}", "{\t\"alg\":\"none\"}"}) {
    std::string encoded;
    absl::WebSafeBase64Escape(header, &encoded);
    for (const char* rest : {".e30.c2ln", ".e30.", "..c2ln", ".a.b.c.d"}) {
      EXPECT_TRUE(LooksSecret(encoded + rest)) << header << rest;
      EXPECT_TRUE(LooksSecret("Bearer%20" + encoded + rest)) << header << rest;
      EXPECT_TRUE(LooksSecret("v=" + encoded + rest)) << header << rest;
      EXPECT_TRUE(LooksSecret("session_" + encoded + rest)) << header << rest;
      EXPECT_TRUE(LooksSecret(encoded + rest, PathKind::kGrpc)) << header << rest;
    }
  }
}

TEST(LooksSecret, KnowsKeysByTheirPrefix) {
  // Put together here, so that nobody's scanner takes them for keys.
  for (const char* prefix :
       {"ghp_", "github_pat_", "glpat-", "xoxb-", "AKIA", "AIza", "sk_live_"}) {
    EXPECT_TRUE(LooksSecret(absl::StrCat(prefix, "QWERTYUI"))) << prefix;
    EXPECT_FALSE(LooksSecret(absl::StrCat(prefix, "QWE"))) << prefix;
  }
}

TEST(LooksSecret, KnowsLongKeys) {
  for (const char* key :
       {"0123456789abcdef0123", "DEADBEEFDEADBEEFDEADBEEFDEADBEEF", "aaaaaaaaaaaaaaaaaaaa1",
        "1aaaaaaaaaaaaaaaaaaa", "012345678901234567890", "550e8400e29b41d4a716446655440000",
        "A1B2C-D3E4F-G5H6I-J7K8L", "bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst", "qXvBnMkLpOiUyTrEwQaSd"}) {
    EXPECT_TRUE(LooksSecret(key)) << key;
  }
}

TEST(LooksSecret, KnowsWhatIsNamedASecret) {
  EXPECT_TRUE(LooksSecret("password=x"));
  EXPECT_TRUE(LooksSecret("cart;JSESSIONID=1A"));
  EXPECT_TRUE(LooksSecret("a=1,access_token=2"));
  EXPECT_FALSE(LooksSecret("password="));
  EXPECT_FALSE(LooksSecret("color=red"));
  EXPECT_FALSE(LooksSecret("tokens"));
}

TEST(LooksSecret, KnowsAUserWithAPassword) {
  EXPECT_TRUE(LooksSecret("ann:pass@shop.example"));
  EXPECT_FALSE(LooksSecret("ann@shop.example"));
  EXPECT_FALSE(LooksSecret("ann@shop.example:8080"));
}

TEST(LooksSecret, SeesThroughEscapesThatHideASecret) {
  EXPECT_TRUE(LooksSecret("%65yJhbGciOiJub25lIn0%2e%65%33%30."));
  EXPECT_TRUE(LooksSecret("0%31%3234567%38%39abcdef0123456789abcdef"));
  EXPECT_TRUE(LooksSecret("pass%77ord%3Dx"));
  EXPECT_TRUE(LooksSecret("ann%3Apass%40shop.example"));
  EXPECT_FALSE(LooksSecret("annual%20report%2"));
  EXPECT_FALSE(LooksSecret("%e2%82%ac%zz%"));
}

TEST(LooksSecret, LeavesNamesAndIdsAlone) {
  for (const char* name : {"charges",
                           "v1",
                           "123456789012",
                           "18446744073709551615",
                           "internationalization",
                           "550e8400-e29b-41d4-a716-446655440000",
                           "order-550E8400-E29B-41D4-A716-446655440000",
                           "payments-7d4b9c6f5d-x2k9p",
                           "how-we-moved-800-services-to-http2-in-2026",
                           "samsung-galaxy-s24-ultra-256gb-5g",
                           "getCustomerShippingAddresses",
                           "grpc.reflection.v1alpha.ServerReflection",
                           "app.3f2a9c1b.min.js",
                           "2026-11-22T10:00:00Z",
                           "Buy-iPhone15Pro-Max-Online-Today",
                           "MyService2-production-eu",
                           "MAX_RETRY_COUNT_EXCEEDED_IN_REGION",
                           "eyes.jpg",
                           "eyJ.a",
                           "us-east-1",
                           "dQw4w9WgXcQ"}) {
    EXPECT_FALSE(LooksSecret(name)) << name;
  }
}

TEST(LooksSecret, KeepsGrpcNamesWithNumbers) {
  for (const char* name : {"GetCustomerAddressesV2", "ListSecurityGroupsOfEC2V1"}) {
    EXPECT_FALSE(LooksSecret(name, PathKind::kGrpc)) << name;
    EXPECT_TRUE(LooksSecret(name)) << name;
  }
  EXPECT_TRUE(LooksSecret("0123456789abcdef0123", PathKind::kGrpc));
}

// Found is the share, in percent, of `count` random keys that look secret.
double Found(absl::string_view alphabet, size_t size, int count) {
  std::mt19937 random(17);  // NOLINT(cert-msc51-cpp): the same keys in every run
  int found = 0;
  for (int i = 0; i < count; ++i) {
    std::string key;
    while (key.size() < size) key.push_back(alphabet[random() % alphabet.size()]);
    found += LooksSecret(key) ? 1 : 0;
  }
  return 100.0 * found / count;
}

TEST(LooksSecret, FindsRandomKeys) {
  const std::string hex = "0123456789abcdef";
  const std::string base36 = "0123456789abcdefghijklmnopqrstuvwxyz";
  const std::string base62 = base36 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string base64 = base62 + "-_";
  EXPECT_EQ(Found(hex, 32, 10'000), 100);
  EXPECT_EQ(Found(hex, 64, 10'000), 100);
  EXPECT_GE(Found(hex, 24, 10'000), 99.9);
  EXPECT_GE(Found(base36, 24, 10'000), 99.9);
  EXPECT_GE(Found(base62, 22, 10'000), 99.5);
  EXPECT_GE(Found(base62, 32, 10'000), 99.9);
  EXPECT_GE(Found(base64, 22, 10'000), 97);
  EXPECT_GE(Found(base64, 32, 10'000), 99.8);
  EXPECT_GE(Found(base64, 43, 10'000), 99.9);
}

}  // namespace
}  // namespace firebreak::flows
