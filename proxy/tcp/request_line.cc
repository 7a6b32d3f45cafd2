#include "proxy/tcp/request_line.h"

#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "http/field.h"

namespace firebreak::proxy {
namespace {

// In capitals, as all servers want them; "http/1.1" is also what TLS says in its ALPN.
constexpr std::array<absl::string_view, 3> kNames = {"HTTP/", " ICE/", " RTSP/"};
constexpr absl::string_view kSchemeEnd = "://";
constexpr size_t kLongestName = 6;
constexpr size_t kMaxMethodBytes = 32;

constexpr std::array<absl::string_view, 7> kMethods = {"GET",    "HEAD",    "POST", "PUT",
                                                       "DELETE", "OPTIONS", "PATCH"};

// Beside the blanks of ASCII those of Latin-1: Python's http.server splits the line at each of
// them.
bool IsBlank(char c) {
  constexpr absl::string_view kMore = "\x1c\x1d\x1e\x1f\x85\xa0";
  return absl::ascii_isspace(static_cast<unsigned char>(c)) || absl::StrContains(kMore, c);
}

bool IsKnown(absl::string_view method) {
  for (const absl::string_view known : kMethods) {
    if (method == known) return true;
  }
  return false;
}

}  // namespace

RequestLine::Reading RequestLine::Read(absl::string_view piece) {
  for (const char c : piece) {
    if (const Reading reading = Take(c); reading != Reading::kMore) return reading;
  }
  return Reading::kMore;
}

bool RequestLine::plausible() const {
  return method_.empty() || (method_.size() <= kMaxMethodBytes && http::IsToken(method_));
}

RequestLine::Reading RequestLine::Take(char c) {
  if (part_ == Part::kBlanks) {
    if (IsBlank(c)) return Reading::kMore;
    part_ = Part::kMethod;
  }
  if (c == '\n') return Reading::kOther;
  if (NamesHttp(c)) return Reading::kRequest;
  switch (part_) {
    case Part::kBlanks:
      break;
    case Part::kMethod:
      if (IsBlank(c)) return EndMethod(c);
      if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return Reading::kOther;
      if (method_.size() <= kMaxMethodBytes) method_.push_back(c);
      break;
    case Part::kGap:
      if (!IsBlank(c)) return BeginTarget(c);
      break;
    case Part::kTarget:
      if (absl::EndsWith(tail_, kSchemeEnd)) return Reading::kRequest;
      if (IsBlank(c)) part_ = Part::kRest;
      break;
    case Part::kRest:
      break;
  }
  return Reading::kMore;
}

RequestLine::Reading RequestLine::EndMethod(char blank) {
  part_ = Part::kGap;
  return blank == ' ' && IsKnown(method_) ? Reading::kRequest : Reading::kMore;
}

RequestLine::Reading RequestLine::BeginTarget(char c) {
  if (IsKnown(method_)) return Reading::kRequest;
  part_ = plausible() ? Part::kTarget : Part::kRest;
  if (part_ == Part::kRest) return Reading::kMore;
  const bool authority =
      method_ == "CONNECT" && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '[');
  return c == '/' || c == '*' || authority ? Reading::kRequest : Reading::kMore;
}

bool RequestLine::NamesHttp(char c) {
  if (tail_.size() == kLongestName) tail_.erase(0, 1);
  tail_.push_back(c);
  for (const absl::string_view name : kNames) {
    if (absl::EndsWith(tail_, name)) return true;
  }
  return false;
}

}  // namespace firebreak::proxy
