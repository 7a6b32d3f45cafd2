#include "cli/flow_question.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/escape.h"
#include "flows/flow_facts.h"

namespace firebreak::cli {

FilterTally::FilterTally(const FlowQuestion& question)
    : question_(question),
      has_window_(question.filter.since != absl::InfinitePast() ||
                  question.filter.until != absl::InfiniteFuture()) {
  for (const FilterPart& part : question.parts) unmatched_.push_back(&part);
}

bool FilterTally::Matches(const flows::Flow& flow) {
  const bool matches = question_.filter.Matches(flow);
  // What is no flow counts only where it is asked for.
  const bool counts = flows::TellsOfFlow(flow) || !question_.filter.wanted.events.empty();
  if (passed_ || !counts) return matches;
  passed_ = matches;
  Note(flow);
  return matches;
}

void FilterTally::Note(const flows::Flow& flow) {
  ++records_;
  in_window_ = in_window_ || (flow.time >= question_.filter.since &&  //
                              flow.time <= question_.filter.until);
  const auto passes = [&flow](const FilterPart* part) {
    return part->terms.Matches(flow) != part->unwanted;
  };
  unmatched_.erase(std::remove_if(unmatched_.begin(), unmatched_.end(), passes), unmatched_.end());
}

void FilterTally::Conclude(CommandContext& context) const {
  if (passed_ || (!has_window_ && question_.parts.empty())) return;
  if (records_ == 0) {
    context.err << "firebreak: nothing matched: there are no records"
                << (has_window_ ? " of that time\n" : "\n");
    return;
  }
  std::vector<std::string> alone;
  if (!in_window_) alone.emplace_back("the time asked for");
  for (const FilterPart* part : unmatched_) alone.push_back(PrintableEscaped(part->typed));
  context.err << "firebreak: nothing matched, of " << records_ << " records: ";
  if (alone.empty()) {
    context.err << "each filter matches some of them, and all together none\n";
    return;
  }
  context.err << absl::StrJoin(alone, " and ")
              << (alone.size() == 1 ? " matches none of them\n" : " each match none of them\n");
}

}  // namespace firebreak::cli
