#include "flows/redact.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::flows {
namespace {

std::string Redacted(absl::string_view path, PathKind kind = PathKind::kAny) {
  std::string scratch;
  return std::string(RedactPath(path, kind, &scratch));
}

TEST(RedactPath, ReplacesWholeSegmentsOnly) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(Redacted("/reset/" + key + "/done"), "/reset/{redacted}/done");
  EXPECT_EQ(Redacted("/" + key + "/" + key), "/{redacted}/{redacted}");
  EXPECT_EQ(Redacted(key), "{redacted}");
  EXPECT_EQ(Redacted("/x-" + key + ".json/"), "/{redacted}/");
}

TEST(RedactPath, ReturnsACleanPathItself) {
  const std::string path = "/v1/charges/123";
  std::string scratch = "left over";
  EXPECT_EQ(RedactPath(path, PathKind::kAny, &scratch).data(), path.data());
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

TEST(RedactPath, TakesLinearTime) {
  for (const char* part : {"eyJ-", "eyJ", "a=", "-", "%2B", "sk_live_", "ghp_+", "/", "%"}) {
    std::string path;
    while (path.size() < 1'000'000) path += part;
    Redacted(path);  // quadratic, this would not end
  }
}

}  // namespace
}  // namespace firebreak::flows
