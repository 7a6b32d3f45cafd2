// What a policy document may say about requests: every refusal and warning, by position and words.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string ErrorsOfOperation(absl::string_view fields) {
  return ErrorsOfRule(absl::StrCat("{to: [{operation: {", fields, "}}]}"));
}

// What is said of a policy that loads.
std::string WarningsOf(absl::string_view fields, absl::string_view rule) {
  std::string warnings;
  EXPECT_NE(LoadForTest(PolicyText("p", fields, absl::StrCat("  - ", rule)), &warnings), nullptr)
      << warnings;
  return warnings;
}

std::string Istio(absl::string_view action, absl::string_view rule) {
  return absl::StrCat(
      "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n"
      "  name: p\n  namespace: shop\nspec:\n  action: ",
      action, "\n  rules:\n  - ", rule, "\n");
}

TEST(HttpLanguage, PointsAtTheValueThatIsWrong) {
  EXPECT_THAT(
      ErrorsOf("apiVersion: firebreak.dev/v1\n"
               "kind: AuthorizationPolicy\n"
               "metadata: {name: p}\n"
               "spec:\n"
               "  rules:\n"
               "  - to:\n"
               "    - operation:\n"
               "        methods: [GET]\n"
               "        paths:\n"
               "        - /v1\n"
               "        - /v1/{id}\n"
               "    when:\n"
               "    - key: request.header[x-env]\n"
               "      values: [a]\n"),
      ::testing::AllOf(
          HasSubstr("policy.yaml:11:11: error[FB0305]: \"/v1/{id}\": \"{*}\" stands for"),
          HasSubstr("policy.yaml:13:12: error[FB0315]: \"request.header[x-env]\" is no key")));
}

TEST(HttpLanguage, RefusesWhatIsWrittenAndEmpty) {
  for (const char* fields :
       {"hosts: []", "methods: []", "notPaths: []", "protocols: []", "grpc: {}",
        "grpc: ", "grpc: {services: []}", "hosts: ['']", "methods: ['']", "paths: ['']",
        "protocols: ['']", "grpc: {methods: ['']}"}) {
    EXPECT_THAT(ErrorsOfOperation(fields), HasSubstr("FB0303")) << fields;
  }
  for (const char* rule : {"{when: []}", "{when: }", "{when: [{key: source.ip}]}",
                           "{when: [{key: source.ip, values: []}]}",
                           "{when: [{key: 'request.headers[x]', values: ['']}]}"}) {
    EXPECT_THAT(ErrorsOfRule(rule), HasSubstr("FB0303")) << rule;
  }
}

TEST(HttpLanguage, RefusesValuesThatNoRequestHas) {
  for (const char* fields :
       {"hosts: ['https://a.example']", "hosts: ['a b']", "hosts: ['a.example:0']",
        "methods: ['G ET']", "methods: ['GET,POST']", "paths: [admin]", "paths: ['/a//b']",
        "paths: ['/a?b']", "grpc: {services: [/pkg.Svc]}", "grpc: {methods: ['a/b']}"}) {
    EXPECT_THAT(ErrorsOfOperation(fields), HasSubstr("error[FB0314]")) << fields;
  }
}

TEST(HttpLanguage, RefusesWildcardsElsewhereThanAtAnEnd) {
  for (const char* fields :
       {"hosts: ['a*b']", "methods: ['P*T']", "paths: ['/a/*/b']", "paths: ['/admin*']",
        "paths: ['/{**}/a']", "grpc: {services: ['*.Svc*']}"}) {
    EXPECT_THAT(ErrorsOfOperation(fields), HasSubstr("error[FB0305]")) << fields;
  }
}

TEST(HttpLanguage, RefusesOtherProtocols) {
  EXPECT_THAT(ErrorsOfOperation("protocols: [http1]"),
              HasSubstr("error[FB0112]: \"http1\" is no protocol: did you mean \"HTTP1\"?"));
  EXPECT_THAT(ErrorsOfOperation("protocols: [QUIC]"), HasSubstr("one of TCP, HTTP, HTTP1"));
}

TEST(HttpLanguage, RefusesHeadersThatRulesNeverSee) {
  for (const auto& [name, why] : std::vector<std::pair<std::string, std::string>>{
           {":path", "use hosts, methods and paths"},
           {"Host", "use hosts, methods and paths"},
           {"x_env", "with \"_\" in a header name are refused"},
           {"Transfer-Encoding", "taken out first"},
           {"connection", "taken out first"},
           {"a b", "is no header name"},
           {"", "is no header name"}}) {
    EXPECT_THAT(
        ErrorsOfRule(absl::StrCat("{when: [{key: 'request.headers[", name, "]', values: [a]}]}")),
        HasSubstr(why))
        << name;
  }
  EXPECT_THAT(ErrorsOfRule("{when: [{key: 'request.headers[x-a]', values: [' a']}]}"),
              HasSubstr("no blanks at its ends"));
  EXPECT_THAT(ErrorsOfRule("{when: [{key: 'request.headers[x-a]', values: ['a*b']}]}"),
              HasSubstr("at most one"));
}

TEST(HttpLanguage, A_07_RefusesUnknownKeys) {
  EXPECT_THAT(ErrorsOfRule("{when: [{key: source.ips, values: [10.0.0.1]}]}"),
              HasSubstr("did you mean \"source.ip\"?"));
  EXPECT_THAT(ErrorsOfRule("{when: [{key: x, values: [a]}]}"), HasSubstr("FB0315"));
  EXPECT_THAT(ErrorsOfRule("{when: [{values: [a]}]}"), HasSubstr("a condition needs a key"));
  EXPECT_THAT(ErrorsOfRule("{when: [{key: request.auth.audience, values: [a]}]}"),
              HasSubstr("did you mean \"request.auth.audiences\"?"));
  for (const char* key : {"request.auth.claims", "request.auth.claims[]", "request.auth.claims[a",
                          "request.auth.claims[a]b", "request.auth."}) {
    EXPECT_THAT(ErrorsOfRule(absl::StrCat("{when: [{key: '", key, "', values: [a]}]}")),
                HasSubstr("FB0315"))
        << key;
  }
  for (const char* key : {"request.regex.headers[a]", "experimental.envoy.filters.a[b]"}) {
    EXPECT_THAT(ErrorsOfRule(absl::StrCat("{when: [{key: '", key, "', values: [a]}]}")),
                HasSubstr(absl::StrCat("error[FB0308]: key \"", key, "\" is not supported")));
  }
}

TEST(HttpLanguage, HoldsConditionsToTheFormOfTheirKey) {
  EXPECT_THAT(ErrorsOfRule("{when: [{key: source.ip, values: [x]}]}"), HasSubstr("FB0306"));
  EXPECT_THAT(ErrorsOfRule("{when: [{key: destination.port, notValues: ['0']}]}"),
              HasSubstr("FB0307"));
  EXPECT_THAT(ErrorsOfRule("{when: [{key: source.principal, values: ['td/ns/sh*']}]}"),
              HasSubstr("FB0305"));
}

TEST(HttpLanguage, A_07_RefusesUnknownFieldsWithAHint) {
  EXPECT_THAT(ErrorsOfOperation("path: [/a]"), HasSubstr("did you mean \"paths\"?"));
  EXPECT_THAT(ErrorsOfOperation("grpc: {service: [a]}"), HasSubstr("did you mean \"services\"?"));
}

TEST(HttpLanguage, TakesIstiosDocuments) {
  std::string warnings;
  const std::string rule =
      "{to: [{operation: {hosts: ['*.example'], methods: [GET], paths: ['/info*', '/a/{*}']}}], "
      "when: [{key: 'request.headers[version]', values: [v1]}]}";
  EXPECT_NE(LoadForTest(Istio("ALLOW", rule), &warnings), nullptr) << warnings;
  EXPECT_THAT(warnings, HasSubstr("warning[FB0353]: \"/info*\" also matches \"/info-and-more\""));
  for (const char* fields : {"protocols: [TCP]", "grpc: {services: [a]}"}) {
    EXPECT_THAT(ErrorsOf(Istio("ALLOW", absl::StrCat("{to: [{operation: {", fields, "}}]}"))),
                HasSubstr("Istio's AuthorizationPolicy has no such field"));
  }
}

TEST(HttpLanguage, WarnsOfDenyRulesThatRefuseBytes) {
  constexpr absl::string_view kRefuses = "warning[FB0352]";
  const std::string methods = "{to: [{operation: {methods: [DELETE]}}]}";
  const std::string header = "{when: [{key: 'request.headers[x-a]', values: [a]}]}";
  EXPECT_THAT(WarningsOf("action: DENY", methods), HasSubstr(std::string(kRefuses)));
  EXPECT_THAT(WarningsOf("action: DENY", header), HasSubstr(std::string(kRefuses)));
  EXPECT_EQ(WarningsOf("action: ALLOW", methods), "");
  for (const char* rule :
       {"{to: [{operation: {methods: [DELETE], ports: ['80']}}]}",
        "{to: [{operation: {methods: [DELETE], protocols: [HTTP]}}]}",
        "{to: [{operation: {protocols: [HTTP1]}}]}", "{to: [{operation: {ports: ['80']}}]}", "{}",
        "{to: [{operation: {ports: ['80']}}], when: [{key: 'request.headers[x]', values: [a]}]}",
        "{to: [{operation: {methods: [PUT]}}], when: [{key: destination.port, values: ['80']}]}"}) {
    EXPECT_EQ(WarningsOf("action: DENY", rule), "") << rule;
  }
}

TEST(HttpLanguage, WarnsOfRulesThatCannotMatch) {
  EXPECT_THAT(WarningsOf("", "{to: [{operation: {methods: [get]}}]}"),
              HasSubstr("did you mean \"GET\"?"));
  for (const char* rule :
       {"{to: [{operation: {notPaths: ['*']}}]}", "{to: [{operation: {notMethods: ['*']}}]}",
        "{when: [{key: 'request.headers[x-a]', notValues: ['*']}]}"}) {
    EXPECT_THAT(WarningsOf("", rule), HasSubstr("FB0351")) << rule;
  }
}

TEST(HttpLanguage, ReportsAllErrorsAtOnce) {
  const std::string errors = ErrorsOfRule(
      "{to: [{operation: {hosts: ['/'], methods: ['a b'], paths: [x], protocols: [y]}}], "
      "when: [{key: z, values: [a]}]}");
  for (const char* code : {"FB0314", "FB0112", "FB0315"}) EXPECT_THAT(errors, HasSubstr(code));
  EXPECT_THAT(errors, Not(HasSubstr("more errors")));
}

}  // namespace
}  // namespace firebreak::policy
