#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(QueryLanguage, FindsLdapFilters) {
  for (const char* const text : {
           R"~(*)(uid=*)~",
           R"~(x)(|(cn=*))~",
           R"~(*))(&(a=b)~",
           R"~(x*)(!(b>=c)~",
           R"~(admin)(&)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kDirectoryFilter, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsXpath) {
  for (const char* const text : {
           R"~(x' or count(/*)=1)~",
           R"~(/child::node())~",
           R"~(//user[position()=1])~",
           R"~('] | //*[)~",
           R"~(string-length(name(/*[1]))=3)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kXpathExpression, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsOperators) {
  for (const char* const text : {
           R"~({"$ne":null})~",
           R"~({$gt:''})~",
           R"~(a[$ne])~",
           R"~({"x":{"$where": "1"}})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlOperator, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsDatabaseScript) {
  for (const char* const text : {
           R"~(';return true;var a=')~",
           R"~(x'||this.password==')~",
           R"~(1;db.users.drop())~",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlScript, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, LeavesParenthesesAndDollarsAlone) {
  for (const char* const text : {
           R"~(f(a)(b=c))~",
           R"~((a=b)(c=d))~",
           R"~(smile :)(:)~",
           R"~(price $in)~",
           R"~(cost: $all)~",
           R"~($not a variable)~",
           R"~((a) (b))~",
           R"~(see (1)(2))~",
           R"~(child of mine)~",
           R"~(x [note] y)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsOperatorsInNamesOfFields) {
  for (const char* const name : {"user[$ne]", "$where", "$gt", "q.$regex"}) {
    EXPECT_TRUE(HitsOf(name, Place::kJson, /*is_name=*/true).Has(Rule::kNosqlOperator)) << name;
  }
  for (const char* const name : {"$id", "$ref", "$schema", "price$", "$type2"}) {
    EXPECT_FALSE(HitsOf(name, Place::kJson, /*is_name=*/true).Has(Rule::kNosqlOperator)) << name;
  }
}

}  // namespace
}  // namespace firebreak::inspect
