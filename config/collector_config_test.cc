#include "config/collector_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace firebreak::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kIdentity[] =
    "trust_domain: shop.example\n"
    "identity: {files: {certificate_chain: svid.pem, private_key: key.pem, trust_bundle: b.pem}}\n";

std::string Errors(absl::string_view text) {
  Diagnostics diagnostics;
  const auto config = CollectorConfig::Parse("etc/collector.yaml", text, &diagnostics);
  EXPECT_EQ(config.has_value(), diagnostics.error_count() == 0);
  return diagnostics.Format(/*color=*/false);
}

TEST(CollectorConfig, ReadsEverythingAndResolvesPaths) {
  Diagnostics diagnostics;
  const auto config = CollectorConfig::Parse(
      "etc/collector.yaml",
      absl::StrCat(kIdentity,
                   "listen: {address: \"0.0.0.0:4317\"}\n"
                   "store: {path: flows, max_bytes: 200000000000, max_seconds: 2592000, "
                   "flush_milliseconds: 500}\n"
                   "allow_reporters: [shop.example/ns/shop/*, shop.example/ns/ops/sa/one]\n"
                   "max_connections: 7\n"
                   "quarantine_list: quarantine.yaml\n"
                   "metrics: {address: \"0.0.0.0:15020\"}\n"),
      &diagnostics);
  ASSERT_TRUE(config.has_value()) << diagnostics.Format(/*color=*/false);
  EXPECT_EQ(config->quarantine_list, "etc/quarantine.yaml");
  EXPECT_EQ(config->trust_domain, "shop.example");
  EXPECT_EQ(config->identity.private_key, "etc/key.pem");
  EXPECT_EQ(config->listen.ToString(), "0.0.0.0:4317");
  EXPECT_EQ(config->store_path, "etc/flows");
  EXPECT_EQ(config->max_bytes, 200'000'000'000);
  EXPECT_EQ(config->max_seconds, 2'592'000);
  EXPECT_EQ(config->flush_ms, 500);
  EXPECT_THAT(config->reporters,
              ElementsAre("shop.example/ns/shop/*", "shop.example/ns/ops/sa/one"));
  EXPECT_EQ(config->max_connections, 7);
  EXPECT_EQ(config->metrics->port(), 15'020);
}

TEST(CollectorConfig, NeedsNoMoreThanWhoWhereAndWhat) {
  Diagnostics diagnostics;
  const auto config = CollectorConfig::Parse(
      "collector.yaml",
      absl::StrCat(kIdentity, "listen: {address: \"[::1]:4317\"}\nstore: {path: /flows}\n"),
      &diagnostics);
  ASSERT_TRUE(config.has_value()) << diagnostics.Format(/*color=*/false);
  EXPECT_EQ(config->max_bytes, 0);
  EXPECT_EQ(config->max_seconds, 0);
  EXPECT_EQ(config->flush_ms, 10'000);
  EXPECT_TRUE(config->reporters.empty());
  EXPECT_EQ(config->max_connections, 20'000);
  EXPECT_EQ(config->quarantine_list, "");
  EXPECT_FALSE(config->metrics.has_value());
}

TEST(CollectorConfig, ABeginningOfAPrincipalMayEndAnywhereAfterTheTrustDomain) {
  for (const char* const good :
       {"shop.example/*", "shop.example/ns/shop/*", "shop.example/ns/shop/sa/web*", "a/.*"}) {
    EXPECT_EQ(WrongWithReporter(good), "") << good;
  }
}

TEST(CollectorConfig, TellsOfEachErrorWithItsPlace) {
  EXPECT_THAT(Errors(absl::StrCat(kIdentity,
                                  "listen: {address: \"here:4317\"}\n"
                                  "store: {path: s}\n")),
              StartsWith("etc/collector.yaml:3:19: error[FB"));
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"store: {path: s}\n", "listen.address is missing"},
      {"listen: {address: \"1.2.3.4:1\"}\n", "store.path is missing"},
      {"listen: {adress: \"1.2.3.4:1\"}\n", "did you mean \"address\"?"},
      {"store: {path: s, max_bytes: 5}\n", "at least 1048576"},
      {"store: {path: s, max_seconds: 5}\n", "store.max_seconds is 5"},
      {"store: {path: s, flush_milliseconds: 1}\n", "100 to 3600000"},
      {"allow_reporters: []\n", "allow_reporters is empty"},
      {"allow_reporters: [\"shop*\"]\n", "use TRUST_DOMAIN/PATH*"},
      {"allow_reporters: [\"*\"]\n", "use TRUST_DOMAIN/PATH*"},
      {"allow_reporters: [\"a/*/b*\"]\n", "use TRUST_DOMAIN/PATH*"},
      {"allow_reporters: [\"spiffe://a/b\"]\n", "bad principal"},
      {"allow_reporters: [\"spiffe://a/b*\"]\n", "it is written without"},
      {"allow_reporters: [\"Shop.example/ns/*\"]\n", "only lower-case letters"},
      {"allow_reporters: [\"a//*\"]\n", "it has an empty segment"},
      {"max_connections: 0\n", "max_connections is 0"},
      {"listen: {address: \"1.2.3.4:1\"}\nmetrics: {address: \"0.0.0.0:1\"}\n",
       "clashes with listen.address"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Errors(absl::StrCat(kIdentity, c.text)), HasSubstr(c.error)) << c.text;
  }
  EXPECT_THAT(Errors("{}"), HasSubstr("trust_domain is missing"));
  EXPECT_THAT(Errors("{}"), HasSubstr("identity has no source"));
}

}  // namespace
}  // namespace firebreak::config
