#include "config/source_map.h"

#include <utility>

#include "absl/strings/strip.h"

namespace firebreak::config {
namespace {

// Parent cuts the last segment off a path: ".name", "[3]" or the whole of a top-level name.
absl::string_view Parent(absl::string_view path) {
  const size_t cut = path.find_last_of(".[");
  return cut == absl::string_view::npos ? absl::string_view() : path.substr(0, cut);
}

}  // namespace

void SourceMap::Record(std::string path, SourcePosition position) {
  positions_.insert_or_assign(std::move(path), position);
}

SourcePosition SourceMap::Find(absl::string_view path) const {
  while (true) {
    const auto found = positions_.find(path);
    if (found != positions_.end()) return found->second;
    if (path.empty()) return {};
    path = Parent(path);
  }
}

void SourceMap::Report(absl::string_view path, ErrorCode code, absl::string_view message,
                       absl::string_view help, Diagnostics* diagnostics) const {
  if (!source_) return diagnostics->Error(code, "", message, help);
  source_->Report(Find(path), code, message, help, diagnostics);
}

void SourceMap::Warn(absl::string_view path, ErrorCode code, absl::string_view message,
                     absl::string_view help, Diagnostics* diagnostics) const {
  if (!source_) return diagnostics->Warning(code, "", message, help);
  source_->Report(Find(path), code, message, help, diagnostics, Severity::kWarning);
}

absl::string_view DisplayPath(absl::string_view path) {
  absl::ConsumePrefix(&path, "spec.");
  return path;
}

}  // namespace firebreak::config
