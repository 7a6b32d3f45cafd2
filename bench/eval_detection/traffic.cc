#include "bench/eval_detection/traffic.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace firebreak::bench {
namespace {

constexpr int kMaxDepth = 8;
constexpr double kCancelled = 0.001;  // callers that do not wait for the answer
constexpr double kSentTwice = 0.001;
constexpr double kVeryLate = 0.0001;
constexpr int64_t kClientTimeout = 10 * kSecond;

}  // namespace

Traffic::Traffic(const TrafficSettings& settings) : settings_(settings), random_(settings.seed) {
  BuildServices();
}

int64_t Traffic::Skew(size_t pod) const { return skew_[pods_[pod].node]; }

int64_t Traffic::LastCall(size_t pod, size_t service) const {
  const auto found = last_call_.find({pod, service});
  return found == last_call_.end() ? 0 : found->second;
}

// Load is the day's shape: least at four in the morning, less at weekends.
double Traffic::Load(int64_t at_us) const {
  const double hour = static_cast<double>((at_us - kEpoch) % kDay) / static_cast<double>(kHour);
  const bool weekend = ((at_us - kEpoch) / kDay) % 7 >= 5;
  const double day = 1 + 0.7 * std::cos((hour - 16) / 24 * 2 * 3.14159265358979);
  return day * (weekend ? 0.6 : 1.0);
}

int64_t Traffic::Handle(size_t pod, Target target, int64_t at_us, uint64_t trace) {
  const size_t service = target.service;
  const RouteModel route = services_[service].routes[target.route];
  const double slow = service == slow_service_ && at_us < slow_until_us_ ? 30 : 1;
  int64_t time = at_us + static_cast<int64_t>(slow * random_.LogNormal(route.work_us * 0.5, 0.5));
  if (++depth_ <= kMaxDepth) {
    for (const Dependency& dependency : route.calls) {
      if (!random_.Chance(dependency.chance)) continue;
      CallOptions call;
      call.from_pod = pod;
      call.target = dependency.target;
      call.trace = trace;
      call.at_us = time;
      const Service& self = services_[service];
      if (at_us < self.denied_until_us && dependency.target.service == self.denied.service &&
          dependency.target.route == self.denied.route) {
        call.verdict = "DROPPED";
        call.reason = "NO_RULE";
      }
      if (dependency.afterwards) {
        call.at_us += kSecond / 2 + static_cast<int64_t>(random_.Exponential(3e6));
        Call(call);
      } else {
        time = Call(call).end_us + static_cast<int64_t>(random_.LogNormal(300, 0.5));
      }
    }
  }
  --depth_;
  return time + static_cast<int64_t>(slow * random_.LogNormal(route.work_us * 0.5, 0.5));
}

Traffic::Answer Traffic::Call(const CallOptions& call) {
  const Service& callee = services_[call.target.service];
  const uint64_t flow_id = call.flow_id != 0 ? call.flow_id : NextFlowId();
  size_t to_pod = call.to_pod;
  if (to_pod == SIZE_MAX) {
    if (callee.pods.empty()) return {call.at_us, call.from_pod};
    to_pod = callee.pods[random_.Below(callee.pods.size())];
  }
  const auto network = static_cast<int64_t>(random_.LogNormal(300, 0.4));
  const int64_t arrives = call.at_us + network;
  int64_t ends = arrives;
  const bool carried = call.verdict.empty();
  if (carried && call.run_handler) ends = Handle(to_pod, call.target, arrives, call.trace);
  ends += call.hold_us;
  // A caller that gives up ends the request; what the handler does, it does all the same.
  bool given_up = false;
  if (call.hold_us == 0) {
    given_up = ends > arrives + kClientTimeout;
    if (given_up) ends = arrives + kClientTimeout;
    if (random_.Chance(kCancelled)) {
      given_up = true;
      ends = arrives + (ends - arrives) / 4;
    }
  }
  CallOptions reported = call;
  if (given_up) reported.status = 0;
  Report(reported, to_pod, arrives, ends, flow_id);
  if (carried) {
    last_call_[{call.from_pod, call.target.service}] = call.at_us;
    auto& seen = seen_[pods_[call.from_pod].service];
    const bool known = std::any_of(seen.begin(), seen.end(), [&](const Target& t) {
      return t.service == call.target.service && t.route == call.target.route;
    });
    if (!known && call.path.empty()) seen.push_back(call.target);
  }
  return {ends + network, to_pod};
}

void Traffic::Report(const CallOptions& call, size_t to_pod, int64_t start_us, int64_t end_us,
                     uint64_t flow_id) {
  Line line;
  line.from_pod = call.from_pod;
  line.to_pod = to_pod;
  line.target = call.target;
  line.flow_id = flow_id;
  line.trace = settings_.traces ? call.trace : 0;
  line.status = call.verdict.empty() ? call.status : 403;
  line.sent = static_cast<uint64_t>(random_.LogNormal(600, 0.6));
  line.received = static_cast<uint64_t>(call.bytes_factor * random_.LogNormal(4'000, 0.9));
  line.path = call.path;
  line.verdict = call.verdict;
  line.reason = call.reason;
  line.source_ip = call.source_ip;
  // The callee's record; a call that its own sidecar refused never gets there.
  const bool stopped_at_source = call.reason == "UNKNOWN_DESTINATION";
  if (!stopped_at_source) {
    line.outbound = false;
    line.end_us = end_us + Skew(to_pod);
    line.duration_us = end_us - start_us;
    Push(line);
    if (call.verdict.empty()) Opened(to_pod, start_us, end_us);
  }
  const Service& caller = services_[pods_[call.from_pod].service];
  if (!caller.reports_outbound || !call.source_ip.empty()) return;
  line.outbound = true;
  line.began_us = call.at_us;
  line.duration_us = end_us - call.at_us + (start_us - call.at_us);
  line.end_us = call.at_us + line.duration_us + Skew(call.from_pod);
  Push(std::move(line));
}

void Traffic::Outside(size_t pod, int64_t at_us, const std::string& ip, uint64_t sent,
                      uint64_t received, uint64_t flow_id) {
  Line line;
  line.from_pod = line.to_pod = pod;
  line.outbound = true;
  line.outside_ip = ip;
  line.began_us = at_us;
  line.sent = sent;
  line.received = received;
  line.flow_id = flow_id;
  line.duration_us = 200'000;
  line.end_us = at_us + line.duration_us + Skew(pod);
  Push(std::move(line));
}

void Traffic::Push(Line line) {
  const bool late = random_.Chance(kVeryLate);
  line.arrives_us =
      std::max(line.end_us, now_us_) + static_cast<int64_t>(random_.Exponential(late ? 4e7 : 2e5));
  const auto later = [](const Line& a, const Line& b) {
    return std::pair(a.arrives_us, a.flow_id) > std::pair(b.arrives_us, b.flow_id);
  };
  if (random_.Chance(kSentTwice)) {
    pending_.push_back(line);
    std::push_heap(pending_.begin(), pending_.end(), later);
    line.arrives_us += kSecond;
  }
  pending_.push_back(std::move(line));
  std::push_heap(pending_.begin(), pending_.end(), later);
}

void Traffic::Opened(size_t pod, int64_t start_us, int64_t end_us) {
  if (settings_.inflight) open_[pod].emplace_back(start_us, end_us);
}

// A call is counted for once everything before it has been made, and written later still.
void Traffic::CountOpen(int64_t until_us) {
  if (!settings_.inflight) return;
  for (Line& line : pending_) {
    if (!line.outbound || line.inflight.has_value() || line.began_us >= until_us) continue;
    const auto& open = open_[line.from_pod];
    line.inflight =
        static_cast<uint64_t>(std::count_if(open.begin(), open.end(), [&line](const auto& request) {
          return request.first <= line.began_us && line.began_us < request.second;
        }));
  }
  for (auto& [unused, open] : open_) {
    const auto over = [until_us](const auto& request) {
      return request.second < until_us - kMinute;
    };
    open.erase(std::remove_if(open.begin(), open.end(), over), open.end());
  }
}

void Traffic::Write(const Line& line, flows::Flow& flow) const {
  const Pod& from = pods_[line.from_pod];
  const Pod& to = pods_[line.to_pod];
  const Pod& own = line.outbound ? from : to;
  const Service& source = services_[from.service];
  const Service& destination = services_[to.service];
  const bool outside = !line.outside_ip.empty();
  flow.time = absl::FromUnixMicros(line.end_us);
  flow.duration_us = static_cast<uint64_t>(line.duration_us);
  flow.flow_id = absl::StrCat(absl::Hex(line.outbound ? 1 : 2, absl::kZeroPad16),
                              absl::Hex(line.flow_id, absl::kZeroPad16));
  flow.direction = line.outbound ? "OUTBOUND" : "INBOUND";
  flow.inflight_inbound = line.inflight;
  flow.reporter.node = own.name;
  flow.reporter.namespace_name = "shop";
  flow.reporter.workload = services_[own.service].name;
  flow.reporter.principal = services_[own.service].principal;
  flow.source.principal = source.principal;
  flow.source.ip = line.source_ip.empty() ? from.ip : line.source_ip;
  flow.destination.principal =
      outside || line.reason == "UNKNOWN_DESTINATION" ? std::string() : destination.principal;
  flow.destination.ip = outside ? line.outside_ip : to.ip;
  flow.destination.port = outside ? 443 : (destination.database ? 5432 : 8080);
  flow.verdict = line.verdict.empty() ? "FORWARDED" : line.verdict;
  flow.reason = line.reason;
  const bool tcp = destination.database || outside;
  flow.event = tcp ? "CLOSE" : "REQUEST";
  flow.protocol = tcp ? "TCP" : "HTTP1";
  flow.http = {};
  flow.bytes_sent = tcp ? line.sent : 0;
  flow.bytes_received = tcp ? line.received : 0;
  if (!tcp) {
    const RouteModel& route = destination.routes[line.target.route];
    flow.http.method = route.method;
    flow.http.path = line.path.empty() ? route.path : line.path;
    flow.http.path_template = line.path.empty() ? route.path : "";
    flow.http.status = line.status;
    flow.http.request_bytes = line.sent;
    flow.http.response_bytes = line.received;
  }
  // An SVID lives an hour.
  const int64_t hour = (line.end_us - kEpoch) / kHour;
  flow.tls.svid_serial =
      line.outbound ? ""
                    : absl::StrCat(absl::Hex(line.from_pod * 100'000 + static_cast<size_t>(hour)));
  flow.trace_id = line.trace == 0 ? "" : absl::StrCat(absl::Hex(line.trace));
}

void Traffic::Minute(const Sink& sink) {
  const int64_t until = now_us_ + kMinute;
  Operate();
  // Requests from outside the mesh: the gateway's sidecar sees a caller without identity, and says
  // nothing about it here; what the gateway calls starts with it.
  const Service& gateway = services_[0];
  for (size_t r = 0; r < gateway.routes.size(); ++r) {
    const double share = settings_.requests_per_second / static_cast<double>(gateway.routes.size());
    const double popularity = 2.0 / static_cast<double>(r % 4 + 1);
    const int count = random_.Poisson(60 * share * Load(now_us_) * popularity);
    for (int i = 0; i < count; ++i) {
      const int64_t at = now_us_ + static_cast<int64_t>(random_.Unit() * kMinute);
      const size_t pod = services_[0].pods[random_.Below(services_[0].pods.size())];
      Opened(pod, at, Handle(pod, {0, r}, at, random_.Next() | 1));
    }
  }
  RunTimers(until);
  RunCron(until);
  RunProbes(until);
  now_us_ = until;
  CountOpen(until);
  flows::Flow flow;
  const auto later = [](const Line& a, const Line& b) {
    return std::pair(a.arrives_us, a.flow_id) > std::pair(b.arrives_us, b.flow_id);
  };
  while (!pending_.empty() && pending_.front().arrives_us < until) {
    std::pop_heap(pending_.begin(), pending_.end(), later);
    Write(pending_.back(), flow);
    pending_.pop_back();
    sink(flow);
  }
}

}  // namespace firebreak::bench
