#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Benign, OrdinaryValuesScoreNothingThatBlocks) {
  for (const char* const text : {
           "",
           "0",
           "hello world",
           "42",
           "3.14",
           "-7",
           "$19.99",
           "100 %",
           "2026-01-31T12:00:00Z",
           "john.doe@example.org",
           "+49 30 1234567",
           "Jean-Luc O'Neill-Smith",
           "caf\303\251 \342\200\224 na\303\257ve \342\200\234quoted\342\200\235",
           R"~({"id":7,"tags":["a","b"],"ok":true,"note":null})~",
           "[1,2,3]",
           "a=1&b=2&c=x%20y",
           "https://shop.example.org/p/7?utm_source=mail&utm_campaign=a%7Cb#top",
           "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x9ZqW",
           "dGhpcyBpcyBhIHRlc3Qgb2Ygc29tZXRoaW5n",
           "550e8400-e29b-41d4-a716-446655440000",
           "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)",
           "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
           "how to select all from a table in sql?",
           R"~(what does 'or' mean in "this or that"?)~",
           "SELECT statement tutorial",
           "c++ vs c# (2026)",
           "if (a && b) return c;",
           "for i in range(10): print(i)",
           "def f(x): return x*2",
           "let x = a || b;",
           "regex ^[a-z]+$ example",
           "The standard for the <$ tag",
           "#simple style=) hee hee",
           "re: your order #1234 -- shipped!",
           R"~(He said "it's done"; she said 'fine'.)~",
           "1 AND 2 are numbers",
           "Terms & Conditions; see below",
           "50/50",
           "n/a",
           R"~(5' 11" tall)~",
           R"~(12" vinyl & 7" single)~",
           "John; Paul; George & Ringo",
           "* required",
           "(optional)",
           "[draft] v2 -- final",
           "key:value",
           "A:B:C",
           "~user",
           "a|b|c",
           "x^2 + y^2 = z^2",
           "~/notes.txt",
           "50% - 70%",
           "100%25",
           "<no subject>",
           ">> next",
           "-- \nBest regards",
           "++i",
           "a -> b",
           "a => b",
           ":-) ;-) :(",
           R"~(C:\Program Files\App\app.exe --flag)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
