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

TEST(Template, FindsWhatEachEngineEvaluates) {
  for (const char* const text : {
           "{7*7}",
           "%{7*7}",
           "!{2*3}",
           "{{-7*7}}",
           "{{'a'+'b'}}",
           R"~({{"a"*5}})~",
           "${.version}",
           R"~({{printf "%s" .}})~",
           "{x::y(1)}",
           "{$smarty.version}",
           "${env:PATH}",
           "${sys:x}",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateExpression, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "{{x.__base__}}",
           "(#a=1)",
           "${#context}",
           "__proto__[a]",
           R"~({"__proto__":{"a":1}})~",
           "constructor[prototype][a]",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateObject, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "{%print(1)%}",
           "{%- set x = 1 %}",
           "{% raw %}",
           "#foreach($x in $y)",
           R"~({{#with "s"}})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsPrototypesInNamesOfFields) {
  for (const char* const name :
       {"__proto__", "__proto__.x", "__proto__[x]", "a[__proto__][b]", "constructor.prototype.x"}) {
    EXPECT_TRUE(HitsOf(name, Place::kJson, true).Has(Rule::kTemplateObject)) << name;
  }
  for (const char* const name : {"proto", "constructor", "prototype", "my__proto__x"}) {
    EXPECT_FALSE(HitsOf(name, Place::kJson, true).Has(Rule::kTemplateObject)) << name;
  }
}

TEST(Template, LeavesTemplatesThatShowThingsAlone) {
  for (const char* const text : {
           "{% if %} and {% for %} in templates",
           "{{settings}}",
           "{{ 'text' | translate }}",
           "{{a.b}}",
           "%{name}",
           "{1,3}",
           "{8}",
           "!{x}",
           "${gdpr}",
           "${a:b}",
           "what is __proto__ in js",
           "obj.constructor",
           "{{__x}}",
           "(#1)",
           "{{#if x}}y{{/if}}",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsWhatOtherEnginesEvaluate) {
  for (const absl::string_view text : {
           "{% 7*7 %}",
           "${applicationScope}",
           R"~({{ .System "id" }})~",
           "{{(request|attr('x'))}}",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateExpression, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "{% module os %}",
           "#if(1==1)x#end",
           "<#if 1==1>x</#if>",
           R"~({math equation="1"})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateTag, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "$request.getClass()",
           "{{this.constructor}}",
           "{{settings.SECRET_KEY}}",
           "(#context)(#x)",
           "a[constructor][prototype][x]",
       }) {
    EXPECT_TRUE(Finds(Rule::kTemplateObject, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "${scope}",
           "{{ .Name }}",
           "#if(x) without an end",
           "obj.getClass()",
           "{{a.constructors}}",
           "{% off 10 %}",
           "(#1)(#2)",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Template, FindsAPrototypeWhereverItStandsInJson) {
  const auto finds = [](absl::string_view parent, absl::string_view key) {
    static SqlTokens* const tokens = std::make_unique<SqlTokens>().release();
    LowerText lower;
    lower.Set(key);
    View view(lower);
    view.place = Place::kJson;
    view.name = parent;
    view.is_name = true;
    Hits hits;
    FindAttacks(view, key, Scope::kAll, *tokens, hits);
    return hits.Has(Rule::kTemplateObject);
  };
  EXPECT_TRUE(finds("$.constructor", "prototype"));
  EXPECT_TRUE(finds("$.a[].constructor", "prototype"));
  EXPECT_FALSE(finds("$.a", "prototype"));
  EXPECT_FALSE(finds("$.constructor", "name"));
}

}  // namespace
}  // namespace firebreak::inspect
