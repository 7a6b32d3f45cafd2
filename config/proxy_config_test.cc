#include "config/proxy_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace firebreak::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::string_view kNode = "node: {namespace: shop, workload: orders}\n";
constexpr absl::string_view kDomain = "trust_domain: shop.example\n";
constexpr absl::string_view kIdentity =
    "identity: {files: {certificate_chain: c.pem, private_key: k.pem, trust_bundle: b.pem}}\n";
constexpr absl::string_view kListeners =
    "listeners: [{name: in, direction: INBOUND, address: \"10.0.0.2:15006\"}]\n";

// With returns a good configuration with more text at the end.
std::string With(absl::string_view more) {
  return absl::StrCat(kNode, kDomain, kIdentity, kListeners, more);
}

// WithListener has one listener of these fields, and an outbound part.
std::string WithListener(absl::string_view fields, absl::string_view outbound = "{}") {
  return absl::StrCat(kNode, kDomain, kIdentity, "listeners: [{name: l, ", fields, "}]\n",
                      "outbound: ", outbound, "\n");
}

std::string ErrorsOf(absl::string_view text) {
  Diagnostics diagnostics;
  const auto config = ParseProxyConfig("conf/proxy.yaml", text, &diagnostics);
  EXPECT_EQ(config.has_value(), diagnostics.ok());
  return diagnostics.Format(/*color=*/false);
}

ProxyConfig Parse(absl::string_view text) {
  Diagnostics diagnostics;
  auto config = ParseProxyConfig("conf/proxy.yaml", text, &diagnostics);
  EXPECT_EQ(diagnostics.Format(false), "");
  return config ? *std::move(config) : ProxyConfig();
}

TEST(ProxyConfig, FillsEverythingFromTheFile) {
  const ProxyConfig config = Parse(R"(
node: {name: orders-0, namespace: shop, workload: orders, labels: {app: orders}}
trust_domain: shop.example
identity:
  files: {certificate_chain: svid.pem, private_key: /abs/key.pem, trust_bundle: bundle.pem, crl: crl.pem,
          federated_bundles: {other.example: other.pem}}
listeners:
- {name: in, direction: INBOUND, address: "10.0.0.2:15006", mtls: PERMISSIVE, upstream: "127.0.0.1:8080", protocol: TCP}
- name: to-payments
  direction: OUTBOUND
  address: "127.0.0.1:9001"
  upstream: "10.0.0.3:15006"
  expect_identities: ["shop.example/ns/shop/sa/payments"]
outbound: {unknown_destinations: PASSTHROUGH}
policy: {paths: ["policy/", "/etc/more.yaml"]}
inspection: {mode: OFF}
flow_log: {file: {path: flows.jsonl, open_records: true}}
admin: {address: "unix:admin.sock"}
metrics: {address: "0.0.0.0:15020"}
health: {address: "[::]:15021"}
limits: {connect_timeout_ms: 3000}
http: {allow_escaped_slash: true, allow_path_parameters: true, allow_non_ascii_paths: true, trusted_hops: 2}
concurrency: 2
)");
  EXPECT_EQ(config.node.workload_namespace, "shop");
  EXPECT_EQ(config.node.labels.at("app"), "orders");
  EXPECT_EQ(config.trust_domain, "shop.example");
  EXPECT_EQ(config.identity.certificate_chain, "conf/svid.pem");
  EXPECT_EQ(config.identity.private_key, "/abs/key.pem");
  EXPECT_EQ(config.identity.crl, "conf/crl.pem");
  EXPECT_EQ(config.identity.federated_bundles.at("other.example"), "conf/other.pem");
  ASSERT_EQ(config.listeners.size(), 2u);
  EXPECT_EQ(config.listeners[0].mtls, MtlsMode::kPermissive);
  EXPECT_EQ(config.listeners[0].protocol, ListenerProtocol::kTcp);
  EXPECT_EQ(config.listeners[1].direction, Direction::kOutbound);
  EXPECT_EQ(config.listeners[1].mtls, MtlsMode::kStrict);
  EXPECT_EQ(config.listeners[1].upstream->ToString(), "10.0.0.3:15006");
  EXPECT_THAT(config.listeners[1].expect_identities,
              ElementsAre("shop.example/ns/shop/sa/payments"));
  EXPECT_TRUE(config.outbound.passthrough_unknown);
  EXPECT_THAT(config.policy_paths, ElementsAre("conf/policy/", "/etc/more.yaml"));
  EXPECT_EQ(config.flow_log.file->path, "conf/flows.jsonl");
  EXPECT_TRUE(config.flow_log.file->open_records);
  EXPECT_EQ(config.admin->unix_path, "conf/admin.sock");
  EXPECT_FALSE(config.admin->address.has_value());
  EXPECT_EQ(config.metrics->port(), 15020);
  EXPECT_EQ(config.health->port(), 15021);
  EXPECT_EQ(config.limits.connect_timeout_ms, 3000);
  EXPECT_EQ(config.limits.drain_timeout_ms, Limits().drain_timeout_ms);
  EXPECT_TRUE(config.http.allow_escaped_slash);
  EXPECT_TRUE(config.http.allow_path_parameters);
  EXPECT_TRUE(config.http.allow_non_ascii_paths);
  EXPECT_EQ(config.http.trusted_hops, 2);
  EXPECT_EQ(config.concurrency, 2);
}

TEST(ProxyConfig, DefaultsAreTheSafeOnes) {
  const ProxyConfig config = Parse(With(""));
  EXPECT_EQ(config.listeners[0].mtls, MtlsMode::kStrict);
  EXPECT_FALSE(config.listeners[0].upstream.has_value());
  EXPECT_FALSE(config.outbound.passthrough_unknown);
  EXPECT_TRUE(config.policy_paths.empty());
  EXPECT_FALSE(config.flow_log.HasSink());
  EXPECT_FALSE(config.admin || config.metrics || config.health || config.concurrency);
  EXPECT_FALSE(config.http.allow_escaped_slash || config.http.allow_path_parameters ||
               config.http.allow_non_ascii_paths);
  EXPECT_TRUE(config.rate_limits.empty());
}

TEST(ProxyConfig, RateLimitsNameTheirSourcesAndFillInTheBurst) {
  const ProxyConfig config = Parse(With(R"(rate_limits:
- {principals: ["shop.example/ns/shop/sa/web", "shop.example/ns/ops/*", "*/sa/probe"], concurrent: 50}
- {principals: ["*"], requests_per_second: 100, burst: 200}
- {requests_per_second: 10}
)"));
  ASSERT_EQ(config.rate_limits.size(), 3u);
  EXPECT_THAT(config.rate_limits[0].principals,
              ElementsAre("shop.example/ns/shop/sa/web", "shop.example/ns/ops/*", "*/sa/probe"));
  EXPECT_EQ(config.rate_limits[0].concurrent, 50);
  EXPECT_FALSE(config.rate_limits[0].requests_per_second.has_value());
  EXPECT_EQ(config.rate_limits[1].requests_per_second, 100);
  EXPECT_EQ(config.rate_limits[1].burst, 200);
  EXPECT_TRUE(config.rate_limits[2].principals.empty());
  EXPECT_EQ(config.rate_limits[2].burst, 10);
}

TEST(ProxyConfig, ReportsEverythingMissingAtOnce) {
  EXPECT_EQ(ErrorsOf("node: {}\n"),
            "conf/proxy.yaml:1:1: error[FB0201]: node.namespace is missing\n  node: {}\n  ^\n"
            "conf/proxy.yaml:1:1: error[FB0201]: node.workload is missing\n  node: {}\n  ^\n"
            "conf/proxy.yaml:1:1: error[FB0201]: trust_domain is missing\n  node: {}\n  ^\n"
            "conf/proxy.yaml:1:1: error[FB0201]: identity has no source\n  node: {}\n  ^\n"
            "help: add `files` with certificate_chain, private_key and trust_bundle\n"
            "conf/proxy.yaml:1:1: error[FB0201]: listeners is missing\n  node: {}\n  ^\n");
}

TEST(ProxyConfig, PointsAtTheValue) {
  EXPECT_EQ(ErrorsOf(With("admin:\n  address: \"0.0.0.0:15000\"\n")),
            "conf/proxy.yaml:6:12: error[FB0207]: admin.address 0.0.0.0:15000 can be reached by "
            "others\n"
            "    address: \"0.0.0.0:15000\"\n"
            "             ^\n"
            "help: a loopback address such as 127.0.0.1:15000, or unix:PATH\n");
}

// A Bad case is a text and what its error must say.
struct Bad {
  std::string text;
  std::string error;
};

void ExpectErrors(const std::vector<Bad>& cases) {
  for (const Bad& bad : cases) EXPECT_THAT(ErrorsOf(bad.text), HasSubstr(bad.error)) << bad.text;
}

TEST(ProxyConfig, RefusesWhatThisVersionDoesNotHave) {
  const std::string api = absl::StrReplaceAll(
      With(""), {{kIdentity, "identity: {workload_api: {socket: \"unix:///s\"}}\n"}});
  ExpectErrors({
      {api, "[FB0203]: identity.workload_api is not supported by this version"},
      {api, "let spiffe-helper write the three files"},
  });
}

TEST(ProxyConfig, InspectsAListenerAsTheFileSaysButForWhatItSaysItself) {
  const auto modes = [](absl::string_view of_file, absl::string_view of_listener) {
    const std::string text = absl::StrCat(
        of_file, "\n",
        WithListener(absl::StrCat("direction: INBOUND, address: \"1.2.3.4:5\"", of_listener)));
    Diagnostics diagnostics;
    const auto config = ParseProxyConfig("/etc/proxy.yaml", text, &diagnostics);
    EXPECT_TRUE(config.has_value()) << diagnostics.Format(false);
    return config->listeners[0].inspection;
  };
  EXPECT_EQ(modes("", "").mode, InspectionMode::kOff);
  EXPECT_EQ(modes("inspection: {mode: BLOCK, paranoia: 3, packs: [builtin]}", "").mode,
            InspectionMode::kBlock);
  EXPECT_EQ(modes("inspection: {mode: BLOCK, paranoia: 3}", ", inspection: {mode: DETECT}").mode,
            InspectionMode::kDetect);
  EXPECT_EQ(
      modes("inspection: {mode: BLOCK, paranoia: 3}", ", inspection: {mode: DETECT}").paranoia, 3);
  EXPECT_EQ(modes("inspection: {mode: BLOCK}", ", inspection: {mode: OFF}").mode,
            InspectionMode::kOff);
}

TEST(ProxyConfig, RefusesAParanoiaThatIsNone) {
  ExpectErrors({{With("inspection: {paranoia: 0}"), "inspection.paranoia is 0"},
                {With("inspection: {mode: BLOCK, paranoia: 5}"), "inspection.paranoia is 5"}});
}

TEST(ProxyConfig, RefusesBadIdentitySettings) {
  const auto files = [](absl::string_view more) {
    return absl::StrCat(kNode, kDomain, kListeners, "identity: {files: {", more, "}}\n");
  };
  const std::string good = "certificate_chain: c, private_key: k, trust_bundle: b";
  ExpectErrors({
      {files("private_key: k, trust_bundle: b"), "identity.files.certificate_chain is missing"},
      {files("certificate_chain: c, trust_bundle: b"), "identity.files.private_key is missing"},
      {files("certificate_chain: c, private_key: \"\", trust_bundle: b"),
       "[FB0201]: identity.files.private_key is empty"},
      {files("certificate_chain: c, private_key: k"), "identity.files.trust_bundle is missing"},
      {files(good + ", crl: \"\""), "identity.files.crl is empty"},
      {files(good + ", federated_bundles: {Other: o}"), "[FB0202]: bad trust domain \"Other\""},
      {files(good + ", federated_bundles: {shop.example: o}"), "own trust domain"},
      {files(good + ", federated_bundles: {o.example: \"\"}"),
       "federated_bundles[o.example] is empty"},
      {absl::StrReplaceAll(With(""), {{kIdentity, "identity: {}\n"}}), "identity has no source"},
      {absl::StrReplaceAll(With(""), {{"shop.example", "Shop.example"}}), "bad trust domain"},
      {absl::StrReplaceAll(With(""), {{"shop.example", "spiffe://x"}}), "without \"spiffe://\""},
      {absl::StrReplaceAll(With(""), {{"namespace: shop", "namespace: \"a/b\""}}),
       "bad name \"a/b\""},
      {With("flow_log: {file: {path: k.pem}}"), "written into a file of the identity"},
      {With("flow_log: {file: {}}"), "flow_log.file.path is missing"},
  });
}

TEST(ProxyConfig, RefusesBadListeners) {
  const std::string in = "direction: INBOUND, address: \"10.0.0.2:1\"";
  const std::string two =
      absl::StrCat(kNode, kDomain, kIdentity, "listeners:\n",
                   "- {name: a, direction: INBOUND, address: \"10.0.0.2:1\"}\n");
  ExpectErrors({
      {absl::StrReplaceAll(With(""), {{kListeners, "listeners: []\n"}}), "listeners is empty"},
      {WithListener("address: \"10.0.0.2:1\""), "listeners[0].direction is missing"},
      {WithListener("direction: INBOUND"), "listeners[0].address is missing"},
      {WithListener("direction: INBOUND, address: \"localhost:1\""),
       "[FB0202]: bad address \"localhost:1\" in listeners[0].address"},
      {WithListener("direction: INBOUND, address: \"10.0.0.2\""), "bad address"},
      {WithListener("direction: INBOUND, address: \"10.0.0.2:70000\""), "bad address"},
      {WithListener(in + ", upstream: \"\""), "bad address \"\" in listeners[0].upstream"},
      {WithListener(in + ", upstream: \"127.0.0.1:0\""), "nothing can connect to"},
      {WithListener(in + ", upstream: \"0.0.0.0:80\""), "nothing can connect to"},
      {WithListener(in + ", upstream: \"10.0.0.2:1\""),
       "[FB0204]: listeners[0] would connect to itself"},
      {WithListener(in + ", expect_identities: [\"a/b\"]"), "name who may connect in a policy"},
      {two + "- {name: a, direction: INBOUND, address: \"10.0.0.2:2\"}\n",
       "[FB0204]: name \"a\" is taken by listeners[0]"},
      {two + "- {name: b, direction: INBOUND, address: \"10.0.0.2:1\"}\n",
       "[FB0204]: listeners[1].address 10.0.0.2:1 clashes with listeners[0].address"},
      {two + "- {name: b, direction: INBOUND, address: \"[::]:1\"}\n", "clashes with"},
      {two + "- {name: \"b c\", direction: INBOUND, address: \"10.0.0.2:2\"}\n",
       "bad name \"b c\""},
      {two + "- {direction: INBOUND, address: \"10.0.0.2:2\"}\n", "listeners[1].name is missing"},
  });
}

TEST(ProxyConfig, AnOutboundListenerSaysWhomItExpects) {
  const std::string out = "direction: OUTBOUND, address: \"127.0.0.1:1\"";
  const std::string up = out + ", upstream: \"10.0.0.3:1\"";
  const std::string known =
      "{destinations: [{address: 10.0.0.0/8, expect_identities: [a/b]}], "
      "unknown_destinations: PASSTHROUGH}";
  ExpectErrors({
      {WithListener(up), "[FB0201]: listeners[0].expect_identities is missing"},
      {WithListener(up + ", expect_identities: []"), "listeners[0].expect_identities is empty"},
      {WithListener(up + ", expect_identities: [\"shop.example/ns/*/sa/x\"]"),
       "it must be exact, without a wildcard"},
      {WithListener(up + ", expect_identities: [\"spiffe://a/b\"]"), "without \"spiffe://\""},
      {WithListener(up + ", expect_identities: [a]"), "it has no path after the trust domain"},
      {WithListener(up + ", mtls: DISABLE, expect_identities: [a/b]"), "without TLS nobody proves"},
      {WithListener(up + ", mtls: PERMISSIVE, expect_identities: [a/b]"),
       "[FB0204]: mtls PERMISSIVE in the outbound listeners[0]"},
      {WithListener(out + ", expect_identities: [a/b]"), "expect_identities without upstream"},
      {WithListener(out + ", mtls: DISABLE"), "mtls DISABLE without upstream in listeners[0]"},
      {WithListener(out + ", mtls: DISABLE", known), "contradicts the identities"},
  });
  EXPECT_EQ(ErrorsOf(WithListener(up + ", mtls: DISABLE")), "");
  EXPECT_EQ(ErrorsOf(WithListener(out)), "");
  EXPECT_EQ(ErrorsOf(WithListener(out + ", mtls: DISABLE", "{unknown_destinations: PASSTHROUGH}")),
            "");
}

TEST(ProxyConfig, RefusesBadRateLimits) {
  const auto with = [](absl::string_view entries) {
    return With(absl::StrCat("rate_limits: [", entries, "]\n"));
  };
  ExpectErrors({
      {with("{}"), "[FB0201]: rate_limits[0] limits nothing"},
      {with("{principals: [], concurrent: 1}"), "help: leave it out for everybody"},
      {with("{principals: [web], concurrent: 1}"),
       "[FB0202]: bad principal \"web\" in rate_limits[0].principals[0]"},
      {with("{principals: [\"a/*/b\"], concurrent: 1}"), "whole segments at one end"},
      {with("{requests_per_second: 0}"), "[FB0202]: rate_limits[0].requests_per_second is 0"},
      {with("{requests_per_second: 1, burst: 1000001}"), "help: 1 to 1000000"},
      {with("{concurrent: -1}"), "rate_limits[0].concurrent is -1"},
      {with("{burst: 5}"), "[FB0204]: burst without requests_per_second in rate_limits[0]"},
      {with("{concurrent: 1}, {concurrent: 2}"),
       "[FB0204]: rate_limits[1] comes after an entry for everybody"},
  });
}

TEST(ProxyConfig, AQuarantineListComesFromAFileFromTheCollectorOrFromBoth) {
  constexpr absl::string_view kCollector =
      "flow_log: {collector: {address: h, expect_identities: [a/b], spool: {path: s}}}\n";
  const auto quarantine = [&](absl::string_view fields, bool collector) {
    return With(absl::StrCat(collector ? kCollector : "", "quarantine: {keys: [k]", fields, "}\n"));
  };
  const auto parsed = [&](absl::string_view fields, bool collector) {
    return *Parse(quarantine(fields, collector)).quarantine;
  };
  EXPECT_FALSE(parsed(", path: q", false).from_collector);
  EXPECT_TRUE(parsed(", path: q", true).from_collector) << "where there is one";
  EXPECT_EQ(parsed(", path: q", true).path, "conf/q");
  EXPECT_EQ(parsed("", true).path, "");
  EXPECT_FALSE(parsed(", path: q, from_collector: false", true).from_collector);
  for (const auto& [fields, collector] :
       {std::pair(", from_collector: false", true), std::pair("", false)}) {
    EXPECT_THAT(ErrorsOf(quarantine(fields, collector)), HasSubstr("quarantine.path is missing"));
  }
  EXPECT_THAT(ErrorsOf(quarantine(", path: q, from_collector: true", false)),
              HasSubstr("quarantine.from_collector without flow_log.collector"));
}

TEST(ProxyConfig, RefusesBadDestinations) {
  const auto with = [](absl::string_view destinations) {
    return With(absl::StrCat("outbound: {destinations: [", destinations, "]}\n"));
  };
  const std::string ids = ", expect_identities: [a/b]";
  ExpectErrors({
      {with("{expect_identities: [a/b]}"), "outbound.destinations[0].address is missing"},
      {with("{address: 10.0.0.0/8}"), "outbound.destinations[0].expect_identities is missing"},
      {with("{address: 10.0.0.1/8" + ids + "}"), "[FB0202]: bad address \"10.0.0.1/8\""},
      {with("{address: x" + ids + "}"), "bad address \"x\""},
      {with("{address: 10.0.0.0/8, ports: [0]" + ids + "}"), "bad port 0"},
      {with("{address: 10.0.0.0/8, ports: [65536]" + ids + "}"), "bad port 65536"},
      {with("{address: 10.0.0.0/8, ports: []" + ids + "}"), "leave it out for all ports"},
      {with("{address: 10.0.0.0/8" + ids + "}, {address: 10.0.0.0/8" + ids + "}"), "twice"},
      {with("{address: 10.0.0.1, ports: [1, 2]" + ids + "}, {address: 10.0.0.1/32, ports: [2]" +
            ids + "}"),
       "[FB0204]: 10.0.0.1"},
  });
}

TEST(ProxyConfig, TheMostSpecificDestinationStandsFirst) {
  const ProxyConfig config = Parse(With(R"(outbound:
  destinations:
  - {address: 10.0.0.0/8, expect_identities: [d/eight]}
  - {address: 10.1.0.0/16, expect_identities: [d/sixteen]}
  - {address: 10.1.0.0/16, ports: [443, 80], expect_identities: [d/web]}
)"));
  std::vector<std::string> order;
  for (const auto& destination : config.outbound.destinations) {
    order.push_back(destination.expect_identities[0]);
  }
  EXPECT_THAT(order, ElementsAre("d/web", "d/sixteen", "d/eight"));
}

TEST(ProxyConfig, RefusesBadEndpointsLimitsAndPaths) {
  const std::string long_path(120, 'p');
  ExpectErrors({
      {With("admin: {}"), "admin.address is missing"},
      {With("admin: {address: \"10.0.0.2:15000\"}"), "[FB0207]"},
      {With("admin: {address: \"unix:\"}"), "bad Unix socket"},
      {With(absl::StrCat("admin: {address: \"unix:/", long_path, "\"}")), "at most 107 bytes"},
      {With("metrics: {}"), "metrics.address is missing"},
      {With("health: {address: x}"), "bad address \"x\" in health.address"},
      {With("metrics: {address: \"10.0.0.2:15006\"}"), "clashes with listeners[0].address"},
      {With("metrics: {address: \"0.0.0.0:1\"}\nhealth: {address: \"10.0.0.2:1\"}"),
       "health.address 10.0.0.2:1 clashes with metrics.address"},
      {With("limits: {connect_timeout: 1}"), "help: did you mean \"connect_timeout_ms\"?"},
      {With("limits: {zzz: 1}"), "[FB0205]: unknown limit \"zzz\""},
      {With("limits: {connect_timeout_ms: 0}"), "[FB0206]: limit \"connect_timeout_ms\" is 0"},
      {With("limits: {max_chain_certificates: 33}"), "help: 1 to 32"},
      {With("concurrency: 0"), "[FB0202]: concurrency is 0"},
      {With("concurrency: 65"), "help: 1 to 64"},
      {With("policy: {paths: [\"\"]}"), "policy.paths[0] is empty"},
      {With("policy: {paths: [a, b, a]}"), "\"a\" is in policy.paths twice"},
  });
}

TEST(ProxyConfig, NamesTheFileThatCannotBeRead) {
  Diagnostics diagnostics;
  EXPECT_FALSE(LoadProxyConfig("no/such/proxy.yaml", &diagnostics).has_value());
  EXPECT_EQ(diagnostics.Format(false),
            "no/such/proxy.yaml: error[FB0101]: cannot read: No such file or directory\n");
}

}  // namespace
}  // namespace firebreak::config
