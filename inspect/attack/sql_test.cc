#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Sql, FindsUnions) {
  for (const char* const text : {
           "7 union select 1,2,3",
           "x' UNION ALL SELECT null,null--",
           "9) union distinct select password from staff#",
           "5/**/union/*x*/select/**/name,pin/**/from/**/t",
           "' union(select(1),2)-- -",
           "3 /*!50000union*/ /*!select*/ 1,2",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlUnion, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsConditionsInEachQuotingContext) {
  for (const char* const text : {
           "7 or 2=2",
           "7) and (3=3",
           "x' or 'b'='b",
           R"~(x" or "b"="b)~",
           "x` or `b`=`b",
           "x') or ('b'='b",
           "x' and 5>4-- ",
           "12 && 6=6",
           "y' or not 1=2#",
           "y' or true -- ",
           "y' xor 2 like 2-- ",
           "8 or 4 between 1 and 9",
           "8 or 3 in (3)",
           "1' or a.b is null-- ",
           "or x=x#",
           "3 and elt(4=4,9)",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlCondition, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsQueriesWithin) {
  for (const char* const text : {
           "5 and 3=(select count(*) from t)",
           "5+(select top 1 pin from staff)",
           "x'||(select version())||'",
           "1,(select * from (select(1))a)",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlQuery, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsStackedStatements) {
  for (const char* const text : {
           "4; drop table orders",
           "4;select 1,2",
           "x';exec xp_cmdshell 'dir'--",
           "4;declare @a varchar(9)",
           "4;insert into t values(1)",
           "x'; shutdown--",
           "9;if(2=2) select 1",
           "4;update t set a=1",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStacked, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsWhatWaits) {
  for (const char* const text : {
           "3 or SLEEP(4)",
           "x' and BENCHMARK(900000,md5(1))#",
           "3;waitfor delay '0:0:9'",
           "(select 1 from pg_SLEEP(3))",
           "SLEEP(9)#",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlTiming, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsClauses) {
  for (const char* const text : {
           "3 order by 9--",
           "x' order by 4#",
           "2 where 3=3",
           "x') group by a having 1=1--",
           "x' limit 1,1 into outfile '/w/x'",
           "4 procedure analyse(1)",
           "1')) as qq where 2=2",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlClause, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsCommentsThatCut) {
  for (const char* const text : {
           "admin'--",
           "admin' #",
           "admin')-- -",
           R"~(root"--)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlComment, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsStatements) {
  for (const char* const text : {
           "select * from staff",
           "insert into t (a) values (1)",
           "update t set a='x' where 1=1",
           "delete from t where id=4",
           "select user,pin from staff",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStatement, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, LeavesWordsAndNamesAlone) {
  for (const char* const text : {
           "O'Brien",
           "D'Angelo and Sons",
           "Rock 'n' roll and the 'blues'",
           "select the best from our union",
           "the union selected a new leader",
           "order by phone or by mail",
           "drop the table at 5",
           "and then there were none",
           "black or white",
           "5 or 6 people",
           "1 or 2 in 10 people",
           "insert coin into slot",
           "update: set up your account",
           "delete from basket",
           "where are you from",
           "group by the fire",
           "it's 5 > 4 and that's that",
           "the dogs' and cats' food",
           "don't -- really",
           "a-b--c",
           "C# in depth",
           "C# or F#",
           "50% off; select items only",
           "I like 2 and she likes 3",
           "name='x'",
           R"~(href="a" title="b")~",
           "sleep in late",
           "case when needed",
           "limit 10, please",
           "like a rolling stone",
           "having a good time",
           "null and void",
           "between 5 and 9",
           "x = y or z",
           "1.5 and 2.5",
           "select one from list",
           "exec summary",
           "begin the begin",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
