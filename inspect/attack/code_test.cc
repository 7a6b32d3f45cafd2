#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Code, FindsOpeners) {
  for (const char* const text : {
           R"~(<?php x();)~",
           R"~(<?= 1 ?>)~",
           R"~(<%= x %>)~",
           R"~(<!--#exec cmd="x"-->)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodePhp, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsCalls) {
  for (const char* const text : {
           R"~(system('id'))~",
           R"~(".passthru("x").")~",
           R"~(eval($_POST['x']))~",
           R"~(phpinfo())~",
           R"~(${@print(md5(4))})~",
           R"~(shell_exec("x"))~",
           R"~(proc_open(`x`))~",
           R"~($_GET['a'])~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeCall, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsRuntimes) {
  for (const char* const text : {
           R"~(java.lang.Runtime)~",
           R"~(os.system('x'))~",
           R"~(require('child_process'))~",
           R"~(class.module.classLoader.resources)~",
           R"~(new java.util.Scanner)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCodeRuntime, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsObjects) {
  for (const char* const text : {
           R"~(rO0ABXNyABFqYXZhLnV0aWwuSGFzaFNldLpEhZWWuLc0)~",
           R"~(aced0005)~",
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
           R"~(cos
system
(S'id'
tR.)~",
           R"~(gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kObjectPython, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, FindsTypedObjects) {
  for (const char* const text : {
           R"~({"@type":"com.sun.x"})~",
           R"~(!!python/object/apply:os.system)~",
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
           R"~(x
Set-Cookie: a=b)~",
           R"~(x
Location: //h)~",
           R"~(x

HTTP/1.1 200 OK)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kHeaderSplit, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Code, LeavesTalkOfCodeAlone) {
  for (const char* const text : {
           R"~(the system (new))~",
           R"~(eval: 5)~",
           R"~(execute the plan)~",
           R"~(a system of equations)~",
           R"~(assert yourself)~",
           R"~(print (A4))~",
           R"~(require a visa)~",
           R"~(<!DOCTYPE html>)~",
           R"~(<?xml version="1.0"?>)~",
           R"~(line one
line two)~",
           R"~(Subject: hello
body)~",
           R"~(100 % > 5)~",
           R"~(include (batteries))~",
           R"~(O:5)~",
           R"~(chr(13) in basic)~",
           R"~(md5(x))~",
           R"~(open the file)~",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
