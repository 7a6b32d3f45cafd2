#include "inspect/pack/pack_inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "inspect/pack/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::StartsWith;

// One field, in pieces of a size.
struct Sent {
  Place place = Place::kQuery;
  std::string name = "q";
  std::string value;
  bool is_name = false;
};

RulePacks PacksOf(absl::string_view text) {
  config::Diagnostics diagnostics;
  auto pack = ReadPack("pack.yaml", text, &diagnostics);
  EXPECT_NE(pack, nullptr) << diagnostics.Format(/*color=*/false);
  return {pack};
}

std::vector<PackFinding> FindingsOf(const RulePacks& packs, const std::vector<Sent>& fields,
                                    size_t piece = std::string::npos) {
  PackInspection inspection(packs, "GET", "/");
  for (const Sent& field : fields) {
    inspection.BeginField(field.place, field.name, field.is_name);
    absl::string_view rest = field.value;
    while (!rest.empty()) {
      inspection.FieldBytes(rest.substr(0, piece));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    inspection.EndField();
  }
  return inspection.findings();
}

TEST(PackInspection, LooksThroughThreeLayersOfEncodingUnlessToldNotTo) {
  const RulePacks packs = PacksOf(PackOf("{fields: [q], equals: [bad]}"));
  EXPECT_EQ(FindingsOf(packs, {{.value = "bad"}}).size(), 1U);
  EXPECT_EQ(FindingsOf(packs, {{.value = "b%25252561d"}}).size(), 0U);
  EXPECT_EQ(FindingsOf(packs, {{.value = "b%252561d"}}).size(), 1U);
  EXPECT_EQ(FindingsOf(packs, {{.value = "bad "}}).size(), 0U);
  const RulePacks plain = PacksOf(PackOf("{equals: [bad], as_it_is: true}"));
  EXPECT_EQ(FindingsOf(plain, {{.value = "b%61d"}}).size(), 0U);
}

TEST(PackInspection, IsTheSameHoweverAFieldIsCut) {
  const std::string filler(3000, 'x');
  for (const auto& [condition, value] : std::vector<std::pair<std::string, std::string>>{
           {"{contains: [needle, bad]}", absl::StrCat(filler, "needle", filler)},
           {"{ends_with: [needle, bad]}", filler + "needle"},
           {"{starts_with: [needle, bad]}", "needle" + filler},
           {"{regex: \"ne+dle|bad\"}", absl::StrCat(filler, "needle", filler)},
           {"{longer_than: 2}", filler}}) {
    const bool length = condition == "{longer_than: 2}";
    const RulePacks packs = PacksOf(PackOf(condition, "/?q=bad", length ? "/?q=a" : "/?q=good"));
    const auto whole = FindingsOf(packs, {{.value = value}});
    ASSERT_EQ(whole.size(), 1U) << condition;
    for (const size_t piece : {1U, 7U, 1023U, 1024U, 1025U}) {
      const auto cut = FindingsOf(packs, {{.value = value}}, piece);
      ASSERT_EQ(cut.size(), 1U) << condition << " " << piece;
      EXPECT_EQ(cut[0].excerpt, whole[0].excerpt);
    }
  }
}

TEST(PackInspection, WantsAllConditionsInWhateverFields) {
  const RulePacks packs = PacksOf(R"(
pack: shop
version: 1
rules:
- id: BOTH
  why: Both together.
  severity: ERROR
  conditions:
  - {places: [query], fields: [q], contains: [bad]}
  - {places: [header], fields: [x-old], equals: ["YES"], ignore_case: true}
  tests:
  - {target: "/?q=bad", headers: {X-Old: "yes"}, matches: true}
  - {target: "/?q=bad", matches: false}
)");
  const Sent header{.place = Place::kHeader, .name = "x-old", .value = "Yes"};
  const Sent query{.value = "so bad"};
  const auto found = FindingsOf(packs, {query, header});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule->id, "BOTH");
  EXPECT_EQ(found[0].field, "x-old");
  EXPECT_EQ(FindingsOf(packs, {header, query}).size(), 1U);
  EXPECT_TRUE(FindingsOf(packs, {query}).empty());
  EXPECT_TRUE(FindingsOf(packs, {{.name = "p", .value = "bad"}, header}).empty());
}

TEST(PackInspection, LooksAtNamesWhereThatIsAskedFor) {
  const RulePacks packs =
      PacksOf(PackOf("{names: true, contains: [__proto__]}", "/?__proto__=1", "/?a=__proto__"));
  EXPECT_EQ(FindingsOf(packs, {{.name = "", .value = "__proto__", .is_name = true}}).size(), 1U);
  EXPECT_TRUE(FindingsOf(packs, {{.name = "", .value = "__proto__"}}).empty());
}

// The tests of the pack say it: some servers read such a body as JSON, others as the form it is
// declared to be.
TEST(PackInspection, AConditionMayHoldInEitherReadingOfABody) {
  PacksOf(R"(
pack: shop
version: 1
rules:
- id: IMPORT
  why: It follows paths out of its folder.
  conditions:
  - {places: [form, json], fields: [file, $.file], contains: [../]}
  tests:
  - method: POST
    target: /import
    headers: {Content-Type: application/x-www-form-urlencoded}
    body: '{"a": "&file=../keys&"}'
    matches: true
  - method: POST
    target: /import
    headers: {Content-Type: application/x-www-form-urlencoded}
    body: '{"file": "../keys"}'
    matches: true
  - method: POST
    target: /import
    headers: {Content-Type: application/x-www-form-urlencoded}
    body: '{"a": "&file=keys&"}'
    matches: false
)");
}

TEST(PackInspection, DoesNothingWhereNoRuleApplies) {
  const RulePacks packs = PacksOf(R"(
pack: shop
version: 1
rules:
- id: GONE
  why: The page is to be out of reach.
  methods: [GET]
  paths: ["/old/*"]
  tests:
  - {target: /old/page, matches: true}
  - {target: /new/page, matches: false}
)");
  EXPECT_FALSE(PackInspection(packs, "POST", "/old/page").applies());
  EXPECT_FALSE(PackInspection(packs, "GET", "/").applies());
  PackInspection inspection(packs, "GET", "/old/page");
  EXPECT_EQ(inspection.score(), 5);
  ASSERT_EQ(inspection.findings().size(), 1U);
  EXPECT_THAT(inspection.findings()[0].excerpt, StartsWith("/old"));
}

}  // namespace
}  // namespace firebreak::inspect
