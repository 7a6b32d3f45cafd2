#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Markup, FindsScriptElements) {
  for (const char* const text : {
           R"~(<script>x</script>)~",
           R"~(<SCRIPT SRC=//h/x.js>)~",
           R"~("><script/x>)~",
           R"~(<svg:script>)~",
           R"~(</script>)~",
           R"~(<script
>)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsEventHandlers) {
  for (const char* const text : {
           R"~(<img src=x onerror=go()>)~",
           R"~(<b onmouseover='x'>)~",
           R"~(<svg/onload=x>)~",
           R"~(<p	onfocus	=	x tabindex=1>)~",
           R"~(<zz onclick=1>)~",
           R"~(<img src="q"onload="x">)~",
           R"~(<svg </onload =x>)~",
           R"~(<body onpageshow=x)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptHandler, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsScriptUrls) {
  for (const char* const text : {
           R"~(<a href=javascript:go()>)~",
           R"~(<a href=' java	script:go()'>)~",
           R"~(javascript:go(1))~",
           R"~(<iframe src=data:text/html,<b>>)~",
           R"~(<form action=vbscript:go(1)>)~",
           R"~(';javascript:go(1))~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptUrl, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsElementsThatLoad) {
  for (const char* const text : {
           R"~(<iframe src=//h>)~",
           R"~(<object data=x>)~",
           R"~(<embed src=x>)~",
           R"~(<base href=//h/>)~",
           R"~(<meta http-equiv=refresh content=0>)~",
           R"~(<iframe srcdoc='x'>)~",
           R"~(<link rel=x href=y>)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptActiveTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsHandlersForSomebodyElsesElement) {
  for (const char* const text : {
           R"~(" onmouseover=x)~",
           R"~(' onfocus='x)~",
           R"~(x onclick=go(1))~",
           R"~("/onload=go`1`)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptAttribute, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsStylesThatRun) {
  for (const char* const text : {
           R"~(<b style="width:expression(x)">)~",
           R"~(<style>@import '//h'</style>)~",
           R"~(" style="x:expression(1))~",
           R"~(<p style='behavior:url(x)'>)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptStyle, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsWhatLeavesAString) {
  for (const char* const text : {
           R"~(';alert(1)//)~",
           R"~("-confirm(9)-")~",
           R"~('});prompt('x');//)~",
           R"~(`+eval('x')+`)~",
           R"~(");document.write('x')//)~",
           R"~(alert(document.cookie))~",
           R"~([][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]+(![]+[])])~",
           R"~(alert`1`)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptBreakout, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, LeavesMarkupAndTalkOfScriptAlone) {
  for (const char* const text : {
           R"~(<b>bold</b>)~",
           R"~(<p>a <i>b</i> c</p>)~",
           R"~(<a href="https://example.org/">x</a>)~",
           R"~(<img src="a.png" alt="b">)~",
           R"~(a < b and b > c)~",
           R"~(<3 you)~",
           R"~(List<Object> items)~",
           R"~(x<y)~",
           R"~(the onclick handler)~",
           R"~(on = off)~",
           R"~(turn it on=1)~",
           R"~(javascript: the good parts)~",
           R"~(javascript:void(0))~",
           R"~(javascript:;)~",
           R"~(confirm(s) the order)~",
           R"~(alert (the guard))~",
           R"~(fetch the ball)~",
           R"~(a (prompt) answer)~",
           R"~(function (of time))~",
           R"~(how to use alert('x') in js)~",
           R"~(data:image/png;base64,iVBORw0K)~",
           R"~(conclusion=5)~",
           R"~(button onclick)~",
           R"~(Tom & Jerry <tom@example.org>)~",
           R"~(<type enter here>)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
