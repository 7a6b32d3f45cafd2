#include "detect/detector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "detect/state_file.h"

namespace firebreak::detect {
namespace {

constexpr double kBaitChance = 1e-9;  // nobody has a reason to touch bait

}  // namespace

Detector::Detector(const Settings& settings, Labels labels)
    : settings_(settings),
      labels_(std::move(labels)),
      edges_(settings.max_edges),
      incidents_(settings.incidents) {}

std::optional<Call> Detector::Read(const flows::Flow& flow) {
  if (known_until_us_ != 0 && flow.time <= absl::FromUnixMicros(known_until_us_)) {
    ++passed_over_;
    return std::nullopt;
  }
  return reader_.Read(flow, names_);
}

void Detector::Add(const flows::Flow& flow) {
  const std::optional<Call> call = Read(flow);
  if (call.has_value()) Add(*call);
}

void Detector::Add(const Call& call) {
  // What covers calls has to be known before they are judged, and they are held back for it.
  if (call.kind == CallKind::kLost) {
    covers_.own.Lost(call);
    return;
  }
  if (call.received) covers_.own.Add(call);
  if (call.told) covers_.told.Add(call);
  stream_.Add(call);
  Drain();
}

void Detector::Finish() {
  stream_.Finish();
  Drain();
}

void Detector::Drain() {
  Call call;
  while (stream_.Next(call)) Judge(call);
}

bool Detector::Watching(const Call& call) {
  if (watching_) return true;
  const int64_t until = settings_.learn_until != absl::InfinitePast()
                            ? absl::ToUnixMicros(settings_.learn_until)
                            : first_us_ + absl::ToInt64Microseconds(settings_.learn);
  watching_ = call.end_us >= until;
  return watching_;
}

void Detector::Judge(const Call& call) {
  if (first_us_ == 0) first_us_ = call.end_us;
  clues_.clear();
  Take(stolen_svid_.See(call, reader_.Reports(call.source_pod)));
  if (call.payload) payload_.Received(call);
  if (settings_.surplus && call.received) surplus_.Received(call);
  const bool scanner = labels_.Of(call.source, names_).scanner;
  const bool bait = labels_.Of(call.destination, names_).honey ||
                    labels_.Of(call.source, names_).honey ||
                    labels_.IsHoneyRoute(call.destination, call.route, names_);
  if (bait && !scanner) clues_.push_back({.signal = Signal::kHoney, .p = kBaitChance});
  // The callee's word for a caller that reports itself: only what the caller keeps quiet about.
  const bool witnessed =
      call.role == SourceRole::kWitness && !edges_.Knows(Pair{call.source, call.destination});
  if (call.role == SourceRole::kJudge || witnessed) {
    ++calls_;
    const Ages ages = population_.See(call, names_);
    if (!scanner) {
      contacts_.See(call, ages, edges_, clues_);
      Take(fan_out_.See(call, !watching_));
    }
    if (call.outcome == Outcome::kCarried) JudgeCarried(call, ages);
  } else {
    population_.See(call, names_);  // the callee's pod is there, at least
  }
  if (!Watching(call) || clues_.empty()) return;
  for (Clue& clue : clues_) clue.weight = feedback_.WeightOf(clue.signal, call);
  const StepId step = suspicion_.Add(call, clues_);
  if (step != 0) incidents_.See(step, suspicion_, labels_, names_);
}

void Detector::JudgeCarried(const Call& call, const Ages& ages) {
  const EdgeBook::Sight sight = edges_.See(call, ages);
  if (sight.new_pair) population_.BroughtNews(call, names_);
  if (sight.new_pair || sight.new_route) {
    // What a request of a new kind makes its callee do for the first time comes of the request.
    const std::optional<double> fresh = covers_.own.FreshRouteHours(call);
    clues_.push_back({.signal = sight.new_pair ? Signal::kNewEdge : Signal::kNewRoute,
                      .p = sight.p,
                      .per_hour = sight.per_hour + (fresh ? EdgeBook::PerHourOf(*fresh) : 0),
                      .observed = 1,
                      .usual = sight.p});
  }
  if (sight.new_pair && watching_) Take(reach_.See(call, edges_, labels_, names_));
  const bool news = sight.new_pair && watching_;
  Take(beacon_.See(call, ages, news));
  Take(exfiltration_.See(call, news));
  Take(held_open_.See(call, ages, *sight.edge));
  if (settings_.surplus) Take(surplus_.See(call));
  if (settings_.off_hours) Take(off_hours_.See(call));
  const Orphans::Judgement judgement = orphans_.Judge(call, ages, covers_, *sight.edge, watching_);
  suspicion_.Expect(call, judgement.expected);
  if (!judgement.orphan || judgement.p > Suspicion::kCommonplace) return;
  clues_.push_back({.signal = Signal::kOrphan,
                    .p = judgement.p,
                    .per_hour = judgement.per_hour,
                    .observed = judgement.gap_seconds,
                    .usual = judgement.p,
                    .explained = judgement.explained});
  Take(payload_.Orphan(call));
}

template <typename Self, typename State>
void Detector::Fields(Self& self, State& state) {
  state(self.calls_, self.names_, self.population_, self.edges_, self.orphans_, self.contacts_,
        self.held_open_);
  if (state.version() == kOldestStateVersion) return;
  state(self.reader_, self.stream_, self.covers_.own, self.covers_.told, self.stolen_svid_,
        self.fan_out_, self.beacon_, self.exfiltration_, self.payload_, self.surplus_,
        self.off_hours_, self.suspicion_);
}

std::string Detector::Save() const {
  StateWriter out;
  out(first_us_, std::max(known_until_us_, stream_.GivenOutUntil()));
  Fields(*this, out);
  return SealState(out.bytes());
}

absl::Status Detector::Restore(absl::string_view saved, absl::Time now) {
  FB_ASSIGN_OR_RETURN(const OpenedState opened, OpenState(saved));
  StateReader in(opened.saved, opened.version);
  in(first_us_, known_until_us_);
  Fields(*this, in);
  FB_RETURN_IF_ERROR(in.status());
  if (!in.AtEnd()) return absl::DataLossError("the baseline goes on behind its end");
  // A clock that ran ahead must not hide what comes now.
  if (now != absl::InfiniteFuture()) {
    known_until_us_ = std::min(known_until_us_, absl::ToUnixMicros(now));
  }
  learns_anew_ = opened.version < kStateVersion;
  watching_ = true;
  return absl::OkStatus();
}

}  // namespace firebreak::detect
