#include "bench/eval_detection/baselines.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace firebreak::bench {
namespace {

constexpr int64_t kMinuteUs = detect::kMinuteUs;
constexpr int64_t kFanOutUs = 10 * kMinuteUs;
constexpr size_t kRitaConnections = 400;
constexpr int64_t kCausalUs = 5 * kMinuteUs;

double Quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return Quantile(values, 0.5);
}

// Regular is (skew + mad) / 2 of a list of intervals or sizes.
double Regular(std::vector<double> values, double mad_default) {
  std::sort(values.begin(), values.end());
  const double q1 = Quantile(values, 0.25);
  const double q2 = Quantile(values, 0.5);
  const double q3 = Quantile(values, 0.75);
  const bool undefined = q3 - q1 < 10 || q2 == q1 || q2 == q3;
  const double bowley = undefined ? 0 : (q1 + q3 - 2 * q2) / (q3 - q1);
  std::vector<double> off;
  off.reserve(values.size());
  for (const double value : values) off.push_back(std::abs(value - q2));
  const double mad = Median(std::move(off));
  const double score = q2 < 1 ? mad_default : std::max(0.0, (q2 - mad) / q2);
  return (1 - std::abs(bowley) + score) / 2;
}

}  // namespace

std::string MethodName(Method method) {
  switch (method) {
    case Method::kNewEdge:
      return "new edge";
    case Method::kFanOut:
      return "fan-out";
    case Method::kRita:
      return "RITA score";
    case Method::kHopper:
      return "Hopper port";
  }
  return "";
}

double RitaScore(const std::deque<int64_t>& times, const std::deque<double>& sizes,
                 int64_t whole_us) {
  std::vector<double> intervals;
  for (size_t i = 1; i < times.size(); ++i) {
    const double seconds = static_cast<double>(times[i] - times[i - 1]) / 1e6;
    if (seconds > 0) intervals.push_back(seconds);
  }
  if (intervals.size() < 3) return 0;
  const double timestamps = Regular(intervals, 1);
  const double data = Regular(std::vector<double>(sizes.begin(), sizes.end()), 0);
  constexpr size_t kBins = 24;
  std::array<double, kBins> bins{};
  for (const int64_t time : times) {
    const auto bin = static_cast<size_t>(static_cast<double>(time - times.back() + whole_us) /
                                         static_cast<double>(whole_us) * kBins);
    ++bins[std::min(bin, kBins - 1)];
  }
  double sum = 0;
  double squares = 0;
  double used = 0;
  double run = 0;
  double longest = 0;
  std::map<int, int> heights;
  const double top = *std::max_element(bins.begin(), bins.end());
  for (const double bin : bins) {
    sum += bin;
    squares += bin * bin;
    used += bin > 0 ? 1 : 0;
    run = bin > 0 ? run + 1 : 0;
    longest = std::max(longest, run);
    if (bin > 0) ++heights[static_cast<int>(bin / (0.05 * top))];
  }
  const double mean = sum / kBins;
  const double variance = std::max(0.0, squares / kBins - mean * mean);
  double histogram = std::max(0.0, 1 - std::sqrt(variance) / mean);
  if (used >= 11) {
    std::vector<int> counts;
    counts.reserve(heights.size());
    for (const auto& [unused, count] : heights) counts.push_back(count);
    std::sort(counts.rbegin(), counts.rend());
    const int both = counts[0] + (counts.size() > 1 ? counts[1] : 0);
    histogram = std::max(histogram, std::min(1.0, both / (used - 1)));
  }
  const double span =
      static_cast<double>(times.back() - times.front()) / static_cast<double>(whole_us);
  const double duration = used < 6 ? 0 : std::min(1.0, std::max(span, longest / 12));
  return 0.25 * (timestamps + data + duration + histogram);
}

void Baselines::Say(Method method, const detect::Call& call, double score) {
  if (!learning_) alerts_.push_back({method, call.end_us, call.source, call.flow.low, score});
}

void Baselines::Add(const flows::Flow& flow) {
  const std::optional<detect::Call> call = reader_.Read(flow, names_);
  if (!call.has_value() || call->role != detect::SourceRole::kJudge) return;
  learning_ = call->end_us < learn_until_us_;
  AddNewEdge(*call);
  AddFanOut(*call);
  AddRita(*call);
  AddHopper(*call);
}

void Baselines::AddNewEdge(const detect::Call& call) {
  const bool is_new = edges_.insert({call.source, call.destination}).second;
  const double popular = ++popularity_[call.destination];
  // The less a destination is called, the odder its new caller.
  if (is_new) Say(Method::kNewEdge, call, 1 / std::log2(1 + popular));
}

void Baselines::AddFanOut(const detect::Call& call) {
  FanOut& fan_out = fan_outs_[call.source_pod];
  fan_out.last.emplace_back(call.end_us, call.destination);
  ++fan_out.distinct[call.destination];
  while (fan_out.last.front().first < call.end_us - kFanOutUs) {
    const uint32_t gone = fan_out.last.front().second;
    if (--fan_out.distinct[gone] == 0) fan_out.distinct.erase(gone);
    fan_out.last.pop_front();
  }
  const auto distinct = static_cast<double>(fan_out.distinct.size());
  double& most = most_distinct_[call.source];
  if (distinct <= most) return;
  if (learning_) most = distinct;
  if (!learning_) Say(Method::kFanOut, call, distinct / (1 + most));
}

void Baselines::AddRita(const detect::Call& call) {
  Talk& talk = talks_[{call.source, call.destination}];
  // Out of order is not worth a sort here: an interval of 0 is left out by the score.
  talk.times.push_back(std::max(call.start_us, talk.times.empty() ? 0 : talk.times.back()));
  talk.sizes.push_back(static_cast<double>(call.bytes_sent));
  if (talk.times.size() > kRitaConnections) {
    talk.times.pop_front();
    talk.sizes.pop_front();
  }
  if (++talk.since_scored < 20) return;
  talk.since_scored = 0;
  if (learning_) return;
  // The data set: what has been seen of the pair, within a day.
  const int64_t whole = std::clamp<int64_t>(talk.times.back() - talk.times.front(),
                                            4 * detect::kHourUs, detect::kDayUs);
  const double score = RitaScore(talk.times, talk.sizes, whole);
  if (score > 0.5) Say(Method::kRita, call, score);
}

// Hopper's idea, for services: the causal root of a call is who began the chain of calls that led
// to it; a pod that calls under its own identity switches credentials. Alerted is a switch that
// reaches what the root never reached before, scored by how rare the destination is.
void Baselines::AddHopper(const detect::Call& call) {
  uint32_t root = call.source;
  int depth = 0;
  const auto found = inflows_.find(call.source_pod);
  int64_t best = 0;
  if (found != inflows_.end()) {
    for (const Inflow& inflow : found->second) {
      const bool covers = inflow.start_us <= call.start_us && inflow.start_us != 0 &&
                          call.start_us - inflow.end_us < kCausalUs;
      // The latest inflow before the call is taken for its cause.
      if (!covers || inflow.start_us < best) continue;
      best = inflow.start_us;
      root = inflow.root;
      depth = inflow.depth + 1;
    }
  }
  auto& into = inflows_[call.destination_pod];
  std::rotate(into.begin(), into.end() - 1, into.end());
  into[0] = {call.start_us, call.end_us, root, depth};
  if (!reached_.insert({root, call.destination}).second) return;
  Say(Method::kHopper, call, (1 + depth) / std::log2(2.0 + popularity_[call.destination]));
}

}  // namespace firebreak::bench
