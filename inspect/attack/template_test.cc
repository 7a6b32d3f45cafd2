#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Template, FindsExpressions) {
  for (const char* const text : {
           "{{7*7}}",
           "${8*9}",
           "#{3*3}",
           "{{'7'*7}}",
           "${T(x).y()}",
           "*{1+1}",
           "@(2+3)",
           "[[5*5]]",
           "{{x.y('z')}}",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateExpression, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsInnerNames) {
  for (const char* const text : {
           "{{''.__class__.__mro__}}",
           "{{x|attr('__globals__')}}",
           "${x.getClass().forName('y')}",
           "a.__proto__[b]",
           "{{constructor.constructor('x')()}}",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateObject, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsStatements) {
  for (const char* const text : {
           "{% if x %}",
           "{% for a in b %}",
           "#set($x=1)",
           "<#assign x=1>",
           "{php}x{/php}",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsLookups) {
  for (const char* const text : {
           "${jndi:ldap://h/x}",
           "${${lower:j}ndi:rmi://h}",
           "${${::-j}${::-n}${::-d}${::-i}:dns://h}",
           "${jn${env:X:-d}i:ldap://h}",
           "${j${upper:n}di:x}",
       }) {
    EXPECT_TRUE(Finds(Rule::kLookupJndi, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsHiddenLookups) {
  for (const char* const text : {
           "${lower:x}",
           "${a:b:-c}",
           "${${${${${${${${${${x}}}}}}}}}}",
       }) {
    EXPECT_TRUE(Finds(Rule::kLookupNested, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, LeavesPlaceholdersAlone) {
  for (const char* const text : {
           "${CLICK_ID}",
           "{{campaign.name}}",
           "#{id}",
           "${a}-${b}",
           "{{ first_name }}",
           "{0}",
           "$5 {each}",
           R"~({"a":{"b":1}})~",
           "@(someone)",
           "[[link]]",
           "${gdpr:x}",
           "{{a}} {{b}}",
           "2*3 {x}",
           "{% of total}",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
