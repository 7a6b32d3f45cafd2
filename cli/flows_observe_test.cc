#include "cli/flows_observe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "cli/testing.h"
#include "cli/testing_flows.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDenied[] =
    R"({"time":"2027-01-15T08:00:00.123456Z","sequence":1,"event":"CLOSE","direction":"INBOUND",)"
    R"("reporter":{"node":"ledger-0"},"verdict":"DROPPED","reason":"NO_RULE",)"
    R"("source":{"principal":"shop.example/ns/shop/sa/web","namespace":"shop","workload":"web",)"
    R"("ip":"10.0.0.1","port":4242},"destination":{"principal":"shop.example/ns/bank/sa/ledger",)"
    R"("namespace":"bank","workload":"ledger","ip":"10.0.0.4","port":6379},"protocol":"TCP",)"
    R"("bytes_sent":0,"bytes_received":0,"duration_us":850,"close_reason":"DENIED"})";
constexpr char kForwarded[] =
    R"({"time":"2027-01-15T08:00:01Z","sequence":2,"event":"CLOSE","direction":"OUTBOUND",)"
    R"("verdict":"FORWARDED","source":{"principal":"shop.example/ns/shop/sa/orders",)"
    R"("namespace":"shop","workload":"orders","ip":"10.0.0.2","port":42742},"destination":)"
    R"({"principal":"shop.example/ns/shop/sa/payments","namespace":"shop","workload":"payments",)"
    R"("ip":"10.0.0.3","port":8080},"protocol":"TCP","policy":{"name":"payments","rule":"charge"},)"
    R"("bytes_sent":1234,"bytes_received":3400,"duration_us":12345})";
constexpr char kNobody[] =
    R"({"time":"2027-01-15T08:00:02Z","sequence":3,"event":"CLOSE","direction":"INBOUND",)"
    R"("verdict":"DROPPED","reason":"TLS_FAILURE","source":{"ip":"fd00::9","port":5555},)"
    R"("destination":{"ip":"10.0.0.3","port":15006},"bytes_sent":0,"bytes_received":0,)"
    R"("duration_us":1,"detail":"no \u001b[31mcertificate"})";
constexpr char kLost[] = R"({"time":"2027-01-15T08:00:03Z","sequence":4,"event":"LOST",)"
                         R"("lost":{"count":3,"cause":"RING_FULL"}})";

constexpr char kGet[] =
    R"({"time":"2027-01-15T08:00:04Z","sequence":5,"event":"REQUEST","direction":"INBOUND",)"
    R"("flow_id":"0123456789abcdeffedcba9876543210","verdict":"FORWARDED",)"
    R"("source":{"principal":"shop.example/ns/shop/sa/orders","ip":"10.0.0.2","port":42742},)"
    R"("destination":{"principal":"shop.example/ns/shop/sa/payments","port":8080},)"
    R"("protocol":"HTTP1","http":{"method":"GET","authority":"payments","path":"/v1/charges/12",)"
    R"("path_template":"/v1/charges/{id}","status":200,"request_bytes":0,"response_bytes":3400,)"
    R"("user_agent":"curl/8"},"policy":{"name":"payments","rule":"charge"},"duration_us":12345})";
constexpr char kRefused[] =
    R"({"time":"2027-01-15T08:00:05Z","sequence":6,"event":"REQUEST","direction":"INBOUND",)"
    R"("verdict":"DROPPED","reason":"NO_RULE","source":{"ip":"10.0.0.2","port":42742},)"
    R"("destination":{"port":8080},"protocol":"HTTP2","http":{"method":"DELETE","path":)"
    R"("/v1/\u001b[31m","status":403,"request_bytes":0,"response_bytes":90},"decision_id":)"
    R"("00000000000000010000000000000002","duration_us":85})";
constexpr char kCall[] =
    R"({"time":"2027-01-15T08:00:06Z","sequence":7,"event":"REQUEST","direction":"OUTBOUND",)"
    R"("verdict":"FORWARDED","source":{"ip":"10.0.0.2","port":1},"destination":{"port":2},)"
    R"("protocol":"GRPC","http":{"method":"POST","path":"/Ledger/Append","path_template":)"
    R"("/Ledger/Append","status":200,"request_bytes":12,"response_bytes":5},"grpc":{"service":)"
    R"("Ledger","method":"Append","status":0},"duration_us":85,"trace_id":)"
    R"("4bf92f3577b34da6a3ce929d0e0e4736"})";

class ObserveTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::vector<std::string>& lines) {
    std::ofstream file(path, std::ios::app);
    for (const std::string& line : lines) file << line << "\n";
  }
  CommandRun Run(std::vector<std::string> args) {
    args.insert(args.begin(), {"flows", "observe", path_});
    return RunForTest(std::move(args));
  }
  // Sequences lists the sequence numbers of what was printed as JSON.
  std::string Shown(std::vector<std::string> args) {
    args.insert(args.end(), {"-o", "json"});
    const std::string out = Run(std::move(args)).out;
    std::string numbers;
    constexpr absl::string_view kKey = "\"sequence\":";
    for (size_t at = out.find(kKey.data()); at != std::string::npos;
         at = out.find(kKey.data(), at + 1)) {
      numbers += out[at + kKey.size()];
    }
    return numbers;
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
};

TEST_F(ObserveTest, PrintsWhoWhomVerdictAndRule) {
  Write(path_, {kDenied, kForwarded, kNobody, kLost});
  const CommandRun run = Run({});
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_EQ(
      run.out,
      "2027-01-15T08:00:00.123Z: shop/web:4242 -> bank/ledger:6379 tcp DROPPED (NO_RULE) 0B/0B "
      "850us\n"
      "2027-01-15T08:00:01.000Z: shop/orders:42742 -> shop/payments:8080 tcp FORWARDED "
      "(payments/charge) 1.2KB/3.4KB 12ms\n"
      "2027-01-15T08:00:02.000Z: [fd00::9]:5555 -> 10.0.0.3:15006 DROPPED (TLS_FAILURE: no "
      "\\x1b[31mcertificate) 0B/0B 1us\n"
      "2027-01-15T08:00:03.000Z: LOST 3 flow records missing (RING_FULL)\n");
  EXPECT_EQ(run.err, "");
}

TEST_F(ObserveTest, SaysOfWhatLivesOnThatItDoes) {
  Write(path_,
        {absl::StrReplaceAll(kForwarded, {{"CLOSE", "PERIODIC"}}),
         absl::StrReplaceAll(kGet, {{"REQUEST", "PERIODIC"},
                                    {"\"duration_us\"", "\"bytes_received\":7,\"duration_us\""}})});
  EXPECT_EQ(
      Run({}).out,
      "2027-01-15T08:00:01.000Z: shop/orders:42742 -> shop/payments:8080 tcp PERIODIC FORWARDED "
      "(payments/charge) 1.2KB/3.4KB 12ms\n"
      "2027-01-15T08:00:04.000Z: shop/orders:42742 -> shop/payments:8080 http1 GET "
      "/v1/charges/12 200 PERIODIC FORWARDED (payments/charge) 0B/7B 12ms\n");
}

TEST_F(ObserveTest, ShowsSumsWhereAskedForThem) {
  Write(path_,
        {kForwarded,
         R"({"time":"2027-01-15T08:01:00Z","sequence":3,"event":"ROLLUP","verdict":"FORWARDED",)"
         R"("direction":"OUTBOUND",)"
         R"("source":{"principal":"d/ns/shop/sa/web"},"destination":{"port":8080},"rollup":)"
         R"({"duration_us":60000000,"connections":1,"requests":12,"errors":2,"bytes_sent":1000,)"
         R"("bytes_received":0}})"});
  EXPECT_EQ(Shown({}), "2");
  EXPECT_EQ(
      Run({"--event", "ROLLUP"}).out,
      "2027-01-15T08:01:00.000Z: shop/web -> unknown:8080 12 requests, 1 connections, 2 failed "
      "ROLLUP FORWARDED 1.0KB/0B 1m00s\n");
}

TEST_F(ObserveTest, FiltersEachField) {
  Write(path_, {kDenied, kForwarded, kNobody});
  EXPECT_EQ(Shown({}), "123");
  EXPECT_EQ(Shown({"--verdict", "dropped"}), "13");
  EXPECT_EQ(Shown({"--reason", "NO_RULE"}), "1");
  EXPECT_EQ(Shown({"--event", "open"}), "");
  EXPECT_EQ(Shown({"--direction", "OUTBOUND"}), "2");
  EXPECT_EQ(Shown({"--protocol", "tcp"}), "12");
  EXPECT_EQ(Shown({"--from-principal", "spiffe://shop.example/ns/shop/sa/web"}), "1");
  EXPECT_EQ(Shown({"--from-principal", "shop.example/ns/shop/*"}), "12");
  EXPECT_EQ(Shown({"--from-principal", "*"}), "12") << "nobody is not anybody";
  EXPECT_EQ(Shown({"--to-namespace", "bank"}), "1");
  EXPECT_EQ(Shown({"--to-workload", "shop/payments"}), "2");
  EXPECT_EQ(Shown({"--to-workload", "bank/payments"}), "");
  EXPECT_EQ(Shown({"--from-ip", "10.0.0.0/30"}), "12");
  EXPECT_EQ(Shown({"--from-ip", "fd00::9"}), "3");
  EXPECT_EQ(Shown({"--to-port", "8080"}), "2");
  EXPECT_EQ(Shown({"--namespace", "bank"}), "1");
  EXPECT_EQ(Shown({"--ip", "10.0.0.3"}), "23");
  EXPECT_EQ(Shown({"--since", "2027-01-15T08:00:01Z", "--until", "2027-01-15T08:00:01Z"}), "2");
}

TEST_F(ObserveTest, PrintsWhatWasAskedAndAnswered) {
  Write(path_, {kGet, kRefused, kCall});
  EXPECT_EQ(
      Run({}).out,
      "2027-01-15T08:00:04.000Z: shop/orders:42742 -> shop/payments:8080 http1 GET "
      "/v1/charges/12 200 FORWARDED (payments/charge) 0B/3.4KB 12ms\n"
      "2027-01-15T08:00:05.000Z: 10.0.0.2:42742 -> unknown:8080 http2 DELETE /v1/\\x1b[31m 403 "
      "DROPPED (NO_RULE) 0B/90B 85us\n"
      "2027-01-15T08:00:06.000Z: 10.0.0.2:1 -> unknown:2 grpc Ledger/Append OK FORWARDED "
      "12B/5B 85us\n");
  const std::string table = Run({"-o", "table"}).out;
  EXPECT_THAT(table, HasSubstr(" REQUEST "));
  EXPECT_THAT(table, HasSubstr(" GET /v1/charges/{id} 200 "));
  EXPECT_THAT(table, HasSubstr(" Ledger/Append OK "));
  const std::string wide = Run({"-o", "wide"}).out;
  for (const char* text : {"/v1/charges/12", "curl/8", "4bf92f3577b34da6a3ce929d0e0e4736"}) {
    EXPECT_THAT(wide, HasSubstr(text));
  }
}

TEST_F(ObserveTest, ShowsTheStatusThatThereIs) {
  const auto shown = [this](const std::string& fields) {
    const std::string path = path_ + ".1";
    std::ofstream(path) << R"({"time":"2027-01-15T08:00:00Z","event":"REQUEST",)" << fields
                        << "}\n";
    return RunForTest({"flows", "observe", path}).out;
  };
  EXPECT_THAT(shown(R"("http":{"method":"GET","path":"/x"})"), HasSubstr(" GET /x "));
  EXPECT_THAT(shown(R"("grpc":{"service":"S","method":"M","status":7})"),
              HasSubstr(" S/M PERMISSION_DENIED "));
  EXPECT_THAT(shown(R"("grpc":{"service":"S","method":"M","status":99})"), HasSubstr(" S/M 99 "));
  EXPECT_THAT(shown(R"("http":{"status":503},"grpc":{"service":"S","method":"M"})"),
              HasSubstr(" S/M HTTP 503 "));
  EXPECT_THAT(shown(R"("verdict":"FORWARDED")"), HasSubstr(" REQUEST FORWARDED "));
}

TEST_F(ObserveTest, FiltersRequests) {
  Write(path_, {kForwarded, kGet, kRefused, kCall});
  EXPECT_EQ(Shown({"--event", "request"}), "567");
  EXPECT_EQ(Shown({"--http-status", "403"}), "6");
  EXPECT_EQ(Shown({"--http-status", "2xx"}), "57");
  for (const char* beginning : {"4+", "40+", "4xx", "40x", "4XX"}) {
    EXPECT_EQ(Shown({"--http-status", beginning}), "6") << beginning;
  }
  EXPECT_EQ(Shown({"--http-status", "41+"}), "");
  EXPECT_EQ(Shown({"--http-status", "200-299", "--http-status", "403"}), "567");
  EXPECT_EQ(Shown({"--http-method", "get"}), "5");
  EXPECT_EQ(Shown({"--http-path", "/v1/*"}), "56");
  EXPECT_EQ(Shown({"--http-path", "/v1/charges/{id}"}), "5");
  EXPECT_EQ(Shown({"--http-path", "/v1/charges/12"}), "5");
  EXPECT_EQ(Shown({"--http-path", "/v1"}), "");
  EXPECT_EQ(Shown({"--http-authority", "Pay*"}), "5");
  EXPECT_EQ(Shown({"--grpc-method", "/Ledger/Append"}), "7");
  EXPECT_EQ(Shown({"--grpc-method", "*/Append"}), "7");
  EXPECT_EQ(Shown({"--grpc-status", "ok"}), "7");
  EXPECT_EQ(Shown({"--grpc-status", "7"}), "");
  EXPECT_EQ(Shown({"--flow-id", "0123456789ABCDEFfedcba9876543210"}), "5");
  EXPECT_EQ(Shown({"--decision-id", "00000000000000010000000000000002"}), "6");
  EXPECT_EQ(Shown({"--trace-id", "4bf92f3577b34da6a3ce929d0e0e4736"}), "7");
  EXPECT_EQ(Shown({"--http-status", "2xx", "--http-method", "DELETE"}), "");
}

TEST_F(ObserveTest, RepeatedOptionsAreAlternativesAndDifferentOnesMustAllMatch) {
  Write(path_, {kDenied, kForwarded, kNobody});
  EXPECT_EQ(Shown({"--from-workload", "web", "--from-workload", "orders"}), "12");
  EXPECT_EQ(Shown({"--from-workload", "web", "--to-workload", "payments"}), "");
  EXPECT_EQ(Shown({"--from-workload", "web", "--to-workload", "ledger"}), "1");
}

TEST_F(ObserveTest, NotLeavesOutWhatTheNextFilterMatches) {
  Write(path_, {kDenied, kForwarded, kNobody, kGet});
  EXPECT_EQ(Shown({"--not", "--verdict", "DROPPED"}), "25");
  EXPECT_EQ(Shown({"--verdict", "DROPPED", "--not", "--reason", "NO_RULE"}), "3");
  EXPECT_EQ(Shown({"--not", "--from-workload", "web", "--not", "--from-workload", "orders"}), "3");
  EXPECT_EQ(Shown({"--not", "--from-ip", "10.0.0.0/8", "--from-ip", "fd00::/8"}), "3")
      << "--not is for one filter only";
  EXPECT_EQ(Shown({"--not", "--all", "--http-path", "/v1/*"}), "123");
  EXPECT_EQ(Run({"--not"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"--not", "--not", "--verdict", "DROPPED"}).exit_code, kExitUsage);
}

TEST_F(ObserveTest, FiltersByRuleReporterFindingAndTime) {
  constexpr char kFound[] =
      R"({"time":"2027-01-15T08:00:07Z","sequence":8,"event":"REQUEST","verdict":"DROPPED",)"
      R"("reason":"INSPECTION","inspection":{"score":5,"action":"BLOCK","matches":[{"id":"FBI-SQL-001",)"
      R"("category":"sql"}]}})";
  Write(path_, {kDenied, kForwarded, kGet, kFound});
  EXPECT_EQ(Shown({"--policy", "payments"}), "25");
  EXPECT_EQ(Shown({"--rule", "ch*"}), "25");
  EXPECT_EQ(Shown({"--reporter", "ledger-*"}), "1");
  for (const std::string found : {"sql", "SQL", "FBI-SQL-001", "FBI-SQL", "*QL*"}) {
    EXPECT_EQ(Shown({"--inspection", found}), "8") << found;
  }
  for (const std::string other : {"script", "FBI-SQL-002", "FBI-XSS", "CVE-2026-1234", "SHOP-7"}) {
    EXPECT_EQ(Shown({"--inspection", other}), "") << other;
  }
  EXPECT_EQ(Shown({"--inspection-action", "block"}), "8");
  EXPECT_EQ(Shown({"--close-reason", "DENIED"}), "1");
  EXPECT_EQ(Shown({"--min-duration", "12ms"}), "25");
  EXPECT_EQ(Shown({"--from-identity", "shop.example/ns/shop/sa/orders"}), "25");
}

TEST_F(ObserveTest, RefusesANameThatNoFindingHas) {
  Write(path_, {kDenied});
  const CommandRun run = Run({"--inspection", "sqli"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("did you mean \"sql\"?"));
  EXPECT_EQ(Run({"--inspection", "nonsense"}).exit_code, kExitUsage);
}

TEST_F(ObserveTest, ShowsTheFirstMatchesOnly) {
  Write(path_, {kDenied, kForwarded, kNobody});
  EXPECT_EQ(Shown({"--first", "2"}), "12");
  EXPECT_EQ(Shown({"--first", "1", "--verdict", "FORWARDED"}), "2");
  EXPECT_EQ(Run({"--first", "2", "--last", "2"}).exit_code, kExitUsage);
}

TEST_F(ObserveTest, HidesLinesAboutTheLogUnlessAskedForThem) {
  Write(path_, {kDenied, R"({"time":"2027-01-15T08:00:01Z","sequence":2,"event":"HEAD"})"});
  EXPECT_EQ(Shown({}), "1");
  EXPECT_EQ(Shown({"--event", "head"}), "2");
}

TEST_F(ObserveTest, SaysWhatAHeadVouchesFor) {
  Write(path_, {R"({"time":"2027-01-15T08:00:01Z","run_id":"0a0b","sequence":9,"event":"HEAD",)"
                R"("reporter":{"principal":"d/ns/shop/sa/orders"},)"
                R"("head":{"records":7,"last":true}})"});
  for (const char* form : {"compact", "table", "wide"}) {
    const std::string out = Run({"--event", "HEAD", "-o", form}).out;
    EXPECT_THAT(out, HasSubstr("last head of run 0a0b, line 9, over 7 records, signed by "
                               "d/ns/shop/sa/orders"))
        << form;
    EXPECT_THAT(out, Not(HasSubstr("unknown"))) << form;
  }
}

TEST_F(ObserveTest, SpeaksOthersSchemas) {
  Write(path_, {kGet});
  EXPECT_THAT(Run({"-o", "ocsf"}).out, HasSubstr(R"("class_uid":4002)"));
  EXPECT_THAT(Run({"-o", "zeek"}).out, HasSubstr(R"("_path":"http")"));
  EXPECT_THAT(Run({"-o", "hubble"}).out, HasSubstr(R"({"flow":{"time":)"));
}

TEST_F(ObserveTest, ShowsALossWhateverTheFilter) {
  Write(path_, {kDenied, kForwarded, kLost});
  EXPECT_EQ(Shown({"--from-workload", "orders"}), "24");
  EXPECT_EQ(Shown({"--event", "close"}), "12");
}

TEST_F(ObserveTest, RefusesFilterValuesThatCanNeverMatch) {
  Write(path_, {kDenied});
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--verdict", "ALLOWED"},
                                                        {"--reason", "BECAUSE"},
                                                        {"--from-ip", "10.0.0.300"},
                                                        {"--to-port", "0"},
                                                        {"--to-port", "65536"},
                                                        {"--to-port", ""},
                                                        {"--to-port", "http"},
                                                        {"--to-port", "+80"},
                                                        {"--to-port", "80,443"},
                                                        {"--to-port", "80-"},
                                                        {"--to-port", "-80"},
                                                        {"--to-port", "90-80"},
                                                        {"--to-port", "80-90-95"},
                                                        {"--to-port", "0-80"},
                                                        {"--to-port", "80-65536"},
                                                        {"--since", "yesterday"},
                                                        {"--last", "many"},
                                                        {"--last", "-1"},
                                                        {"--first", "-1"},
                                                        {"--last", "99999999999999999999"},
                                                        {"--since", "-5m"},
                                                        {"--since", "inf"},
                                                        {"--http-status", ""},
                                                        {"--http-status", "OK"},
                                                        {"--http-status", "xxx"},
                                                        {"--http-status", "0xx"},
                                                        {"--http-status", "4xxx"},
                                                        {"--http-status", "99"},
                                                        {"--http-status", "1000"},
                                                        {"--http-status", "499-400"},
                                                        {"--http-status", "400-"},
                                                        {"--http-status", "4x"},
                                                        {"--http-status", "404x"},
                                                        {"--http-status", "4++"},
                                                        {"--http-status", "400,404"},
                                                        {"--http-path", "v1/charges"},
                                                        {"--http-path", "/v1?x=1"},
                                                        {"--grpc-method", "Append"},
                                                        {"--grpc-status", "DENIED"},
                                                        {"--trace-id", "4bf9"},
                                                        {"--flow-id", std::string(32, 'g')},
                                                        {"--close-reason", "BORED"},
                                                        {"--inspection", ""},
                                                        {"--policy", ""},
                                                        {"--min-duration", "long"},
                                                        {"-o", "yml"}}) {
    const CommandRun run = Run({option, value});
    EXPECT_EQ(run.exit_code, kExitUsage) << option;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err, "");
  }
}

TEST_F(ObserveTest, TakesHubblesOptions) {
  Write(path_, {kDenied, kForwarded, kNobody, kGet});
  EXPECT_EQ(Shown({"--traffic-direction", "egress"}), "2");
  EXPECT_EQ(Shown({"--drop-reason-desc", "policy_denied"}), "1");
  EXPECT_EQ(Shown({"--drop-reason-desc", "AUTH_REQUIRED"}), "3");
  EXPECT_EQ(Shown({"-6"}), "3");
  EXPECT_EQ(Shown({"-4", "--verdict", "FORWARDED"}), "25");
  EXPECT_EQ(Shown({"--not", "--ip-version", "4"}), "3");
  EXPECT_EQ(Shown({"--http-url", "http://payments/v1/*"}), "5");
  EXPECT_EQ(Shown({"--uuid", "0123456789abcdeffedcba9876543210"}), "5");
  EXPECT_EQ(Shown({"--node-name", "ledger-*"}), "1");
  EXPECT_EQ(Shown({"--from-pod", "shop/web"}), "1");
  EXPECT_EQ(Shown({"--encrypted"}), "");
  EXPECT_EQ(Shown({"--unencrypted", "--not", "--to-pod", "payments"}), "13");
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--traffic-direction", "up"},
                                                        {"--drop-reason-desc", "BECAUSE"},
                                                        {"--ip-version", "5"}}) {
    EXPECT_EQ(Run({option, value}).exit_code, kExitUsage) << option;
  }
}

TEST_F(ObserveTest, TakesTimesHoweverTheyAreWritten) {
  Write(path_, {kDenied, kForwarded, kNobody});
  EXPECT_EQ(Shown({"--since", "2027-01-15"}), "123");
  EXPECT_EQ(Shown({"--since", "2027-01-15 08:00:01"}), "23");
  EXPECT_EQ(Shown({"--until", "2027-01-15T09:00:01+01:00"}), "12");
  EXPECT_EQ(Run({"--since", "7d"}).exit_code, kExitYes);
}

TEST_F(ObserveTest, SaysThatNothingIsBetweenTimesTheWrongWayRound) {
  Write(path_, {kDenied});
  const CommandRun run = Run({"--since", "2027-01-16", "--until", "2027-01-15"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("--since 2027-01-16T00:00:00Z is later than --until"));
}

TEST_F(ObserveTest, ConvertsAllOfALog) {
  for (int number = 1; number <= 30; ++number) {
    std::ofstream(path_, std::ios::app) << Numbered(number);
  }
  for (const std::string form : {"ocsf", "zeek", "hubble"}) {
    const std::string out = Run({"-o", form}).out;
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 30) << form;
  }
  const std::string out = Run({}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 20);
}

TEST_F(ObserveTest, WhereNoLineIsARecordTheInputIsNoLog) {
  std::ofstream(path_) << "garbage\nmore of it\n";
  for (const char* command : {"observe", "top", "map", "reconcile"}) {
    const CommandRun run = RunForTest({"flows", command, path_});
    EXPECT_EQ(run.exit_code, kExitUsage) << command;
    EXPECT_THAT(run.err, HasSubstr("no line is a flow record")) << command;
  }
  std::ofstream(path_, std::ios::trunc).close();
  EXPECT_EQ(Run({}).exit_code, kExitYes) << "an empty log is one";
}

TEST_F(ObserveTest, ShowsTheLastMatchesOnly) {
  for (int i = 1; i <= 50; ++i) std::ofstream(path_, std::ios::app) << Numbered(i);
  const std::string twenty = Run({}).out;
  EXPECT_THAT(twenty, HasSubstr(":31 "));
  EXPECT_THAT(twenty, Not(HasSubstr(":30 ")));
  EXPECT_THAT(Run({"--last", "1"}).out, Not(HasSubstr(":49 ")));
  EXPECT_THAT(Run({"--all"}).out, HasSubstr(":1 "));
  EXPECT_THAT(Run({"--since", "2027-01-15T08:00:00Z"}).out, HasSubstr(":1 "));
}

TEST_F(ObserveTest, MergesSeveralLogsByTime) {
  Write(path_, {kDenied, kNobody});
  Write(path_ + ".1", {kForwarded, kLost});
  EXPECT_EQ(Shown({"-i", path_ + ".1"}), "1234");
}

TEST_F(ObserveTest, ReportsLinesThatAreNoFlowAndGoesOn) {
  Write(path_, {kDenied, "garbage", "", R"({"time":1})", kForwarded});
  std::ofstream(path_, std::ios::app) << R"({"time":"2027)";  // cut by a crash
  const CommandRun run = Run({});
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_THAT(run.out, HasSubstr("ledger"));
  EXPECT_THAT(run.out, HasSubstr("payments"));
  EXPECT_THAT(run.err, HasSubstr(path_ + ":2: not valid JSON"));
  EXPECT_THAT(run.err, HasSubstr(path_ + ":4: "));
  EXPECT_THAT(run.err, HasSubstr(path_ + ":6: "));
  EXPECT_THAT(run.err, HasSubstr("no flow records: 3\n"));
}

TEST_F(ObserveTest, BoundsWhatAnEndlessLineCosts) {
  std::ofstream(path_) << std::string(3 << 20, 'x') << "\n" << kDenied << "\n";
  const CommandRun run = Run({});
  EXPECT_THAT(run.out, HasSubstr("ledger"));
  EXPECT_THAT(run.err, HasSubstr(":1: longer than"));
}

TEST_F(ObserveTest, LetsNothingFromTheFileReachTheTerminalRaw) {
  Write(path_, {kNobody,
                "{\"time\":\"2027-01-15T08:00:00Z\",\"event\":\"CLOSE\",\r\"verdict\":"
                "\"\xc2\x9b\xe2\x80\xae\x7f\"}"});
  for (const char* form : {"compact", "table", "wide", "json", "ocsf", "zeek", "hubble"}) {
    const std::string out = Run({"-o", form}).out;
    for (const char* raw : {"\x1b", "\r", "\x7f", "\xc2\x9b", "\xe2\x80\xae"}) {
      EXPECT_THAT(out, Not(HasSubstr(raw))) << form;
    }
  }
  EXPECT_THAT(Run({"-o", "json"}).out, HasSubstr("\\u009b\\u202e\\u007f"));
}

TEST_F(ObserveTest, ColoursTheVerdictWhenAsked) {
  Write(path_, {kDenied});
  EXPECT_THAT(Run({"--color", "always"}).out, HasSubstr("\x1b[31mDROPPED\x1b[0m"));
  EXPECT_THAT(Run({}).out, Not(HasSubstr("\x1b")));
}

TEST_F(ObserveTest, NeedsAReadableInput) {
  EXPECT_EQ(RunForTest({"flows", "observe"}).exit_code, kExitUsage);
  const CommandRun absent = RunForTest({"flows", "observe", path_});
  EXPECT_EQ(absent.exit_code, kExitUsage);
  EXPECT_THAT(absent.err, HasSubstr(path_));
  EXPECT_EQ(RunForTest({"flows", "observe", folder_.path()}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
