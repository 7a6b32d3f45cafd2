#include "inspect/secrets/secret_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "inspect/secrets/numbers.h"
#include "inspect/secrets/token_check.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Random characters of an alphabet, the same in every run. No secret stands in this file.
std::string Made(size_t size, absl::string_view alphabet, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string out;
  for (size_t i = 0; i < size; ++i) out.push_back(alphabet[random() % alphabet.size()]);
  return out;
}
constexpr absl::string_view kAlnum =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr absl::string_view kUpper32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// A number with the last digit that Luhn asks for.
std::string Card(absl::string_view start) {
  for (char last = '0'; last <= '9'; ++last) {
    std::string digits = absl::StrCat(start, std::string(1, last));
    if (IsCardNumber(digits)) return digits;
  }
  ADD_FAILURE() << start;
  return "";
}

std::vector<std::string> Found(absl::string_view text) {
  SecretScanner scanner;
  scanner.Feed(text);
  scanner.Finish();
  std::vector<std::string> names;
  for (const SecretMatch& match : scanner.matches()) names.push_back(match.name);
  return names;
}

struct Secret {
  std::string name;
  std::string text;
};

std::vector<Secret> Secrets() {
  const std::string jwt = absl::StrCat(
      absl::WebSafeBase64Escape(R"({"alg":"HS256","typ":"JWT"})"), ".",
      absl::WebSafeBase64Escape(R"({"sub":"42","name":"A B"})"), ".", Made(43, kAlnum));
  const std::string key_line = Made(64, kAlnum);
  return {
      {"aws-access-key-id", "AKIA" + Made(16, kUpper32)},
      {"aws-secret-access-key", "aws_secret_access_key = " + Made(40, kAlnum)},
      {"gcp-api-key", "AIza" + Made(35, kAlnum)},
      {"azure-storage-key", "AccountName=x;AccountKey=" + Made(86, kAlnum) + "=="},
      {"github-token", "ghp_" + Made(36, kAlnum)},
      {"github-token", "github_pat_" + Made(22, kAlnum) + "_" + Made(59, kAlnum)},
      {"gitlab-token", "glpat-" + Made(20, kAlnum)},
      {"slack-token",
       "xoxb-" + Made(12, "0123456789") + "-" + Made(12, "0123456789") + "-" + Made(24, kAlnum)},
      {"slack-webhook", "https://hooks.slack.com/services/T0ABC/B0DEF/" + Made(24, kAlnum)},
      {"stripe-key", "sk_live_" + Made(24, kAlnum)},
      {"npm-token", "//registry/:_authToken=npm_" + Made(36, kAlnum)},
      {"pypi-token", "pypi-AgEIcHlwaS5vcmc" + Made(60, kAlnum)},
      {"sendgrid-key", "SG." + Made(22, kAlnum) + "." + Made(43, kAlnum, 2)},
      {"vault-token", "hvs." + Made(30, kAlnum)},
      {"digitalocean-token", "dop_v1_" + Made(64, "0123456789abcdef")},
      {"jwt", "Authorization: Bearer " + jwt},
      {"private-key", "-----BEGIN RSA PRIVATE KEY-----\n" + key_line + "\n"},
      {"private-key", "{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n" + key_line + "\\n"},
      {"pgp-private-key",
       "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n" + key_line + "\n"},
      {"card-number", "pay with " + Card("432101234567890")},
      {"card-number", "VISA 4321 0123 4567 " + Card("432101234567890").substr(12) + " EUR"},
      {"card-number", "{\"pan\":\"3712-345678-" + Card("37123456789123").substr(10) + "\"}"},
      {"iban", "DE75512108001245126199"},
      {"iban", "IBAN DE75 5121 0800 1245 1261 99 BIC"},
      {"us-ssn", "SSN: 219-09-9998"},
      {"generic-secret", "db_password = \"" + Made(24, kAlnum) + "\""},
  };
}

TEST(SecretScanner, FindsEachKindAndNothingElse) {
  for (const Secret& secret : Secrets()) {
    EXPECT_THAT(Found("some words " + secret.text + " and more\n"), ElementsAre(secret.name))
        << secret.text;
  }
}

TEST(SecretScanner, FindsTheSameHoweverTheBytesAreCut) {
  std::string all;
  for (const Secret& secret : Secrets()) absl::StrAppend(&all, "{\"x\": \"", secret.text, "\"}\n");
  all += std::string(5000, 'z');
  all += " ghp_" + Made(36, kAlnum, 9);
  SecretScanner whole;
  whole.Feed(all);
  whole.Finish();
  ASSERT_GE(whole.total(), Secrets().size());
  std::mt19937 random(3);
  for (const size_t most : {1, 2, 7, 100, 3000}) {
    SecretScanner scanner;
    for (absl::string_view rest = all; !rest.empty();) {
      const size_t take = std::min<size_t>(rest.size(), 1 + random() % most);
      scanner.Feed(rest.substr(0, take));
      rest.remove_prefix(take);
    }
    scanner.Finish();
    ASSERT_EQ(scanner.total(), whole.total()) << most;
    for (size_t i = 0; i < whole.matches().size(); ++i) {
      EXPECT_EQ(scanner.matches()[i].name, whole.matches()[i].name);
      EXPECT_EQ(scanner.matches()[i].offset, whole.matches()[i].offset);
      EXPECT_EQ(scanner.matches()[i].last_four, whole.matches()[i].last_four);
    }
  }
}

TEST(SecretScanner, ReportsNeverMoreThanTheLastFour) {
  for (const Secret& secret : Secrets()) {
    SecretScanner scanner;
    scanner.Feed(secret.text);
    scanner.Finish();
    ASSERT_THAT(scanner.matches(), SizeIs(1)) << secret.text;
    const std::string said = scanner.matches()[0].Describe();
    EXPECT_EQ(scanner.matches()[0].last_four.size(), 4U);
    for (size_t at = 0; at + 5 <= secret.text.size(); ++at) {
      const absl::string_view five = absl::string_view(secret.text).substr(at, 5);
      // "slack", "token"; a blank is no part of the secret.
      if (absl::StrContains(secret.name, five) || absl::StrContains(five, ' ')) continue;
      EXPECT_FALSE(absl::StrContains(said, five)) << said;
    }
  }
}

TEST(SecretScanner, LeavesExamplesOfDocumentationAlone) {
  for (const std::string& text :
       {std::string("AKIAIOSFODNN7EXAMPLE"),
        std::string("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        std::string("4111 1111 1111 1111"), std::string("4242424242424242"),
        std::string("GB29 NWBK 6016 1331 9268 19"), "ghp_" + std::string(36, 'x'),
        std::string("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n")}) {
    EXPECT_THAT(Found(text), IsEmpty()) << text;
  }
}

TEST(SecretScanner, LeavesWhatOnlyLooksLikeItAlone) {
  const std::string digits = Card("432101234567890");
  for (const std::string& text :
       {"order " + digits.substr(0, 15) + (digits.back() == '0' ? "1" : "0"),  // Luhn
        "1" + digits.substr(1), "id=x" + digits, digits + ".50", "AKIA" + Made(15, kUpper32),
        "AKIA" + Made(17, kUpper32), "xghp_" + Made(36, kAlnum), "ghp_" + Made(37, kAlnum),
        std::string("DE76512108001245126199"), std::string("219-09-9998"),
        std::string("SSN: 000-12-3456"),
        "1234 5678 " + digits.substr(0, 4) + " " + digits.substr(4, 4) + " " + digits.substr(8, 4) +
            " " + digits.substr(12, 4),
        "commit " + Made(40, "0123456789abcdef"), "etag: \"" + Made(32, kAlnum) + "\"",
        "password = \"" + std::string(24, 'a') + "\"",
        "eyJ" + Made(40, kAlnum) + ".eyJ" + Made(20, kAlnum)}) {
    EXPECT_THAT(Found(text + "\n"), IsEmpty()) << text;
  }
}

TEST(SecretScanner, CountsMoreThanItKeeps) {
  SecretScanner scanner;
  for (unsigned i = 0; i < 100; ++i) scanner.Feed(absl::StrCat("ghp_", Made(36, kAlnum, i), "\n"));
  scanner.Finish();
  EXPECT_EQ(scanner.count(SecretKind::kGithubToken), 100U);
  EXPECT_THAT(scanner.matches(), SizeIs(SecretScanner::kMaxMatches));
}

TEST(SecretScanner, TokenThatIsTooLongIsPassedOver) {
  EXPECT_THAT(Found(std::string(100'000, 'a') + "/ghp_" + Made(36, kAlnum)), IsEmpty());
  EXPECT_THAT(Found(std::string(100'000, 'a') + " ghp_" + Made(36, kAlnum)),
              ElementsAre("github-token"));
}

TEST(Numbers, KnowIssuersLengthsAndCountries) {
  EXPECT_TRUE(IsCardNumber(Card("222312345678901")));
  EXPECT_FALSE(IsCardNumber("0000000000000000"));
  EXPECT_FALSE(IsCardNumber("4"));
  EXPECT_EQ(IbanLength("NO"), 15U);
  EXPECT_EQ(IbanLength("ZZ"), 0U);
  EXPECT_FALSE(IsIban("DE"));
  EXPECT_TRUE(IsIban("NO8330001234567"));
}

TEST(SecretRules, FindSecretsOfTheConfiguration) {
  config::Diagnostics diagnostics;
  const std::string allowed = "shop_" + Made(24, "0123456789abcdef", 7);
  const auto rules =
      ParseSecretRules("s.yaml",
                       "secrets:\n- name: order-key\n  prefix: shop_\n  length: [24, 40]\n"
                       "  characters: hex\n  entropy: 3\n  allow: [\"" +
                           allowed + "\"]\n",
                       &diagnostics);
  ASSERT_TRUE(rules.has_value()) << diagnostics.Format(false);
  SecretScanner scanner(std::make_shared<const SecretRules>(*rules));
  scanner.Feed("a shop_" + Made(24, "0123456789abcdef") + " b " + allowed + " shop_" +
               std::string(24, 'a') + "\n");
  scanner.Finish();
  ASSERT_THAT(scanner.matches(), SizeIs(1));
  EXPECT_EQ(scanner.matches()[0].name, "order-key");
}

TEST(SecretRules, RefuseWhatTheyDoNotKnowWithItsPlace) {
  for (const absl::string_view text :
       {"secrets:\n- name: a\n", "secrets:\n- name: a\n  prefix: ab\n", "keys: []\n",
        "secrets: 3\n", "secrets:\n- name: a\n  prefix: abc\n  lenght: [8, 9]\n",
        "secrets:\n- name: a\n  prefix: abc\n  length: [9, 8]\n",
        "secrets:\n- name: a\n  prefix: abc\n  characters: all\n",
        "secrets:\n- name: a\n  prefix: abc\n  entropy: nan\n", "", "[\xff"}) {
    config::Diagnostics diagnostics;
    EXPECT_FALSE(ParseSecretRules("s.yaml", text, &diagnostics).has_value()) << text;
    EXPECT_FALSE(diagnostics.ok()) << text;
  }
}

SecretKinds Only(SecretKind kind) {
  SecretKinds kinds;
  kinds.set(static_cast<size_t>(kind));
  return kinds;
}

TEST(SecretScanner, WhatIsOffHidesNothingThatIsOn) {
  const std::string jwt =
      absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"HS256"})"), ".",
                   absl::WebSafeBase64Escape(R"({"sub":"42"})"), ".", Made(43, kAlnum));
  const std::string key = "AKIA" + Made(16, kUpper32);
  std::string text;
  for (size_t i = 0; i <= SecretScanner::kMaxMatches; ++i) absl::StrAppend(&text, jwt, "\n");
  for (const absl::string_view between : {"\n", ":", "="}) {
    SecretScanner scanner(nullptr, Only(SecretKind::kJwt));
    scanner.Feed(absl::StrCat(text, "access_token=", jwt, between, key));
    scanner.Finish();
    ASSERT_EQ(scanner.total(), 1U) << between;
    EXPECT_EQ(scanner.matches()[0].kind, SecretKind::kAwsKeyId);
  }
}

}  // namespace
}  // namespace firebreak::inspect
