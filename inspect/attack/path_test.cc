#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Path, FindsClimbsIntoSystemFolders) {
  for (const char* const text : {
           "../etc/x",
           R"~(..\..\windows\x)~",
           "a/../../../var/log/y",
           "../../proc/3/maps",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsSecretFiles) {
  for (const char* const text : {
           "/etc/passwd",
           "../../../etc/shadow",
           R"~(c:\windows\win.ini)~",
           "file=/proc/self/environ",
           R"~(..\boot.ini)~",
           "/.git/config",
           "/.env",
           "....//....//etc/hosts",
           "etc\300\257passwd",
           "0x2e0x2e0x2fetc0x2fpasswd",
           "..%qfetc%qfpasswd",
           "/WEB-INF/web.xml",
           "/home/x/.ssh/id_rsa",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathSecretFile, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsHiddenClimbs) {
  for (const char* const text : {
           "..\300\257..\300\257x",
           "..%c1..%c1x/..%c1",
           "0x2e0x2e0x2f0x2e0x2e0x2fx",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathHiddenClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsLongClimbs) {
  for (const char* const text : {
           "../../../../x",
           "/../../../x",
           R"~(..\..\..\..\..\y)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathLongClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsWrappers) {
  for (const char* const text : {
           "php://filter/convert.base64-encode/resource=x",
           "expect://id",
           "phar://a.phar/b",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathWrapper, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, LeavesPathsAlone) {
  for (const char* const text : {
           "../about.html",
           "../lib/x.js",
           "../../bin/tool",
           "./img/a.png",
           "../../shared/x.js",
           "/usr-guide/etc",
           "a/b/c.txt",
           "https://example.org/a/../b",
           "v1.2..v1.3",
           "wait... what?",
           "and so on, etc. Issue 5",
           "etc/",
           "drivers, hosts etc",
           R"~(C:\Users\me\Documents)~",
           "1..10",
           "foo.git",
           "https://example.org/team/repo.git",
           "Mr. Smith...",
           "\327\220\327\241.\327\244\327\231.\327\247 5..9",
           "environment.env",
           "boot the machine",
           "/home/",
           "/var-x/log",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Path, FindsPathsIntoTheSystem) {
  for (const char* const text : {
           "/etc/anything.conf",
           "/var/log/x.log",
           R"~(c:\windows\x)~",
           ".git/config",
           ".ssh/id_rsa",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathSecretFile, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "x/..;/y",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathHiddenClimb, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "../../../../",
           R"~(..\..\..\..\)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathLongClimb, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "../../config/database.yml",
           "../../app.py",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathClimb, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Path, LeavesTalkOfPathsAlone) {
  for (const char* const text : {
           "etc/hosts is a file",
           "hardware etc/security issues",
           "/etc",
           "/home/me/x",
           "../../style.css",
           "../x.yml",
           "a.py",
           "/usr/share/doc/x",
           ".gitignore",
           "/run/club",
           "/boot/ankle",
           "/root/vegetables",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Path, LeavesMountsAndLogsInBodiesAlone) {
  for (const absl::string_view text : {"/var/lib/postgresql/data", "/var/mail/ann"}) {
    EXPECT_FALSE(HitsOf(text, Place::kJson).Has(Rule::kPathSecretFile)) << text;
    EXPECT_TRUE(HitsOf(text, Place::kQuery).Has(Rule::kPathSecretFile)) << text;
  }
}

TEST(Path, FindsAClimbIntoLogs) {
  for (const absl::string_view text : {
           "../logs/access_log",
           "../apache2/logs/error.log",
       }) {
    EXPECT_TRUE(Finds(Rule::kPathClimb, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "../logs/today",
           "../access.html",
           "see ../logs/access_log",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
