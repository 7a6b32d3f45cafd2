#include "proxy/tcp/versioned_head.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace firebreak::proxy {
namespace {

// Eight times what Netty reads of a head by default.
constexpr size_t kMaxHeadBytes = 65'536;
constexpr absl::string_view kSip = "SIP/2.0";
constexpr size_t kLongestScheme = 5;
// Stands for what stands within a name, and is nothing of a version.
constexpr char kWithin = '_';

// Those at which Netty splits the line.
bool IsBlank(char c) { return absl::StrContains(" \t\v\f\r", c); }

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// What may come before a method, and not within one.
bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7f;
}

bool IsInMethod(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return !IsControl(c) && (byte < 0x80 || byte > 0x9f);
}

}  // namespace

VersionedHead::Reading VersionedHead::Take(char c) {
  if (part_ == Part::kOver || ++bytes_ > kMaxHeadBytes) {
    part_ = Part::kOver;
    return Reading::kOther;
  }
  if (part_ == Part::kFields && c == '\n' && empty_) return Reading::kRequest;
  part_ = Next(c);
  return part_ == Part::kOver ? Reading::kOther : Reading::kMore;
}

VersionedHead::Part VersionedHead::Next(char c) {
  switch (part_) {
    case Part::kLead:
      if (IsControl(c)) return Part::kLead;
      return IsInMethod(c) ? Part::kMethod : Part::kOver;
    case Part::kFields:
      // A CR is no text, so that one before the LF leaves the line empty.
      if (c != '\r') empty_ = c == '\n';
      return Part::kFields;
    case Part::kMethod:
    case Part::kBeforeTarget:
    case Part::kTarget:
    case Part::kBeforeVersion:
    case Part::kVersion:
    case Part::kOver:
      break;
  }
  if (c != '\n') return NextOfFirstLine(c);
  const bool fits = part_ == Part::kVersion && version_ == Version::kMinor && !IsSip();
  return fits ? Part::kFields : Part::kOver;
}

VersionedHead::Part VersionedHead::NextOfFirstLine(char c) {
  switch (part_) {
    case Part::kMethod:
      if (IsBlank(c)) return Part::kBeforeTarget;
      return IsInMethod(c) ? Part::kMethod : Part::kOver;
    case Part::kBeforeTarget:
    case Part::kTarget:
      if (IsBlank(c)) return part_ == Part::kTarget ? Part::kBeforeVersion : part_;
      if (target_.size() < kLongestScheme)
        target_.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
      return Part::kTarget;
    case Part::kBeforeVersion:
    case Part::kVersion:
      if (part_ == Part::kBeforeVersion && IsBlank(c)) return part_;
      return NextOfVersion(c);
    case Part::kLead:
    case Part::kFields:
    case Part::kOver:
      break;
  }
  return Part::kOver;
}

// Bytes up to the blank are taken off both ends of what is behind the target. In its midst they are
// part of the name, unless they are blanks, which no name has.
VersionedHead::Part VersionedHead::NextOfVersion(char c) {
  if (static_cast<unsigned char>(c) <= ' ') {
    control_ = named_;
    blank_ = named_ && (blank_ || IsBlank(c));
    return Part::kVersion;
  }
  if (blank_) return Part::kOver;
  if (std::exchange(control_, false)) TakeOfVersion(kWithin);
  TakeOfVersion(c);
  return Part::kVersion;
}

void VersionedHead::TakeOfVersion(char c) {
  if (name_.size() <= kSip.size()) name_.push_back(c);
  if (c == '/') {
    version_ = named_ ? Version::kSlash : Version::kName;
  } else if (c == '.') {
    version_ = version_ == Version::kMajor ? Version::kDot : Version::kName;
  } else if (!IsDigit(c)) {
    version_ = Version::kName;
  } else if (version_ == Version::kSlash) {
    version_ = Version::kMajor;
  } else if (version_ == Version::kDot) {
    version_ = Version::kMinor;
  }
  named_ = true;
}

// RFC 3261 section 25.1: the address of a request is a URI of one of these schemes, or of one with
// a path, which RequestLine knows.
bool VersionedHead::IsSip() const {
  if (name_ != kSip) return false;
  for (const absl::string_view scheme : {"sip:", "sips:", "tel:", "urn:"}) {
    if (absl::StartsWith(target_, scheme)) return true;
  }
  return false;
}

}  // namespace firebreak::proxy
