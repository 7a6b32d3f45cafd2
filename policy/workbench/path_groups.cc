#include "policy/workbench/path_groups.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/path_template.h"
#include "flows/redact.h"
#include "policy/path_pattern.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kOneSegment = "{*}";

// Segment is one segment of a path, with what may be done about it.
struct Segment {
  absl::string_view text;
  bool id = false;    // looks like one
  bool free = false;  // what stood there is not known
};

using Segments = std::vector<Segment>;

Segments Split(absl::string_view path) {
  Segments segments;
  for (PathSegments rest(path); !rest.done();) {
    Segment segment{.text = rest.Next()};
    segment.free = flows::HidesPart(segment.text);
    segment.id = segment.free || IsIdSegment(segment.text);
    segments.push_back(segment);
  }
  return segments;
}

// ShapeOf is equal for paths that differ in ids only. No path holds a control character.
std::string ShapeOf(const Segments& segments) {
  std::string shape;
  for (const Segment& segment : segments) {
    absl::StrAppend(&shape, "/", segment.id ? "\x01" : segment.text);
  }
  return shape;
}

// Shape is the paths of one shape.
struct Shape {
  std::vector<std::set<absl::string_view>> values;  // by place; of ids
  std::vector<std::pair<absl::string_view, Segments>> paths;

  void Add(absl::string_view path, Segments segments) {
    values.resize(segments.size());
    for (size_t i = 0; i < segments.size(); ++i) {
      if (segments[i].id) values[i].insert(segments[i].text);
    }
    paths.emplace_back(path, std::move(segments));
  }
};

std::string PatternOf(const Shape& shape, const Segments& segments,
                      const GroupingOptions& options) {
  std::string pattern;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (options.depth > 0 && i >= options.depth) return absl::StrCat(pattern, "/{**}");
    const bool many = segments[i].id && shape.values[i].size() >= options.min_distinct;
    absl::StrAppend(&pattern, "/", many || segments[i].free ? kOneSegment : segments[i].text);
  }
  return pattern;
}

}  // namespace

std::vector<PathGroup> GroupPaths(const std::map<std::string, Sightings>& paths,
                                  const GroupingOptions& options) {
  std::map<std::string, Shape> shapes;
  for (const auto& [path, seen] : paths) {
    Segments segments = Split(path);
    const std::string shape = ShapeOf(segments);
    shapes[shape].Add(path, std::move(segments));
  }
  std::map<std::string, PathGroup> groups;
  for (const auto& [key, shape] : shapes) {
    for (const auto& [path, segments] : shape.paths) {
      const std::string pattern = PatternOf(shape, segments, options);
      PathGroup& group = groups[pattern];
      group.pattern = pattern;
      ++group.distinct;
      group.redacted =
          group.redacted || std::any_of(segments.begin(), segments.end(),
                                        [](const Segment& segment) { return segment.free; });
      group.seen.Merge(paths.at(std::string(path)));
    }
  }
  std::vector<PathGroup> sorted;
  sorted.reserve(groups.size());
  for (auto& [pattern, group] : groups) sorted.push_back(std::move(group));
  return sorted;
}

}  // namespace firebreak::policy
