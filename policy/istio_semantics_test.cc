// What Istio documents of AuthorizationPolicy, by the tasks of its documentation, and that each
// such policy loads here and decides so; where the answer is another, docs/reference/policy.md says
// why.
#include <string>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kShopper[] = "cluster.local/ns/books/sa/storefront";
constexpr char kStranger[] = "cluster.local/ns/books/sa/stranger";

std::string Istio(absl::string_view name, absl::string_view spec,
                  absl::string_view annotations = "") {
  return absl::StrCat(
      "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
      "metadata:\n  name: ",
      name, "\n  namespace: shop\n  annotations: {", annotations, "}\nspec: ", spec, "\n");
}

Question Http(http::Request request, absl::string_view from = kShopper) {
  return {.from = std::string(from), .http = std::move(request)};
}

Question Tcp(uint16_t port) { return {.from = kShopper, .port = port}; }

// By task: HTTP traffic.

TEST(IstioHttp, PolicyThatSaysNothingAllowsNothing) {
  EXPECT_EQ(AnswerTo(Istio("nothing", "{}"), Http(Get("/"))), "DROPPED NO_RULE");
}

TEST(IstioHttp, MethodAloneAllowsEverybodyWhoUsesIt) {
  const std::string text = Istio("viewer",
                                 "{selector: {matchLabels: {app: payments}}, action: ALLOW, "
                                 "rules: [{to: [{operation: {methods: [GET]}}]}]}");
  EXPECT_EQ(AnswerTo(text, Http(Get("/books/7"))), "FORWARDED shop/viewer rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Ask("POST", "/books/7"))), "DROPPED NO_RULE");
}

TEST(IstioHttp, PrincipalAndMethodMustBothMatch) {
  const std::string text =
      Istio("details", absl::StrCat("{rules: [{from: [{source: {principals: [", kShopper,
                                    "]}}], to: [{operation: {methods: [GET]}}]}]}"));
  EXPECT_EQ(AnswerTo(text, Http(Get("/"))), "FORWARDED shop/details rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Get("/"), kStranger)), "DROPPED NO_RULE");
  EXPECT_EQ(AnswerTo(text, Http(Get("/"), "")), "DROPPED NO_RULE");
}

TEST(IstioHttp, PolicyOfAnotherWorkloadIsNotAppliedHere) {
  EXPECT_EQ(AnswerTo(Istio("other", "{selector: {matchLabels: {app: ratings}}, rules: [{}]}"),
                     Http(Get("/"))),
            "DROPPED NO_RULE");
}

// By task: TCP traffic.

TEST(IstioTcp, PortsAloneDecideAboutByteStreams) {
  const std::string text =
      Istio("tcp", "{rules: [{to: [{operation: {ports: ['9000', '9001']}}]}]}");
  EXPECT_EQ(AnswerTo(text, Tcp(9000)), "FORWARDED shop/tcp rules[0]");
  EXPECT_EQ(AnswerTo(text, Tcp(9002)), "DROPPED NO_RULE");
}

TEST(IstioTcp, AllowAboutMethodsAllowsNoByteStream) {
  const std::string text =
      Istio("tcp", "{rules: [{to: [{operation: {methods: [GET], ports: ['9000']}}]}]}");
  EXPECT_EQ(AnswerTo(text, Tcp(9000)), "DROPPED NO_RULE");
}

TEST(IstioTcp, DenyAboutMethodsDeniesTheByteStreamsOfItsPortAndNoOther) {
  const std::string text = absl::StrCat(
      Istio("tcp", "{rules: [{to: [{operation: {ports: ['9000', '9001']}}]}]}"),
      Istio("no-get",
            "{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['9000']}}]}]}"));
  EXPECT_EQ(AnswerTo(text, Tcp(9000)), "DROPPED EXPLICIT_DENY shop/no-get rules[0]");
  EXPECT_EQ(AnswerTo(text, Tcp(9001)), "FORWARDED shop/tcp rules[0]");
}

// By task: JWT. No token is validated here, so nobody has one.

TEST(IstioJwt, NobodyHasARequestPrincipal) {
  const std::string text = Istio(
      "jwt", "{rules: [{from: [{source: {requestPrincipals: ['issuer.example/subject']}}]}]}");
  EXPECT_EQ(AnswerTo(text, Http(Get("/headers"))), "DROPPED NO_RULE");
  EXPECT_EQ(AnswerTo(text, Http(Get("/headers", {{"authorization", "Bearer x"}}))),
            "DROPPED NO_RULE");
}

TEST(IstioJwt, ClaimsAreNobodys) {
  const std::string text = Istio(
      "jwt",
      "{rules: [{from: [{source: {requestPrincipals: ['*']}}], when: [{key: "
      "'request.auth.claims[groups]', values: [group1]}]}, {when: [{key: request.auth.audiences, "
      "values: [a]}]}, {when: [{key: 'request.auth.claims[a][b]', notValues: [c]}]}]}");
  EXPECT_EQ(AnswerTo(text, Http(Get("/"))), "DROPPED NO_RULE");
}

TEST(IstioJwt, DenyOfRequestsWithoutATokenDeniesThemAll) {
  const std::string text = absl::StrCat(
      Istio("deny",
            "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}], to: "
            "[{operation: {paths: [/headers]}}]}]}"),
      Istio("allow", "{rules: [{}]}"));
  EXPECT_EQ(AnswerTo(text, Http(Get("/headers"))), "DROPPED EXPLICIT_DENY shop/deny rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Get("/ip"))), "FORWARDED shop/allow rules[0]");
}

TEST(IstioJwt, LoadingSaysOnceThatTokensAreNotValidated) {
  std::string warnings;
  ASSERT_NE(LoadForTest(Istio("jwt",
                              "{rules: [{from: [{source: {requestPrincipals: ['*']}}]}, "
                              "{when: [{key: request.auth.principal, values: ['*']}]}]}"),
                        &warnings),
            nullptr);
  const size_t first = warnings.find("FB0354");
  ASSERT_NE(first, std::string::npos) << warnings;
  EXPECT_EQ(warnings.find("FB0354", first + 1), std::string::npos) << warnings;
}

// By task: explicit deny.

TEST(IstioDeny, DenyComesBeforeAllow) {
  const std::string text = absl::StrCat(
      Istio("deny",
            "{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['8080']}}], "
            "when: [{key: 'request.headers[x-token]', notValues: [admin]}]}]}"),
      Istio("allow", "{rules: [{to: [{operation: {paths: [/ip]}}]}]}"));
  EXPECT_EQ(AnswerTo(text, Http(Get("/ip", {{"x-token", "admin"}}))),
            "FORWARDED shop/allow rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Get("/ip", {{"x-token", "guest"}}))),
            "DROPPED EXPLICIT_DENY shop/deny rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Get("/ip"))), "DROPPED EXPLICIT_DENY shop/deny rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Get("/get", {{"x-token", "admin"}}))), "DROPPED NO_RULE");
}

// By task: ingress.

Question From(absl::string_view direct, absl::string_view forwarded_for, int hops) {
  Question question = Http(Get("/", {{"x-forwarded-for", std::string(forwarded_for)}}));
  question.from_ip = std::string(direct);
  question.remote = RemoteAddress::Of(question.http->headers, hops);
  return question;
}

TEST(IstioIngress, IpBlocksAreOfTheDirectPeerAndRemoteIpBlocksOfWhomProxiesName) {
  const std::string direct = Istio("p", "{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}");
  const std::string remote =
      Istio("p", "{rules: [{from: [{source: {remoteIpBlocks: [198.51.100.0/24]}}]}]}");
  const std::string key =
      Istio("p", "{rules: [{when: [{key: remote.ip, values: [198.51.100.7]}]}]}");
  const Question question = From("10.0.0.9", "203.0.113.1, 198.51.100.7", 1);
  for (const std::string& text : {direct, remote, key}) {
    EXPECT_EQ(AnswerTo(text, question), "FORWARDED shop/p rules[0]") << text;
  }
  // Without trusted proxies nobody believes what a request says of itself.
  EXPECT_EQ(AnswerTo(remote, From("10.0.0.9", "198.51.100.7", 0)), "DROPPED NO_RULE");
}

TEST(IstioIngress, DenyByRemoteIpBlocks) {
  const std::string text = absl::StrCat(
      Istio("ban",
            "{action: DENY, rules: [{from: [{source: {remoteIpBlocks: [198.51.100.0/24]}}]}]}"),
      Istio("allow", "{rules: [{}]}"));
  EXPECT_THAT(AnswerTo(text, From("10.0.0.9", "198.51.100.7", 1)), HasSubstr("EXPLICIT_DENY"));
  EXPECT_THAT(AnswerTo(text, From("10.0.0.9", "203.0.113.1", 1)), HasSubstr("FORWARDED"));
  EXPECT_THAT(AnswerTo(text, From("10.0.0.9", "what is this", 1)), HasSubstr("EXPLICIT_DENY"));
}

// By task: dry-run.

TEST(IstioDryRun, DecidesNothingAndSaysWhatItWould) {
  const std::string text = absl::StrCat(
      Istio("trial", "{action: DENY, rules: [{to: [{operation: {paths: [/headers]}}]}]}",
            "\"istio.io/dry-run\": \"true\""),
      Istio("allow", "{rules: [{}]}"));
  EXPECT_EQ(AnswerTo(text, Http(Get("/headers"))),
            "AUDIT shop/allow rules[0], would be DROPPED by shop/trial rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Get("/ip"))), "FORWARDED shop/allow rules[0]");
}

// By reference page.

TEST(IstioReference, EntriesAreAlternativesAndFieldsAreNot) {
  const std::string text = Istio(
      "bin",
      absl::StrCat("{rules: [{from: [{source: {principals: [", kShopper,
                   "]}}, {source: {namespaces: [dev]}}], to: [{operation: {methods: [GET], "
                   "paths: ['/info*']}}, {operation: {methods: [POST], paths: [/data]}}]}]}"));
  EXPECT_EQ(AnswerTo(text, Http(Get("/information"))), "FORWARDED shop/bin rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Ask("POST", "/data"), "cluster.local/ns/dev/sa/any")),
            "FORWARDED shop/bin rules[0]");
  EXPECT_EQ(AnswerTo(text, Http(Ask("POST", "/info"))), "DROPPED NO_RULE");
  EXPECT_EQ(AnswerTo(text, Http(Get("/info"), kStranger)), "DROPPED NO_RULE");
}

TEST(IstioReference, EmptyRuleMatchesEverythingAndNoRulesMatchNothing) {
  EXPECT_EQ(AnswerTo(Istio("all", "{action: ALLOW, rules: [{}]}"), Http(Get("/"), "")),
            "FORWARDED shop/all rules[0]");
  EXPECT_EQ(AnswerTo(Istio("none", "{action: DENY, rules: [{}]}"), Http(Get("/"))),
            "DROPPED EXPLICIT_DENY shop/none rules[0]");
  EXPECT_EQ(AnswerTo(Istio("none", "{action: ALLOW}"), Http(Get("/"))), "DROPPED NO_RULE");
}

TEST(IstioReference, TemplatesStandForSegments) {
  const std::string text =
      Istio("t", "{rules: [{to: [{operation: {paths: ['/foo/{*}/bar', '/tenants/{**}']}}]}]}");
  EXPECT_THAT(AnswerTo(text, Http(Get("/foo/x/bar"))), HasSubstr("FORWARDED"));
  EXPECT_THAT(AnswerTo(text, Http(Get("/foo/x/y/bar"))), HasSubstr("NO_RULE"));
  EXPECT_THAT(AnswerTo(text, Http(Get("/tenants/a/b"))), HasSubstr("FORWARDED"));
}

TEST(IstioReference, ServiceAccountsNameTheirNamespaceOrThatOfThePolicy) {
  const std::string text =
      Istio("sa", "{rules: [{from: [{source: {serviceAccounts: [till, books/storefront]}}]}]}");
  EXPECT_THAT(AnswerTo(text, Http(Get("/"))), HasSubstr("FORWARDED"));
  EXPECT_THAT(AnswerTo(text, Http(Get("/"), "cluster.local/ns/shop/sa/till")),
              HasSubstr("FORWARDED"));
  EXPECT_THAT(AnswerTo(text, Http(Get("/"), "cluster.local/ns/books/sa/till")),
              HasSubstr("NO_RULE"));
}

TEST(IstioReference, ConditionsLookAtTheConnection) {
  const auto when = [](absl::string_view key, absl::string_view value) {
    Question question = Http(Get("/"));
    question.server_name = "www.example";
    return AnswerTo(
        Istio("w", absl::StrCat("{rules: [{when: [{key: ", key, ", values: ['", value, "']}]}]}")),
        question);
  };
  for (const auto& [key, value] :
       {std::pair{"source.ip", "10.0.0.0/8"}, std::pair{"source.namespace", "books"},
        std::pair{"source.principal", kShopper},
        std::pair{"source.serviceAccount", "books/storefront"},
        std::pair{"source.trustDomain", "cluster.local"}, std::pair{"destination.ip", "10.0.0.2"},
        std::pair{"destination.port", "8080"}, std::pair{"connection.sni", "WWW.example"},
        std::pair{"connection.sni", "*.example"}}) {
    EXPECT_THAT(when(key, value), HasSubstr("FORWARDED")) << key;
  }
  EXPECT_THAT(when("connection.sni", "api.example"), HasSubstr("NO_RULE"));
}

TEST(IstioReference, NamesWhatItHasAndWeHaveNot) {
  for (const auto& [spec, what] :
       {std::pair{"{action: AUDIT, rules: [{}]}", "action AUDIT is not supported"},
        std::pair{"{action: CUSTOM, provider: {name: x}, rules: [{}]}",
                  "provider is not supported: it names the program that decides for action CUSTOM"},
        std::pair{"{targetRefs: [{kind: Gateway, name: g}], rules: [{}]}",
                  "targetRefs is not supported: it attaches a policy to a gateway or waypoint"},
        std::pair{"{targetRefs: [{kind: Gateway, name: g}], rules: [{}]}", "error[FB0308]"}}) {
    std::string errors;
    EXPECT_EQ(LoadForTest(Istio("p", spec), &errors), nullptr);
    EXPECT_THAT(errors, HasSubstr(what));
  }
}

}  // namespace
}  // namespace firebreak::policy
