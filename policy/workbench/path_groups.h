// Recorded paths grouped into the path patterns of the policy language.
#ifndef FIREBREAK_POLICY_WORKBENCH_PATH_GROUPS_H_
#define FIREBREAK_POLICY_WORKBENCH_PATH_GROUPS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "policy/workbench/traffic.h"

namespace firebreak::policy {

struct GroupingOptions {
  // A segment that looks like an id becomes "{*}" where this many different ones were seen in its
  // place; fewer stay as they are.
  size_t min_distinct = 3;
  // What goes on behind this many segments becomes "{**}". 0: never.
  size_t depth = 0;
};

// PathGroup is one pattern with what it was made from.
struct PathGroup {
  std::string pattern;
  size_t distinct = 0;    // paths
  bool redacted = false;  // a "{*}" stands where the record does not say what was there
  Sightings seen;
};

// GroupPaths makes patterns of canonical paths, sorted. Only a segment that looks like an id (see
// base/path_template.h) becomes "{*}", and one that the records leave out.
std::vector<PathGroup> GroupPaths(const std::map<std::string, Sightings>& paths,
                                  const GroupingOptions& options);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_PATH_GROUPS_H_
