#include "config/flow_log_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "config/proxy_config.h"

namespace firebreak::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string With(absl::string_view flow_log) {
  return absl::StrCat(
      "node: {namespace: shop, workload: orders}\n"
      "trust_domain: shop.example\n"
      "identity:\n"
      "  files: {certificate_chain: s.pem, private_key: k.pem, trust_bundle: b.pem}\n"
      "listeners:\n"
      "- {name: in, direction: INBOUND, address: \"10.0.0.2:15006\"}\n"
      "flow_log: ",
      flow_log, "\n");
}

std::string ErrorsOf(absl::string_view flow_log) {
  Diagnostics diagnostics;
  const auto config = ParseProxyConfig("conf/proxy.yaml", With(flow_log), &diagnostics);
  EXPECT_FALSE(config.has_value()) << flow_log;
  return diagnostics.Format(/*color=*/false);
}

TEST(FlowLogConfig, ReportsOfWhatLivesOnEveryMinuteUnlessToldOtherwise) {
  const auto seconds = [](absl::string_view flow_log) {
    Diagnostics diagnostics;
    const auto config = ParseProxyConfig("conf/proxy.yaml", With(flow_log), &diagnostics);
    EXPECT_TRUE(config.has_value()) << diagnostics.Format(/*color=*/false);
    return config.has_value() ? config->flow_log.periodic_seconds : -1;
  };
  EXPECT_EQ(seconds("{standard_output: true}"), 60);
  EXPECT_EQ(seconds("{standard_output: true, periodic_interval: 0}"), 0);
  EXPECT_EQ(seconds("{standard_output: true, periodic_interval: 86400}"), 86'400);
  for (const char* bad : {"-1", "86401"}) {
    EXPECT_THAT(ErrorsOf(absl::StrCat("{standard_output: true, periodic_interval: ", bad, "}")),
                HasSubstr(absl::StrCat("flow_log.periodic_interval is ", bad)));
  }
}

TEST(FlowLogConfig, SpeaksTlsToWhomItCanTell) {
  Diagnostics diagnostics;
  const auto config = ParseProxyConfig(
      "conf/proxy.yaml",
      With("{otlp: {endpoint: \"https://logs.example/v1/logs\", tls: {trust_bundle: r.pem}, spool: "
           "{path: o}}, clickhouse: {endpoint: \"https://[::1]:8443\", table: t, tls: "
           "{trust_bundle: "
           "/r.pem, server_name: ch.example, certificate_chain: c.pem, private_key: k.pem}, spool: "
           "{path: c}}}"),
      &diagnostics);
  ASSERT_TRUE(config.has_value()) << diagnostics.Format(/*color=*/false);
  const FlowOtlpConfig& otlp = *config->flow_log.otlp;
  EXPECT_EQ(otlp.endpoint.port, 443);
  EXPECT_EQ(otlp.tls->trust_bundle, "conf/r.pem");
  EXPECT_EQ(otlp.tls->server_name, "logs.example");
  EXPECT_EQ(otlp.tls->certificate_chain, "");
  const FlowClickhouseConfig& clickhouse = *config->flow_log.clickhouse;
  EXPECT_EQ(clickhouse.endpoint.host, "::1");
  EXPECT_EQ(clickhouse.tls->server_name, "ch.example");
  EXPECT_EQ(clickhouse.tls->certificate_chain, "conf/c.pem");
  EXPECT_EQ(clickhouse.tls->private_key, "conf/k.pem");
}

TEST(FlowLogConfig, SumsEdgesWhereAskedToAndBoundsThem) {
  const auto edges = [](absl::string_view flow_log) {
    Diagnostics diagnostics;
    const auto config = ParseProxyConfig("conf/proxy.yaml", With(flow_log), &diagnostics);
    EXPECT_TRUE(config.has_value()) << diagnostics.Format(/*color=*/false);
    return config.has_value() ? config->flow_log.rollup_edges : -1;
  };
  EXPECT_EQ(edges("{standard_output: true}"), 0);
  EXPECT_EQ(edges("{standard_output: true, rollups: {}}"), 1'000);
  EXPECT_EQ(edges("{standard_output: true, rollups: {max_edges: 7}}"), 7);
  EXPECT_THAT(ErrorsOf("{standard_output: true, rollups: {max_edges: 0}}"),
              HasSubstr("flow_log.rollups.max_edges is 0"));
}

TEST(FlowLogConfig, TakesAnyNumberOfSinks) {
  Diagnostics diagnostics;
  const auto config = ParseProxyConfig(
      "conf/proxy.yaml",
      With("{file: {path: f.jsonl, rotate_bytes: 1048576, rotate_seconds: 60, keep: 3, sync: "
           "BATCH}, standard_output: true, "
           "collector: {address: \"[::1]:4317\", expect_identities: [\"shop.example/c\"], spool: "
           "{path: l}, linger_seconds: 20}, "
           "otlp: {endpoint: \"http://[::1]:4318/v1/logs\", spool: {path: o}}, "
           "clickhouse: {endpoint: \"http://ch\", table: firebreak.flows, user: u, password_file: "
           "p, spool: {path: c, max_bytes: 2097152, max_seconds: 600}}, "
           "syslog: {address: \"tcp://10.0.0.9:601\", facility: 4}}"),
      &diagnostics);
  ASSERT_TRUE(config.has_value()) << diagnostics.Format(/*color=*/false);
  const FlowLogConfig& log = config->flow_log;
  EXPECT_EQ(log.file->rotate_bytes, 1'048'576);
  EXPECT_EQ(log.file->rotate_seconds, 60);
  EXPECT_EQ(log.file->keep, 3);
  EXPECT_EQ(log.file->sync, FlowSync::kBatch);
  EXPECT_TRUE(log.to_stdout);
  EXPECT_EQ(log.collector->address.host, "::1");
  EXPECT_EQ(log.collector->address.port, 4317);
  EXPECT_THAT(log.collector->expect_identities, ElementsAre("shop.example/c"));
  EXPECT_EQ(log.collector->spool.path, "conf/l");
  EXPECT_EQ(log.collector->linger_seconds, 20);
  EXPECT_EQ(log.otlp->endpoint.host, "::1");
  EXPECT_EQ(log.otlp->endpoint.port, 4318);
  EXPECT_EQ(log.otlp->endpoint.target, "/v1/logs");
  EXPECT_EQ(log.otlp->spool.path, "conf/o");
  EXPECT_EQ(log.otlp->spool.max_bytes, 268'435'456);
  EXPECT_EQ(log.clickhouse->endpoint.host, "ch");
  EXPECT_EQ(log.clickhouse->endpoint.port, 80);
  EXPECT_EQ(log.clickhouse->table, "firebreak.flows");
  EXPECT_EQ(log.clickhouse->password_file, "conf/p");
  EXPECT_EQ(log.clickhouse->spool.max_bytes, 2'097'152);
  EXPECT_EQ(log.clickhouse->spool.max_seconds, 600);
  EXPECT_EQ(log.syslog->transport, FlowSyslogConfig::Transport::kTcp);
  EXPECT_EQ(log.syslog->address.port, 601);
  EXPECT_EQ(log.syslog->facility, 4);
}

TEST(FlowLogConfig, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* flow_log;
    const char* error;
  } cases[] = {
      {"{collector: {address: \"10.0.0.9:4317\", expect_identities: [a/b]}}",
       "flow_log.collector.spool.path is missing"},
      {"{collector: {address: \"10.0.0.9:4317\", spool: {path: s}}}",
       "flow_log.collector.expect_identities is missing"},
      {"{collector: {expect_identities: [a/b], spool: {path: s}}}",
       "flow_log.collector.address is missing"},
      {"{collector: {address: h, expect_identities: [a/b], spool: {path: s}, linger_seconds: 61}}",
       "flow_log.collector.linger_seconds is 61"},
      {"{collector: {address: \"http://h\", expect_identities: [a/b], spool: {path: s}}}",
       "HOST:PORT"},
      {"{collector: {address: h, expect_identities: [\"a/*\"], spool: {path: s}}}",
       "flow_log.collector.expect_identities"},
      {"{collector: {address: h, expect_identities: [a/b], spool: {path: s}}, "
       "otlp: {endpoint: \"http://h\", spool: {path: s}}}",
       "flow_log.otlp.spool.path is that of flow_log.collector too"},
      {"{file: {path: k.pem}}", "written into a file of the identity"},
      {"{file: {path: f}, sample_one_in: 0}", "flow_log.sample_one_in is 0"},
      {"{file: {path: f}, heads: {records: 0}}", "flow_log.heads.records is 0"},
      {"{file: {path: f}, heads: {milliseconds: 1}}", "flow_log.heads.milliseconds is 1"},
      {"{file: {path: f}, queue_bytes: 1}", "flow_log.queue_bytes is 1"},
      {"{file: {path: f}, show_paths: [/v1, v2]}", "\"v2\" is no path"},
      {"{file: {path: f}, show_paths: [\"/v1/{*}\"]}", "\"/v1/{*}\" is no path"},
      {"{file: {}}", "flow_log.file.path is missing"},
      {"{file: {path: f, rotate_bytes: 1}}", "flow_log.file.rotate_bytes is 1"},
      {"{file: {path: f, keep: -1}}", "flow_log.file.keep is -1"},
      {"{otlp: {}}", "flow_log.otlp.endpoint is missing"},
      {"{otlp: {endpoint: \"http://h\"}}", "flow_log.otlp.spool.path is missing"},
      {"{otlp: {endpoint: \"https://h\", spool: {path: o}}}", "flow_log.otlp.tls.trust_bundle"},
      {"{otlp: {endpoint: \"http://h\", tls: {trust_bundle: r}, spool: {path: o}}}", "clear text"},
      {"{clickhouse: {endpoint: \"https://h\", table: t, tls: {trust_bundle: r, private_key: k}, "
       "spool: {path: o}}}",
       "go together"},
      {"{als: {endpoint: \"http://h:9001/x\", spool: {path: a}}}",
       "a path in flow_log.als.endpoint"},
      {"{als: {spool: {path: a}}}", "flow_log.als.endpoint is missing"},
      {"{als: {endpoint: \"http://h\"}}", "flow_log.als.spool.path is missing"},
      {"{als: {endpoint: \"https://h\", spool: {path: a}}}", "flow_log.als.tls.trust_bundle"},
      {"{als: {endpoint: \"http://h\", spool: {path: s}}, "
       "otlp: {endpoint: \"http://h\", spool: {path: s}}}",
       "flow_log.als.spool.path is that of flow_log.otlp too"},
      {"{otlp: {endpoint: \"h:4318\", spool: {path: o}}}", "bad URL in flow_log.otlp.endpoint"},
      {"{otlp: {endpoint: \"http://h:0\", spool: {path: o}}}", "bad URL"},
      {"{otlp: {endpoint: \"http://h/a b\", spool: {path: o}}}", "bad URL"},
      {"{otlp: {endpoint: \"http://h\", spool: {path: o, max_bytes: 5}}}",
       "flow_log.otlp.spool.max_bytes is 5"},
      {"{clickhouse: {endpoint: \"http://h\", spool: {path: c}}}",
       "flow_log.clickhouse.table is missing"},
      {"{clickhouse: {endpoint: \"http://h\", table: \"a; DROP TABLE b\", spool: {path: c}}}",
       "bad table name"},
      {"{clickhouse: {endpoint: \"http://h\", table: t, password_file: p, spool: {path: c}}}",
       "password_file without user"},
      {"{otlp: {endpoint: \"http://h\", spool: {path: s}}, "
       "clickhouse: {endpoint: \"http://h\", table: t, spool: {path: s}}}",
       "each sink has a folder of its own"},
      {"{syslog: {}}", "flow_log.syslog.address is missing"},
      {"{syslog: {address: \"10.0.0.9:514\"}}", "udp://HOST:PORT"},
      {"{syslog: {address: \"udp://h\", facility: 24}}", "flow_log.syslog.facility is 24"},
  };
  for (const auto& c : cases) {
    const std::string errors = ErrorsOf(c.flow_log);
    EXPECT_THAT(errors, HasSubstr(c.error)) << c.flow_log;
    EXPECT_THAT(errors, HasSubstr("conf/proxy.yaml:7:")) << c.flow_log;
  }
}

TEST(ParseFlowUrl, TakesHostsPortsAndPaths) {
  const auto text = [](const std::string& url) {
    const auto parsed = ParseFlowUrl(url, "http://", 80);
    return parsed.has_value() ? absl::StrCat(parsed->host, " ", parsed->port, " ", parsed->target)
                              : "refused";
  };
  EXPECT_EQ(text("http://h"), "h 80 /");
  EXPECT_EQ(text("http://h/?user=x"), "h 80 /?user=x");
  EXPECT_EQ(text("http://10.0.0.1:8123/a"), "10.0.0.1 8123 /a");
  EXPECT_EQ(text("http://[fd00::1]:8123"), "fd00::1 8123 /");
  for (const std::string url :
       {"", "http://", "http://:80", "http://[fd00::1", "http://h:", "http://h:65536", "http://h:x",
        "http://u:p@h", "http://h?x", "http://h/#f", "ftp://h", "http://[::1]x"}) {
    EXPECT_EQ(text(url), "refused") << url;
  }
}

}  // namespace
}  // namespace firebreak::config
