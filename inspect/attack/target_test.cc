#include "inspect/attack/target.h"

#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Target, FindsMetadata) {
  for (const char* const text : {
           "http://169.254.169.254/latest/",
           "http://metadata.google.internal/",
           "169.254.169.254",
           "http://x@169.254.169.254/",
           "//100.100.100.200/",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetMetadata, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, FindsOddSpellings) {
  for (const char* const text : {
           "http://0x7f000001/",
           "http://2130706433/",
           "http://0177.0.0.1/",
           "http://127.1/",
           "http://0x7f.1/",
           "http://[::ffff:127.0.0.1]/",
           "http://10.0.0.1.nip.io/",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetSpelling, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, FindsOddSchemes) {
  for (const char* const text : {
           "gopher://h:70/_x",
           "file:///x",
           "dict://h:11211/stats",
           "jar:http://h/x!/",
           "ldap://h/x",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetScheme, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, LeavesUrlsAlone) {
  for (const char* const text : {
           "https://example.org/a?b=c",
           "http://10.1.2.3/x",
           "http://example.org:8080/",
           "https://user@example.org/",
           "//cdn.example.org/x.js",
           "1.2.3.4",
           "http://192.0.2.1/",
           "ftp://example.org/pub",
           "profile: //x",
           "http://1234/",
           "see http://localhost:3000/callback",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Target, ReadsAddressesAsLibcDoes) {
  EXPECT_EQ(OddAddress("0x7f000001"), 0x7F000001U);
  EXPECT_EQ(OddAddress("2130706433"), 0x7F000001U);
  EXPECT_EQ(OddAddress("0177.0.0.1"), 0x7F000001U);
  EXPECT_EQ(OddAddress("127.1"), 0x7F000001U);
  EXPECT_EQ(OddAddress("127.0.1"), 0x7F000001U);
  EXPECT_EQ(OddAddress("0251.0376.0251.0376"), 0xA9FEA9FEU);
  for (const char* const host : {"127.0.0.1", "example.org", "1", "1.2.3.4.5", "256.1", "0x",
                                 "08.1", "", "1..2", "4294967296"}) {
    EXPECT_FALSE(OddAddress(host).has_value()) << host;
  }
}

TEST(Target, FindsOddWaysToThisMachine) {
  for (const char* const text : {
           "http://127.0.0.1:6379/",
           "http://localhost:22",
           "http://10.0.0.1:2375/x",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetService, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "http://[::1]/",
           "http://0/",
           "http://127.9.9.9/",
           "http:127.0.0.1/",
           "http:/0x7f.1/",
           R"~(http:\\127.0.0.1\)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetSpelling, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "http://metadata/computemetadata/v1/",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetMetadata, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, LeavesAddressesOfServicesAlone) {
  for (const char* const text : {
           "postgres://u@localhost:5432/a",
           "redis://localhost:6379/0",
           "http://localhost:3000/cb",
           "http://127.0.0.1:8080/",
           "http://example.org:22/",
           "http: the protocol",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Target, LeavesWhatServicesSayOfThemselvesAlone) {
  for (const absl::string_view text :
       {"http://10.0.0.5:9200", "connect to http://10.1.2.3:8500 failed",
        "https://kubernetes.default.svc.cluster.local"}) {
    EXPECT_FALSE(HitsOf(text, Place::kJson).Has(Rule::kTargetService)) << text;
    EXPECT_FALSE(HitsOf(text, Place::kJson).Has(Rule::kTargetMetadata)) << text;
  }
  EXPECT_TRUE(HitsOf("http://10.0.0.5:9200", Place::kForm).Has(Rule::kTargetService));
}

TEST(Target, FindsHostsThatReadersDisagreeAbout) {
  for (const absl::string_view text : {
           "http://a.example@127.0.0.1/",
           R"~(http://127.0.0.1\@a.example/)~",
           "http://a.example#@127.0.0.1/",
           "http:///127.0.0.1/",
           "http://127\u30020\u30020\u30021/",
           "http://\xe2\x93\x9bocal/",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetSpelling, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "http://172.17.0.1:2375/",
           "http://localhost:10255/pods",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetService, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "https://user@example.org/",
           "https://a.example/@name",
           "http://172.217.0.1:22/",
           "https://medium.example/x?y=@z",
           "http://me:x@localhost/",
           "https:///example.org/",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
