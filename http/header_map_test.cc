#include "http/header_map.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "http/testing.h"

namespace firebreak::http {
namespace {

TEST(HeaderMap, KeepsLinesInTheirOrder) {
  const HeaderMap map = MapOf({{"b", "1"}, {"a", "2"}, {"b", ""}});
  EXPECT_EQ(TextOf(map), "b: 1|a: 2|b: ");
  EXPECT_EQ(map.size(), 3U);
  EXPECT_FALSE(map.empty());
}

TEST(HeaderMap, A_02_GetsNothingWhenThereAreSeveralLines) {
  const HeaderMap map = MapOf({{"role", "user"}, {"role", "admin"}, {"one", "1"}, {"none", ""}});
  EXPECT_EQ(map.Get("role"), std::nullopt);
  EXPECT_EQ(map.Get("one"), "1");
  EXPECT_EQ(map.Get("none"), "");
  EXPECT_EQ(map.Get("other"), std::nullopt);
  EXPECT_EQ(map.Count("role"), 2U);
  EXPECT_TRUE(map.Has("role"));
  EXPECT_FALSE(map.Has("rol"));
  EXPECT_FALSE(map.Has("roles"));
}

TEST(HeaderMap, NamesAreComparedWhole) {
  const HeaderMap map = MapOf({{"ab", "c"}, {"a", "bc"}});
  EXPECT_EQ(map.Get("a"), "bc");
  EXPECT_EQ(map.Get("ab"), "c");
  EXPECT_EQ(map.Get("abc"), std::nullopt);
  EXPECT_EQ(map.Get(""), std::nullopt);
}

TEST(HeaderMap, SetLeavesOneLineAtTheEnd) {
  HeaderMap map = MapOf({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  map.Set("a", "4");
  EXPECT_EQ(TextOf(map), "b: 2|a: 4");
}

TEST(HeaderMap, RemovesEveryLineOfAName) {
  HeaderMap map = MapOf({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  EXPECT_EQ(map.Remove("a"), 2U);
  EXPECT_EQ(map.Remove("a"), 0U);
  EXPECT_EQ(TextOf(map), "b: 2");
}

TEST(HeaderMap, TextOutlivesRemoval) {
  HeaderMap map = MapOf({{"a", "1"}, {"b", "2"}});
  const absl::string_view value = *map.Get("a");
  map.Remove("a");
  EXPECT_EQ(value, "1");
}

TEST(HeaderMap, MayBeGivenItsOwnText) {
  HeaderMap map;
  map.Add("name", std::string(100, 'v'));
  for (int i = 0; i < 200; ++i) map.Add(map[0].name, map[0].value);
  EXPECT_EQ(map.Count("name"), 201U);
  EXPECT_EQ(map[200].value, std::string(100, 'v'));
  map.Set("name", map[7].value);
  EXPECT_EQ(map.Get("name"), std::string(100, 'v'));
}

TEST(HeaderMap, H2_05_CountsWhatWasSentWhateverWasRemoved) {
  HeaderMap map = MapOf({{"host", "a.example"}, {"b", "2"}});
  EXPECT_EQ(map.bytes(), 4U + 9U + 1U + 1U + 2 * 32U);
  map.Remove("host");
  EXPECT_EQ(map.bytes(), 79U);
  map.Clear();
  EXPECT_EQ(map.bytes(), 0U);
  EXPECT_TRUE(map.empty());
}

// The map against a plain list of pairs, with random calls.
TEST(HeaderMap, AgreesWithAPlainList) {
  std::mt19937 random(20'260'101);
  const std::vector<std::string> names = {"a", "b", "ab", "cookie", "x-long-header-name"};
  for (int round = 0; round < 200; ++round) {
    HeaderMap map;
    std::vector<std::pair<std::string, std::string>> list;
    const auto drop = [&list](const std::string& name) {
      std::erase_if(list, [&name](const auto& line) { return line.first == name; });
    };
    for (int step = 0; step < 60; ++step) {
      const std::string& name = names[random() % names.size()];
      const std::string value(random() % 40, static_cast<char>('a' + random() % 26));
      const auto kind = random() % 4;
      if (kind < 2) map.Add(name, value);
      if (kind == 2) map.Remove(name);
      if (kind == 3) map.Set(name, value);
      if (kind > 1) drop(name);
      if (kind != 2) list.emplace_back(name, value);
      ASSERT_EQ(map.size(), list.size());
      for (size_t i = 0; i < list.size(); ++i) {
        ASSERT_EQ(map[i].name, list[i].first);
        ASSERT_EQ(map[i].value, list[i].second);
      }
      const auto count = static_cast<size_t>(
          std::count_if(list.begin(), list.end(), [&](const auto& l) { return l.first == name; }));
      ASSERT_EQ(map.Count(name), count);
      ASSERT_EQ(map.Has(name), count > 0);
      ASSERT_EQ(map.Get(name).has_value(), count == 1);
    }
  }
}

}  // namespace
}  // namespace firebreak::http
