#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Code, FindsOpeners) {
  for (const char* const text : {
           "<?php x();",
           "<?= 1 ?>",
           "<%= x %>",
           R"~(<!--#exec cmd="x"-->)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodePhp, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsCalls) {
  for (const char* const text : {
           "system('id')",
           R"~(".passthru("x").")~",
           "eval($_POST['x'])",
           "phpinfo()",
           "${@print(md5(4))}",
           R"~(shell_exec("x"))~",
           "proc_open(`x`)",
           "$_GET['a']",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeCall, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsRuntimes) {
  for (const char* const text : {
           "java.lang.Runtime",
           "os.system('x')",
           "require('child_process')",
           "class.module.classLoader.resources",
           "new java.util.Scanner",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeRuntime, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsObjects) {
  for (const char* const text : {
           "rO0ABXNyABFqYXZhLnV0aWwuSGFzaFNldLpEhZWWuLc0",
           "aced0005",
       }) {
    EXPECT_TRUE(Finds(Rule::kObjectJava, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsPhpObjects) {
  for (const char* const text : {
           R"~(O:8:"stdClass":1:{s:1:"a";i:1;})~",
           R"~(x=O:+4:"Evil":0:{})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kObjectPhp, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsPickles) {
  for (const char* const text : {
           "cos\nsystem\n(S'id'\ntR.",
           "gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==",
       }) {
    EXPECT_TRUE(Finds(Rule::kObjectPython, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsTypedObjects) {
  for (const char* const text : {
           R"~({"@type":"com.sun.x"})~",
           "!!python/object/apply:os.system",
           R"~({"$type":"System.Windows.Data"})~",
       }) {
    EXPECT_TRUE(Finds(Rule::kObjectTyped, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsEntities) {
  for (const char* const text : {
           R"~(<!DOCTYPE a [<!ENTITY b SYSTEM "file:///x">]>)~",
           R"~(<!ENTITY % c "d">)~",
           R"~(<!DOCTYPE a SYSTEM "http://h/x.dtd">)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kXmlEntity, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsSplitHeaders) {
  for (const char* const text : {
           "x\nSet-Cookie: a=b",
           "x\nLocation: //h",
           "x\n\nHTTP/1.1 200 OK",
           "x\nStatus: 302",
           "x\nHost: h.example",
           "x\nRefresh: 0;url=//h",
           "x\nGET /x HTTP/1.1",
           "x\nMAIL FROM:<a@h>",
       }) {
    EXPECT_TRUE(Finds(Rule::kHeaderSplit, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, LeavesTalkOfCodeAlone) {
  for (const char* const text : {
           "the system (new)",
           "eval: 5",
           "execute the plan",
           "a system of equations",
           "assert yourself",
           "print (A4)",
           "require a visa",
           "<!DOCTYPE html>",
           R"~(<?xml version="1.0"?>)~",
           "line one\nline two",
           "Subject: hello\nbody",
           "Monday\nLocation: Room 5\nStatus: confirmed\nHost: Anna",
           "x\nLink: see below\nRefresh: coffee",
           "100 % > 5",
           "include (batteries)",
           "O:5",
           "chr(13) in basic",
           "md5(x)",
           "open the file",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsDirectivesAndRuntimes) {
  for (const char* const text : {
           R"~(<esi:include src="x"/>)~",
           "<cfexecute name=x>",
           "<jsp:scriptlet>",
           "<%= x %>",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodePhp, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "java.lang.runtime.getruntime()",
           "require('child_process').exec",
           "subprocess.run(['id'])",
           R"~(os.execute("id"))~",
           "''.class.forname",
           "java.io.file('x')",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeRuntime, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "x;print(`id`)",
           "'.md5($x).'",
           "array_map('system',$x)",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeCall, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, LeavesReportsOfErrorsAlone) {
  for (const char* const text : {
           "java.lang.RuntimeException: no",
           "java.io.FileNotFoundException",
           "Caused by: x\n	at java.lang.Class.forName(Class.java:390)",
           "\n at System.Diagnostics.Process.Start()",
           "org.springframework.boot.SpringApplication",
           "process.env.NODE_ENV",
           "Cannot find module 'child_process'",
           "return subprocess.call(x)",
           "print('x')",
           R"~(require("lodash"))~",
           R"~(die("x"))~",
           "<%name%>",
           "<%>",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Document, LinesOfAShortFieldAreLookedAtInAFormOfParts) {
  EXPECT_TRUE(HitsOf("en\r\nset-cookie: a=b", Place::kMultipart).Has(Rule::kHeaderSplit));
  EXPECT_FALSE(Finds(Rule::kHeaderSplit, "it speaks:\n- http/1.1")) << "a list";
  EXPECT_TRUE(Finds(Rule::kHeaderSplit, "x\r\nget /admin http/1.1"));
}

TEST(Code, FindsLinesForOtherServers) {
  for (const absl::string_view text : {
           "x\r\nX-Injected: 1",
           "a@h.example\nCc:b@h.example",
           "\r\nset x 0 60 5\r\npwned",
           "\xe5\x98\x8a\xe5\x98\x8dSet-Cookie:x=1",
       }) {
    EXPECT_TRUE(Finds(Rule::kHeaderSplit, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           R"~(index/\think\app/invokefunction)~",
           "'id'.execute()",
           R"~(open("|id"))~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeRuntime, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "Dear all,\nCc: finance\nSubject: hello",
           "set the table 1 2 3",
           "Anna\nTo: Bob",
           "open('file')",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsNamesThatSayWhatToCall) {
  EXPECT_TRUE(HitsOf("mail[#post_render][]", Place::kForm, /*is_name=*/true).Has(Rule::kCodeCall));
  EXPECT_FALSE(HitsOf("item[#]", Place::kForm, /*is_name=*/true).Has(Rule::kCodeCall));
  EXPECT_FALSE(HitsOf("mail[#tag]", Place::kForm).Has(Rule::kCodeCall));
}

TEST(Code, FindsClassesThatAKeyOrAListNames) {
  const auto finds = [](absl::string_view name, absl::string_view value) {
    static SqlTokens* const tokens = std::make_unique<SqlTokens>().release();
    LowerText lower;
    lower.Set(value);
    View view(lower);
    view.place = Place::kJson;
    view.name = name;
    Hits hits;
    FindAttacks(view, value, Scope::kAll, *tokens, hits);
    return hits.Has(Rule::kObjectTyped);
  };
  constexpr absl::string_view kContext =
      "org.springframework.context.support.ClassPathXmlApplicationContext";
  EXPECT_TRUE(finds("$.a.@type", "java.net.URL"));
  EXPECT_TRUE(finds("$[]", kContext));
  EXPECT_FALSE(finds("$.logger", kContext)) << "where a program says of itself what it is";
  EXPECT_FALSE(finds("$.exception", "java.lang.Exception"));
  EXPECT_FALSE(finds("$.@type", "Person"));
}

}  // namespace
}  // namespace firebreak::inspect
