#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Path, FindsClimbsIntoSystemFolders) {
  for (const char* const text : {
           R"~(../etc/x)~",
           R"~(..\..\windows\x)~",
           R"~(a/../../../var/log/y)~",
           R"~(../../proc/3/maps)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsSecretFiles) {
  for (const char* const text : {
           R"~(/etc/passwd)~",
           R"~(../../../etc/shadow)~",
           R"~(c:\windows\win.ini)~",
           R"~(file=/proc/self/environ)~",
           R"~(..\boot.ini)~",
           R"~(/.git/config)~",
           R"~(/.env)~",
           R"~(....//....//etc/hosts)~",
           R"~(etcÀ¯passwd)~",
           R"~(0x2e0x2e0x2fetc0x2fpasswd)~",
           R"~(..%qfetc%qfpasswd)~",
           R"~(/WEB-INF/web.xml)~",
           R"~(/home/x/.ssh/id_rsa)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathSecretFile, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsHiddenClimbs) {
  for (const char* const text : {
           R"~(..À¯..À¯x)~",
           R"~(..%c1..%c1x/..%c1)~",
           R"~(0x2e0x2e0x2f0x2e0x2e0x2fx)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathHiddenClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsLongClimbs) {
  for (const char* const text : {
           R"~(../../../../x)~",
           R"~(/../../../x)~",
           R"~(..\..\..\..\..\y)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathLongClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsWrappers) {
  for (const char* const text : {
           R"~(php://filter/convert.base64-encode/resource=x)~",
           R"~(expect://id)~",
           R"~(phar://a.phar/b)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathWrapper, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, LeavesPathsAlone) {
  for (const char* const text : {
           R"~(../about.html)~",
           R"~(./img/a.png)~",
           R"~(../../shared/x.js)~",
           R"~(/usr-guide/etc)~",
           R"~(a/b/c.txt)~",
           R"~(https://example.org/a/../b)~",
           R"~(v1.2..v1.3)~",
           R"~(wait... what?)~",
           R"~(and so on, etc. Issue 5)~",
           R"~(etc/)~",
           R"~(drivers, hosts etc)~",
           R"~(C:\Users\me\Documents)~",
           R"~(1..10)~",
           R"~(foo.git)~",
           R"~(https://example.org/team/repo.git)~",
           R"~(Mr. Smith...)~",
           R"~(××¡.×¤×.×§ 5..9)~",
           R"~(environment.env)~",
           R"~(boot the machine)~",
           R"~(/home/)~",
           R"~(/var-x/log)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
