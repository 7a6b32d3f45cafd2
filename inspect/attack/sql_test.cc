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
           "1' union select u.pin from staff u-- ",
           "1' union select pin as a from staff",
           "1' union select pin a from staff",
           "1' union table staff-- ",
           "1' union values (1,2)",
           "1' union values row(1,2)",
           "1' except select pin from staff",
           "1' minus select pin from staff",
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

TEST(Sql, FindsEachKindOfStatementThatMayBeStacked) {
  for (const char* const text : {
           "1'; copy t from program 'id'-- ",
           "1'; copy t(a,b) to '/srv/x'",
           "1'; copy (select 1) to program 'id'",
           "1; replace into t values (1)",
           "1; insert t values (1)",
           "1; merge into t using s on (1=1)",
           "1; truncate t",
           "1; truncate table t",
           "1; drop view v",
           "1; create role r with superuser",
           "1; create or replace function f() returns int",
           "1; create trigger g on t for insert",
           "1; alter login sa with password='x'",
           "1; grant all on t to public",
           "1; grant select, insert on t to x",
           "1; revoke update on t from x",
           "1; rename table t to s",
           "1; lock table t write",
           "1; attach database '/srv/x' as y",
           "1; attach 'x.db' as y",
           "1; backup database d to disk='x'",
           "1; bulk insert t from 'x'",
           "1; load data local infile '/etc/hosts' into table t",
           "1; load 'x.so'",
           "1; pragma writable_schema=1",
           "1; prepare p from 'x'",
           "1; vacuum into 'x'",
           "1; with c as (select 1) delete from c",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStacked, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "copy this; copy that to me",
           "yes; grant access to all who ask",
           "please; load the page",
           "fine; drop by later",
           "ok; create an event for us",
           "so; lock the door and replace the key",
           "and; with all due respect",
           "well; prepare dinner from scratch",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
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

TEST(Sql, FindsWhatFitsTheQuotesAroundTheValue) {
  for (const char* const text : {
           "'-'",
           "1'+0#",
           "'-0-'",
           "'+@@x+'",
           "'||user||'",
           "' or ''-'",
           "x'='x",
           "1'<=>'1",
           "1' like '%",
           "1' is null--",
           "1' and data @> '{}'--",
           "1' or 2 sounds like 2#",
           "9 or true",
           "1or 1=1",
           "4 and some_function()='x'",
           "1^(length(x)=4)",
           "1'^(1=1)^'1",
           "'\240or\2401=1#",
           "1 and some_function(version())",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlCondition, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "1'::int",
           "updatexml(1,concat(1,2),1)",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlFunction, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "x'/*",
           "x' for update--",
           "x' returning *-- ",
           "x' and--",
           "x' in (1,2)--",
           "x' not in (2)#",
           "x' limit 1 offset 1--",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlComment, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "1.0union select 1",
           "3 union select(pin)from(staff)",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlUnion, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "1; do $$ begin end $$",
           "1; set global a='b'",
           "1; shutdown with nowait--",
           "1;select load_extension('x')",
           "1; select $q$a$q$",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStacked, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "x'; waitfor time '9:00'--",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlTiming, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "select @@version",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStatement, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, LeavesFiltersAndProseWithQuotesAlone) {
  for (const char* const text : {
           "status = 'open' and owner = 'me' order by created desc",
           R"~(state in (open, "in work") and owner = currentuser() order by created)~",
           R"~(name = "x" and type = "y")~",
           "p' or q'",
           "the boss' order by noon",
           "SLEEP (8 hours)",
           "SLEEP (5)",
           "time.SLEEP(5)",
           "thread.SLEEP(900);",
           "shop; exec lounge",
           "x; if (y) z",
           "it is 'or'",
           "'a'=>'b'",
           R"~(a"<1>)~",
           "$5 or $6 and $7",
           "benchmark (2024)",
           "5'-6'",
           R"~(3" = 7cm)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Sql, FindsWhatDialectsTakeForBlanksAndCalls) {
  for (const absl::string_view text : {
           "1\xa0or\xa0"
           "1=1",
           "1&&1=1",
           "or true--",
           "1' or database() like '%",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlCondition, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "1 and 9=ctxsys.drithsx.sn(9,(chr(113)))",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlFunction, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "1 union select{x 1},2",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlUnion, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "1;(load_file(char(47))),1",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStacked, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "ALTER TABLE users ADD COLUMN x int",
       }) {
    EXPECT_TRUE(Finds(Rule::kSqlStatement, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "how to ALTER TABLE users",
           "caf\xc3\xa0=1 or 2",
           "a=1&b=2",
           "x or true # why",
           "database() in MySQL",
           "select {name} from the list",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
