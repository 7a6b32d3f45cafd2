#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "flows/hubble.h"
#include "flows/json_encoder.h"
#include "flows/json_reader.h"
#include "flows/ocsf.h"
#include "flows/testing.h"
#include "flows/zeek.h"

namespace firebreak::flows {
namespace {

using Json = nlohmann::json;
using Append = void (*)(const Flow&, std::string*);

Json Form(Append append, const Flow& flow) {
  std::string text;
  append(flow, &text);
  EXPECT_TRUE(Json::accept(text)) << text;
  return Json::parse(text, nullptr, false);
}

// ReadBack is a record as a reader sees it.
Flow ReadBack(const Record& record) {
  JsonEncoder encoder(TestReporter());
  std::string line;
  encoder.AppendRecord(record, {.sequence = 7}, 1, &line);
  line.pop_back();
  const auto flow = ParseFlowLine(line);
  EXPECT_TRUE(flow.ok()) << flow.status();
  return flow.value_or(Flow());
}

Flow Connection() {
  Record record = FullRecord();
  record.http.reset();
  record.inspection = nullptr;
  return ReadBack(record);
}

Flow Request() {
  Record record = FullRecord();
  record.event = Event::kRequest;
  record.protocol = Protocol::kGrpc;
  record.verdict = Verdict::kForwarded;
  record.reason = Reason::kNone;
  return ReadBack(record);
}

TEST(Ocsf, AConnectionIsNetworkActivityWithItsOutcome) {
  const Json event = Form(AppendOcsf, Connection());
  EXPECT_EQ(event["class_uid"], 4001);
  EXPECT_EQ(event["category_uid"], 4);
  EXPECT_EQ(event["activity_id"], 3) << "cut while it lived";
  EXPECT_EQ(event["type_uid"], 400'103);
  EXPECT_EQ(event["time"], 1'800'000'000'123);
  EXPECT_EQ(event["start_time"], 1'800'000'000'111);
  EXPECT_EQ(event["action_id"], 2);
  EXPECT_EQ(event["disposition_id"], 2);
  EXPECT_EQ(event["status_id"], 2);
  EXPECT_EQ(event["status_code"], "POLICY_CHANGED");
  EXPECT_EQ(event["src_endpoint"]["uid"], "shop.example/ns/shop/sa/orders");
  EXPECT_EQ(event["src_endpoint"]["port"], 42'742);
  EXPECT_EQ(event["connection_info"]["direction_id"], 1);
  EXPECT_EQ(event["connection_info"]["protocol_num"], 6);
  EXPECT_EQ(event["traffic"]["bytes_out"], 9'007'199'254'740'993);
  EXPECT_EQ(event["policy"]["name"], "payments");
  EXPECT_EQ(event["policy"]["group"]["name"], "shop");
  EXPECT_EQ(event["firewall_rule"]["name"], "orders-may-charge");
  EXPECT_EQ(event["unmapped"]["verdict"], "DROPPED");
  EXPECT_EQ(event["metadata"]["sequence"], 7);
  EXPECT_FALSE(event.contains("http_request"));
}

TEST(Ocsf, ARequestIsHttpActivity) {
  const Json event = Form(AppendOcsf, Request());
  EXPECT_EQ(event["class_uid"], 4002);
  EXPECT_EQ(event["activity_id"], 6) << "Post";
  EXPECT_EQ(event["http_request"]["http_method"], "POST");
  EXPECT_EQ(event["http_request"]["url"]["path"], "/shop.ledger.v1.Ledger/Append");
  EXPECT_EQ(event["http_response"]["code"], 200);
  EXPECT_EQ(event["metadata"]["correlation_uid"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(event["severity_id"], 3) << "inspection found something";
  EXPECT_EQ(event["unmapped"]["grpc_status"], 7);
  EXPECT_EQ(event["unmapped"]["inspection_matches"], "FBI-SQL-001:sqli FBI-XSS-002:xss");
}

TEST(Ocsf, TellsHowAConnectionEnded) {
  const auto activity = [](const std::string& event, const std::string& close_reason) {
    Flow flow;
    flow.event = event;
    flow.close_reason = close_reason;
    return Form(AppendOcsf, flow)["activity_id"].get<int>();
  };
  EXPECT_EQ(activity("OPEN", ""), 1);
  EXPECT_EQ(activity("CLOSE", "UPSTREAM_FIN"), 2);
  EXPECT_EQ(activity("CLOSE", "UPSTREAM_RESET"), 3);
  EXPECT_EQ(activity("CLOSE", "CONNECT_FAILED"), 4);
  EXPECT_EQ(activity("CLOSE", "DENIED"), 5);
  EXPECT_EQ(activity("PERIODIC", ""), 6);
}

TEST(Ocsf, WhatLivesOnHasTheTrafficSinceItsLastLine) {
  Flow flow = Connection();
  flow.event = "PERIODIC";
  flow.bytes_sent = 1'000;
  flow.duration_us = 120'000'000;
  flow.interval.bytes_sent = 10;
  flow.interval.bytes_received = 20;
  flow.interval.duration_us = 60'000'000;
  const Json event = Form(AppendOcsf, flow);
  EXPECT_EQ(event["traffic"]["bytes_out"], 10);
  EXPECT_EQ(event["traffic"]["bytes"], 30);
  EXPECT_EQ(event["duration"], 60'000);
  EXPECT_EQ(event["start_time"].get<int64_t>() + 60'000, event["end_time"].get<int64_t>());
}

TEST(Zeek, AConnectionIsALineOfConn) {
  const Json line = Form(AppendZeek, Connection());
  EXPECT_EQ(line["_path"], "conn");
  EXPECT_EQ(line["uid"], "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(line["id.orig_h"], "10.0.0.2");
  EXPECT_EQ(line["id.orig_p"], 42'742);
  EXPECT_EQ(line["id.resp_h"], "fd00::1");
  EXPECT_EQ(line["conn_state"], "RSTR") << "the destination's sidecar cut it";
  EXPECT_EQ(line["orig_bytes"], 9'007'199'254'740'993);
  EXPECT_EQ(line["orig_principal"], "shop.example/ns/shop/sa/orders");
}

TEST(Zeek, KeepsMicrosecondsExactly) {
  std::string text;
  AppendZeek(Connection(), &text);
  EXPECT_NE(text.find(R"("ts":1800000000.111111,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("duration":0.012345,)"), std::string::npos) << text;
}

TEST(Zeek, ARequestIsALineOfHttp) {
  const Json line = Form(AppendZeek, Request());
  EXPECT_EQ(line["_path"], "http");
  EXPECT_EQ(line["method"], "POST");
  EXPECT_EQ(line["host"], "payments.shop:8080");
  EXPECT_EQ(line["status_code"], 200);
  EXPECT_EQ(line["version"], "2");
  EXPECT_EQ(line["tags"], Json({"sqli", "xss"}));
}

TEST(Zeek, WritesNothingBeforeAConnectionIsOver) {
  for (const char* event : {"OPEN", "PERIODIC", "HEAD", "ROLLUP", "NEW"}) {
    Flow flow;
    flow.event = event;
    std::string text = "before";
    AppendZeek(flow, &text);
    EXPECT_EQ(text, "before") << event;
  }
}

TEST(Hubble, AConnectionIsAFlowOfLayerFour) {
  const Json response = Form(AppendHubble, Connection());
  const Json& flow = response["flow"];
  EXPECT_EQ(flow["verdict"], "DROPPED");
  EXPECT_EQ(flow["drop_reason_desc"], "POLICY_DENY");
  EXPECT_EQ(flow["Type"], "L3_L4");
  EXPECT_EQ(flow["IP"]["source"], "10.0.0.2");
  EXPECT_EQ(flow["IP"]["encrypted"], true);
  EXPECT_EQ(flow["l4"]["TCP"]["destination_port"], 8080);
  EXPECT_EQ(flow["source"]["namespace"], "shop");
  EXPECT_EQ(flow["source"]["pod_name"], "orders");
  EXPECT_EQ(flow["traffic_direction"], "INGRESS");
  EXPECT_EQ(flow["ingress_denied_by"][0]["name"], "payments");
  EXPECT_EQ(flow["ingress_denied_by"][0]["labels"][0], "firebreak:rule=orders-may-charge");
  EXPECT_EQ(response["node_name"], "payments-0");
}

TEST(Hubble, ARequestIsAFlowOfLayerSeven) {
  const Json flow = Form(AppendHubble, Request())["flow"];
  EXPECT_EQ(flow["Type"], "L7");
  EXPECT_EQ(flow["l7"]["latency_ns"], "12345000") << "64-bit numbers are text in protobuf's JSON";
  EXPECT_EQ(flow["l7"]["http"]["code"], 200);
  EXPECT_EQ(flow["l7"]["http"]["url"], "http://payments.shop:8080/shop.ledger.v1.Ledger/Append");
  EXPECT_EQ(flow["trace_context"]["parent"]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(flow.contains("ingress_allowed_by"));
}

TEST(ForeignForms, TellOfALoss) {
  Flow lost;
  lost.event = "LOST";
  lost.lost.count = 3;
  lost.lost.cause = "RING_FULL";
  EXPECT_EQ(Form(AppendOcsf, lost)["count"], 3);
  EXPECT_EQ(Form(AppendZeek, lost)["_path"], "reporter");
  EXPECT_EQ(Form(AppendHubble, lost)["lost_events"]["num_events_lost"], "3");
}

TEST(ForeignForms, AreValidWhateverTheLineLacks) {
  for (const char* event : {"OPEN", "REQUEST", "PERIODIC", "CLOSE", "LOST", "NEW\x1b\"\n"}) {
    Flow flow;
    flow.event = event;
    flow.verdict = "\"\\\n\x80";
    flow.duration_us = ~uint64_t{0};
    for (const Append append : {AppendOcsf, AppendZeek, AppendHubble}) {
      std::string text;
      append(flow, &text);
      EXPECT_TRUE(text.empty() || Json::accept(text)) << text;
    }
  }
}

}  // namespace
}  // namespace firebreak::flows
