#include "detect/exfiltration.h"

#include <algorithm>
#include <cmath>

namespace firebreak::detect {
namespace {

constexpr uint16_t kHoursKnown = 12;
constexpr float kLearn = 0.08F;       // share of a new hour in what is usual
constexpr double kLeastSpread = 0.4;  // natural log: half as much again is nothing
constexpr double kAlarming = 7;
constexpr double kSendsMostly = 0.9;
constexpr double kNewUpload = 1e-7;

}  // namespace

void Exfiltration::Turn(Flow& flow) {
  const auto log_bytes = static_cast<float>(std::log1p(flow.hour_bytes));
  if (flow.hours == 0) flow.centre = log_bytes;
  // Early hours count for more, and an hour that is told of does not become what is usual.
  const float share = std::max(kLearn, 1.0F / static_cast<float>(flow.hours + 1));
  if (!flow.told) {
    flow.spread += share * (std::abs(log_bytes - flow.centre) - flow.spread);
    flow.centre += share * (log_bytes - flow.centre);
  }
  if (flow.hours < kHoursKnown) ++flow.hours;
  flow.hour_bytes = 0;
  flow.told = false;
}

double Exfiltration::Score(const Flow& flow) {
  const double above = std::log1p(flow.hour_bytes) - static_cast<double>(flow.centre);
  return above / std::max(kLeastSpread, 1.25 * static_cast<double>(flow.spread));
}

std::optional<Clue> Exfiltration::Judge(Flow& flow) {
  if (flow.told || flow.hours < kHoursKnown || flow.hour_bytes < kLeastBytes) return std::nullopt;
  const double score = Score(flow);
  if (score < kAlarming) return std::nullopt;
  flow.told = true;
  // The tails of traffic are heavier than a normal distribution's: a decade a unit, not five.
  return Clue{.signal = Signal::kExfiltration,
              .p = std::pow(10, 1 - score),
              .per_hour = 0,
              .observed = flow.hour_bytes,
              .usual = std::expm1(static_cast<double>(flow.centre))};
}

std::optional<Clue> Exfiltration::JudgeNew(const Call& call, Talk& talk) {
  talk.sent += static_cast<double>(call.bytes_sent);
  talk.received += static_cast<double>(call.bytes_received);
  const double all = talk.sent + talk.received;
  if (talk.sent < kLeastBytes || talk.sent < kSendsMostly * all) return std::nullopt;
  talk.outside_and_new = false;  // told once
  uint32_t& uploads = uploads_[call.source];
  ++uploads;
  return Clue{.signal = Signal::kExfiltration,
              .p = std::min(0.5, kNewUpload * std::pow(100.0, uploads - 1.0)),
              .per_hour = 0,
              .observed = talk.sent,
              .usual = 0};
}

std::optional<Clue> Exfiltration::See(const Call& call, bool new_pair) {
  const Pair pair{call.source, call.destination};
  auto found = talks_.find(pair);
  const int64_t hour = call.end_us / kHourUs;
  if (found == talks_.end()) {
    if (talks_.size() >= kMaxPairs) return std::nullopt;
    found = talks_.emplace(pair, Talk()).first;
    found->second.hour = hour;
    found->second.outside_and_new = new_pair && call.destination_outside;
  }
  Talk& talk = found->second;
  if (hour > talk.hour) {
    Turn(talk.out);
    Turn(talk.in);
    talk.hour = hour;
  }
  talk.out.hour_bytes += static_cast<double>(call.bytes_sent);
  talk.in.hour_bytes += static_cast<double>(call.bytes_received);
  if (talk.outside_and_new) {
    if (auto clue = JudgeNew(call, talk)) return clue;
  }
  if (auto clue = Judge(talk.out)) return clue;
  return Judge(talk.in);
}

}  // namespace firebreak::detect
