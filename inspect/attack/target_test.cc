#include "inspect/attack/target.h"

#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Target, FindsMetadata) {
  for (const char* const text : {
           R"~(http://169.254.169.254/latest/)~",
           R"~(http://metadata.google.internal/)~",
           R"~(169.254.169.254)~",
           R"~(http://x@169.254.169.254/)~",
           R"~(//100.100.100.200/)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetMetadata, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, FindsOddSpellings) {
  for (const char* const text : {
           R"~(http://0x7f000001/)~",
           R"~(http://2130706433/)~",
           R"~(http://0177.0.0.1/)~",
           R"~(http://127.1/)~",
           R"~(http://0x7f.1/)~",
           R"~(http://[::ffff:127.0.0.1]/)~",
           R"~(http://10.0.0.1.nip.io/)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetSpelling, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, FindsOddSchemes) {
  for (const char* const text : {
           R"~(gopher://h:70/_x)~",
           R"~(file:///x)~",
           R"~(dict://h:11211/stats)~",
           R"~(jar:http://h/x!/)~",
           R"~(ldap://h/x)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTargetScheme, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Target, LeavesUrlsAlone) {
  for (const char* const text : {
           R"~(https://example.org/a?b=c)~",
           R"~(http://10.1.2.3/x)~",
           R"~(http://example.org:8080/)~",
           R"~(https://user@example.org/)~",
           R"~(//cdn.example.org/x.js)~",
           R"~(1.2.3.4)~",
           R"~(http://192.0.2.1/)~",
           R"~(ftp://example.org/pub)~",
           R"~(profile: //x)~",
           R"~(http://1234/)~",
           R"~(see http://localhost:3000/callback)~",
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

}  // namespace
}  // namespace firebreak::inspect
