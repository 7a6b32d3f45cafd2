#include "proxy/tcp/request_line.h"

#include <array>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "http/field.h"

namespace firebreak::proxy {
namespace {

// In capitals, as all servers want them; "http/1.1" is also what TLS says in its ALPN.
constexpr std::array<absl::string_view, 3> kNames = {"HTTP/", " ICE/", " RTSP/"};
// Java's URI asks for no second slash.
constexpr size_t kLongestName = 6;
constexpr size_t kMaxMethodBytes = 32;
constexpr absl::string_view kStatusLine = "HTTP/";

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
    const Reading line = TakeOfLine(c);
    const Reading whole = whole_.Take(c);
    const VersionedHead::Reading head = head_.Take(c);
    if (line == Reading::kRequest || whole == Reading::kRequest ||
        head == VersionedHead::Reading::kRequest) {
      return Reading::kRequest;
    }
    if (line == Reading::kOther && whole == Reading::kOther &&
        head == VersionedHead::Reading::kOther) {
      return Reading::kOther;
    }
  }
  return Reading::kMore;
}

bool RequestLine::plausible() const {
  if (part_ == Part::kOver) return false;
  return method_.empty() || (method_.size() <= kMaxMethodBytes && http::IsToken(method_));
}

RequestLine::Reading RequestLine::TakeOfLine(char c) {
  if (part_ == Part::kOver) return Reading::kOther;
  if (part_ == Part::kBlanks) {
    if (IsBlank(c)) return Reading::kMore;
    part_ = Part::kMethod;
  }
  if (c == '\n') {
    part_ = Part::kOver;
    return Reading::kOther;
  }
  if (NamesHttp(c) && (part_ != Part::kOddMethod || InThirdPlace())) return Reading::kRequest;
  switch (part_) {
    case Part::kBlanks:
    case Part::kOver:
      break;
    case Part::kMethod:
      return TakeOfMethod(c);
    case Part::kGap:
      if (!IsBlank(c)) return BeginTarget(c);
      break;
    case Part::kTarget:
      if (EndsScheme(c)) return Reading::kRequest;
      if (IsBlank(c)) part_ = Part::kRest;
      break;
    case Part::kRest:
      break;
    case Part::kOddMethod:
      // What would name it in the third place would have done so.
      if (words_ > 3 && spaces_ > 2) part_ = Part::kOver;
      break;
  }
  return Reading::kMore;
}

RequestLine::Reading RequestLine::TakeOfMethod(char c) {
  if (IsBlank(c)) return EndMethod(c);
  if (method_.size() <= kMaxMethodBytes) method_.push_back(c);
  if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) part_ = Part::kOddMethod;
  return Reading::kMore;
}

RequestLine::Reading RequestLine::EndMethod(char blank) {
  part_ = Part::kGap;
  return blank == ' ' && IsKnown(method_) ? Reading::kRequest : Reading::kMore;
}

RequestLine::Reading RequestLine::BeginTarget(char c) {
  if (IsKnown(method_)) return Reading::kRequest;
  part_ = plausible() ? Part::kTarget : Part::kRest;
  in_scheme_ = absl::ascii_isalpha(static_cast<unsigned char>(c));
  if (part_ == Part::kRest) return Reading::kMore;
  const bool authority =
      method_ == "CONNECT" && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '[');
  return c == '/' || c == '*' || authority ? Reading::kRequest : Reading::kMore;
}

// EndsScheme tells of the slash behind "http:" or the like at the beginning of a target.
bool RequestLine::EndsScheme(char c) {
  if (std::exchange(scheme_ended_, false)) return c == '/';
  scheme_ended_ = in_scheme_ && c == ':';
  in_scheme_ = in_scheme_ && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' ||
                              c == '-' || c == '.');
  return false;
}

bool RequestLine::NamesHttp(char c) {
  const bool blank = IsBlank(c);
  if (!blank && !in_word_) ++words_;
  if (c == ' ') ++spaces_;
  in_word_ = !blank;
  if (tail_.size() == kLongestName) tail_.erase(0, 1);
  tail_.push_back(c);
  for (const absl::string_view name : kNames) {
    if (absl::EndsWith(tail_, name)) return true;
  }
  return false;
}

// InThirdPlace is about the name at the end of tail_: split at blanks of any kind, or at each
// space.
bool RequestLine::InThirdPlace() const {
  return IsBlank(tail_.front()) && (words_ == 3 || spaces_ == 2);
}

RequestLine::Reading RequestLine::WholeLine::Take(char c) {
  if (part_ == Part::kRest && c == '\n') return Reading::kRequest;
  const bool ended = cr_ && c == '\n';
  // A CR and what follows it are part of the line unless that is an LF: after two, an LF is, too.
  cr_ = c == '\r' && !cr_;
  if (ended && !empty_) part_ = Part::kOver;
  if (part_ == Part::kOver) return Reading::kOther;
  // What a CR is, is known by what follows it.
  if (ended || (empty_ && cr_)) return Reading::kMore;
  empty_ = false;
  part_ = Next(c);
  return part_ == Part::kOver ? Reading::kOther : Reading::kMore;
}

RequestLine::WholeLine::Part RequestLine::WholeLine::Next(char c) const {
  const auto byte = static_cast<unsigned char>(c);
  switch (part_) {
    case Part::kMethod:
      return c == ' ' ? Part::kBegin : Part::kMethod;
    case Part::kBegin:
      return Begin(c);
    case Part::kScheme:  // of any length (RFC 3986 section 3.1)
      if (c == ':') return Part::kColon;
      return absl::ascii_isalnum(byte) || absl::StrContains("+-.", c) ? Part::kScheme : Part::kOver;
    case Part::kColon:
      return c == '/' ? Part::kTarget : Part::kOver;
    case Part::kPercent:
      return c == '2' ? Part::kPercentTwo : Part::kOver;
    case Part::kPercentTwo:
      return c == 'F' || c == 'f' ? Part::kTarget : Part::kOver;
    case Part::kTarget:
      if (c == ' ') return Part::kRest;
      return absl::ascii_iscntrl(byte) ? Part::kOver : Part::kTarget;
    case Part::kRest:
    case Part::kOver:
      break;
  }
  return part_;
}

RequestLine::WholeLine::Part RequestLine::WholeLine::Begin(char c) {
  if (c == '/' || c == '*') return Part::kTarget;
  if (c == '%') return Part::kPercent;
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) ? Part::kScheme : Part::kOver;
}

bool AnswerStart::IsHttp(absl::string_view piece) {
  for (size_t i = 0; i < piece.size() && !over_; ++i) {
    over_ = piece[i] != kStatusLine[matched_];
    if (!over_ && ++matched_ == kStatusLine.size()) return true;
  }
  return false;
}

}  // namespace firebreak::proxy
