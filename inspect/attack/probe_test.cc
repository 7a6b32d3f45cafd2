#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

bool IsProbe(absl::string_view segment, Place place = Place::kPath) {
  return HitsOf(segment, place).Has(Rule::kPathSecretFile);
}

TEST(Probe, FindsWhatNoPageLinksTo) {
  for (const char* const segment : {
           "index.php~",
           "Index.PHP.BAK",
           ".index.php.swp",
           "login.jsp.old",
           "web.config.save",
           ".env~",
           "wp-config.php.orig",
           "wp-config.txt",
           "id_rsa",
           "WEB-INF",
           "c99.php",
           "x.asp::$DATA",
       }) {
    EXPECT_TRUE(IsProbe(segment)) << segment;
  }
}

TEST(Probe, LeavesNamesOfFilesAlone) {
  for (const char* const segment : {
           "index.php",
           "report.old",
           "notes.txt~",
           "backup",
           "archive.bak",
           "style.min.css",
           "id_rsa.pub",
           "wp-content",
           "php.bak.tar",
           "~user",
           "config",
           "v1.2.old",
           "webinf",
       }) {
    EXPECT_FALSE(IsProbe(segment)) << segment;
  }
}

// In a search or a body these are what people talk of.
TEST(Probe, LooksAtPathsAlone) {
  for (const char* const text : {"index.php.bak", "id_rsa", "web-inf", "c99.php"}) {
    EXPECT_FALSE(IsProbe(text, Place::kQuery)) << text;
    EXPECT_FALSE(IsProbe(text, Place::kJson)) << text;
  }
}

}  // namespace
}  // namespace firebreak::inspect
