#include "flows/chain_check.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "flows/event_names.h"
#include "flows/json_reader.h"
#include "flows/line_chain.h"

namespace firebreak::flows {
namespace {

constexpr absl::string_view kSignatureKey = R"(,"signature":")";
constexpr absl::string_view kIfItRuns = "; if it still runs: --partial";
constexpr size_t kRecent = 4'096;  // lines of a run, at least, that are known when they come again
constexpr size_t kMaxGaps = 100'000;    // of a run; more are told of at once
constexpr size_t kMaxLosses = 100'000;  // of a run; more excuse nothing

// SignedText is what the signature of a HEAD line is over; nothing when the line does not end in
// its signature.
std::optional<std::string> SignedText(absl::string_view line, const Flow& head) {
  const std::string end = absl::StrCat(kSignatureKey, head.signature, "\"}");
  if (head.signature.empty() || !absl::EndsWith(line, end)) return std::nullopt;
  return absl::StrCat(kHeadContext, line.substr(0, line.size() - end.size()));
}

}  // namespace

absl::string_view ChainFaultName(ChainFault fault) {
  switch (fault) {
    case ChainFault::kUnreadable:
      return "UNREADABLE";
    case ChainFault::kNoChain:
      return "NO_CHAIN";
    case ChainFault::kChanged:
      return "CHANGED";
    case ChainFault::kGap:
      return "GAP";
    case ChainFault::kOrder:
      return "ORDER";
    case ChainFault::kSignature:
      return "SIGNATURE";
    case ChainFault::kUnvouched:
      return "UNVOUCHED";
    case ChainFault::kReporter:
      return "REPORTER";
    case ChainFault::kEmpty:
      return "EMPTY";
    case ChainFault::kOpenEnd:
      return "OPEN_END";
  }
  return "";
}

ChainCheck::ChainCheck(Sha256 sha256, CheckHead check_head, OnFinding on_finding, Scope scope)
    : sha256_(std::move(sha256)),
      check_head_(std::move(check_head)),
      on_finding_(std::move(on_finding)),
      scope_(std::move(scope)) {}

ChainCheck::Hash ChainCheck::HashOf(absl::string_view line) const {
  const std::array<uint8_t, 32> hash = sha256_(line);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

void ChainCheck::Tell(ChainFault fault, absl::string_view place, const std::string& run_id,
                      std::string message) {
  ++findings_;
  on_finding_({.fault = fault,
               .place = std::string(place),
               .run_id = run_id,
               .message = std::move(message)});
}

void ChainCheck::StartFile() {
  file_start_ = true;
  ++file_;
  misplaced_file_ = false;
}

void ChainCheck::SeeUnreadable(absl::string_view place, absl::string_view why) {
  ++lines_;
  before_.reset();
  Tell(ChainFault::kUnreadable, place, "", std::string(why));
}

void ChainCheck::See(absl::string_view place, absl::string_view line) {
  const auto flow = ParseFlowLine(line);
  // A line that a crash cut short is closed by the next start, whose first line has its hash.
  if (torn_.has_value()) {
    const bool accounted = flow.ok() && flow->event == kHeadEvent && flow->sequence == 1 &&
                           flow->previous_hash == before_;
    if (!accounted) Tell(torn_->fault, torn_->place, "", torn_->message);
    torn_.reset();
  }
  ++lines_;
  if (!flow.ok()) {
    torn_ = ChainFinding{.fault = ChainFault::kUnreadable,
                         .place = std::string(place),
                         .run_id = "",
                         .message = std::string(flow.status().message())};
  } else {
    Take(place, line, *flow);
  }
  before_ = HashOf(line);
  file_start_ = false;
}

void ChainCheck::TellNoChain(absl::string_view place, const Flow& flow, absl::string_view why) {
  // Told once: where one line has none, many do.
  if (std::exchange(no_chain_, true)) return;
  Tell(ChainFault::kNoChain, place, flow.run_id,
       absl::StrCat(why, "; told once, of the first such line"));
}

void ChainCheck::Take(absl::string_view place, absl::string_view line, const Flow& flow) {
  if (flow.run_id.empty() || flow.sequence == 0) {
    return TellNoChain(place, flow, "no run_id or no sequence: nothing vouches for such lines");
  }
  // The first line of a run is a HEAD, and that of a log follows on none.
  const bool first = flow.event == kHeadEvent && flow.sequence == 1;
  if (flow.previous_hash.empty() && !first) {
    return TellNoChain(place, flow,
                       "no previous_hash, as of lines from a store: no chain to verify. That is "
                       "in the sidecar's own log");
  }
  const auto [at, fresh] = runs_.try_emplace(flow.run_id);
  if (fresh) order_.push_back(flow.run_id);
  Run& run = at->second;
  if (fresh) Begin(run, place, flow);
  // Else whoever has an SVID could go on with another's run, and sign it.
  if (flow.reporter.principal != run.principal) {
    Tell(ChainFault::kSignature, place, flow.run_id,
         absl::StrCat("is reported by ", flow.reporter.principal, " in a run of ", run.principal));
  }
  Hash hash = HashOf(line);
  if (!fresh && flow.sequence <= run.sequence) {
    TakeEarlier(run, place, flow, hash);
    return;
  }
  TakeNext(run, place, flow);
  run.sequence = flow.sequence;
  run.last_place = std::string(place);
  Remember(run, flow.sequence, hash);
  run.last_hash = std::move(hash);
  if (flow.event == kHeadEvent) TakeHead(run, place, line, flow);
  if (flow.event == kLostEvent) Account(run, flow);
}

void ChainCheck::Begin(Run& run, absl::string_view place, const Flow& flow) {
  run.principal = flow.reporter.principal;
  run.file = file_;
  if (scope_.reporter.empty() || run.principal == scope_.reporter) return;
  Tell(ChainFault::kReporter, place, flow.run_id,
       absl::StrCat("a run of ", run.principal.empty() ? "nobody" : run.principal, ", in a log of ",
                    scope_.reporter));
}

void ChainCheck::Remember(Run& run, uint64_t sequence, const Hash& hash) {
  if (run.recent.size() >= kRecent) run.less_recent = std::exchange(run.recent, {});
  run.recent.emplace(sequence, hash);
}

bool ChainCheck::CameBefore(const Run& run, uint64_t sequence, const Hash& hash) {
  const auto is_in = [&](const absl::flat_hash_map<uint64_t, Hash>& lines) {
    const auto known = lines.find(sequence);
    return known != lines.end() && known->second == hash;
  };
  return is_in(run.recent) || is_in(run.less_recent);
}

// TakeNext looks at how a line follows on what was there of its run.
void ChainCheck::TakeNext(Run& run, absl::string_view place, const Flow& flow) {
  if (run.ended) {
    Tell(ChainFault::kOrder, place, flow.run_id, "comes after the end of its run");
  }
  if (flow.sequence != run.sequence + 1) return TakeGap(run, place, flow);
  if (flow.sequence == 1) return TakeFirst(place, flow);
  if (flow.previous_hash == run.last_hash) return;
  Tell(ChainFault::kChanged, place, flow.run_id,
       absl::StrCat("does not follow on line ", run.last_place, ": one of the two was changed"));
}

// TakeFirst: the first line of a run goes on from what the file held before it.
void ChainCheck::TakeFirst(absl::string_view place, const Flow& flow) {
  if (scope_.partial || !before_.has_value() || flow.previous_hash == *before_) return;
  if (file_start_ && flow.previous_hash.empty()) return;  // another sidecar's
  absl::string_view wrong = "does not follow on the line before: one of the two was changed";
  if (file_start_) wrong = "goes on from a line that is not here";
  if (flow.previous_hash.empty()) wrong = "its run says that the log was empty, and it is not";
  Tell(ChainFault::kChanged, place, flow.run_id, std::string(wrong));
}

void ChainCheck::TakeGap(Run& run, absl::string_view place, const Flow& flow) {
  // What no head vouches for by now, none will: the lines that would lead to one are missing.
  run.claimed.clear();
  if (run.sequence > run.head_sequence) {
    Tell(ChainFault::kUnvouched, run.last_place, flow.run_id,
         absl::StrCat("nobody signed the last ", run.sequence - run.head_sequence,
                      " lines up to here, behind which some are missing"));
  }
  Keep(run, flow.run_id,
       {.first = run.sequence + 1, .last = flow.sequence - 1, .place = std::string(place)});
}

// Keep keeps a gap, if it is one, until Finish.
void ChainCheck::Keep(Run& run, const std::string& run_id, Gap gap) {
  if (gap.first > gap.last) return;
  if (run.gaps.size() >= kMaxGaps) {
    return Tell(ChainFault::kGap, gap.place, run_id, "more gaps than can be kept");
  }
  const uint64_t first = gap.first;
  run.gaps.emplace(first, std::move(gap));
}

void ChainCheck::TakeEarlier(Run& run, absl::string_view place, const Flow& flow,
                             const Hash& hash) {
  if (CameBefore(run, flow.sequence, hash)) {
    ++duplicates_;  // sent again
    return;
  }
  auto at = run.gaps.upper_bound(flow.sequence);
  if (at != run.gaps.begin() && (--at)->second.last >= flow.sequence) {
    TellLate(run, place, flow);
    // It is there, if late: what is left of the gap is on its two sides.
    const Gap gap = std::move(at->second);
    run.gaps.erase(at);
    Keep(run, flow.run_id, {.first = gap.first, .last = flow.sequence - 1, .place = gap.place});
    Keep(run, flow.run_id, {.first = flow.sequence + 1, .last = gap.last, .place = gap.place});
    return;
  }
  Tell(ChainFault::kOrder, place, flow.run_id,
       absl::StrCat("line ", flow.sequence, " of its run was there before"));
}

void ChainCheck::TellLate(const Run& run, absl::string_view place, const Flow& flow) {
  if (misplaced_file_) return;
  std::string message =
      absl::StrCat("line ", flow.sequence, " of its run stands behind line ", run.sequence);
  misplaced_file_ = run.file != file_;
  if (misplaced_file_) {
    absl::StrAppend(&message,
                    ", which is in a file before this one: name rotated files oldest first. Told "
                    "once for this file");
  }
  Tell(ChainFault::kOrder, place, flow.run_id, std::move(message));
}

void ChainCheck::TakeHead(Run& run, absl::string_view place, absl::string_view line,
                          const Flow& flow) {
  ++heads_;
  run.ended = flow.head.last;
  const auto text = SignedText(line, flow);
  if (!text.has_value()) {
    Tell(ChainFault::kSignature, place, flow.run_id, "has no signature at its end");
    return;
  }
  const absl::Status held = check_head_(flow, *text);
  if (!held.ok()) {
    Tell(ChainFault::kSignature, place, flow.run_id, std::string(held.message()));
    return;
  }
  run.head_sequence = flow.sequence;
  run.lost.insert(run.lost.end(), run.claimed.begin(), run.claimed.end());
  run.claimed.clear();
}

// Account notes what the line says that this sink was not given. That is the sidecar's word once a
// head vouches for it.
void ChainCheck::Account(Run& run, const Flow& lost) {
  lost_ += lost.lost.count;
  if (lost.lost.sink != scope_.sink || lost.lost.first_sequence == 0) return;
  if (lost.lost.last_sequence < lost.lost.first_sequence) return;
  if (run.lost.size() + run.claimed.size() >= kMaxLosses) return;
  run.claimed.push_back({.first = lost.lost.first_sequence,
                         .last = lost.lost.last_sequence,
                         .lines = lost.lost.count});
}

// Unexcused is what is left of the gaps when each LOST line has excused as many missing lines as it
// counts, within its stretch. Going upwards, a line is given to the stretch that ends first: if any
// choice excuses all lines, that one does.
std::vector<ChainCheck::Gap> ChainCheck::Unexcused(Run& run) {
  std::sort(run.lost.begin(), run.lost.end(),
            [](const Stretch& a, const Stretch& b) { return a.first < b.first; });
  const auto ends_later = [](const Stretch& a, const Stretch& b) { return a.last > b.last; };
  std::priority_queue<Stretch, std::vector<Stretch>, decltype(ends_later)> open(ends_later);
  size_t next = 0;  // of run.lost
  std::vector<Gap> left;
  for (const auto& [first, gap] : run.gaps) {
    uint64_t at = gap.first;
    while (at <= gap.last) {
      while (next < run.lost.size() && run.lost[next].first <= at) open.push(run.lost[next++]);
      while (!open.empty() && (open.top().last < at || open.top().lines == 0)) open.pop();
      // As far as nothing changes about which stretch is the one.
      uint64_t end = gap.last;
      if (next < run.lost.size()) end = std::min(end, run.lost[next].first - 1);
      if (open.empty()) {
        const bool goes_on = !left.empty() && left.back().last + 1 == at && at > gap.first;
        if (!goes_on) left.push_back({.first = at, .last = end, .place = gap.place});
        left.back().last = end;
      } else {
        Stretch stretch = open.top();
        open.pop();
        end = std::min(end, at + std::min(stretch.last - at, stretch.lines - 1));
        stretch.lines -= end - at + 1;
        open.push(stretch);
      }
      at = end + 1;
    }
  }
  return left;
}

std::map<std::string, size_t> ChainCheck::RunsByPrincipal() const {
  std::map<std::string, size_t> runs;
  for (const auto& [id, run] : runs_) ++runs[run.principal];
  return runs;
}

void ChainCheck::Finish() {
  if (torn_.has_value()) Tell(torn_->fault, torn_->place, "", torn_->message);
  torn_.reset();
  if (lines_ == 0) {
    Tell(ChainFault::kEmpty, "", "",
         "there is no line: the log was emptied, or nobody wrote it. A sidecar's first line is a "
         "HEAD");
  }
  for (const std::string& name : order_) {
    Run& run = runs_.at(name);
    for (const Gap& gap : Unexcused(run)) {
      if (scope_.partial && gap.first == 1) continue;
      Tell(ChainFault::kGap, gap.place, name,
           gap.first == gap.last
               ? absl::StrCat("line ", gap.first, " of its run is missing")
               : absl::StrCat("lines ", gap.first, " to ", gap.last, " of its run are missing"));
    }
    if (run.ended || scope_.partial) continue;
    Tell(ChainFault::kOpenEnd, run.last_place, name,
         run.head_sequence == run.sequence
             ? absl::StrCat("the run has no last HEAD line: lines may be missing from here on",
                            kIfItRuns)
             : absl::StrCat("nothing vouches for the last ", run.sequence - run.head_sequence,
                            " lines, nor that they are the last", kIfItRuns));
  }
}

}  // namespace firebreak::flows
