#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Sql, FindsUnions) {
  for (const char* const text : {
           R"~(7 union select 1,2,3)~",
           R"~(x' UNION ALL SELECT null,null--)~",
           R"~(9) union distinct select password from staff#)~",
           R"~(5/**/union/*x*/select/**/name,pin/**/from/**/t)~",
           R"~(' union(select(1),2)-- -)~",
           R"~(3 /*!50000union*/ /*!select*/ 1,2)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlUnion, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsConditionsInEachQuotingContext) {
  for (const char* const text : {
           R"~(7 or 2=2)~",
           R"~(7) and (3=3)~",
           R"~(x' or 'b'='b)~",
           R"~(x" or "b"="b)~",
           R"~(x` or `b`=`b)~",
           R"~(x') or ('b'='b)~",
           R"~(x' and 5>4-- )~",
           R"~(12 && 6=6)~",
           R"~(y' or not 1=2#)~",
           R"~(y' or true -- )~",
           R"~(y' xor 2 like 2-- )~",
           R"~(8 or 4 between 1 and 9)~",
           R"~(8 or 3 in (3))~",
           R"~(1' or a.b is null-- )~",
           R"~(or x=x#)~",
           R"~(3 and elt(4=4,9))~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlCondition, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsQueriesWithin) {
  for (const char* const text : {
           R"~(5 and 3=(select count(*) from t))~",
           R"~(5+(select top 1 pin from staff))~",
           R"~(x'||(select version())||')~",
           R"~(1,(select * from (select(1))a))~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlQuery, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsStackedStatements) {
  for (const char* const text : {
           R"~(4; drop table orders)~",
           R"~(4;select 1,2)~",
           R"~(x';exec xp_cmdshell 'dir'--)~",
           R"~(4;declare @a varchar(9))~",
           R"~(4;insert into t values(1))~",
           R"~(x'; shutdown--)~",
           R"~(9;if(2=2) select 1)~",
           R"~(4;update t set a=1)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStacked, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsWhatWaits) {
  for (const char* const text : {
           R"~(3 or SLEEP(4))~",
           R"~(x' and BENCHMARK(900000,md5(1))#)~",
           R"~(3;waitfor delay '0:0:9')~",
           R"~((select 1 from pg_SLEEP(3)))~",
           R"~(SLEEP(9)#)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlTiming, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsClauses) {
  for (const char* const text : {
           R"~(3 order by 9--)~",
           R"~(x' order by 4#)~",
           R"~(2 where 3=3)~",
           R"~(x') group by a having 1=1--)~",
           R"~(x' limit 1,1 into outfile '/w/x')~",
           R"~(4 procedure analyse(1))~",
           R"~(1')) as qq where 2=2)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlClause, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsCommentsThatCut) {
  for (const char* const text : {
           R"~(admin'--)~",
           R"~(admin' #)~",
           R"~(admin')-- -)~",
           R"~(root"--)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlComment, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsStatements) {
  for (const char* const text : {
           R"~(select * from staff)~",
           R"~(insert into t (a) values (1))~",
           R"~(update t set a='x' where 1=1)~",
           R"~(delete from t where id=4)~",
           R"~(select user,pin from staff)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStatement, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, LeavesWordsAndNamesAlone) {
  for (const char* const text : {
           R"~(O'Brien)~",
           R"~(D'Angelo and Sons)~",
           R"~(Rock 'n' roll and the 'blues')~",
           R"~(select the best from our union)~",
           R"~(the union selected a new leader)~",
           R"~(order by phone or by mail)~",
           R"~(drop the table at 5)~",
           R"~(and then there were none)~",
           R"~(black or white)~",
           R"~(5 or 6 people)~",
           R"~(1 or 2 in 10 people)~",
           R"~(insert coin into slot)~",
           R"~(update: set up your account)~",
           R"~(delete from basket)~",
           R"~(where are you from)~",
           R"~(group by the fire)~",
           R"~(it's 5 > 4 and that's that)~",
           R"~(the dogs' and cats' food)~",
           R"~(don't -- really)~",
           R"~(a-b--c)~",
           R"~(C# in depth)~",
           R"~(C# or F#)~",
           R"~(50% off; select items only)~",
           R"~(I like 2 and she likes 3)~",
           R"~(name='x')~",
           R"~(href="a" title="b")~",
           R"~(sleep in late)~",
           R"~(case when needed)~",
           R"~(limit 10, please)~",
           R"~(like a rolling stone)~",
           R"~(having a good time)~",
           R"~(null and void)~",
           R"~(between 5 and 9)~",
           R"~(x = y or z)~",
           R"~(1.5 and 2.5)~",
           R"~(select one from list)~",
           R"~(exec summary)~",
           R"~(begin the begin)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
