// Filters as they were asked for, and what to say when nothing passes them.
#ifndef FIREBREAK_CLI_FLOW_QUESTION_H_
#define FIREBREAK_CLI_FLOW_QUESTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "flows/flow.h"
#include "flows/flow_filter.h"

namespace firebreak::cli {

// FilterPart is what one option asks for by itself; an option that is repeated is one part, and so
// are options that name alternatives of each other.
struct FilterPart {
  std::string kind;   // the option; empty: one that --not turns round
  std::string typed;  // as it was typed
  flows::FlowTerms terms = {};
  bool unwanted = false;
};

// FlowQuestion is all filters of a command line, together and one by one.
struct FlowQuestion {
  flows::FlowFilter filter = {};
  std::vector<FilterPart> parts = {};
};

// FilterTally asks a filter about the records of an input that ends, and notes as much as tells why
// nothing passed. It looks at parts only while nothing has.
class FilterTally {
 public:
  explicit FilterTally(const FlowQuestion& question);

  // Matches is the answer of the filter.
  bool Matches(const flows::Flow& flow);

  // Conclude tells on err that there are filters and nothing passed them, of how many records, and
  // which of the filters nothing passes by itself. Call it when all was read.
  void Conclude(CommandContext& context) const;

 private:
  void Note(const flows::Flow& flow);

  const FlowQuestion& question_;
  const bool has_window_;
  uint64_t records_ = 0;
  bool passed_ = false;
  bool in_window_ = false;
  std::vector<const FilterPart*> unmatched_;  // parts that nothing has passed yet
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOW_QUESTION_H_
