#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Benign, OrdinaryValuesScoreNothingThatBlocks) {
  for (
      const char* const text : {
          R"~()~",
          R"~(0)~",
          R"~(hello world)~",
          R"~(42)~",
          R"~(3.14)~",
          R"~(-7)~",
          R"~($19.99)~",
          R"~(100 %)~",
          R"~(2026-01-31T12:00:00Z)~",
          R"~(john.doe@example.org)~",
          R"~(+49 30 1234567)~",
          R"~(Jean-Luc O'Neill-Smith)~",
          R"~(cafÃ© â naÃ¯ve âquotedâ)~",
          R"~({"id":7,"tags":["a","b"],"ok":true,"note":null})~",
          R"~([1,2,3])~",
          R"~(a=1&b=2&c=x%20y)~",
          R"~(https://shop.example.org/p/7?utm_source=mail&utm_campaign=a%7Cb#top)~",
          R"~(eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x9ZqW)~",
          R"~(dGhpcyBpcyBhIHRlc3Qgb2Ygc29tZXRoaW5n)~",
          R"~(550e8400-e29b-41d4-a716-446655440000)~",
          R"~(Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36)~",
          R"~(text/html,application/xhtml+xml;q=0.9,*/*;q=0.8)~",
          R"~(how to select all from a table in sql?)~",
          R"~(what does 'or' mean in "this or that"?)~",
          R"~(SELECT statement tutorial)~",
          R"~(c++ vs c# (2026))~",
          R"~(if (a && b) return c;)~",
          R"~(for i in range(10): print(i))~",
          R"~(def f(x): return x*2)~",
          R"~(let x = a || b;)~",
          R"~(regex ^[a-z]+$ example)~",
          R"~(The standard for the <$ tag)~",
          R"~(#simple style=) hee hee)~",
          R"~(re: your order #1234 -- shipped!)~",
          R"~(He said "it's done"; she said 'fine'.)~",
          R"~(1 AND 2 are numbers)~",
          R"~(Terms & Conditions; see below)~",
          R"~(50/50)~",
          R"~(n/a)~",
          R"~(5' 11" tall)~",
          R"~(12" vinyl & 7" single)~",
          R"~(John; Paul; George & Ringo)~",
          R"~(* required)~",
          R"~((optional))~",
          R"~([draft] v2 -- final)~",
          R"~(key:value)~",
          R"~(A:B:C)~",
          R"~(~user)~",
          R"~(a|b|c)~",
          R"~(x^2 + y^2 = z^2)~",
          R"~(~/notes.txt)~",
          R"~(50% - 70%)~",
          R"~(100%25)~",
          R"~(<no subject>)~",
          R"~(>> next)~",
          R"~(-- 
Best regards)~",
          R"~(++i)~",
          R"~(a -> b)~",
          R"~(a => b)~",
          R"~(:-) ;-) :()~",
          R"~(C:\Program Files\App\app.exe --flag)~",
      }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
