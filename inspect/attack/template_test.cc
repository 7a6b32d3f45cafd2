#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Template, FindsExpressions) {
  for (const char* const text : {
           R"~({{7*7}})~",
           R"~(${8*9})~",
           R"~(#{3*3})~",
           R"~(<%= 5*5 %>)~",
           R"~({{'7'*7}})~",
           R"~(${T(x).y()})~",
           R"~(*{1+1})~",
           R"~(@(2+3))~",
           R"~([[5*5]])~",
           R"~({{x.y('z')}})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateExpression, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsInnerNames) {
  for (const char* const text : {
           R"~({{''.__class__.__mro__}})~",
           R"~({{x|attr('__globals__')}})~",
           R"~(${x.getClass().forName('y')})~",
           R"~(a.__proto__[b])~",
           R"~({{constructor.constructor('x')()}})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateObject, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsStatements) {
  for (const char* const text : {
           R"~({% if x %})~",
           R"~({% for a in b %})~",
           R"~(#set($x=1))~",
           R"~(<#assign x=1>)~",
           R"~({php}x{/php})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsLookups) {
  for (const char* const text : {
           R"~(${jndi:ldap://h/x})~",
           R"~(${${lower:j}ndi:rmi://h})~",
           R"~(${${::-j}${::-n}${::-d}${::-i}:dns://h})~",
           R"~(${jn${env:X:-d}i:ldap://h})~",
           R"~(${j${upper:n}di:x})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kLookupJndi, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsHiddenLookups) {
  for (const char* const text : {
           R"~(${lower:x})~",
           R"~(${a:b:-c})~",
           R"~(${${${${${${${${${${x}}}}}}}}}})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kLookupNested, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, LeavesPlaceholdersAlone) {
  for (const char* const text : {
           R"~(${CLICK_ID})~",
           R"~({{campaign.name}})~",
           R"~(#{id})~",
           R"~(${a}-${b})~",
           R"~({{ first_name }})~",
           R"~({0})~",
           R"~($5 {each})~",
           R"~({"a":{"b":1}})~",
           R"~(@(someone))~",
           R"~([[link]])~",
           R"~(${gdpr:x})~",
           R"~({{a}} {{b}})~",
           R"~(2*3 {x})~",
           R"~({% of total})~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
