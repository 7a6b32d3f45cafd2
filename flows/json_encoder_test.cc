#include "flows/json_encoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flows/flow.pb.h"
#include "flows/testing.h"
#include "flows/tls_names.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Encoded(const Record& record, const Reporter& reporter = TestReporter()) {
  std::string line;
  JsonEncoder(reporter).AppendRecord(record, {.sequence = 7, .previous_hash = "ab12"}, 10, &line);
  return line;
}

firebreak::flow::v1::Flow ParsedBySchema(const std::string& line) {
  firebreak::flow::v1::Flow flow;
  // The default options refuse a field that the schema does not have.
  const auto status = google::protobuf::util::JsonStringToMessage(line, &flow);
  EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << line;
  return flow;
}

TEST(JsonEncoder, WritesWhatTheSchemaSays) {
  const firebreak::flow::v1::Flow flow = ParsedBySchema(Encoded(FullRecord()));
  EXPECT_EQ(flow.time().seconds(), 1'800'000'000);
  EXPECT_EQ(flow.time().nanos(), 123'456'000);
  EXPECT_EQ(flow.flow_id(), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(flow.sequence(), 7U);
  EXPECT_EQ(flow.event(), firebreak::flow::v1::CLOSE);
  EXPECT_EQ(flow.direction(), firebreak::flow::v1::INBOUND);
  EXPECT_EQ(flow.reporter().node(), "payments-0");
  EXPECT_EQ(flow.verdict(), firebreak::flow::v1::DROPPED);
  EXPECT_EQ(flow.reason(), "POLICY_CHANGED");
  EXPECT_EQ(flow.quarantine(), "READONLY");
  EXPECT_EQ(flow.source().principal(), "shop.example/ns/shop/sa/orders");
  EXPECT_EQ(flow.source().namespace_(), "shop");
  EXPECT_EQ(flow.source().workload(), "orders");
  EXPECT_EQ(flow.source().ip(), "10.0.0.2");
  EXPECT_EQ(flow.source().port(), 42'742U);
  EXPECT_EQ(flow.destination().ip(), "fd00::1");
  EXPECT_EQ(flow.protocol(), "TCP");
  EXPECT_EQ(flow.tls().version(), "TLSv1.3");
  EXPECT_EQ(flow.tls().cipher(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(flow.tls().group(), "X25519");
  EXPECT_EQ(flow.tls().sni(), "payments.shop");
  EXPECT_EQ(flow.tls().svid_not_after().seconds(), 1'800'003'600);
  EXPECT_EQ(flow.policy().rule(), "orders-may-charge");
  EXPECT_EQ(flow.policy().mode(), "ENFORCE");
  EXPECT_EQ(flow.policy().reason(), "charges are theirs");
  EXPECT_EQ(flow.policy().ticket(), "SHOP-7");
  EXPECT_EQ(flow.policy().would_be_verdict(), firebreak::flow::v1::FORWARDED);
  EXPECT_EQ(flow.decision_id(), "00000000000000010000000000000002");
  EXPECT_EQ(flow.bytes_sent(), 9'007'199'254'740'993U);
  EXPECT_EQ(flow.bytes_received(), 3'400U);
  EXPECT_EQ(flow.duration_us(), 12'345U);
  EXPECT_EQ(flow.close_reason(), "POLICY");
  EXPECT_EQ(flow.http().method(), "POST");
  EXPECT_EQ(flow.http().authority(), "payments.shop:8080");
  EXPECT_EQ(flow.http().path(), "/shop.ledger.v1.Ledger/Append");
  EXPECT_EQ(flow.http().path_template(), "/shop.ledger.v1.Ledger/*");
  EXPECT_TRUE(flow.http().has_query());
  EXPECT_EQ(flow.http().status(), 200U);
  EXPECT_EQ(flow.http().request_bytes(), 120U);
  EXPECT_EQ(flow.http().response_bytes(), 9'007'199'254'740'993U);
  EXPECT_EQ(flow.http().user_agent(), "grpc-go/1.60");
  EXPECT_EQ(flow.grpc().service(), "shop.ledger.v1.Ledger");
  EXPECT_EQ(flow.grpc().method(), "Append");
  EXPECT_EQ(flow.grpc().status(), 7U);
  EXPECT_EQ(flow.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(flow.has_inflight_inbound()) << "none is something else than not known";
  EXPECT_EQ(flow.inflight_inbound(), 0U);
  EXPECT_EQ(flow.parent_flow_id(), "00000000000000030000000000000004");
  EXPECT_EQ(flow.weight(), 10U);
  EXPECT_EQ(flow.run_id(), "0f1e2d3c4b5a6978");
  EXPECT_EQ(flow.previous_hash(), "ab12");
  EXPECT_EQ(flow.inspection().score(), 10U);
  EXPECT_EQ(flow.inspection().action(), "BLOCK");
  ASSERT_EQ(flow.inspection().matches_size(), 2);
  EXPECT_EQ(flow.inspection().matches(0).id(), "FBI-SQL-001");
  EXPECT_EQ(flow.inspection().matches(0).category(), "sqli");
  EXPECT_EQ(flow.inspection().matches(0).field(), "query:q");
  EXPECT_EQ(flow.inspection().matches(1).excerpt(), "<script>");
}

// SetFields counts the fields of a message that are set, and names those that are not.
void ExpectAllSet(const google::protobuf::Message& message, const std::set<std::string>& except) {
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (except.count(field->name()) > 0 || field->is_repeated()) continue;
    const auto* reflection = message.GetReflection();
    EXPECT_TRUE(reflection->HasField(message, field)) << field->full_name();
    const bool ours =
        field->message_type() != nullptr && field->message_type()->file() == type->file();
    if (ours) ExpectAllSet(reflection->GetMessage(message, field), except);
  }
}

TEST(JsonEncoder, FillsEveryFieldOfTheSchema) {
  ExpectAllSet(ParsedBySchema(Encoded(FullRecord())),
               {"lost", "head", "signature", "interval", "rollup"});
}

TEST(JsonEncoder, SaysWhatIsNewOnlyOfWhatLivesOn) {
  Record record = FullRecord();
  record.interval = {.duration_us = 60'000'000, .bytes_sent = 7, .bytes_received = 0};
  EXPECT_FALSE(ParsedBySchema(Encoded(record)).has_interval());
  record.event = Event::kPeriodic;
  const auto flow = ParsedBySchema(Encoded(record));
  EXPECT_EQ(flow.interval().duration_us(), 60'000'000U);
  EXPECT_EQ(flow.interval().bytes_sent(), 7U);
  EXPECT_THAT(Encoded(record), HasSubstr(R"("bytes_received":0})")) << "nothing new is said too";
  EXPECT_EQ(flow.bytes_sent(), 9'007'199'254'740'993U);
}

TEST(JsonEncoder, FillsTheReportersOwnEndOfTheFlow) {
  Record record = FullRecord();
  EXPECT_EQ(ParsedBySchema(Encoded(record)).destination().principal(),
            "shop.example/ns/shop/sa/payments");
  record.direction = Direction::kOutbound;
  record.source.principal = nullptr;
  const auto outbound = ParsedBySchema(Encoded(record));
  EXPECT_EQ(outbound.source().principal(), "shop.example/ns/shop/sa/payments");
  EXPECT_EQ(outbound.destination().principal(), "") << "nobody was authenticated there";
}

TEST(JsonEncoder, LeavesAbsentFieldsOut) {
  Record record;
  record.event = Event::kOpen;
  const std::string line = Encoded(record, Reporter{});
  for (const char* name : {"flow_id", "reason", "reporter", "source", "destination", "protocol",
                           "tls", "policy", "decision_id", "bytes_", "close_reason", "detail"}) {
    EXPECT_THAT(line, Not(HasSubstr(name)));
  }
  ParsedBySchema(line);
}

TEST(JsonEncoder, KeepsHostileTextOnOneLine) {
  Record record = FullRecord();
  record.tls.sni = Shared("a\"},\n{\"event\":\"CLOSE\xff\x1b[2J");
  const std::string line = Encoded(record);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_EQ(ParsedBySchema(line).tls().sni(), "a\"},\n{\"event\":\"CLOSE\xef\xbf\xbd\x1b[2J");
}

HttpInfo Get(const std::string& path) {
  HttpInfo http;
  http.method = "GET";
  http.path = path;
  return http;
}

Record RequestRecord(HttpInfo http) {
  Record record;
  record.event = Event::kRequest;
  record.http = std::move(http);
  return record;
}

TEST(JsonEncoder, WritesARequestWithoutItsSecrets) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  const std::string line = Encoded(RequestRecord(Get("/v1/reset/" + key + "/42")));
  EXPECT_THAT(line, Not(HasSubstr(key)));
  const auto flow = ParsedBySchema(line);
  EXPECT_EQ(flow.http().path(), "/v1/reset/{redacted}/{id}");
  EXPECT_EQ(flow.http().path_template(), "/v1/reset/{id}/{id}");
  for (const char* name : {"authority", "status", "user_agent", "has_query", "grpc", "trace_id"}) {
    EXPECT_THAT(line, Not(HasSubstr(name)));
  }
}

TEST(JsonEncoder, ShowsTheIdsOfPathsThatItIsToldToShow) {
  const auto path_of = [](const std::string& path) {
    std::string line;
    JsonEncoder(TestReporter(), {"/v1/charges", "/open/"})
        .AppendRecord(RequestRecord(Get(path)), {.sequence = 7}, 1, &line);
    return ParsedBySchema(line).http().path();
  };
  EXPECT_EQ(path_of("/v1/charges/42"), "/v1/charges/42");
  EXPECT_EQ(path_of("/open/token/k3"), "/open/token/k3");
  EXPECT_EQ(path_of("/v1/chargesheets/42"), "/v1/chargesheets/{id}");
  EXPECT_EQ(path_of("/v1/charges/0123456789abcdef0123456789abcdef"), "/v1/charges/{redacted}");
}

TEST(JsonEncoder, WritesAUserAgentWithoutItsAddress) {
  HttpInfo http = Get("/a");
  JsonEncoder encoder(TestReporter());
  for (const char* agent : {"bot (ann@shop.example)", "curl/8", "bot (ann@shop.example)"}) {
    http.user_agent = agent;
    std::string line;
    encoder.AppendRecord(RequestRecord(http), {.sequence = 7}, 1, &line);
    EXPECT_EQ(ParsedBySchema(line).http().user_agent(),
              http.user_agent == "curl/8" ? "curl/8" : "bot ({redacted})");
  }
}

// A request that was refused for its form is recorded as it came.
TEST(JsonEncoder, WritesNoSecretOfARequestThatIsNotCanonical) {
  HttpInfo http = Get("/search?q=hunter2");
  http.authority = "ann:hunter2@payments:8080";
  const auto flow = ParsedBySchema(Encoded(RequestRecord(http)));
  EXPECT_EQ(flow.http().path(), "/search");
  EXPECT_TRUE(flow.http().has_query());
  EXPECT_EQ(flow.http().authority(), "{redacted}@payments:8080");
  http.path = "/login#access_token=hunter2";
  EXPECT_EQ(ParsedBySchema(Encoded(RequestRecord(http))).http().path(), "/login");
}

TEST(JsonEncoder, WritesAnEmptyBodyAndTheStatusOk) {
  HttpInfo call = Get("/p.S/M");
  call.grpc = true;
  call.grpc_status = 0;
  const std::string line = Encoded(RequestRecord(call));
  EXPECT_THAT(line, HasSubstr(R"("request_bytes":0,"response_bytes":0)"));
  EXPECT_THAT(line, HasSubstr(R"("grpc":{"service":"p.S","method":"M","status":0})"));
}

TEST(JsonEncoder, LeavesOutWhatAGrpcPathDoesNotName) {
  for (const char* path : {"", "*", "/", "/Ledger", "Ledger/Append"}) {
    HttpInfo call = Get(path);
    call.grpc = true;
    EXPECT_THAT(Encoded(RequestRecord(call)), Not(HasSubstr("\"grpc\""))) << path;
  }
}

TEST(JsonEncoder, LeavesConnectionTotalsToPeriodicAndClose) {
  Record record = FullRecord();
  record.event = Event::kRequest;
  const std::string line = Encoded(record);
  EXPECT_THAT(line, Not(HasSubstr("bytes_sent")));
  EXPECT_THAT(line, Not(HasSubstr("bytes_received")));
  EXPECT_EQ(ParsedBySchema(line).duration_us(), 12'345U);
}

TEST(JsonEncoder, CutsWhatAClientMakesLong) {
  HttpInfo http = Get("");
  for (int i = 0; i < 500; ++i) http.path += "/abc";
  http.path.replace(1'000, 40, "/0123456789abcdef0123456789abcdef0123456");
  http.method = std::string(100'000, 'M');
  http.authority = std::string(300, 'a');
  for (int i = 0; i < 51; ++i) http.user_agent += "user ";
  http.user_agent += "\xe2\x82\xac";
  const auto flow = ParsedBySchema(Encoded(RequestRecord(http)));
  EXPECT_EQ(flow.http().method().size(), JsonEncoder::kMaxMethodBytes);
  EXPECT_EQ(flow.http().authority().size(), JsonEncoder::kMaxAuthorityBytes);
  EXPECT_EQ(flow.http().user_agent(), http.user_agent.substr(0, 255)) << "no half of a character";
  EXPECT_EQ(flow.http().path().size(), JsonEncoder::kMaxPathBytes);
  EXPECT_THAT(flow.http().path(), Not(HasSubstr("0123"))) << "redacted before it is cut";
}

// The encoder keeps text of connections, requests and policies: whatever was written before, a line
// says what a fresh encoder would say.
TEST(JsonEncoder, SaysNothingOfAnotherRecordThatCameBefore) {
  std::vector<Record> records;
  const auto changed = [&records](auto change) {
    records.push_back(FullRecord());
    change(records.back());
  };
  changed([](Record&) {});
  changed([](Record& r) { r.source.principal = Shared("shop.example/ns/shop/sa/mallory"); });
  changed([](Record& r) { r.source.port = 1; });
  changed([](Record& r) { r.destination.principal = Shared("other.example/ns/a/sa/b"); });
  changed([](Record& r) { r.destination.ip = *IpAddress::Parse("fd00::2"); });
  changed([](Record& r) { r.direction = Direction::kOutbound; });
  changed([](Record& r) { r.tls.svid_serial = Shared("0a1c"); });
  changed([](Record& r) { r.tls.svid_not_after += absl::Seconds(1); });
  changed([](Record& r) { r.tls = {}; });
  changed([](Record& r) { r.flow_id_low ^= 1; });
  changed([](Record& r) { std::swap(r.flow_id_low, r.flow_id_high); });  // kept in the same place
  changed([](Record& r) { r.event = Event::kRequest; });
  changed([](Record& r) { r.verdict = Verdict::kAudit; });
  changed([](Record& r) { r.reason = Reason::kNone; });
  changed([](Record& r) { r.quarantine = QuarantineMode::kNone; });
  changed([](Record& r) { r.protocol = Protocol::kGrpc; });
  changed([](Record& r) { r.http.reset(); });
  changed([](Record& r) { r.http->method = "GET"; });
  changed([](Record& r) { r.http->authority = "ann:pw@payments.shop"; });
  changed([](Record& r) { r.http->path = "/other?q=1"; });
  changed([](Record& r) { r.http->path = "*"; });
  changed([](Record& r) {
    r.http->path = "*";
    r.http->grpc = false;
  });
  changed([](Record& r) { r.http->path = "/other/1"; });
  changed([](Record& r) { r.http->path = "/other/2"; });
  changed([](Record& r) { r.http->path_template = Shared("/{**}"); });
  changed([](Record& r) { r.http->path_template = nullptr; });
  changed([](Record& r) { r.http->has_query = false; });
  changed([](Record& r) { r.http->user_agent.clear(); });
  changed([](Record& r) { r.http->grpc = false; });
  changed([](Record& r) { r.http->grpc_status = 0; });
  changed([](Record& r) { r.http->status = 404; });
  changed([](Record& r) { r.rule = nullptr; });
  changed([](Record& r) {
    RuleRef other;
    other.policy = "other";
    r.rule = std::make_shared<const RuleRef>(std::move(other));
  });
  changed([](Record& r) { r.policy_revision = Shared("sha256:78"); });
  changed([](Record& r) { r.would_be_verdict = Verdict::kAudit; });
  changed([](Record& r) { r.would_be_verdict.reset(); });
  JsonEncoder kept(TestReporter());
  const LinePlace place{.sequence = 7, .previous_hash = "ab12"};
  for (int round = 0; round < 2; ++round) {
    for (const Record& before : records) {
      for (const Record& record : records) {
        std::string line;
        kept.AppendRecord(before, place, 10, &line);
        line.clear();
        const LineStart& start = kept.AppendRecord(record, place, 10, &line);
        EXPECT_EQ(line, Encoded(record));
        EXPECT_EQ(line.substr(0, start.text().size()), start.text());
      }
    }
  }
}

TEST(JsonEncoder, SaysTheSumsOfAnEdge) {
  RollupLine rollup{.edge = {.direction = Direction::kInbound,
                             .verdict = Verdict::kForwarded,
                             .source = Shared("shop.example/ns/shop/sa/orders"),
                             .port = 8080},
                    .sums = {},
                    .time = absl::FromUnixSeconds(1'800'000'000),
                    .length = absl::Minutes(1)};
  Record request = FullRecord();
  request.event = Event::kRequest;
  request.verdict = Verdict::kForwarded;
  rollup.sums.Count(request);
  JsonEncoder encoder(TestReporter());
  std::string line;
  encoder.AppendRollup(rollup, {.sequence = 9, .previous_hash = "ab12"}, &line);
  const auto flow = ParsedBySchema(line);
  EXPECT_EQ(flow.event(), firebreak::flow::v1::ROLLUP);
  EXPECT_EQ(flow.sequence(), 9U);
  EXPECT_EQ(flow.previous_hash(), "ab12");
  EXPECT_EQ(flow.direction(), firebreak::flow::v1::INBOUND);
  EXPECT_EQ(flow.verdict(), firebreak::flow::v1::FORWARDED);
  EXPECT_EQ(flow.source().workload(), "orders");
  EXPECT_EQ(flow.destination().principal(), "shop.example/ns/shop/sa/payments");
  EXPECT_EQ(flow.destination().port(), 8080U);
  EXPECT_EQ(flow.flow_id(), "") << "it is no flow";
  EXPECT_EQ(flow.bytes_sent(), 0U) << "and has no bytes that anybody could add to those of flows";
  EXPECT_EQ(flow.rollup().duration_us(), 60'000'000U);
  EXPECT_EQ(flow.rollup().requests(), 1U);
  EXPECT_EQ(flow.rollup().bytes_received(), 3'400U);
  EXPECT_EQ(flow.rollup().latency_sum_us(), 12'345U);
  EXPECT_EQ(flow.rollup().within_5ms(), 0U);
  EXPECT_EQ(flow.rollup().within_25ms(), 1U);
  EXPECT_EQ(flow.rollup().within_10s(), 1U);
  EXPECT_FALSE(flow.rollup().others());
  rollup.edge = {.others = true};
  line.clear();
  encoder.AppendRollup(rollup, {.sequence = 10}, &line);
  const auto others = ParsedBySchema(line);
  EXPECT_TRUE(others.rollup().others());
  EXPECT_FALSE(others.has_source() || others.has_destination());
}

TEST(JsonEncoder, SaysHowMuchWasLost) {
  std::string line;
  JsonEncoder(TestReporter())
      .AppendLost({.count = 41, .cause = LostCause::kRingFull}, absl::FromUnixSeconds(0),
                  {.sequence = 9, .previous_hash = "ab12"}, &line);
  const auto flow = ParsedBySchema(line);
  EXPECT_EQ(flow.event(), firebreak::flow::v1::LOST);
  EXPECT_EQ(flow.sequence(), 9U);
  EXPECT_EQ(flow.run_id(), "0f1e2d3c4b5a6978");
  EXPECT_EQ(flow.previous_hash(), "ab12");
  EXPECT_EQ(flow.lost().count(), 41U);
  EXPECT_EQ(flow.lost().cause(), "RING_FULL");
  EXPECT_EQ(flow.lost().sink(), "");
  EXPECT_THAT(line, Not(HasSubstr("_sequence")));
}

TEST(JsonEncoder, SaysWhichSinkLostWhichLines) {
  for (int i = 0; i < kLostCauseCount; ++i) {
    const auto cause = static_cast<LostCause>(i);
    std::string line;
    JsonEncoder(TestReporter())
        .AppendLost(
            {.count = 2, .cause = cause, .sink = "otlp", .first_sequence = 5, .last_sequence = 8},
            absl::FromUnixSeconds(0), {.sequence = 9}, &line);
    const auto flow = ParsedBySchema(line);
    EXPECT_EQ(flow.lost().cause(), std::string(LostCauseName(cause)));
    EXPECT_EQ(flow.lost().sink(), "otlp");
    EXPECT_EQ(flow.lost().first_sequence(), 5U);
    EXPECT_EQ(flow.lost().last_sequence(), 8U);
  }
}

TEST(JsonEncoder, EndsAHeadInItsSignature) {
  const JsonEncoder encoder(TestReporter());
  std::string line;
  encoder.AppendHead({.records = 3,
                      .last = true,
                      .algorithm = "ecdsa_secp256r1_sha256",
                      .certificate_chain = "MIIB"},
                     absl::FromUnixSeconds(0), {.sequence = 9, .previous_hash = "ab12"}, &line);
  const std::string signed_part = line;
  JsonEncoder::AppendSignature("c2lnbg==", &line);
  EXPECT_EQ(line, signed_part + ",\"signature\":\"c2lnbg==\"}\n");
  const auto flow = ParsedBySchema(line);
  EXPECT_EQ(flow.event(), firebreak::flow::v1::HEAD);
  EXPECT_EQ(flow.head().records(), 3U);
  EXPECT_TRUE(flow.head().last());
  EXPECT_EQ(flow.head().algorithm(), "ecdsa_secp256r1_sha256");
  EXPECT_EQ(flow.head().certificate_chain(), "MIIB");
  EXPECT_EQ(flow.previous_hash(), "ab12");
  EXPECT_EQ(flow.signature(), "c2lnbg==");
}

TEST(JsonEncoder, NamesEveryEnumValueAsTheSchemaDoes) {
  for (int i = 0; i < kReasonCount; ++i) {
    Record record = FullRecord();
    record.reason = static_cast<Reason>(i);
    EXPECT_EQ(ParsedBySchema(Encoded(record)).reason(), std::string(ReasonName(record.reason)));
  }
  for (Event event : {Event::kOpen, Event::kRequest, Event::kPeriodic, Event::kClose}) {
    Record record = FullRecord();
    record.event = event;
    EXPECT_NE(ParsedBySchema(Encoded(record)).event(), 0);
  }
  for (Verdict verdict :
       {Verdict::kForwarded, Verdict::kDropped, Verdict::kAudit, Verdict::kError}) {
    Record record = FullRecord();
    record.verdict = verdict;
    EXPECT_NE(ParsedBySchema(Encoded(record)).verdict(), 0);
  }
}

TEST(TlsNames, ShowUnknownValuesAsHex) {
  EXPECT_EQ(TlsVersionName(0x0305), "0x0305");
  EXPECT_EQ(TlsCipherName(0x1304), "0x1304");
  EXPECT_EQ(TlsGroupName(0x11ec), "X25519MLKEM768");
  EXPECT_EQ(TlsGroupName(0x0100), "0x0100");
}

}  // namespace
}  // namespace firebreak::flows
