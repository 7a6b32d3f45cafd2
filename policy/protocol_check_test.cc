// Rules about requests where there are none.
#include "policy/protocol_check.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A workload whose port 5432 is declared TCP.
Workload Database() {
  Workload workload = TestWorkload();
  workload.inbound.bytes = {5432};
  return workload;
}

std::string SaidOf(absl::string_view fields, absl::string_view rule, const Workload& workload) {
  std::string said;
  LoadForTest(PolicyText("p", fields, absl::StrCat("  - ", rule)), &said, workload);
  return said;
}

constexpr char kOnDatabase[] = "{to: [{operation: {methods: [DELETE], ports: ['8080', '5432']}}]}";

TEST(ProtocolCheck, DenyAboutRequestsOnATcpPortIsAnError) {
  EXPECT_THAT(SaidOf("action: DENY", kOnDatabase, Database()),
              HasSubstr("policy.yaml:8:59: error[FB0317]: port 5432 is declared TCP"));
  EXPECT_THAT(SaidOf("action: DENY",
                     "{to: [{operation: {protocols: [HTTP], methods: [GET], ports: ['5432']}}]}",
                     Database()),
              HasSubstr("error[FB0317]"));
  EXPECT_THAT(SaidOf("action: DENY",
                     "{when: [{key: 'request.headers[a]', values: [b]}, {key: destination.port, "
                     "values: ['5432']}]}",
                     Database()),
              HasSubstr("error[FB0317]"));
}

TEST(ProtocolCheck, AllowAboutRequestsOnATcpPortIsAWarning) {
  EXPECT_THAT(SaidOf("", kOnDatabase, Database()), HasSubstr("warning[FB0351]: port 5432"));
}

TEST(ProtocolCheck, RuleAboutPortsAloneIsFine) {
  EXPECT_EQ(SaidOf("action: DENY", "{to: [{operation: {ports: ['5432']}}]}", Database()), "");
  EXPECT_EQ(SaidOf("action: DENY", "{to: [{operation: {ports: ['5432'], notProtocols: [HTTP]}}]}",
                   Database()),
            "");
}

TEST(ProtocolCheck, WorkloadOfNothingButTcpHasNoRequestsAnywhere) {
  Workload workload = TestWorkload();
  workload.inbound.bytes_everywhere = true;
  EXPECT_THAT(SaidOf("action: DENY", "{to: [{operation: {methods: [DELETE]}}]}", workload),
              HasSubstr("error[FB0317]: every listener of this workload is declared TCP"));
  EXPECT_THAT(
      SaidOf("action: DENY", "{when: [{key: 'request.headers[a]', values: [b]}]}", workload),
      HasSubstr("error[FB0317]"));
}

TEST(ProtocolCheck, PolicyOfAnotherWorkloadOrDirectionIsNotHeldToTheseListeners) {
  EXPECT_THAT(
      SaidOf("action: DENY\n  selector: {matchLabels: {app: other}}", kOnDatabase, Database()),
      Not(HasSubstr("FB0317")));
  EXPECT_THAT(SaidOf("action: DENY\n  direction: OUTBOUND", kOnDatabase, Database()),
              Not(HasSubstr("FB0317")));
}

TEST(ProtocolCheck, ProtocolsThatContradictTheRestAreErrors) {
  for (const char* operation :
       {"protocols: [TCP], methods: [GET]", "protocols: [TCP], hosts: [a.example]",
        "protocols: [TCP], grpc: {services: [a]}", "notProtocols: [HTTP], paths: [/a]",
        "notProtocols: [GRPC], grpc: {services: [a]}", "protocols: [HTTP1], notProtocols: [HTTP]",
        "notProtocols: [TCP, HTTP]", "notProtocols: [HTTP1, HTTP2], methods: [GET]"}) {
    for (const char* action : {"action: ALLOW", "action: DENY"}) {
      EXPECT_THAT(
          SaidOf(action, absl::StrCat("{to: [{operation: {", operation, "}}]}"), TestWorkload()),
          HasSubstr("policy.yaml:8:11: error[FB0317]"))
          << operation;
    }
  }
  EXPECT_THAT(SaidOf("",
                     "{to: [{operation: {protocols: [TCP]}}], when: [{key: 'request.headers[a]', "
                     "values: [b]}]}",
                     TestWorkload()),
              HasSubstr("FB0317"));
}

TEST(ProtocolCheck, ProtocolsThatDoNotAreFine) {
  for (const char* operation :
       {"protocols: [TCP]", "notProtocols: [HTTP]", "protocols: [TCP, HTTP], methods: [GET]",
        "protocols: [HTTP2], grpc: {services: [a]}", "protocols: [WEBSOCKET], methods: [GET]",
        "protocols: [HTTP], notProtocols: [GRPC, WEBSOCKET]"}) {
    EXPECT_EQ(SaidOf("", absl::StrCat("{to: [{operation: {", operation, "}}]}"), TestWorkload()),
              "")
        << operation;
  }
}

TEST(ProtocolCheck, WarnsOfPortsThatNoListenerLeadsTo) {
  Workload workload = TestWorkload();
  workload.inbound.all = {5432, 8080};
  EXPECT_THAT(
      SaidOf("", "{to: [{operation: {ports: ['9090', '9091']}}]}", workload),
      HasSubstr("policy.yaml:7:24: warning[FB0351]: no INBOUND listener of this sidecar leads "
                "to port 9090 or 9091"));
  EXPECT_THAT(SaidOf("", "{when: [{key: destination.port, values: ['9090']}]}", workload),
              HasSubstr("they lead to 5432, 8080"));
  for (const char* rule : {"{to: [{operation: {ports: ['9090', '8080']}}]}", "{}",
                           "{to: [{operation: {notPorts: ['9090']}}]}"}) {
    EXPECT_EQ(SaidOf("", rule, workload), "") << rule;
  }
  EXPECT_EQ(SaidOf("", "{to: [{operation: {ports: ['9090']}}]}", TestWorkload()), "")
      << "nothing is known of listeners";
  EXPECT_THAT(SaidOf("direction: OUTBOUND", "{to: [{destination: {ports: ['9090']}}]}", workload),
              Not(HasSubstr("listener")));
}

}  // namespace
}  // namespace firebreak::policy
