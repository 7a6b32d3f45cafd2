#include "policy/dice.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "base/time_text.h"

namespace firebreak::policy {
namespace {

const std::vector<FieldValues>& IdentityFields() {
  static const auto* const fields = new std::vector<FieldValues>{
      {"principals",
       "notPrincipals",
       {"*", "td/*", "td/ns/a/*", "td/ns/*", "*/sa/x", "*/a/sa/x", "td/ns/a/sa/x", "td/vm/1",
        "td2/ns/a/sa/x", "td/ns/ab/sa/xy", "*/1", "group:few", "group:many"}},
      {"namespaces", "notNamespaces", {"*", "a", "ab", "a*", "*b", "shop"}},
      {"ipBlocks",
       "notIpBlocks",
       {"10.0.0.0/30", "10.0.0.1", "10.0.0.0/8", "10.0.0.2/31", "fd00::/127", "::/0", "0.0.0.0/0",
        "fd00::2"}}};
  return *fields;
}

const std::vector<FieldValues>& SourceFields() {
  static const auto* const fields = [] {
    auto* all = new std::vector<FieldValues>(IdentityFields());
    all->push_back({"trustDomains", "notTrustDomains", {"*", "td", "td*", "*2", "td2"}});
    return all;
  }();
  return *fields;
}

// Those that only a policy for INBOUND has.
const std::vector<FieldValues>& InboundSourceFields() {
  static const auto* const fields = [] {
    auto* all = new std::vector<FieldValues>(SourceFields());
    all->push_back({"remoteIpBlocks",
                    "notRemoteIpBlocks",
                    {"10.0.0.0/30", "10.0.0.1", "192.0.2.0/24", "fd00::/127", "0.0.0.0/0"}});
    all->push_back({"requestPrincipals", "notRequestPrincipals", {"*", "a/b", "a/*"}});
    return all;
  }();
  return *fields;
}

const FieldValues& Accounts() {
  static const auto* const field =
      new FieldValues{"serviceAccounts", "notServiceAccounts", {"x", "a/x", "ab/xy", "a/xy"}};
  return *field;
}

const FieldValues& Ports() {
  static const auto* const field = new FieldValues{"ports", "notPorts", {"1", "2", "3", "11"}};
  return *field;
}

const std::vector<FieldValues>& HttpFields() {
  static const auto* const fields = new std::vector<FieldValues>{
      {"hosts",
       "notHosts",
       {"*", "a.td", "A.td", "*.td", "a.*", "*td", "a.td:80", "a.td:443", "a.td:8443", "a.td:*",
        "*.td:8443", "*:443", "b.td"}},
      {"methods", "notMethods", {"GET", "POST", "DELETE", "P*", "*T", "*", "PURGE"}},
      {"paths", "notPaths", {"*",      "/",        "/a",          "/a/b",         "/a/b/",
                             "/a/*",   "/*",       "*/b",         "*b",           "/{*}",
                             "/a/{*}", "/{*}/b",   "/{**}",       "/a/{**}",      "/a/{*}/{**}",
                             "/a/b/*", "/{*}/{*}", "/{*}/b/{**}", "/td.Svc/Call", "/a/b/c"}},
      {"protocols", "notProtocols", {"TCP", "HTTP", "HTTP1", "HTTP2", "GRPC", "WEBSOCKET"}}};
  return *fields;
}

const std::vector<FieldValues>& GrpcFields() {
  static const auto* const fields = new std::vector<FieldValues>{
      {"services", "notServices", {"td.Svc", "td.*", "*.Svc", "*", "a"}},
      {"methods", "notMethods", {"Call", "C*", "*l", "*", "b"}}};
  return *fields;
}

const std::vector<FieldValues>& Conditions() {
  static const auto* const fields = new std::vector<FieldValues>{
      {"request.headers[x-a]", "", {"a", "b", "a*", "*b", "*", "a, b"}},
      {"request.headers[X-B]", "", {"a", "b", "*"}},
      {"request.headers[user-agent]", "", {"a", "a*", "a, b", "*b"}},
      {"source.ip", "", {"10.0.0.0/30", "10.0.0.1", "fd00::/127"}},
      {"source.namespace", "", {"*", "a", "ab"}},
      {"source.principal", "", {"td/*", "td/ns/a/sa/x", "group:many"}},
      {"source.serviceAccount", "", {"x", "a/x"}},
      {"source.trustDomain", "", {"td", "td2", "*"}},
      {"connection.sni", "", {"*", "a.td", "*.td", "a.*"}},
      {"destination.ip", "", {"10.0.0.0/30", "fd00::2"}},
      {"destination.port", "", {"1", "2", "3"}}};
  return *fields;
}

const std::vector<FieldValues>& InboundConditions() {
  static const auto* const fields =
      new std::vector<FieldValues>{{"remote.ip", "", {"10.0.0.0/30", "192.0.2.1"}},
                                   {"request.auth.principal", "", {"*", "a/b"}}};
  return *fields;
}

// Mend takes back what the language refuses.
void Mend(WrittenRule* rule) {
  for (WrittenTarget& target : rule->to) {
    if (!Contradicts(*rule, target)) continue;
    target.operation.erase("protocols");
    target.operation.erase("notProtocols");
    if (target.operation.empty() && target.grpc.empty() && target.destination.empty()) {
      target.operation["ports"] = {"1"};
    }
  }
}

}  // namespace

void Dice::Fill(const FieldValues& field, WrittenBlock* block) {
  FillAs(OneIn(3) ? field.not_name : field.name, field, block);
}
void Dice::FillAs(const char* name, const FieldValues& field, WrittenBlock* block) {
  std::vector<std::string>& values = (*block)[name];
  for (int i = 1 + Below(2); i > 0; --i) values.push_back(Pick(field.values));
}

WrittenCondition Dice::Condition(bool outbound) {
  const auto& fields = !outbound && OneIn(6) ? InboundConditions() : Conditions();
  const FieldValues& field = fields[static_cast<size_t>(Below(static_cast<int>(fields.size())))];
  WrittenCondition condition{field.name, {}};
  const bool negated = OneIn(3);
  FillAs(negated ? "notValues" : "values", field, &condition.values);
  if (OneIn(4)) FillAs(negated ? "values" : "notValues", field, &condition.values);
  return condition;
}

WrittenBlock Dice::Block(const std::vector<FieldValues>& fields) {
  WrittenBlock block;
  for (int i = 1 + Below(2); i > 0; --i) {
    Fill(fields[static_cast<size_t>(Below(static_cast<int>(fields.size())))], &block);
  }
  return block;
}

WrittenBlock Dice::Source(bool outbound) {
  if (!OneIn(5)) return Block(outbound ? SourceFields() : InboundSourceFields());
  WrittenBlock block;
  Fill(Accounts(), &block);
  return block;
}

WrittenTarget Dice::Target(bool outbound) {
  WrittenTarget target;
  if (OneIn(2)) target.operation = Block(HttpFields());
  if (OneIn(8)) target.grpc = Block(GrpcFields());
  const bool empty = target.operation.empty() && target.grpc.empty();
  if (outbound ? OneIn(2) : empty || OneIn(4)) Fill(Ports(), &target.operation);
  if (!outbound) return target;
  if (target.operation.empty() || OneIn(2)) target.destination = Block(IdentityFields());
  if (OneIn(3)) Fill(Ports(), &target.destination);
  const bool hosts = target.operation.count("hosts") + target.operation.count("notHosts") > 0;
  if (!hosts && OneIn(4)) Fill(HttpFields()[0], &target.destination);
  return target;
}

std::string Dice::Moment() {
  return UtcText(absl::FromUnixSeconds(kFirstSecond + Below(kSeconds)));
}

std::string Dice::Clock() { return absl::StrFormat("%02d:%02d", Below(24), 30 * Below(2)); }

void Dice::Validity(WrittenRule* rule) {
  static const auto* const days =
      new std::vector<std::string>{"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
  static const auto* const zones = new std::vector<std::string>{
      "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"};
  if (OneIn(2)) {
    (OneIn(2) ? rule->not_before : rule->not_after) = Moment();
    return;
  }
  for (int i = 1 + Below(2); i > 0; --i) {
    WrittenWindow window{{Pick(*days), Pick(*days), Pick(*days)}, Clock(), Clock(), Pick(*zones)};
    if (window.from == window.to) window.to = "24:00";
    rule->weekly.push_back(window);
  }
}

WrittenPolicy Dice::Policy(int index, int max_rules) {
  WrittenPolicy policy;
  policy.name = absl::StrCat("p", index);
  policy.outbound = OneIn(3);
  policy.deny = OneIn(3);
  policy.audit = OneIn(3);
  if (!policy.audit && OneIn(4)) policy.percent = 50 * Below(2) + Below(2) * 25;
  for (int r = 1 + Below(max_rules); r > 0; --r) {
    WrittenRule rule;
    for (int i = Below(3); i > 0; --i) rule.from.push_back(Source(policy.outbound));
    for (int i = Below(3); i > 0; --i) rule.to.push_back(Target(policy.outbound));
    if (OneIn(4)) rule.when.push_back(Condition(policy.outbound));
    if (OneIn(8)) rule.when.push_back(Condition(policy.outbound));
    if (OneIn(4)) Validity(&rule);
    Mend(&rule);
    policy.rules.push_back(rule);
  }
  return policy;
}

// A policy of rules that look into requests, most of which find no request to match.
WrittenPolicy Dice::HttpPolicy(int index, int rules) {
  WrittenPolicy policy;
  policy.name = absl::StrCat("p", index);
  policy.deny = OneIn(3);
  policy.audit = OneIn(4);
  for (int r = 0; r < rules; ++r) {
    WrittenRule rule;
    if (OneIn(3)) rule.from.push_back(Source(/*outbound=*/false));
    WrittenTarget target;
    for (int i = 2 + Below(2); i > 0; --i) {
      const WrittenBlock block = Block(HttpFields());
      target.operation.insert(block.begin(), block.end());
    }
    if (OneIn(6)) target.grpc = Block(GrpcFields());
    rule.to.push_back(target);
    if (OneIn(2)) rule.when.push_back(Condition(/*outbound=*/false));
    if (OneIn(12)) Validity(&rule);
    Mend(&rule);
    policy.rules.push_back(rule);
  }
  return policy;
}

std::string Dice::HeaderValue() {
  static const auto* const values =
      new std::vector<std::string>{"a", "b", "ab", "", "a, b", "a,b", "b,a", "a,", "a ,\tab", "c"};
  return Pick(*values);
}

http::Request Dice::Request() {
  static const auto* const methods =
      new std::vector<std::string>{"GET", "POST", "DELETE", "PURGE", "PATCH", "get"};
  static const auto* const paths = new std::vector<std::string>{
      "/",    "/a", "/a/",     "/a/b", "/a/b/",        "/a/b/c",        "/b",     "/ab", "/ab/b",
      "/x/b", "*",  "/a/c/b/", "/b/b", "/td.Svc/Call", "/td.Svc/Call/", "/x/td/y"};
  static const auto* const authorities =
      new std::vector<std::string>{"a.td", "a.td:8443", "b.a.td", "", "td", "a.tdx"};
  http::Request request;
  request.version = OneIn(2) ? http::Version::kHttp2 : http::Version::kHttp11;
  request.method = Pick(*methods);
  request.scheme = OneIn(2) ? "https" : "http";
  request.authority = Pick(*authorities);
  request.path = Pick(*paths);
  request.grpc = OneIn(3);
  if (OneIn(8)) request.upgrade = http::Upgrade::kWebsocket;
  for (int i = Below(3); i > 0; --i) request.headers.Add("x-a", HeaderValue());
  if (OneIn(2)) request.headers.Add("x-b", HeaderValue());
  if (OneIn(2)) request.headers.Add("user-agent", HeaderValue());
  return request;
}

RemoteAddress Dice::Remote() {
  using Kind = RemoteAddress::Kind;
  if (OneIn(2)) return {};
  const Kind kind = OneIn(3) ? (OneIn(2) ? Kind::kLater : Kind::kDoubt) : Kind::kNamed;
  return {.kind = kind, .ip = *IpAddress::Parse(OneIn(2) ? "192.0.2.1" : "10.0.0.2")};
}

Question Dice::Ask() {
  static const auto* const principals = new std::vector<std::string>{
      "",        "td/ns/a/sa/x", "td/ns/a/sa/xy",   "td/ns/ab/sa/xy",   "td2/ns/a/sa/x",
      "td/vm/1", "td/ns/a",      "td/ns/shop/sa/x", "td/ns/b/sa/x/y/z", "td/1"};
  static const auto* const addresses = new std::vector<std::string>{
      "", "10.0.0.1", "10.0.0.2", "10.0.0.5", "11.0.0.1", "fd00::1", "fd00::2", "fd00::3"};
  Question question;
  question.from = Pick(*principals);
  question.from_ip = Pick(*addresses);
  question.to = Pick(*principals);
  question.to_ip = Pick(*addresses);
  question.port = static_cast<uint16_t>(1 + Below(4));
  question.direction = OneIn(3) ? Direction::kOutbound : Direction::kInbound;
  question.now = absl::FromUnixSeconds(kFirstSecond + Below(kSeconds));
  if (OneIn(2)) question.server_name = OneIn(2) ? "a.td" : "b.td2";
  question.remote = Remote();
  if (OneIn(3)) {
    question.carries = OneIn(2) ? Carries::kBytes : Carries::kRequests;
  } else {
    question.http = Request();
  }
  return question;
}

uint64_t TestSeed() {
  uint64_t seed = 0;
  const char* given = std::getenv("FIREBREAK_SEED");
  if (given != nullptr && absl::SimpleAtoi(given, &seed)) return seed;
  return std::random_device()();
}

std::string Describe(const Question& question) {
  std::string text = absl::StrCat(
      "from \"", question.from, "\" ", question.from_ip, " to \"", question.to, "\" ",
      question.to_ip, " port ", question.port, " ", DirectionName(question.direction), " at ",
      absl::FormatTime(question.now, absl::UTCTimeZone()), " name \"", question.server_name,
      "\" remote ", static_cast<int>(question.remote.kind), " ", question.remote.ip.ToString());
  if (!question.http.has_value()) {
    return absl::StrCat(text, " carries ", static_cast<int>(question.carries));
  }
  const http::Request& request = *question.http;
  absl::StrAppend(&text, "\n", request.method, " ", request.scheme, "://", request.authority, " ",
                  request.path, " version ", static_cast<int>(request.version),
                  request.grpc ? " grpc" : "",
                  request.upgrade == http::Upgrade::kWebsocket ? " websocket" : "");
  for (size_t i = 0; i < request.headers.size(); ++i) {
    absl::StrAppend(&text, "\n", request.headers[i].name, ": ", request.headers[i].value);
  }
  return text;
}

}  // namespace firebreak::policy
