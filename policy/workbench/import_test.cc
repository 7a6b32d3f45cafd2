#include "policy/workbench/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "policy/workbench/question.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

std::string Import(const std::string& text, const ImportOptions& options) {
  config::Diagnostics diagnostics;
  const auto imported = ImportPolicies({{"foreign.yaml", text}}, options, &diagnostics);
  return imported.has_value() ? *imported : diagnostics.Format(/*color=*/false);
}

ImportOptions InDomain() {
  ImportOptions options;
  options.trust_domain = "t";
  return options;
}

bool Allows(const std::string& policies, const Workload& workload, const std::string& from,
            const std::string& ip, uint16_t port, Direction direction = Direction::kInbound) {
  config::Diagnostics diagnostics;
  const auto policy = LoadPolicyText("imported.yaml", policies, workload, &diagnostics);
  EXPECT_NE(policy, nullptr) << diagnostics.Format(false) << policies;
  PolicyQuestion question;
  question.direction = direction;
  question.workload = workload;
  QuestionEnd& peer = direction == Direction::kInbound ? question.source : question.destination;
  const auto id = certs::SpiffeId::ParsePrincipal(from);
  if (id.ok()) peer.id = *id;
  if (!ip.empty()) peer.ip = *IpAddress::Parse(ip);
  question.port = port;
  return Ask(policy, question).allowed;
}

constexpr char kLinkerd[] = R"(
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web-http, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, port: 8080, proxyProtocol: HTTP/1}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web-http}
  requiredAuthenticationRefs:
  - {kind: MeshTLSAuthentication, group: policy.linkerd.io, name: callers}
  - {kind: NetworkAuthentication, group: policy.linkerd.io, name: inside}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: callers, namespace: shop}
spec:
  identities: ["*.ops.serviceaccount.identity.linkerd.cluster.local"]
  identityRefs: [{kind: ServiceAccount, name: orders}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: inside, namespace: shop}
spec: {networks: [{cidr: 10.0.0.0/8, except: [10.9.0.0/16]}, {cidr: fd00::/8}]}
)";

TEST(ImportPolicies, LinkerdNeedsAllAuthentications) {
  const std::string policies = Import(kLinkerd, InDomain());
  const Workload web{"shop", {{"app", "web"}}};
  EXPECT_TRUE(Allows(policies, web, "t/ns/shop/sa/orders", "10.1.1.1", 8080)) << policies;
  EXPECT_TRUE(Allows(policies, web, "t/ns/ops/sa/any", "fd00::1", 8080));
  EXPECT_FALSE(Allows(policies, web, "t/ns/shop/sa/orders", "10.9.1.1", 8080));
  EXPECT_FALSE(Allows(policies, web, "t/ns/shop/sa/orders", "1.2.3.4", 8080));
  EXPECT_FALSE(Allows(policies, web, "t/ns/shop/sa/other", "10.1.1.1", 8080));
  EXPECT_FALSE(Allows(policies, web, "", "10.1.1.1", 8080));
  EXPECT_FALSE(Allows(policies, web, "t/ns/shop/sa/orders", "10.1.1.1", 8081));
  EXPECT_FALSE(Allows(policies, {"shop", {{"app", "db"}}}, "t/ns/ops/sa/any", "10.1.1.1", 8080));
}

TEST(ImportPolicies, LinkerdRefusesWhatWouldWiden) {
  std::string audit = kLinkerd;
  audit.replace(audit.find("proxyProtocol: HTTP/1"), 21, "accessPolicy: all-authenticated");
  EXPECT_THAT(Import(audit, InDomain()), HasSubstr("accessPolicy other than deny"));
  EXPECT_THAT(Import(kLinkerd, {}), HasSubstr("name it: --trust-domain"));
  std::string route = kLinkerd;
  route.replace(route.find("kind: Server, name"), 12, "kind: HTTPRoute");
  EXPECT_THAT(Import(route, InDomain()), HasSubstr("a target of kind HTTPRoute"));
}

TEST(ImportPolicies, GatewayApi) {
  constexpr char kPolicy[] = R"(
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XAuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs: [{kind: Pod, selector: {matchLabels: {app: web}}}]
  action: ALLOW
  rules:
  - sources:
    - {type: SPIFFE, spiffe: "spiffe://other/ns/a/sa/b"}
    - {type: ServiceAccount, serviceAccount: {name: "*", namespace: ops}}
    networkAttributes: {ports: [8080]}
  - sources: []
)";
  const std::string policies = Import(kPolicy, InDomain());
  const Workload web{"shop", {{"app", "web"}}};
  EXPECT_TRUE(Allows(policies, web, "other/ns/a/sa/b", "", 8080)) << policies;
  EXPECT_TRUE(Allows(policies, web, "t/ns/ops/sa/x", "", 8080));
  EXPECT_FALSE(Allows(policies, web, "t/ns/ops/sa/x", "", 9090));
  EXPECT_FALSE(Allows(policies, web, "t/ns/shop/sa/x", "", 8080));
}

TEST(ImportPolicies, IstioStaysIstio) {
  const std::string text =
      "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: a\n"
      "  namespace: shop\nspec:\n  rules:\n  - to:\n    - operation: {paths: [\"/info*\"]}\n";
  EXPECT_THAT(Import(text, {}), HasSubstr("apiVersion: security.istio.io/v1\n"));
  std::string custom = text;
  custom.replace(custom.find("  rules"), 0, "  action: CUSTOM\n");
  EXPECT_THAT(Import(custom, {}), HasSubstr("foreign.yaml:7:11: error["));
}

// As `kubectl get authorizationpolicy,networkpolicy -o yaml` prints them.
TEST(ImportPolicies, WhatTheClusterAddsToAnObjectIsLeftOut) {
  const std::string imported = Import(R"(
apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: security.istio.io/v1
  kind: AuthorizationPolicy
  metadata:
    name: web
    namespace: shop
    uid: 6f0f
    annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}\n"}
    finalizers: [keep]
    ownerReferences: [{kind: App, name: web}]
    managedFields: [{manager: kubectl, fieldsV1: {"f:spec": {}}}]
  spec:
    selector: {matchLabels: {app: web}}
    rules: [{when: [{key: "request.headers[x]", values: ["a"]}]}]
  status: {conditions: []}
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: db, namespace: shop}
  spec:
    podSelector: {matchLabels: {app: db}}
    ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
  status: {}
)",
                                      InDomain());
  EXPECT_THAT(imported, HasSubstr("request.headers[x]"));
  EXPECT_THAT(imported, HasSubstr("name: db-ingress"));
  EXPECT_THAT(imported, testing::Not(HasSubstr("managedFields")));
  EXPECT_TRUE(Allows(imported, {"shop", {{"app", "db"}}}, "", "10.0.0.1", 80));
}

TEST(ImportPolicies, UnknownKindsAndFieldsAreErrors) {
  EXPECT_THAT(
      Import("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n", {}),
      HasSubstr("kind \"CiliumNetworkPolicy\" of \"cilium.io/v2\" cannot be imported"));
  EXPECT_THAT(
      Import("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
             "spec: {podSelector: {}, ingress: [{form: []}]}\n",
             {}),
      HasSubstr("foreign.yaml:4:36: error[FB0308]: \"form\" of a rule cannot be expressed"));
}

// NetworkPolicies against a plain reading of Kubernetes' rules, on random policies, pods and
// questions. Pods have identities of their own, so labels and identities say the same.
class NetworkPolicyTest : public ::testing::Test {
 protected:
  NetworkPolicyTest() {
    for (const char* name_space : {"a", "b"}) {
      for (const char* app : {"x", "y"}) {
        for (const char* tier : {"1", "2"}) {
          InventoryWorkload workload;
          workload.name = absl::StrCat(app, tier);
          workload.workload = {name_space, {{"app", app}, {"tier", tier}}};
          workload.principal = *certs::SpiffeId::ParsePrincipal(
              absl::StrCat("t/ns/", name_space, "/sa/", app, tier));
          inventory_.Add(workload);
        }
      }
    }
  }

  bool OneIn(unsigned n) { return random_() % n == 0; }
  std::string Pick(const std::vector<std::string>& values) {
    return values[random_() % values.size()];
  }

  // A peer: as YAML, and as a test of pods and addresses.
  struct Peer {
    std::string yaml;
    std::map<std::string, std::string> labels;
    std::string name_space;  // "*": any
    bool is_block = false;
    std::string block, except;
  };

  Peer RandomPeer() {
    Peer peer;
    if (OneIn(3)) {
      peer.is_block = true;
      peer.block = "10.0.0.0/8";
      peer.except = OneIn(2) ? "10.1.0.0/16" : "";
      peer.yaml = absl::StrCat("{ipBlock: {cidr: ", peer.block,
                               peer.except.empty() ? "" : ", except: [10.1.0.0/16]", "}}");
      return peer;
    }
    std::vector<std::string> labels;
    if (OneIn(2)) peer.labels["app"] = Pick({"x", "y"});
    if (OneIn(2)) peer.labels["tier"] = Pick({"1", "2"});
    for (const auto& [key, value] : peer.labels) {
      labels.push_back(absl::StrCat(key, ": \"", value, "\""));
    }
    peer.yaml = absl::StrCat("{podSelector: {matchLabels: {", absl::StrJoin(labels, ", "), "}}");
    peer.name_space = "a";
    if (OneIn(2)) {
      peer.name_space = Pick({"b", "*"});
      absl::StrAppend(&peer.yaml, ", namespaceSelector: {",
                      peer.name_space == "*" ? "" : "matchLabels: {kubernetes.io/metadata.name: b}",
                      "}");
    }
    peer.yaml += "}";
    return peer;
  }

  struct Rule {
    std::vector<Peer> peers;
    bool any_port = false;
  };

  Rule RandomRule() {
    Rule rule;
    for (unsigned i = random_() % 3; i > 0; --i) rule.peers.push_back(RandomPeer());
    rule.any_port = OneIn(2);
    return rule;
  }

  static std::string PolicyText(const std::vector<Rule>& rules, bool egress) {
    std::string text = absl::StrCat(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: p, namespace: a}\nspec:\n  podSelector: {matchLabels: {app: x}}\n"
        "  policyTypes: [",
        egress ? "Egress" : "Ingress", "]\n",
        egress ? "  egress:" : "  ingress:", rules.empty() ? " []\n" : "\n");
    for (const Rule& rule : rules) {
      std::vector<std::string> peers;
      for (const Peer& peer : rule.peers) peers.push_back(peer.yaml);
      std::vector<std::string> fields;
      if (!peers.empty()) {
        fields.push_back(
            absl::StrCat(egress ? "to" : "from", ": [", absl::StrJoin(peers, ", "), "]"));
      }
      if (!rule.any_port) fields.push_back("ports: [{protocol: TCP, port: 80, endPort: 82}]");
      absl::StrAppend(&text, "  - {", absl::StrJoin(fields, ", "), "}\n");
    }
    return text;
  }

  // Answers is what is allowed on a port within the range of PolicyText, and on one outside.
  static std::pair<bool, bool> Answers(const std::string& policies, const InventoryWorkload& pod,
                                       const std::string& ip, bool egress) {
    const Workload self{"a", {{"app", "x"}, {"tier", "1"}}};
    const std::string principal(pod.principal->principal());
    const Direction direction = egress ? Direction::kOutbound : Direction::kInbound;
    return {Allows(policies, self, principal, ip, 81, direction),
            Allows(policies, self, principal, ip, 83, direction)};
  }

  static std::pair<bool, bool> Expected(const std::vector<Rule>& rules,
                                        const InventoryWorkload& pod, const std::string& ip) {
    std::pair<bool, bool> expected = {false, false};
    for (const Rule& rule : rules) {
      const bool admitted = rule.peers.empty() ||
                            std::any_of(rule.peers.begin(), rule.peers.end(),
                                        [&](const Peer& peer) { return Admits(peer, pod, ip); });
      expected.first = expected.first || admitted;
      expected.second = expected.second || (admitted && rule.any_port);
    }
    return expected;
  }

  static bool Admits(const Peer& peer, const InventoryWorkload& pod, const std::string& ip) {
    if (peer.is_block) {
      return CidrBlock::Parse(peer.block)->Contains(*IpAddress::Parse(ip)) &&
             (peer.except.empty() ||
              !CidrBlock::Parse(peer.except)->Contains(*IpAddress::Parse(ip)));
    }
    if (peer.name_space != "*" && peer.name_space != pod.workload.workload_namespace) return false;
    for (const auto& [key, value] : peer.labels) {
      if (pod.workload.labels.at(key) != value) return false;
    }
    return true;
  }

  Inventory inventory_;
  std::mt19937 random_{3};
};

TEST_F(NetworkPolicyTest, DecidesAsKubernetesDoes) {
  ImportOptions options;
  options.inventory = &inventory_;
  for (int round = 0; round < 150; ++round) {
    const bool egress = OneIn(2);
    std::vector<Rule> rules(random_() % 3);
    for (Rule& rule : rules) rule = RandomRule();
    const std::string text = PolicyText(rules, egress);
    const std::string policies = Import(text, options);
    for (const InventoryWorkload& pod : inventory_.workloads()) {
      for (const std::string ip : {"10.0.0.5", "10.1.0.5", "9.9.9.9"}) {
        EXPECT_EQ(Answers(policies, pod, ip, egress), Expected(rules, pod, ip))
            << text << policies << pod.full_name() << " " << ip;
      }
    }
  }
}

TEST_F(NetworkPolicyTest, SharedIdentityWouldLetOthersIn) {
  InventoryWorkload twin;
  twin.name = "twin";
  twin.workload = {"a", {{"app", "z"}}};
  twin.principal = *certs::SpiffeId::ParsePrincipal("t/ns/a/sa/x1");
  inventory_.Add(twin);
  ImportOptions options;
  options.inventory = &inventory_;
  EXPECT_THAT(Import("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, "
                     "namespace: a}\nspec:\n  podSelector: {}\n  ingress:\n  - from: "
                     "[{podSelector: {matchLabels: {app: x}}}]\n",
                     options),
              HasSubstr("other pods, which are not selected, are t/ns/a/sa/x1 too"));
}

}  // namespace
}  // namespace firebreak::policy
