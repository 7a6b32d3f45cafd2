// How the mesh of traffic.h is built, and what its people and controllers do to it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "bench/eval_detection/traffic.h"

namespace firebreak::bench {
namespace {

constexpr size_t kNodes = 12;
constexpr size_t kEdgeServices = 10;
constexpr size_t kMiddleServices = 14;
constexpr size_t kDatabases = 9;
constexpr double kRolloutsPerDay = 0.4;  // of each service, on weekdays
constexpr double kRolloutAddsCall = 0.3;
constexpr double kPolicyComesLater = 0.15;
constexpr double kDrainsPerDay = 1;
constexpr double kSlowTimesPerDay = 0.7;
constexpr double kNewServicesPerDay = 0.25;

std::string RandomWord(Random& random, size_t length) {
  constexpr char kLetters[] = "bcdfghjklmnpqrstvwxz2456789";
  std::string word;
  for (size_t i = 0; i < length; ++i) word += kLetters[random.Below(sizeof(kLetters) - 1)];
  return word;
}

}  // namespace

size_t Traffic::AddService(const std::string& name, size_t replicas, bool database) {
  Service service;
  service.name = name;
  service.principal = absl::StrCat("shop.example/ns/shop/sa/", name);
  service.replicas = replicas;
  service.database = database;
  service.generation = random_.Next();
  service.reports_outbound = !random_.Chance(0.1);
  services_.push_back(std::move(service));
  seen_.emplace_back();
  const size_t index = services_.size() - 1;
  for (size_t i = 0; i < replicas; ++i) services_[index].pods.push_back(StartPod(index));
  return index;
}

size_t Traffic::StartPod(size_t service) {
  Random hash(services_[service].generation);
  Pod pod;
  pod.service = service;
  pod.name =
      absl::StrCat(services_[service].name, "-7", RandomWord(hash, 8), "-", RandomWord(random_, 5));
  ++addresses_;
  pod.ip =
      absl::StrCat("10.", addresses_ / 65'536, ".", addresses_ / 256 % 256, ".", addresses_ % 256);
  pod.node = random_.Below(kNodes);
  pods_.push_back(std::move(pod));
  return pods_.size() - 1;
}

void Traffic::AddRoutes(Service& service, size_t layer) {
  const size_t count = service.database ? 1 : 2 + random_.Below(4);
  for (size_t r = 0; r < count; ++r) {
    RouteModel route;
    route.method = r % 3 == 2 ? "POST" : "GET";
    route.path = absl::StrCat("/", service.name, "/v1/r", r, r % 2 == 0 ? "/{id}" : "");
    route.work_us = random_.LogNormal(service.database ? 2'000 : 8'000, 0.8);
    service.routes.push_back(std::move(route));
  }
  // Something in each mesh is slow, and so is hardly ever idle.
  if (layer == 1 && random_.Chance(0.2)) {
    for (RouteModel& route : service.routes) route.work_us = 600'000;
  }
}

// Mostly downwards, now and then beside.
void Traffic::AddCalls(size_t service, size_t layer, const Layers& layers) {
  for (RouteModel& route : services_[service].routes) {
    const size_t calls = 1 + random_.Below(3);
    for (size_t c = 0; c < calls; ++c) {
      const auto& pool = layers[random_.Chance(layer == 1 ? 0.75 : 0.2) ? 2 : 3];
      const size_t to = pool[random_.Below(pool.size())];
      if (to == service) continue;
      Dependency dependency;
      dependency.target = {to, random_.Below(services_[to].routes.size())};
      // Some always, some when a cache misses, some hardly ever.
      const double kinds[] = {1.0, 1.0, 0.6, 0.2, 0.02, 0.0005};
      dependency.chance = kinds[random_.Below(6)];
      dependency.afterwards = random_.Chance(0.04);
      route.calls.push_back(dependency);
    }
  }
}

// The gateway has a route for each that an edge service has.
void Traffic::AddGatewayRoutes(const std::vector<size_t>& edge) {
  services_[0].routes.clear();
  for (const size_t s : edge) {
    for (size_t r = 0; r < services_[s].routes.size(); ++r) {
      RouteModel route{.method = "GET", .path = absl::StrCat("/api/", s, "/", r), .work_us = 3'000};
      route.calls.push_back({.target = {s, r}});
      services_[0].routes.push_back(std::move(route));
    }
  }
}

void Traffic::BuildServices() {
  for (size_t n = 0; n < kNodes; ++n) {
    skew_.push_back(static_cast<int64_t>(random_.Normal() * 8'000));
  }
  AddService("gateway", 3, false);
  Layers layers(4);
  layers[0].push_back(0);
  services_[0].reports_outbound = true;
  for (size_t i = 0; i < kEdgeServices; ++i) {
    layers[1].push_back(AddService(absl::StrCat("edge-", i), 1 + random_.Below(3), false));
  }
  for (size_t i = 0; i < kMiddleServices; ++i) {
    layers[2].push_back(AddService(absl::StrCat("core-", i), 1 + random_.Below(3), false));
  }
  for (size_t i = 0; i < kDatabases; ++i) {
    layers[3].push_back(AddService(absl::StrCat("store-", i), 1 + random_.Below(2), true));
  }
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    for (const size_t s : layers[layer]) {
      AddRoutes(services_[s], layer);
      services_[s].scales = layer < 3 && random_.Chance(0.4);
    }
  }
  AddGatewayRoutes(layers[1]);
  for (size_t layer = 1; layer < 3; ++layer) {
    for (const size_t s : layers[layer]) AddCalls(s, layer, layers);
  }
  AddTimers();
}

void Traffic::AddTimers() {
  const size_t services = services_.size();
  for (size_t s = 1; s < services; ++s) {
    if (services_[s].database || !random_.Chance(0.35)) continue;
    const size_t to = 1 + random_.Below(services - 1);
    if (to == s) continue;
    Timer timer;
    const int64_t periods[] = {30 * kSecond, kMinute, 5 * kMinute, kHour, kDay};
    timer.period_us = periods[random_.Below(5)];
    timer.jitter = random_.Chance(0.5) ? 0.1 : 0;
    timer.target = {to, random_.Below(services_[to].routes.size())};
    timer.burst = timer.period_us >= kHour ? static_cast<int>(random_.Between(1, 20)) : 1;
    timer.next_us =
        kEpoch + static_cast<int64_t>(random_.Unit() * static_cast<double>(timer.period_us));
    services_[s].timers.push_back(timer);
  }
  cron_ = AddService("nightly-report", 0, false);
  weekly_ = AddService("weekly-audit", 0, false);
  monitor_ = AddService("monitor", 1, false);
  AddService("vault-backup", 1, true);  // bait: nothing calls it
  AddRoutes(services_.back(), 3);
}

void Traffic::RunTimers(int64_t until_us) {
  for (size_t s = 0; s < services_.size(); ++s) {
    for (size_t t = 0; t < services_[s].timers.size(); ++t) {
      while (services_[s].timers[t].next_us < until_us) {
        Timer& timer = services_[s].timers[t];
        const double stretch = 1 + timer.jitter * (random_.Unit() - 0.5);
        int64_t at = timer.next_us;
        timer.next_us += static_cast<int64_t>(static_cast<double>(timer.period_us) * stretch);
        const Timer now = timer;
        const size_t pod = services_[s].pods.empty() ? SIZE_MAX : services_[s].pods[0];
        for (int i = 0; pod != SIZE_MAX && i < now.burst; ++i) {
          at = Call({.at_us = at, .from_pod = pod, .target = now.target}).end_us + 20'000;
        }
      }
    }
  }
}

void Traffic::RunCron(int64_t until_us) {
  const int64_t day = (now_us_ - kEpoch) / kDay;
  const auto run = [&](size_t service, int64_t at_us, size_t calls) {
    if (at_us < now_us_ || at_us >= until_us) return;
    services_[service].generation = random_.Next();  // each run is a job of its own
    const size_t pod = StartPod(service);
    Random plan(service);  // the same program every time
    for (size_t i = 0; i < calls; ++i) {
      const size_t to = kEdgeServices + 1 + plan.Below(kMiddleServices + kDatabases);
      const Target target = {to, plan.Below(services_[to].routes.size())};
      at_us = Call({.at_us = at_us, .from_pod = pod, .target = target}).end_us + kSecond / 5;
    }
  };
  run(cron_, kEpoch + day * kDay + 2 * kHour, 40);
  if (day % 7 == 5) run(weekly_, kEpoch + day * kDay + 4 * kHour, 60);
}

void Traffic::RunProbes(int64_t until_us) {
  const size_t scraper = services_[monitor_].pods[0];
  const size_t count = services_.size();
  for (size_t s = 0; s < count; ++s) {
    if (services_[s].database || services_[s].routes.empty() || s == monitor_) continue;
    const std::vector<size_t> pods = services_[s].pods;
    for (const size_t pod : pods) {
      CallOptions probe{.at_us = until_us - kMinute + static_cast<int64_t>(pod % 60) * kSecond,
                        .from_pod = scraper,
                        .target = {s, 0},
                        .to_pod = pod,
                        .run_handler = false,
                        .path = "/metrics"};
      Call(probe);
    }
  }
}

void Traffic::Rollout(size_t service) {
  Service& rolled = services_[service];
  if (rolled.pods.empty()) return;
  rolled.generation = random_.Next();
  for (size_t& pod : rolled.pods) pod = StartPod(service);
  if (rolled.database || rolled.routes.empty() || !random_.Chance(kRolloutAddsCall)) return;
  const size_t to = 1 + random_.Below(kEdgeServices + kMiddleServices + kDatabases);
  if (to == service || services_[to].routes.empty()) return;
  const Target target = {to, random_.Below(services_[to].routes.size())};
  RouteModel& route = rolled.routes[random_.Below(rolled.routes.size())];
  const double kinds[] = {1.0, 0.5, 0.05, 0.005};
  route.calls.push_back(
      {.target = target, .chance = kinds[random_.Below(4)], .afterwards = random_.Chance(0.05)});
  if (random_.Chance(kPolicyComesLater)) {
    rolled.denied = target;
    rolled.denied_until_us = now_us_ + 10 * kMinute;
  }
}

void Traffic::DrainNode(size_t node) {
  for (size_t s = 0; s < services_.size(); ++s) {
    for (size_t& pod : services_[s].pods) {
      if (pods_[pod].node == node) pod = StartPod(s);
    }
  }
}

void Traffic::Scale() {
  for (size_t s = 0; s < services_.size(); ++s) {
    if (!services_[s].scales) continue;
    const auto wanted = static_cast<size_t>(static_cast<double>(services_[s].replicas) *
                                            std::max(1.0, 1.6 * Load(now_us_)));
    while (services_[s].pods.size() < wanted) services_[s].pods.push_back(StartPod(s));
    while (services_[s].pods.size() > wanted) services_[s].pods.pop_back();
  }
}

void Traffic::NewService() {
  const size_t added = AddService(absl::StrCat("new-", services_.size()), 2, false);
  AddRoutes(services_[added], 2);
  const size_t store = 1 + kEdgeServices + kMiddleServices + random_.Below(kDatabases);
  for (RouteModel& route : services_[added].routes) route.calls.push_back({.target = {store, 0}});
  // Somebody is rolled out to call it.
  const size_t caller = 1 + random_.Below(kEdgeServices + kMiddleServices);
  services_[caller].generation = random_.Next();
  for (size_t& pod : services_[caller].pods) pod = StartPod(caller);
  services_[caller].routes[0].calls.push_back({.target = {added, 0}, .chance = 0.8});
}

void Traffic::Operate() {
  const int64_t minute_of_day = (now_us_ - kEpoch) % kDay / kMinute;
  constexpr int64_t kFirstMinute = 540;  // nine o'clock
  constexpr int64_t kLastMinute = 1020;  // five in the afternoon
  const bool working = minute_of_day >= kFirstMinute && minute_of_day < kLastMinute &&
                       ((now_us_ - kEpoch) / kDay) % 7 < 5;
  constexpr double kWorkingMinutes = 8 * 60;
  constexpr double kMinutes = 24 * 60;
  if (minute_of_day % 60 == 0) Scale();
  const size_t count = services_.size();
  for (size_t s = 0; working && s < count; ++s) {
    if (s != monitor_ && random_.Chance(kRolloutsPerDay / kWorkingMinutes)) Rollout(s);
  }
  if (random_.Chance(kDrainsPerDay / kMinutes)) DrainNode(random_.Below(kNodes));
  if (working && random_.Chance(kNewServicesPerDay / kWorkingMinutes)) NewService();
  if (random_.Chance(kSlowTimesPerDay / kMinutes)) {
    slow_service_ = 1 + random_.Below(kEdgeServices + kMiddleServices);
    slow_until_us_ = now_us_ + random_.Between(3, 15) * kMinute;
  }
}

}  // namespace firebreak::bench
