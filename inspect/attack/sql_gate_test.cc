#include "inspect/attack/sql_gate.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "inspect/attack/lower_text.h"
#include "inspect/attack/sql_anywhere.h"

namespace firebreak::inspect {
namespace {

constexpr const char* kPieces[] = {
    "select ", "union ",    "all ",  "insert ",  "into ",    "update ",  "set ",     "delete ",
    "from ",   "where ",    "drop ", "table ",   "case ",    "when ",    "if",       "if ",
    "not ",    "or ",       "and ",  "xor ",     "||",       "&&",       "like ",    "is null ",
    "in ",     "between ",  "true ", "1",        "2 ",       "0x1f",     "1e5",      "'",
    "\"",      "`",         "(",     ")",        ";",        ",",        ".",        "..",
    "=",       "<",         ">",     "<=>",      "!=",       ":=",       "--",       "#",
    "/*",      "*/",        "/*!",   "/*!50000", "*",        "+",        "-",        "@@version",
    "@x ",     "exec ",     "call ", "declare ", "waitfor ", "delay ",   "outfile ", "procedure ",
    "analyse", "sysusers ", "sleep", "elt",      "name ",    "a",        "$",        "_",
    " ",       "\n",        "\t",    "\x01",     "[",        "]",        "\\",       "@",
    "!",       "%",         "^",     "~",        ":",        "shutdown", "\xc3\xa9", "version"};

std::string RandomText(std::mt19937& random) {
  std::string text;
  for (size_t count = 1 + random() % 9; count > 0; --count) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text;
}

TEST(SqlGate, IsShutOnlyWhereNothingIsFound) {
  const auto tokens = std::make_unique<SqlTokens>();
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts every time
  LowerText lower;
  size_t shut = 0;
  for (int round = 0; round < 60'000; ++round) {
    const std::string text = RandomText(random);
    lower.Set(text);
    const View view(lower);
    if (MayHoldSql(view)) continue;
    ++shut;
    Hits hits;
    for (size_t begin = 0; begin < text.size(); ++begin) {
      // Where a quote of the sender's ended the value, and at the start.
      if (begin > 0 && text[begin - 1] != '\'' && text[begin - 1] != '"' &&
          text[begin - 1] != '`') {
        continue;
      }
      tokens->Read(view.text, begin);
      FindSqlAnywhere(view, *tokens, hits);
    }
    ASSERT_TRUE(hits.empty()) << text;
  }
  EXPECT_GT(shut, 10'000U);
}

TEST(SqlGate, IsShutForProseAndOrdinaryValues) {
  for (const char* const text :
       {"The order from Tuesday was delivered; please label it (two items), and more or less done.",
        "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
        "if it rains, we don't go; in any case not far", "2026-11-22T10:00:00Z", "a=b",
        "john@example.com", "https://shop.example/a/b?c=d&e=f"}) {
    LowerText lower;
    lower.Set(text);
    EXPECT_FALSE(MayHoldSql(View(lower))) << text;
  }
}

bool MayEnd(absl::string_view text, bool quoted = false) {
  const auto tokens = std::make_unique<SqlTokens>();
  tokens->Read(text, 0, kSqlStart);
  return MayEndValue(*tokens, quoted);
}

TEST(SqlGate, KnowsWhatMayFollowAValue) {
  for (const char* const text :
       {"1 or x", "name order by 1", "1) as x", "1%) or", "-1 where", "(1=2)*3", "'a' and", "1; x",
        "))) or 1", "order by 1", "+++++1 or 1=1"}) {
    EXPECT_TRUE(MayEnd(text)) << text;
  }
  for (const char* const text : {" or 1", ") order by", "--", "#", "||'", "; drop", "=1"}) {
    EXPECT_TRUE(MayEnd(text, /*quoted=*/true)) << text;
  }
  for (const char* const text :
       {"two words", "a, b", "1.2.3 x", "select a", "", "12", "a.b or c"}) {
    EXPECT_FALSE(MayEnd(text)) << text;
  }
  for (const char* const text : {"t do that", "s 1 or 2", "hello'"}) {
    EXPECT_FALSE(MayEnd(text, /*quoted=*/true)) << text;
  }
}

}  // namespace
}  // namespace firebreak::inspect
