#include "inspect/payload/form_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kForm = "application/x-www-form-urlencoded; charset=UTF-8";

TEST(FormExtractor, GivesNamesAndValuesDecodedOnce) {
  const TakenApart got = TakeApart(kForm, "a+b=1%27+or%202&x=%2527&flag&=y");
  EXPECT_THAT(got.fields,
              ElementsAre("form + a b", "form a b = 1' or 2", "form + x", "form x = %27",
                          "form + flag", "form flag = ", "form + ", "form = y"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(FormExtractor, ReportsEscapesThatAreNone) {
  const TakenApart got = TakeApart(kForm, "a=100%&b=%zz&c=%4&d=%%41");
  EXPECT_THAT(got.fields, ElementsAre("form + a", "form a = 100%", "form + b", "form b = %zz",
                                      "form + c", "form c = %4", "form + d", "form d = %A"));
  EXPECT_THAT(got.oddities, ElementsAre("bad_escape"));
}

TEST(FormExtractor, ReportsADuplicateNameButNotAList) {
  EXPECT_THAT(TakeApart(kForm, "a=1&b=2&%61=3").oddities, ElementsAre("duplicate_parameter"));
  EXPECT_THAT(TakeApart(kForm, "a[]=1&a[]=2").oddities, IsEmpty());
}

TEST(FormExtractor, LeavesOutEmptyParameters) {
  EXPECT_THAT(TakeApart(kForm, "a=1&&&b=2&").fields,
              ElementsAre("form + a", "form a = 1", "form + b", "form b = 2"));
}

TEST(FormExtractor, CountsParametersAndSizes) {
  BodyCase body{.type = std::string(kForm), .body = "abc=defg&b=1&c=2"};
  body.limits.max_parameters = 2;
  body.limits.max_name_bytes = 2;
  body.limits.max_value_bytes = 3;
  EXPECT_THAT(TakeApart(body).oddities,
              ElementsAre("parameter_name_size", "parameter_value_size", "parameter_count"));
}

TEST(FormExtractor, TakesAHundredThousandParameters) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, "p", i, "=", i, "&");
  const TakenApart got = TakeApart({.type = std::string(kForm), .body = text}, 0, 1000);
  EXPECT_EQ(got.fields.size(), 200'000U);
  EXPECT_EQ(got.fields.back(), "form p99999 = 99999");
  EXPECT_THAT(got.oddities, ElementsAre("parameter_count"));
}

}  // namespace
}  // namespace firebreak::inspect
