#include "proxy/tcp/request_line_watch.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

// In capitals, as all servers want it; "http/1.1" is also what TLS says in its ALPN.
constexpr std::array<absl::string_view, 3> kNames = {"HTTP/", " ICE/", " RTSP/"};
constexpr size_t kLongestName = 6;

// Beside the blanks of ASCII those of Latin-1: Python's http.server splits the line at each of
// them.
bool IsBlank(char c) {
  constexpr absl::string_view kMore = "\x1c\x1d\x1e\x1f\x85\xa0";
  return absl::ascii_isspace(static_cast<unsigned char>(c)) || absl::StrContains(kMore, c);
}

}  // namespace

bool RequestLineWatch::Finds(absl::string_view piece) {
  if (done_) return false;
  if (!in_line_) {
    while (!piece.empty() && IsBlank(piece.front())) piece.remove_prefix(1);
    if (piece.empty()) return false;
    in_line_ = true;
  }
  if (!PassMethod(piece)) return false;
  const size_t line_end = piece.find('\n');
  done_ = line_end != absl::string_view::npos;
  const absl::string_view line = piece.substr(0, line_end);
  const std::string seam = absl::StrCat(tail_, line.substr(0, kLongestName - 1));
  for (const absl::string_view name : kNames) {
    if (absl::StrContains(seam, name) || absl::StrContains(line, name)) return true;
  }
  const absl::string_view last = line.size() < kLongestName ? absl::string_view(seam) : line;
  tail_ = std::string(last.substr(last.size() - std::min(last.size(), kLongestName - 1)));
  return false;
}

bool RequestLineWatch::PassMethod(absl::string_view piece) {
  for (size_t i = 0; i < piece.size() && !behind_method_; ++i) {
    behind_method_ = IsBlank(piece[i]);
    done_ = !behind_method_ && !absl::ascii_isgraph(static_cast<unsigned char>(piece[i]));
    if (done_) return false;
  }
  return true;
}

}  // namespace firebreak::proxy
