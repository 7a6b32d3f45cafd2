// Rules about requests: what each field means, and what is decided where there is nothing to see.
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

constexpr char kForwarded[] = "FORWARDED shop/p rules[0]";
constexpr char kNoRule[] = "DROPPED NO_RULE";
constexpr char kDenied[] = "DROPPED EXPLICIT_DENY shop/p rules[0]";
constexpr char kAllowAll[] = "FORWARDED shop/all rules[0]";

Question Asking(http::Request request) {
  Question question{"td/ns/shop/sa/orders"};
  question.http = std::move(request);
  return question;
}

Question Carrying(Carries carries) {
  Question question{"td/ns/shop/sa/orders"};
  question.carries = carries;
  return question;
}

// The answer of an ALLOW policy with this one rule.
std::string Allow(absl::string_view rule, const Question& question) {
  return AnswerTo(PolicyText("p", "", absl::StrCat("  - ", rule)), question);
}
std::string Allow(absl::string_view rule, http::Request request) {
  return Allow(rule, Asking(std::move(request)));
}

// The answer of a DENY policy with this one rule, where everything else is allowed.
std::string Deny(absl::string_view rule, const Question& question) {
  return AnswerTo(absl::StrCat(PolicyText("all", "", "  - {}"),
                               PolicyText("p", "action: DENY", absl::StrCat("  - ", rule))),
                  question);
}
std::string Deny(absl::string_view rule, http::Request request) {
  return Deny(rule, Asking(std::move(request)));
}

std::string Operation(absl::string_view fields) {
  return absl::StrCat("{to: [{operation: {", fields, "}}]}");
}

std::string WhenHeader(absl::string_view values) {
  return absl::StrCat("{when: [{key: 'request.headers[x-env]', ", values, "}]}");
}

// One of each kind of condition on requests, all of which Ask("POST", "/v1/a", x-env: prod) and
// Call("/pkg.Svc/Append") meet or not, which does not matter where there is no request.
const std::vector<std::string>& Unseeable() {
  static const auto* const rules =
      new std::vector<std::string>{Operation("hosts: [shop.example]"),
                                   Operation("notHosts: [shop.example]"),
                                   Operation("methods: [POST]"),
                                   Operation("notMethods: [POST]"),
                                   Operation("paths: ['/v1/*']"),
                                   Operation("notPaths: ['/v1/*']"),
                                   Operation("paths: ['*']"),
                                   Operation("grpc: {services: [pkg.Svc]}"),
                                   Operation("grpc: {notMethods: [Append]}"),
                                   Operation("protocols: [TCP, HTTP], methods: [GET]"),
                                   WhenHeader("values: [prod]"),
                                   WhenHeader("notValues: [prod]")};
  return *rules;
}

TEST(HttpRules, A_07_BytesAreNotLetThroughByWhatCannotBeSeen) {
  for (const std::string& rule : Unseeable()) {
    EXPECT_EQ(Allow(rule, Carrying(Carries::kBytes)), kNoRule) << rule;
    EXPECT_EQ(Deny(rule, Carrying(Carries::kBytes)), kDenied) << rule;
  }
}

TEST(HttpRules, A_07_ConditionsStayOpenUntilThereIsARequest) {
  for (const std::string& rule : Unseeable()) {
    EXPECT_EQ(Allow(rule, Carrying(Carries::kRequests)), kForwarded) << rule;
    EXPECT_EQ(Deny(rule, Carrying(Carries::kRequests)), kAllowAll) << rule;
  }
}

TEST(HttpRules, A_07_WhatIsNotAboutRequestsIsDecidedAtOnce) {
  const std::string rule =
      "{to: [{operation: {ports: ['9999'], methods: [GET]}}, {operation: {ports: ['8080']}}]}";
  for (const Carries carries : {Carries::kBytes, Carries::kRequests}) {
    EXPECT_EQ(Deny(rule, Carrying(carries)), kDenied);
    EXPECT_EQ(Allow(rule, Carrying(carries)), kForwarded);
    EXPECT_EQ(Allow(Operation("ports: ['9999'], methods: [GET]"), Carrying(carries)), kNoRule);
    EXPECT_EQ(Deny(Operation("ports: ['9999'], methods: [GET]"), Carrying(carries)), kAllowAll);
  }
}

TEST(HttpRules, A_07_BytesAreTcp) {
  const Question bytes = Carrying(Carries::kBytes);
  EXPECT_EQ(Allow(Operation("protocols: [TCP]"), bytes), kForwarded);
  EXPECT_EQ(Allow(Operation("protocols: [HTTP]"), bytes), kNoRule);
  EXPECT_EQ(Deny(Operation("protocols: [HTTP]"), bytes), kAllowAll);
  EXPECT_EQ(Deny(Operation("notProtocols: [HTTP1, HTTP2]"), bytes), kDenied);
  EXPECT_EQ(Deny(Operation("notProtocols: [TCP]"), bytes), kAllowAll);
  // This is how a DENY about requests leaves bytes alone.
  EXPECT_EQ(Deny(Operation("protocols: [HTTP], methods: [DELETE]"), bytes), kAllowAll);
}

TEST(HttpRules, RequestThatIsNotThereIsRefused) {
  EXPECT_EQ(AnswerTo(PolicyText("p", "", "  - {}"), Carrying(Carries::kRequest)),
            "DROPPED INTERNAL");
}

TEST(HttpRules, RulesWithoutConditionsOnRequestsHoldForEachRequest) {
  EXPECT_EQ(Allow("{}", Get("/")), kForwarded);
  EXPECT_EQ(Deny("{}", Get("/")), kDenied);
  EXPECT_EQ(Allow("{to: [{operation: {ports: ['1']}}]}", Get("/")), kNoRule);
}

TEST(HttpRules, FieldsAreAndEntriesAreOr) {
  const std::string rule =
      "{to: [{operation: {methods: [GET], paths: [/a, /b]}}, {operation: {methods: [POST]}}]}";
  EXPECT_EQ(Allow(rule, Get("/a")), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/b")), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/c")), kNoRule);
  EXPECT_EQ(Allow(rule, Ask("POST", "/c")), kForwarded);
  EXPECT_EQ(Allow(rule, Ask("PUT", "/a")), kNoRule);
}

TEST(HttpRules, MethodsCountTheirCase) {
  EXPECT_EQ(Allow(Operation("methods: [GET]"), Ask("get", "/")), kNoRule);
  EXPECT_EQ(Allow(Operation("methods: ['P*']"), Ask("PATCH", "/")), kForwarded);
  EXPECT_EQ(Allow(Operation("methods: ['*']"), Ask("BREW", "/")), kForwarded);
  EXPECT_EQ(Allow(Operation("methods: [BREW]"), Ask("BREW", "/")), kForwarded);
  EXPECT_EQ(Deny(Operation("notMethods: [GET, HEAD]"), Ask("BREW", "/")), kDenied);
  EXPECT_EQ(Deny(Operation("notMethods: [GET, HEAD]"), Ask("HEAD", "/")), kAllowAll);
  EXPECT_EQ(Allow(Operation("notMethods: ['P*']"), Ask("PUT", "/")), kNoRule);
  EXPECT_EQ(Allow(Operation("notMethods: ['P*']"), Ask("GET", "/")), kForwarded);
}

TEST(HttpRules, P_05_QueryIsNoPartOfThePath) {
  http::Request request = Get("/deny");
  request.query = "x=/allow";
  request.has_query = true;
  EXPECT_EQ(Deny(Operation("paths: [/deny]"), request), kDenied);
  EXPECT_EQ(Allow(Operation("paths: [/allow, '*/allow']"), request), kNoRule);
}

TEST(HttpRules, P_07_PrefixDoesNotReachItsNeighbours) {
  EXPECT_EQ(Deny(Operation("paths: ['/admin/{**}']"), Get("/admin")), kDenied);
  EXPECT_EQ(Deny(Operation("paths: ['/admin/{**}']"), Get("/admin/")), kDenied);
  EXPECT_EQ(Deny(Operation("paths: ['/admin/{**}']"), Get("/administrator")), kAllowAll);
  EXPECT_EQ(Allow(Operation("paths: ['/admin/*']"), Get("/administrator")), kNoRule);
}

TEST(HttpRules, NamesTheTemplateThatMatched) {
  const std::string text = PolicyText(
      "p", "",
      "  - {to: [{operation: {methods: [POST], paths: [/x, '/v1/charges/{*}']}}, "
      "{operation: {paths: ['/v1/{**}', '*']}}]}\n  - {to: [{operation: {methods: [PUT]}}]}");
  const auto policy = MustLoad(text);
  const Decision charge = Decide(policy, Asking(Ask("POST", "/v1/charges/7")));
  ASSERT_NE(charge.path_template, nullptr);
  EXPECT_EQ(*charge.path_template, "/v1/charges/{*}");
  EXPECT_EQ(*Decide(policy, Asking(Get("/v1/charges/7"))).path_template, "/v1/{**}");
  EXPECT_EQ(*Decide(policy, Asking(Get("/other"))).path_template, "*");
  EXPECT_EQ(Decide(policy, Carrying(Carries::kRequests)).path_template, nullptr);
  EXPECT_EQ(Decide(MustLoad(PolicyText("p", "", "  - {to: [{operation: {methods: [PUT]}}]}")),
                   Asking(Ask("PUT", "/v1")))
                .path_template,
            nullptr);
}

TEST(HttpRules, A_01_HostsAreComparedWhateverThePort) {
  http::Request request = Get("/");
  request.authority = "shop.example:8443";
  EXPECT_EQ(Allow(Operation("hosts: [SHOP.example]"), request), kForwarded);
  EXPECT_EQ(Deny(Operation("hosts: ['shop.example:8443']"), request), kDenied);
  EXPECT_EQ(Allow(Operation("hosts: ['shop.example:443']"), request), kNoRule);
}

TEST(HttpRules, A_01_RequestWithoutAHostIsDoubt) {
  http::Request request = Get("/");
  request.authority = "";
  EXPECT_EQ(Allow(Operation("hosts: ['*']"), request), kNoRule);
  EXPECT_EQ(Allow(Operation("notHosts: [a.example]"), request), kNoRule);
  EXPECT_EQ(Deny(Operation("notHosts: [a.example]"), request), kDenied);
}

TEST(HttpRules, ProtocolsAreAllThatIsTrueOfARequest) {
  const http::Request plain = Get("/");
  http::Request websocket = Get("/");
  websocket.upgrade = http::Upgrade::kWebsocket;
  const http::Request grpc = Call("/pkg.Svc/Append");
  for (const auto& [protocols, one, upgrade, call] :
       std::vector<std::tuple<std::string, bool, bool, bool>>{
           {"TCP", false, false, false},
           {"HTTP", true, true, true},
           {"HTTP1", true, true, false},
           {"HTTP2", false, false, true},
           {"GRPC", false, false, true},
           {"WEBSOCKET", false, true, false},
           {"GRPC, WEBSOCKET", false, true, true}}) {
    const std::string rule = Operation(absl::StrCat("protocols: [", protocols, "]"));
    EXPECT_EQ(Allow(rule, plain), one ? kForwarded : kNoRule) << protocols;
    EXPECT_EQ(Allow(rule, websocket), upgrade ? kForwarded : kNoRule) << protocols;
    EXPECT_EQ(Allow(rule, grpc), call ? kForwarded : kNoRule) << protocols;
    const std::string negated = Operation(absl::StrCat("notProtocols: [", protocols, "]"));
    EXPECT_EQ(Deny(negated, plain), one ? kAllowAll : kDenied) << protocols;
  }
}

TEST(HttpRules, P_08_GrpcNeedsServiceAndMethod) {
  const std::string rule = Operation("grpc: {services: [pkg.Svc], methods: [Append]}");
  EXPECT_EQ(Allow(rule, Call("/pkg.Svc/Append")), kForwarded);
  EXPECT_EQ(Allow(rule, Call("/pkg.Svc/Delete")), kNoRule);
  EXPECT_EQ(Allow(rule, Call("/pkg.Other/Append")), kNoRule);
  EXPECT_EQ(Allow(rule, Call("/pkgxSvc/Append")), kNoRule);
  EXPECT_EQ(Allow(Operation("grpc: {services: ['pkg.*']}"), Call("/pkg.Svc/X")), kForwarded);
  EXPECT_EQ(Allow(Operation("grpc: {methods: ['Get*']}"), Call("/a.B/GetX")), kForwarded);
  EXPECT_EQ(Allow(Operation("grpc: {notMethods: [Delete]}"), Call("/a.B/Delete")), kNoRule);
}

TEST(HttpRules, P_08_GrpcRuleDoesNotMatchOtherRequests) {
  const http::Request plain = Ask("POST", "/pkg.Svc/Append");
  const std::string rule = Operation("grpc: {services: [pkg.Svc]}");
  EXPECT_EQ(Allow(rule, plain), kNoRule);
  EXPECT_EQ(Deny(rule, plain), kAllowAll);
  EXPECT_EQ(Allow(Operation("grpc: {notServices: [a]}"), plain), kNoRule);
  EXPECT_EQ(Deny(Operation("grpc: {notServices: [a]}"), plain), kDenied);
}

// CVE-2026-33186 and its like: a path that the server reads otherwise than the rule.
TEST(HttpRules, P_08_GrpcPathOfAnotherShapeIsDoubt) {
  for (const char* path : {"/pkg.Svc/Append/", "/pkg.Svc/Append/x", "/pkg.Svc", "/pkg.Svc/", "/",
                           "*", "/x/pkg.Svc/Append"}) {
    for (const char* fields : {"services: [pkg.Svc]", "services: ['*']", "notMethods: [X]"}) {
      const std::string rule = Operation(absl::StrCat("grpc: {", fields, "}"));
      EXPECT_EQ(Allow(rule, Call(path)), kNoRule) << path;
      EXPECT_EQ(Deny(rule, Call(path)), kDenied) << path;
    }
  }
}

TEST(HttpRules, A_02_AllowNeedsEveryValueOfAHeader) {
  const std::string rule = WhenHeader("values: [prod]");
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "prod"}})), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "prod"}, {"x-env", "prod"}})), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "prod , prod"}})), kForwarded);
  for (const HeaderLines& lines : std::vector<HeaderLines>{{},
                                                           {{"x-env", ""}},
                                                           {{"x-env", "dev"}},
                                                           {{"x-env", "Prod"}},
                                                           {{"x-env", "prod,dev"}},
                                                           {{"x-env", "dev,prod"}},
                                                           {{"x-env", "prod,"}},
                                                           {{"x-env", "prod"}, {"x-env", "dev"}},
                                                           {{"x-env", "dev"}, {"x-env", "prod"}},
                                                           {{"x-env", "prod"}, {"x-env", ""}},
                                                           {{"x-other", "prod"}}}) {
    EXPECT_EQ(Allow(rule, Get("/", lines)), kNoRule);
  }
}

TEST(HttpRules, A_02_DenyNeedsOneValueOfAHeader) {
  const std::string rule = WhenHeader("values: [admin]");
  for (const HeaderLines& lines : std::vector<HeaderLines>{{{"x-env", "admin"}},
                                                           {{"x-env", "user,admin"}},
                                                           {{"x-env", "admin\t, user"}},
                                                           {{"x-env", "user"}, {"x-env", "admin"}},
                                                           {{"x-env", "admin"}, {"x-env", "user"}},
                                                           {{"x-env", "a, b ,admin, c"}}}) {
    EXPECT_EQ(Deny(rule, Get("/", lines)), kDenied);
  }
  for (const HeaderLines& lines : std::vector<HeaderLines>{{}, {{"x-env", "administrator"}}}) {
    EXPECT_EQ(Deny(rule, Get("/", lines)), kAllowAll);
  }
}

TEST(HttpRules, A_02_NotValuesOverAnAbsentHeaderAreDoubt) {
  const std::string rule = WhenHeader("notValues: [dev]");
  EXPECT_EQ(Allow(rule, Get("/")), kNoRule);
  EXPECT_EQ(Deny(rule, Get("/")), kDenied);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", ""}})), kNoRule);
  EXPECT_EQ(Deny(rule, Get("/", {{"x-env", ""}})), kDenied);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "prod"}})), kForwarded);
  EXPECT_EQ(Deny(rule, Get("/", {{"x-env", "prod"}})), kDenied);
  EXPECT_EQ(Deny(rule, Get("/", {{"x-env", "dev"}})), kAllowAll);
}

TEST(HttpRules, A_02_NotValuesLookAtEveryValue) {
  const std::string rule = WhenHeader("notValues: [dev]");
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "prod,dev"}})), kNoRule);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "prod"}, {"x-env", "dev"}})), kNoRule);
  EXPECT_EQ(Deny(rule, Get("/", {{"x-env", "prod,dev"}})), kDenied);
  EXPECT_EQ(Deny(rule, Get("/", {{"x-env", "dev"}, {"x-env", "dev"}})), kAllowAll);
}

TEST(HttpRules, A_02_WholeLineCountsAsAValueToo) {
  const std::string rule = WhenHeader("values: ['a, b']");
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "a, b"}})), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-env", "a,b"}})), kNoRule);
  EXPECT_EQ(Deny(rule, Get("/", {{"x-env", "a, b"}})), kDenied);
}

TEST(HttpRules, A_02_CommaInABrowsersNameIsNoSeparator) {
  constexpr char kBrowser[] = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko)";
  const std::string rule = "{when: [{key: 'request.headers[User-Agent]', values: ['Mozilla/*']}]}";
  EXPECT_EQ(Allow(rule, Get("/", {{"user-agent", kBrowser}})), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/", {{"user-agent", kBrowser}, {"user-agent", "x"}})), kNoRule);
}

TEST(HttpRules, ConditionsOfWhenAreAnd) {
  const std::string rule =
      "{when: [{key: 'request.headers[x-a]', values: ['1']}, {key: 'request.headers[x-b]', "
      "values: ['2']}, {key: source.ip, values: [10.0.0.0/24]}]}";
  EXPECT_EQ(Allow(rule, Get("/", {{"x-a", "1"}, {"x-b", "2"}})), kForwarded);
  EXPECT_EQ(Allow(rule, Get("/", {{"x-a", "1"}})), kNoRule);
  Question elsewhere = Asking(Get("/", {{"x-a", "1"}, {"x-b", "2"}}));
  elsewhere.from_ip = "10.0.1.1";
  EXPECT_EQ(Allow(rule, elsewhere), kNoRule);
}

TEST(HttpRules, ConditionsOfWhenKnowTheConnection) {
  Question question = Carrying(Carries::kBytes);
  for (const char* condition :
       {"key: source.ip, values: [10.0.0.9]", "key: source.namespace, values: [shop]",
        "key: source.principal, values: ['td/*']", "key: destination.ip, values: [10.0.0.2]",
        "key: destination.port, values: ['8080']", "key: destination.port, notValues: ['1']"}) {
    EXPECT_EQ(Allow(absl::StrCat("{when: [{", condition, "}]}"), question), kForwarded)
        << condition;
  }
  for (const char* condition :
       {"key: source.ip, values: [10.0.0.8]", "key: source.namespace, notValues: [shop]",
        "key: source.principal, values: ['td2/*']", "key: destination.ip, values: [10.0.0.3]",
        "key: destination.port, values: ['8081']"}) {
    EXPECT_EQ(Allow(absl::StrCat("{when: [{", condition, "}]}"), question), kNoRule) << condition;
  }
}

TEST(HttpRules, AuditSpeaksOfRequests) {
  const std::string text = absl::StrCat(PolicyText("all", "", "  - {}"),
                                        PolicyText("trial", "mode: AUDIT\n  action: DENY",
                                                   "  - {to: [{operation: {methods: [DELETE]}}]}"));
  EXPECT_EQ(AnswerTo(text, Asking(Ask("DELETE", "/"))),
            "AUDIT shop/all rules[0], would be DROPPED by shop/trial rules[0]");
  EXPECT_EQ(AnswerTo(text, Asking(Get("/"))), kAllowAll);
  EXPECT_EQ(AnswerTo(text, Carrying(Carries::kRequests)), kAllowAll);
}

TEST(HttpRules, FirstOfManyRulesIsNamed) {
  std::string rules;
  for (int i = 0; i < 50; ++i)
    absl::StrAppend(&rules, "  - {to: [{operation: {paths: [/", i, "]}}]}\n");
  absl::StrAppend(&rules, "  - {name: late, to: [{operation: {paths: ['/{*}']}}]}\n",
                  "  - {name: later, to: [{operation: {paths: ['*7']}}]}\n  - {name: last}\n");
  const std::string text = PolicyText("p", "", rules);
  EXPECT_EQ(AnswerTo(text, Asking(Get("/37"))), "FORWARDED shop/p rules[37]");
  EXPECT_EQ(AnswerTo(text, Asking(Get("/77"))), "FORWARDED shop/p late");
  EXPECT_EQ(AnswerTo(text, Asking(Get("/7/77"))), "FORWARDED shop/p later");
  EXPECT_EQ(AnswerTo(text, Asking(Get("/7/8"))), "FORWARDED shop/p last");
}

TEST(HttpRules, FirstOfManyValuesIsNamed) {
  std::string paths = "'/{*}/late'";
  std::string hosts = "'x.example:1'";
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&paths, ", /", i, ", /", i, "/late");
    absl::StrAppend(&hosts, ", h", i, ".example, 'h", i, ".test:443'");
  }
  const auto policy = MustLoad(PolicyText(
      "p", "",
      absl::StrCat("  - ", Operation(absl::StrCat("paths: [", paths, ", '/7/*'], hosts: [", hosts,
                                                  ", shop.example]")))));
  EXPECT_EQ(*Decide(policy, Asking(Get("/77"))).path_template, "/77");
  EXPECT_EQ(*Decide(policy, Asking(Get("/7/late"))).path_template, "/{*}/late");
  EXPECT_EQ(Answer(Decide(policy, Asking(Get("/100")))), kNoRule);
  for (const auto& [authority, answer] :
       std::vector<std::pair<std::string, std::string>>{{"h7.example:8443", kForwarded},
                                                        {"h7.test", kForwarded},
                                                        {"h7.test:8443", kNoRule},
                                                        {"h100.example", kNoRule}}) {
    http::Request request = Get("/1");
    request.authority = authority;
    EXPECT_EQ(Answer(Decide(policy, Asking(request))), answer) << authority;
  }
}

TEST(HttpRules, IdentitiesOfManyRulesAreToldApart) {
  std::string rules;
  for (int i = 0; i < 3000; ++i) {
    absl::StrAppend(&rules, "  - {from: [{source: {principals: [td/vm/", i, ", td/all/", i % 2,
                    "]}}], to: [{operation: {paths: [/", i, "]}}]}\n");
  }
  Authorizer authorizer(MustLoad(PolicyText("p", "", rules)), 1);
  const auto answer = [&authorizer](const char* from, absl::string_view path) {
    Question question{from};
    question.http = Get(path);
    return Answer(Decide(authorizer, question));
  };
  EXPECT_EQ(answer("td/vm/7", "/7"), "FORWARDED shop/p rules[7]");
  EXPECT_EQ(answer("td/vm/7", "/8"), kNoRule);
  // These two have 1,500 rules of 1,500 sources each: more than are listed.
  EXPECT_EQ(answer("td/all/0", "/2998"), "FORWARDED shop/p rules[2998]");
  EXPECT_EQ(answer("td/all/0", "/2999"), kNoRule);
}

}  // namespace
}  // namespace firebreak::policy
