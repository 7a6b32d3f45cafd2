#include "proxy/http1/line_reader.h"

#include <cstring>

namespace firebreak::proxy {
namespace {

// IndexOf is absl::string_view::find, in line.
size_t IndexOf(char c, absl::string_view text) {
  if (text.empty()) return absl::string_view::npos;
  const void* const found = std::memchr(text.data(), c, text.size());
  if (found == nullptr) return absl::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

LineReader::Result LineReader::Take(absl::string_view& input, size_t max_bytes) {
  if (!line_.empty()) {  // the last answer was a line
    line_ = {};
    partial_.clear();
  }
  const absl::string_view window = input.substr(0, max_bytes - partial_.size());
  const size_t lf = IndexOf('\n', window);
  const bool ends = lf != absl::string_view::npos;
  const absl::string_view taken = ends ? window.substr(0, lf + 1) : window;

  const char before = partial_.empty() ? '\0' : partial_.back();
  if (before == '\r' && !taken.empty() && taken.front() != '\n') return Result::kBareCr;
  const size_t cr = IndexOf('\r', taken);
  if (cr != absl::string_view::npos && cr + 1 < taken.size() && taken[cr + 1] != '\n') {
    return Result::kBareCr;
  }
  if (ends && (lf > 0 ? taken[lf - 1] : before) != '\r') return Result::kBareLf;

  if (!ends && input.size() > window.size()) return Result::kTooLong;
  if (!ends || !partial_.empty()) partial_.append(taken.data(), taken.size());
  input.remove_prefix(taken.size());
  if (!ends) return Result::kMore;
  line_ = partial_.empty() ? taken : absl::string_view(partial_);
  return Result::kLine;
}

}  // namespace firebreak::proxy
