#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(QueryLanguage, FindsLdapFilters) {
  for (const char* const text : {
           "*)(uid=*",
           "x)(|(cn=*)",
           "*))(&(a=b",
           "x*)(!(b>=c",
           "admin)(&",
       }) {
    EXPECT_TRUE(Finds(Rule::kDirectoryFilter, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsXpath) {
  for (const char* const text : {
           "x' or count(/*)=1",
           "/child::node()",
           "//user[position()=1]",
           "'] | //*[",
           "string-length(name(/*[1]))=3",
       }) {
    EXPECT_TRUE(Finds(Rule::kXpathExpression, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsOperators) {
  for (const char* const text : {
           R"~({"$ne":null})~",
           "{$gt:''}",
           "a[$ne]",
           R"~({"x":{"$where": "1"}})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlOperator, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsDatabaseScript) {
  for (const char* const text : {
           "';return true;var a='",
           "x'||this.password=='",
           "1;db.users.drop()",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlScript, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, LeavesParenthesesAndDollarsAlone) {
  for (const char* const text : {
           "f(a)(b=c)",
           "(a=b)(c=d)",
           "smile :)(:",
           "price $in",
           "cost: $all",
           "$not a variable",
           "(a) (b)",
           "see (1)(2)",
           "child of mine",
           "x [note] y",
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

TEST(QueryLanguage, FindsFiltersAndPathsOfTheSendersOwn) {
  for (const char* const text : {
           "(&(a=b)(c=*))",
           "(|(mail=*))",
           "(uid=*)",
           "*()|&'",
           "x)(!(&(|",
       }) {
    EXPECT_TRUE(Finds(Rule::kDirectoryFilter, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "//*[local-name()='a']",
           "string(//a)",
           "' or //a/b='c",
           "')] | //b[('",
           "doc('http://h')",
       }) {
    EXPECT_TRUE(Finds(Rule::kXpathExpression, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "true, $where: '1'",
           "$where: '1'",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlOperator, text)) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, LeavesParenthesesOfProseAlone) {
  for (const char* const text : {
           "(a=b)",
           "a && (b == c)",
           "f(x)|g(y)",
           "(*)",
           "url(//cdn.example.org/x.css)",
           "(see *)",
           "x)(y",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(QueryLanguage, FindsOtherDatabases) {
  for (const absl::string_view text : {
           "{ $ne: 1 }",
           "', $or: [ {}, { 'a':'a",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlOperator, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "' LOAD CSV FROM 'http://h/' AS x RETURN 0//",
           "' DETACH DELETE n//",
           "0;var d=new Date(); do{c = new Date();}while(c-d<9)",
       }) {
    EXPECT_TRUE(Finds(Rule::kNosqlScript, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "costs { $5 }",
           "MATCH (n {a: 'x'}) DETACH DELETE n",
           "find { $gt: 5 } in the guide",
           "load a CSV from disk",
           "we match (and delete)",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
