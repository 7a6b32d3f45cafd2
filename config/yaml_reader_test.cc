#include "config/yaml_reader.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "config/policy.pb.h"
#include "config/proxy.pb.h"

namespace firebreak::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// Read is what one text gives: a message, positions, or the rendered errors.
struct Read {
  v1::Proxy proxy;
  SourceMap map;
  std::string errors;
};

Read ReadProxy(absl::string_view text) {
  Read read;
  Diagnostics diagnostics;
  const bool ok = ReadYaml("f.yaml", text, &read.proxy, &read.map, &diagnostics);
  EXPECT_EQ(ok, diagnostics.ok());
  read.errors = diagnostics.Format(/*color=*/false);
  return read;
}

std::string ErrorsOf(absl::string_view text) { return ReadProxy(text).errors; }

TEST(YamlReader, ReadsEveryKindOfField) {
  const Read read = ReadProxy(
      "node: {name: n, labels: {app: orders, \"on\": \"off\"}}\n"
      "listeners:\n"
      "- {name: in, direction: INBOUND, mtls: \"STRICT\", expect_identities: [a, b]}\n"
      "- name: out\n"
      "flow_log: {file: {open_records: true}}\n"
      "outbound: {destinations: [{ports: [1, 65535]}]}\n"
      "limits: {a: -9223372036854775808}\n"
      "concurrency: 0\n");
  ASSERT_EQ(read.errors, "");
  EXPECT_EQ(read.proxy.node().labels().at("on"), "off");
  ASSERT_EQ(read.proxy.listeners_size(), 2);
  EXPECT_EQ(read.proxy.listeners(0).direction(), v1::Listener::INBOUND);
  EXPECT_EQ(read.proxy.listeners(0).mtls(), v1::Listener::STRICT);
  EXPECT_THAT(read.proxy.listeners(0).expect_identities(), ElementsAre("a", "b"));
  EXPECT_TRUE(read.proxy.flow_log().file().open_records());
  EXPECT_THAT(read.proxy.outbound().destinations(0).ports(), ElementsAre(1, 65535));
  EXPECT_EQ(read.proxy.limits().at("a"), INT64_MIN);
  EXPECT_TRUE(read.proxy.has_concurrency());
}

TEST(YamlReader, TakesTextAsItIsWritten) {
  const Read read = ReadProxy(
      "node: {name: on, namespace: 007, workload: 1.10, labels: {a: yes, b: \"\", c: 0x1F}}\n"
      "trust_domain: 2026-01-01\n");
  ASSERT_EQ(read.errors, "");
  EXPECT_EQ(read.proxy.node().name(), "on");
  EXPECT_EQ(read.proxy.node().namespace_(), "007");
  EXPECT_EQ(read.proxy.node().workload(), "1.10");
  EXPECT_EQ(read.proxy.node().labels().at("a"), "yes");
  EXPECT_EQ(read.proxy.node().labels().at("b"), "");
  EXPECT_EQ(read.proxy.node().labels().at("c"), "0x1F");
  EXPECT_EQ(read.proxy.trust_domain(), "2026-01-01");
}

TEST(YamlReader, JsonAndYamlReadAlike) {
  const Read yaml = ReadProxy("node:\n  name: a\nlisteners:\n- name: in\n  mtls: DISABLE\n");
  const Read json = ReadProxy(R"({"node": {"name": "a"},
      "listeners": [{"name": "in", "mtls": "DISABLE"}]})");
  ASSERT_EQ(json.errors, "");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(yaml.proxy, json.proxy));
}

TEST(YamlReader, ToleratesByteOrderMarkAndCarriageReturns) {
  const Read read = ReadProxy("\xef\xbb\xbfnode:\r\n  name: a\r\n  workload: b\r\n");
  ASSERT_EQ(read.errors, "");
  EXPECT_EQ(read.proxy.node().name(), "a");
  EXPECT_THAT(ErrorsOf("\xef\xbb\xbfnodes: {}\r\n"), StartsWith("f.yaml:1:1: error[FB0104]"));
}

TEST(YamlReader, TellsPresentButEmptyFromAbsent) {
  const Read read = ReadProxy("node:\nlisteners: []\npolicy: {paths: }\n");
  ASSERT_EQ(read.errors, "");
  EXPECT_TRUE(read.proxy.has_node());
  EXPECT_FALSE(read.proxy.has_identity());
  EXPECT_TRUE(read.map.Contains("listeners"));
  EXPECT_TRUE(read.map.Contains("policy.paths"));
  EXPECT_FALSE(read.map.Contains("outbound"));
}

TEST(YamlReader, RecordsWhereFieldsAre) {
  const Read read =
      ReadProxy("limits: {a.b: 1}\nlisteners:\n- name: in\n  expect_identities: [x, y]\n");
  ASSERT_EQ(read.errors, "");
  EXPECT_EQ(read.map.Find("limits[a.b]"), (SourcePosition{0, 14}));
  EXPECT_EQ(read.map.Find("listeners"), (SourcePosition{1, 0}));
  EXPECT_EQ(read.map.Find("listeners[0]"), (SourcePosition{2, 2}));
  EXPECT_EQ(read.map.Find("listeners[0].expect_identities"), (SourcePosition{3, 2}));
  EXPECT_EQ(read.map.Find("listeners[0].expect_identities[1]"), (SourcePosition{3, 25}));
}

TEST(YamlReader, RefusesUnknownFieldsWithASuggestion) {
  EXPECT_EQ(ErrorsOf("node: {}\nlisteners:\n  - name: in\n    adress: \"1.2.3.4:5\"\n"),
            "f.yaml:4:5: error[FB0104]: unknown field \"adress\" in listeners[0]\n"
            "      adress: \"1.2.3.4:5\"\n"
            "      ^\n"
            "help: did you mean \"address\"?\n");
  EXPECT_THAT(ErrorsOf("node: {zzz: 1}"),
              HasSubstr("help: known here: name, namespace, workload, labels\n"));
}

TEST(YamlReader, RefusesDuplicateKeys) {
  EXPECT_EQ(ErrorsOf("node: {name: a}\ntrust_domain: x\nnode: {name: b}\n"),
            "f.yaml:3:1: error[FB0105]: duplicate key \"node\"\n"
            "  node: {name: b}\n"
            "  ^\n"
            "help: it is already on line 1\n");
  EXPECT_THAT(ErrorsOf("node: {labels: {a: 1, a: 2}}"),
              HasSubstr("error[FB0105]: duplicate key \"a\" in node.labels"));
}

TEST(YamlReader, RefusesWrongTypesAndSaysWhatWasFound) {
  struct Case {
    absl::string_view text;
    absl::string_view expected;
  };
  const Case cases[] = {
      {"[]", "f.yaml:1:1: error[FB0106]: expected a map, found a list\n"},
      {"node: x", "expected a map, found \"x\" in node\n"},
      {"node: [x]", "expected a map, found a list in node\n"},
      {"listeners: {}", "expected a list, found a map in listeners\n"},
      {"listeners: [x]", "expected a map, found \"x\" in listeners[0]\n"},
      {"node: {name: [x]}", "expected text, found a list in node.name\n"},
      {"node: {name: }", "expected text, found nothing in node.name\n"},
      {"node: {name: ~}", "expected text, found nothing in node.name\n"},
      {"node: {labels: [a]}", "expected a map, found a list in node.labels\n"},
      {"node: {labels: {a: {}}}", "expected text, found a map in node.labels[a]\n"},
      {"concurrency: two", "expected an integer, found \"two\" in concurrency\n"},
      {"concurrency: \"2\"", "found the text \"2\" in concurrency\n"},
      {"concurrency: 2.0", "expected an integer, found \"2.0\""},
      {"concurrency: 010", "expected an integer, found \"010\""},
      {"concurrency: 0x10", "expected an integer, found \"0x10\""},
      {"concurrency: +1", "expected an integer, found \"+1\""},
      {"concurrency: []", "expected an integer, found a list"},
      {"flow_log: {file: {open_records: yes}}", "expected true or false, found \"yes\""},
      {"flow_log: {file: {open_records: True}}", "expected true or false, found \"True\""},
      {"flow_log: {file: {open_records: \"true\"}}", "help: remove the quotes"},
      {"listeners: [{mtls: {}}]", "expected one of STRICT, PERMISSIVE, DISABLE, found a map"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ErrorsOf(c.text), AllOf(HasSubstr("[FB0106]"), HasSubstr(std::string(c.expected))))
        << c.text;
  }
}

TEST(YamlReader, RefusesAnEmptyListElementRatherThanReadingARuleForEverybody) {
  EXPECT_EQ(ErrorsOf("listeners:\n- name: a\n-\n"),
            "f.yaml:2:1: error[FB0106]: expected a map, found nothing in listeners[1]\n"
            "  - name: a\n"
            "  ^\n"
            "help: write {} for an empty one\n");
}

TEST(YamlReader, ChecksTheRangeOfNumbers) {
  EXPECT_THAT(ErrorsOf("concurrency: 2147483648"),
              AllOf(HasSubstr("[FB0111]: \"2147483648\" is out of range in concurrency"),
                    HasSubstr("help: -2147483648 to 2147483647")));
  EXPECT_THAT(ErrorsOf("outbound: {destinations: [{ports: [-1]}]}"), HasSubstr("[FB0111]"));
  EXPECT_THAT(ErrorsOf("limits: {a: 9223372036854775808}"), HasSubstr("[FB0111]"));
}

TEST(YamlReader, TakesEnumsByTheirExactName) {
  EXPECT_THAT(ErrorsOf("inspection: {mode: BLOK}"),
              AllOf(HasSubstr("[FB0112]: unknown value \"BLOK\" in inspection.mode"),
                    HasSubstr("help: did you mean \"BLOCK\"?")));
  EXPECT_THAT(ErrorsOf("inspection: {mode: off}"), HasSubstr("did you mean \"OFF\"?"));
  EXPECT_THAT(ErrorsOf("inspection: {mode: 1}"), HasSubstr("help: one of OFF, DETECT, BLOCK"));
  EXPECT_THAT(ErrorsOf("inspection: {mode: MODE_UNSPECIFIED}"), HasSubstr("[FB0112]"));
}

TEST(YamlReader, RefusesTwoMembersOfAOneof) {
  EXPECT_THAT(ErrorsOf("identity: {files: {}, workload_api: {}}"),
              HasSubstr("[FB0115]: \"workload_api\" and \"files\" exclude each other"));
}

TEST(YamlReader, RefusesYamlThatHidesThings) {
  EXPECT_THAT(ErrorsOf("a: &a {}\nnode: {<<: *a}"), HasSubstr("[FB0110]: merge key \"<<\""));
  EXPECT_THAT(ErrorsOf("node: {name: !!str 5}"), HasSubstr("[FB0110]: tag \"tag:yaml.org"));
  EXPECT_THAT(ErrorsOf("node: !x {}"), HasSubstr("[FB0110]: tag \"!x\""));
  EXPECT_THAT(ErrorsOf("? [a]\n: b"), HasSubstr("[FB0110]: expected a name as key, found a list"));
  EXPECT_THAT(ErrorsOf("? {a: b}\n: b"), HasSubstr("expected a name as key, found a map"));
  EXPECT_THAT(ErrorsOf("~: b"), HasSubstr("expected a name as key, found nothing"));
  EXPECT_THAT(ErrorsOf("node: &a {}\n*a : b"), HasSubstr("[FB01"));
}

TEST(YamlReader, RefusesBytesThatAreNoText) {
  EXPECT_THAT(ErrorsOf("node: {name: \"\xff\"}"),
              StartsWith("f.yaml:1:15: error[FB0108]: not UTF-8"));
  EXPECT_THAT(ErrorsOf(absl::string_view("node:\n  name: a\0b", 17)),
              StartsWith("f.yaml:2:10: error[FB0108]: a NUL"));
  EXPECT_THAT(ErrorsOf("a: \xc0\xaf"), HasSubstr("not UTF-8"));
  EXPECT_THAT(ErrorsOf("a: \xed\xa0\x80"), HasSubstr("not UTF-8"));
  EXPECT_THAT(ErrorsOf("a: \xf4\x90\x80\x80"), HasSubstr("not UTF-8"));
  EXPECT_THAT(ErrorsOf("a: \xe2\x82"), HasSubstr("not UTF-8"));
  // yaml-cpp takes 0x04 for the end of the file and would drop the rest.
  EXPECT_THAT(ErrorsOf("node: {}\n\x04\nlisteners: x"), HasSubstr("a control character"));
  EXPECT_THAT(ErrorsOf("a: \xc2\x85"), HasSubstr("a control character"));
  EXPECT_THAT(ErrorsOf("a: b\rc: d"), HasSubstr("a carriage return alone"));
  EXPECT_THAT(ErrorsOf("a: x\xe2\x80\xae"), HasSubstr("reorders text"));
  EXPECT_THAT(ErrorsOf("node: {name: \"a\\0b\"}"),
              HasSubstr("[FB0108]: text with a NUL in node.name"));
}

TEST(YamlReader, ExplainsBadSyntax) {
  EXPECT_EQ(ErrorsOf("node:\n\tname: a\n"),
            "f.yaml:2:1: error[FB0107]: a tab in the indentation\n"
            "  \\x09name: a\n"
            "  ^\n"
            "help: indent with spaces\n");
  EXPECT_THAT(ErrorsOf("node: {name: a"), HasSubstr("[FB0107]: expected \",\" or \"}\""));
  EXPECT_THAT(ErrorsOf("node: [a"), HasSubstr("[FB0107]: expected \",\" or \"]\""));
  EXPECT_THAT(ErrorsOf("node: a: b"), HasSubstr("[FB0107]: a \":\" where no value can start"));
  EXPECT_THAT(ErrorsOf("node: \"a"), HasSubstr("[FB0107]: the closing quote is missing"));
  EXPECT_THAT(ErrorsOf("node:\n  name: \"a\n  workload: b\n"),
              HasSubstr("closing quote is missing"));
  EXPECT_THAT(ErrorsOf("node:\n  name: &x 'a\n"), HasSubstr("the closing quote is missing"));
  EXPECT_THAT(ErrorsOf("node: {}\n  name: a"), HasSubstr("[FB0107]"));
  EXPECT_THAT(ErrorsOf("node: *nobody"), HasSubstr("[FB0107]"));
  EXPECT_THAT(ErrorsOf("%YAML 9.9\n--- {}"), HasSubstr("[FB0107]"));
}

TEST(YamlReader, NeverDropsWhatFollowsTheDocument) {
  EXPECT_THAT(ErrorsOf("node: {}\n---\nlisteners: []\n"),
              StartsWith("f.yaml:3:1: error[FB0114]: expected one document"));
  EXPECT_THAT(ErrorsOf("{node: {}} {listeners: []}"),
              HasSubstr("[FB0107]: text after the end of the document"));
  EXPECT_THAT(ErrorsOf("node: {}\n...\nlisteners: []\n"),
              HasSubstr("[FB0107]: text after the end of the document"));
  EXPECT_EQ(ErrorsOf("---\nnode: {}\n---\n# nothing\n...\n"), "");
}

TEST(YamlReader, AnEmptyFileIsAnError) {
  for (const absl::string_view text : {"", "\n", "# only a comment\n", "---\n", "--- ~\n"}) {
    EXPECT_EQ(ErrorsOf(text), "f.yaml: error[FB0102]: the file holds no document\n") << text;
  }
}

TEST(YamlReader, FollowsAliasesWithinTheLimits) {
  const Read read = ReadProxy(
      "outbound:\n  destinations:\n  - expect_identities: &ids [a, b]\n"
      "  - expect_identities: *ids\n");
  ASSERT_EQ(read.errors, "");
  EXPECT_THAT(read.proxy.outbound().destinations(1).expect_identities(), ElementsAre("a", "b"));
  EXPECT_TRUE(read.map.Contains("outbound.destinations[1].expect_identities[1]"));
}

TEST(YamlReader, RefusesAliasBombs) {
  // Each level is a list of ten of the one before: 10^7 identities from a few lines.
  std::string text =
      "policy: {paths: &l0 [x, x, x, x, x, x, x, x, x, x]}\noutbound: {destinations: [";
  std::string ids = "&d0 {expect_identities: *l0}";
  for (int i = 0; i < 200'000; ++i) ids += ", *d0";
  EXPECT_THAT(ErrorsOf(absl::StrCat(text, ids, "]}")),
              HasSubstr("[FB0109]: more than 1000000 values with aliases expanded"));
  EXPECT_THAT(ErrorsOf("node: &n {labels: *n}"),
              HasSubstr("[FB0109]: an alias to what it is part of"));
}

TEST(YamlReader, RefusesDeepNestingWithoutUsingUpTheStack) {
  constexpr int kDepth = 100'000;
  std::string flow(kDepth, '[');
  std::string block;
  std::string maps;
  std::string keys;
  const std::string closed(kDepth, '}');
  for (int i = 0; i < kDepth; ++i) {
    block += "- ";
    maps += "{a: ";
    keys += "? ";
  }
  for (const std::string& text : {block, maps + closed, flow + std::string(kDepth, ']')}) {
    EXPECT_THAT(ErrorsOf(text), HasSubstr("[FB0109]: nested deeper than 64")) << text.substr(0, 4);
  }
  EXPECT_THAT(ErrorsOf(flow), HasSubstr("error[FB01"));
  EXPECT_THAT(ErrorsOf(maps), HasSubstr("error[FB01"));
  EXPECT_THAT(ErrorsOf(keys), HasSubstr("error[FB01"));
}

TEST(YamlReader, RefusesTooManyValuesAndTooLongKeys) {
  std::string text = "policy: {paths: [";
  for (int i = 0; i < kMaxYamlNodes; ++i) text += "a,";
  EXPECT_THAT(ErrorsOf(text + "]}"), HasSubstr("[FB0109]: more than 1000000 values in one file"));
  EXPECT_THAT(ErrorsOf(std::string(600, 'k') + ": 1"), HasSubstr("[FB0109]: a key of 600 bytes"));
}

TEST(YamlReader, ReadsLargeFilesInLinearTime) {
  std::string text = "policy:\n  paths:\n";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, "  - p", i, "\n");
  text += "limits:\n";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, "  l", i, ": ", i, "\n");
  absl::StrAppend(&text, "trust_domain: ", std::string(1 << 20, 'x'), "\n");
  const Read read = ReadProxy(text);  // quadratic would not end within the test's time-out
  ASSERT_EQ(read.errors, "");
  EXPECT_EQ(read.proxy.policy().paths_size(), 100'000);
  EXPECT_EQ(read.proxy.limits().at("l99999"), 99'999);
  EXPECT_EQ(read.proxy.trust_domain().size(), 1u << 20);
}

TEST(YamlReader, ManyErrorsOnOneLongLineAreCountedInLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, "\"k", i, "\": 0, ");
  EXPECT_THAT(ErrorsOf(text + "}"), HasSubstr("... and 99980 more errors\n"));
}

TEST(YamlReader, RefusesAFloodOfBracketsBeforeItTakesMemory) {
  EXPECT_THAT(ErrorsOf(std::string(4 << 20, '[')),
              StartsWith("f.yaml:1:1001: error[FB0109]: nested deeper than 64\n"));
  const Read read = ReadProxy(absl::StrCat("trust_domain: \"", std::string(900, '['), "\"\n"));
  EXPECT_EQ(read.errors, "");
}

TEST(YamlReader, ReportsManyErrorsAtOnce) {
  const std::string errors = ErrorsOf("node: x\ntrust_domain: []\nlistener: []\nconcurrency: a\n");
  EXPECT_THAT(errors,
              AllOf(HasSubstr("f.yaml:1:7: error[FB0106]"), HasSubstr("f.yaml:2:15: error"),
                    HasSubstr("f.yaml:3:1: error[FB0104]"), HasSubstr("f.yaml:4:14: error")));
}

std::string TimestampError(absl::string_view time, v1::AuthorizationPolicy* policy) {
  Diagnostics diagnostics;
  ReadYaml("f", absl::StrCat("spec: {rules: [{validity: {not_before: ", time, "}}]}"), policy,
           nullptr, &diagnostics);
  return diagnostics.Format(false);
}

TEST(YamlReader, ReadsTimestampsPerRfc3339) {
  v1::AuthorizationPolicy policy;
  ASSERT_EQ(TimestampError("2026-01-01T00:00:00Z", &policy), "");
  EXPECT_EQ(policy.spec().rules(0).validity().not_before().seconds(), 1767225600);
  ASSERT_EQ(TimestampError("\"2026-01-01T01:30:00.25+01:30\"", &policy), "");
  EXPECT_EQ(policy.spec().rules(0).validity().not_before().seconds(), 1767225600);
  EXPECT_EQ(policy.spec().rules(0).validity().not_before().nanos(), 250'000'000);
  for (const absl::string_view bad :
       {"2026-01-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:01Z",
        "2026-01-01T00:00:00", "2026-01-01t00:00:00z", "2026-01-01 00:00:00Z", "infinite-future",
        "0000-01-01T00:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00",
        "1767225600"}) {
    EXPECT_THAT(TimestampError(bad, &policy), HasSubstr("[FB0113]: expected an RFC 3339 time"))
        << bad;
  }
}

TEST(YamlFile, ReadsEachDocumentAndSkipsEmptyOnes) {
  Diagnostics diagnostics;
  const auto file = YamlFile::Parse("p.yaml",
                                    "---\nkind: A\nspec: {rules: [{from: []}]}\n---\n# none\n---\n"
                                    "kind: B\nspec: {rule: []}\n",
                                    &diagnostics);
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->document_count(), 2u);
  EXPECT_EQ(file->TopLevelScalar(1, "kind"), "B");
  EXPECT_EQ(file->TopLevelScalar(1, "spec"), std::nullopt);
  EXPECT_EQ(file->TopLevelScalar(1, "missing"), std::nullopt);

  v1::AuthorizationPolicy policy;
  SourceMap map;
  EXPECT_TRUE(file->Read(0, &policy, &map, &diagnostics));
  EXPECT_EQ(policy.kind(), "A");
  EXPECT_TRUE(map.Contains("spec.rules[0].from"));

  EXPECT_FALSE(file->Read(1, &policy, &map, &diagnostics));
  EXPECT_EQ(policy.kind(), "B");
  EXPECT_FALSE(map.Contains("spec.rules[0].from"));
  EXPECT_EQ(diagnostics.Format(false),
            "p.yaml:8:8: error[FB0104]: unknown field \"rule\" in spec\n"
            "  spec: {rule: []}\n"
            "         ^\n"
            "help: did you mean \"rules\"?\n");
}

TEST(YamlFile, OneBadDocumentRefusesTheFile) {
  Diagnostics diagnostics;
  EXPECT_FALSE(YamlFile::Parse("p.yaml", "kind: A\n---\nkind: [\n", &diagnostics).has_value());
  EXPECT_FALSE(diagnostics.ok());
}

TEST(YamlFile, MessagesLeaveOutTheEnvelope) {
  Diagnostics diagnostics;
  v1::AuthorizationPolicy policy;
  EXPECT_FALSE(ReadYaml("policy.yaml",
                        "spec:\n  rules:\n  - from:\n    - source:\n        principles: [x]\n",
                        &policy, nullptr, &diagnostics));
  EXPECT_EQ(
      diagnostics.Format(false),
      "policy.yaml:5:9: error[FB0104]: unknown field \"principles\" in rules[0].from[0].source\n"
      "          principles: [x]\n"
      "          ^\n"
      "help: did you mean \"principals\"?\n");
}

}  // namespace
}  // namespace firebreak::config
