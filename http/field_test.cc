#include "http/field.h"

#include <cstddef>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/known_field.h"

namespace firebreak::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Elements(absl::string_view value) {
  std::vector<std::string> elements;
  ListReader list(value);
  absl::string_view element;
  while (list.Next(element)) elements.emplace_back(element);
  return elements;
}

TEST(Field, H1_06_TokensHoldTokenCharactersOnly) {
  const std::string punctuation = "!#$%&'*+-.^_`|~";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       (c != '\0' && punctuation.find(c) != std::string::npos);
    EXPECT_EQ(IsToken(std::string(1, c)), upper || lower) << byte;
    EXPECT_EQ(IsLowerToken(std::string(1, c)), lower) << byte;
    EXPECT_EQ(IsToken(std::string("a") + c + "a"), upper || lower) << byte;
  }
  EXPECT_FALSE(IsToken(""));
  EXPECT_FALSE(IsLowerToken(""));
}

TEST(Field, H1_06_ValuesHoldNoControls) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string inside = std::string("a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(IsFieldValue(inside), byte == '\t' || (byte >= 0x20 && byte != 0x7f)) << byte;
  }
}

TEST(Field, H1_06_ControlsAreSeenAnywhereInAValueOfAnyLength) {
  for (const char control : {'\0', '\r', '\n', '\x01', '\x1f', '\x7f'}) {
    for (size_t size = 1; size < 40; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string value(size, at % 2 == 0 ? '\x20' : '\xff');
        value.front() = value.back() = 'a';
        EXPECT_TRUE(IsFieldValue(value));
        value[at] = control;
        EXPECT_FALSE(IsFieldValue(value)) << size << " bytes, at " << at;
      }
    }
  }
  EXPECT_TRUE(IsFieldValue("a tab\tin a long value"));
  EXPECT_FALSE(IsFieldValue("a tab\tin a long\nvalue"));
}

TEST(Field, ValuesNeitherBeginNorEndWithWhiteSpace) {
  EXPECT_TRUE(IsFieldValue(""));
  EXPECT_TRUE(IsFieldValue("a b"));
  for (const char* bad : {" ", "\t", " a", "a ", "\ta", "a\t"}) EXPECT_FALSE(IsFieldValue(bad));
}

TEST(Field, TrimsSpacesAndTabsOnly) {
  EXPECT_EQ(TrimOws(" \t a b\t "), "a b");
  EXPECT_EQ(TrimOws(" \t "), "");
  EXPECT_EQ(TrimOws("\va\r"), "\va\r");
}

TEST(Field, LowersNamesThatAreTokens) {
  std::string name = "X-Request-ID";
  EXPECT_TRUE(LowerName(name));
  EXPECT_EQ(name, "x-request-id");
  std::string bad = "Host ";
  EXPECT_FALSE(LowerName(bad));
  EXPECT_EQ(bad, "Host ");
}

TEST(Field, ListsSkipEmptyElements) {
  EXPECT_THAT(Elements("a, b\t,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Elements(",, a,,b ,"), ElementsAre("a", "b"));
  EXPECT_THAT(Elements("a b"), ElementsAre("a b"));
  EXPECT_THAT(Elements(""), IsEmpty());
  EXPECT_THAT(Elements(" , ,"), IsEmpty());
}

TEST(KnownFields, EachIsFoundByItsName) {
  for (size_t i = 0; i < kKnownFields.size(); ++i) {
    EXPECT_EQ(FindKnownField(kKnownFields[i].name), i);
    EXPECT_TRUE(IsLowerToken(kKnownFields[i].name));
  }
  for (const char* other : {"", "t", "tf", "hosu", "content-lengtH", "x-forwarded-client-cerT",
                            "a-name-that-is-longer-than-any"}) {
    EXPECT_EQ(FindKnownField(other), kNoField) << other;
  }
}

TEST(KnownFields, ProtectsNamesInAnyCase) {
  for (const char* name : {"Host", "AUTHORIZATION", "content-length", "Transfer-Encoding",
                           "TraceParent", "X-Forwarded-For", "x-forwarded-client-cert",
                           "X-Firebreak-Principal", "x-firebreak-anything", "forwarded"}) {
    EXPECT_TRUE(IsProtectedName(name)) << name;
  }
  for (const char* name : {"close", "cookie", "x-forwarded", "x-firebreak", "te", ""}) {
    EXPECT_FALSE(IsProtectedName(name)) << name;
  }
}

}  // namespace
}  // namespace firebreak::http
