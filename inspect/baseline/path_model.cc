#include "inspect/baseline/path_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {
namespace {

// Pictures and the like come and go; programs, archives and forgotten copies do not.
constexpr absl::string_view kAssets[] = {".css",  ".js",    ".map",  ".png", ".jpg",
                                         ".jpeg", ".gif",   ".svg",  ".ico", ".webp",
                                         ".woff", ".woff2", ".html", ".txt"};

struct LastSegment {
  absl::string_view folder;  // without "/" at its end
  absl::string_view name;
  std::string ending;
  std::string pattern;
  uint64_t classes = 0;
};

// What a name is made of; an id is not made of anything.
void Describe(absl::string_view stem, LastSegment& last) {
  ValueShape shape;
  shape.Clear();
  shape.Add(stem);
  last.pattern = absl::StrCat(shape.pattern(), last.ending);
  shape.Clear();
  shape.Add(last.name);
  last.classes = shape.classes();
}

LastSegment Split(absl::string_view route) {
  LastSegment last;
  const size_t slash = route.rfind('/');
  if (slash == absl::string_view::npos) return last;
  last.folder = route.substr(0, slash);
  last.name = route.substr(slash + 1);
  if (last.name == "{id}") {
    last.ending = last.pattern = absl::StrCat(last.folder, "/{id}");
    return last;
  }
  const size_t dot = std::min(last.name.rfind('.'), last.name.size());
  last.ending = absl::AsciiStrToLower(last.name.substr(dot));
  Describe(last.name.substr(0, dot), last);
  return last;
}

void Count(absl::string_view key, size_t capacity, PathModel::Counts& counts) {
  const auto found = counts.find(key);
  if (found != counts.end()) {
    ++found->second;
  } else if (counts.size() < capacity) {
    counts.emplace(key, 1);
  }
}

uint64_t CountOf(absl::string_view key, const PathModel::Counts& counts) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void Append(double weight, std::string detail, std::vector<Deviation>& out) {
  if (weight == 0) return;
  out.push_back(
      {.kind = DeviationKind::kPath, .weight = weight, .field = "", .detail = std::move(detail)});
}

}  // namespace

void PathModel::Learn(absl::string_view method, absl::string_view route) {
  ++samples_;
  Count(method, kMaxMethods, methods_);
  const LastSegment last = Split(route);
  absl::string_view folder = last.folder;
  while (true) {
    Count(folder, kMaxFolders, folders_);
    const size_t slash = folder.rfind('/');
    if (slash == absl::string_view::npos) break;
    folder = folder.substr(0, slash);
  }
  Count(last.ending, kMaxEndings, endings_);
  Count(last.pattern, kMaxPatterns, patterns_);
  length_.Add(last.name.size());
  for (size_t i = 0; i < kCharClasses; ++i) classes_[i] += (last.classes >> i) & 1;
}

void PathModel::JudgeMethod(absl::string_view method, const Doubt& doubt,
                            std::vector<Deviation>& out) const {
  const double weight = Surprise(CountOf(method, methods_), samples_, doubt.one);
  if (weight == 0) return;
  out.push_back({.kind = DeviationKind::kMethod,
                 .weight = weight,
                 .field = "",
                 .detail = absl::StrCat("method ", PrintableEscaped(method))});
}

void PathModel::JudgeRoute(absl::string_view route, const Doubt& doubt,
                           std::vector<Deviation>& out) const {
  const auto surprise = [&](uint64_t seen) { return Surprise(seen, samples_, doubt.one); };
  const LastSegment last = Split(route);
  if (folders_.size() < kMaxFolders) {
    Append(surprise(CountOf(last.folder, folders_)),
           absl::StrCat("folder `", PrintableEscaped(last.folder), "/`"), out);
  }
  const bool asset =
      std::find(std::begin(kAssets), std::end(kAssets), last.ending) != std::end(kAssets);
  const double share = asset ? 1.0 / 3 : 1;
  const double ending =
      endings_.size() < kMaxEndings ? surprise(CountOf(last.ending, endings_)) : 0;
  const double pattern =
      patterns_.size() < kMaxPatterns ? surprise(CountOf(last.pattern, patterns_)) : 0;
  if (ending >= pattern) {
    Append(share * ending, absl::StrCat("ending `", PrintableEscaped(last.ending), "`"), out);
  } else {
    Append(share * pattern, absl::StrCat("a name like `", PrintableEscaped(last.pattern), "`"),
           out);
  }
  for (size_t i = 0; i < kCharClasses; ++i) {
    if (((last.classes >> i) & 1) == 0) continue;
    Append(surprise(classes_[i]), absl::StrCat("a path with ", CharClassName(i)), out);
  }
  const LengthModel::Reach reach = length_.Trimmed(doubt.one);
  if (last.name.size() > reach.greatest) {
    const double beyond = static_cast<double>(last.name.size() - reach.greatest);
    Append(Surprise(0, samples_) * std::min(1.0, beyond / std::max(1.0, reach.deviation)),
           absl::StrCat("a name of ", last.name.size(), ", never above ", reach.greatest), out);
  }
}

}  // namespace firebreak::inspect
