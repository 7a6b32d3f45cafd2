#include "flows/redact.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/text_shape.h"
#include "flows/telling_name.h"

namespace firebreak::flows {
namespace {

constexpr size_t kMixedPiece = 20;      // letters and digits in one piece
constexpr size_t kHexPiece = 32;        // hex digits in one piece
constexpr size_t kDigitsPiece = 21;     // 64-bit numbers have up to 20
constexpr size_t kLettersPiece = 40;    // longer than words run together
constexpr size_t kIrregular = 20;       // irregular characters in one run
constexpr size_t kMixedRun = 20;        // a run with a piece that only chance can have made
constexpr size_t kMixedPieceOfRun = 6;  // that piece
constexpr size_t kWordAndNumber = 12;   // "blackfriday24" is one too long
constexpr size_t kTokenPart = 12;       // of a JSON Web Token
constexpr size_t kBehindKeyPrefix = 8;  // characters of a key behind its prefix
constexpr size_t kCodeNameDigits = 2;   // "GetCustomerAddressesV2"

// Base64url of "{" and the quote or blank behind it (RFC 7519, RFC 8259).
constexpr std::array<absl::string_view, 5> kJsonStarts = {"eyJ", "eyA", "ewo", "ew0", "ewk"};
constexpr char kJsonStart = 'e';  // of each

// Prefixes that issuers give their keys so that they are found where they should not be.
constexpr std::array<absl::string_view, 21> kKeyPrefixes = {
    "ghp_",  "gho_",     "ghu_",     "ghs_",     "ghr_",     "github_pat_", "glpat-",
    "xoxa-", "xoxb-",    "xoxp-",    "xoxr-",    "xoxs-",    "xapp-",       "AKIA",
    "AIza",  "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_",      "shpat_"};

constexpr size_t kShortestKeyPrefix = [] {
  size_t shortest = SIZE_MAX;
  for (const absl::string_view prefix : kKeyPrefixes) shortest = std::min(shortest, prefix.size());
  return shortest;
}();
constexpr size_t kShortestSecret = 12;  // but for names, passwords and escapes

// What the name of a secret has in it, in lower case.
constexpr std::array<absl::string_view, 14> kSecretNames = {
    "token",   "secret", "passw",     "pwd",        "apikey", "api_key", "api-key",
    "session", "sessid", "signature", "credential", "oauth",  "bearer",  "jwt"};

bool IsBase64UrlChar(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; }

template <typename Predicate>
size_t CountLeading(absl::string_view text, Predicate predicate) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), predicate) - text.begin());
}

bool IsAlnum(char c) { return absl::ascii_isalnum(c); }

bool StartsWithJsonObject(absl::string_view text) {
  return std::any_of(kJsonStarts.begin(), kJsonStarts.end(),
                     [text](absl::string_view start) { return absl::StartsWith(text, start); });
}

// kKeyStarts has the first characters of key prefixes: most text is told apart by its own.
constexpr std::array<bool, 256> kKeyStarts = [] {
  std::array<bool, 256> starts{};
  for (const absl::string_view prefix : kKeyPrefixes)
    starts[static_cast<uint8_t>(prefix[0])] = true;
  return starts;
}();

bool StartsWithKey(absl::string_view text) {
  return kKeyStarts[static_cast<uint8_t>(text[0])] &&
         std::any_of(kKeyPrefixes.begin(), kKeyPrefixes.end(), [text](absl::string_view prefix) {
           if (!absl::StartsWith(text, prefix)) return false;
           return CountLeading(text.substr(prefix.size()), IsBase64UrlChar) >= kBehindKeyPrefix;
         });
}

// NamesSecret finds name=value, alone or after ";", "," or "&", where name is one of a secret.
bool NamesSecret(absl::string_view segment) {
  for (size_t equals = segment.find('='); equals != absl::string_view::npos;
       equals = segment.find('=', equals + 1)) {
    if (equals + 1 == segment.size()) return false;
    absl::string_view name = segment.substr(0, equals);
    const size_t before = name.find_last_of(";,&=");
    if (before != absl::string_view::npos) name.remove_prefix(before + 1);
    const std::string lower = absl::AsciiStrToLower(name);
    for (absl::string_view word : kSecretNames) {
      if (absl::StrContains(lower, word)) return true;
    }
  }
  return false;
}

bool HoldsUserAndPassword(absl::string_view segment) {
  const size_t colon = segment.find(':');
  return colon != absl::string_view::npos && absl::StrContains(segment.substr(colon), '@');
}

bool IsWord(const TextShape& shape) { return shape.one_case() || shape.upper * 3 <= shape.letters; }

bool IsCodeName(const TextShape& shape) {
  return shape.digits <= kCodeNameDigits && shape.size() < kLettersPiece &&
         shape.upper * 3 <= shape.letters;
}

// IsSecretPiece is rule 4, for a piece of letters and digits.
bool IsSecretPiece(const TextShape& piece, PathKind kind) {
  if (piece.hex == piece.size() && piece.size() >= kHexPiece) return true;
  if (piece.letters == 0) return piece.digits >= kDigitsPiece;
  if (piece.digits == 0) return piece.letters >= kLettersPiece;
  return piece.size() >= kMixedPiece && !(kind == PathKind::kGrpc && IsCodeName(piece));
}

// IsRegular is what rule 5 does not count.
bool IsRegular(const TextShape& piece, PathKind kind) {
  if (piece.letters == 0) return true;
  if (piece.digits == 0) return IsWord(piece);
  if (kind == PathKind::kGrpc && IsCodeName(piece)) return true;
  return piece.switches == 1 && piece.one_case() && piece.size() <= kWordAndNumber;
}

// IsMixed is what rule 6 looks for.
bool IsMixed(const TextShape& piece) {
  return piece.size() >= kMixedPieceOfRun && piece.digits > 0 && !piece.one_case() &&
         !IsCodeName(piece);
}

// JointSize is the size of what joins two pieces of a run: the characters of base64 and base64url
// that are no letters or digits; 0 where the run ends.
size_t JointSize(absl::string_view text) {
  if (text[0] == '-' || text[0] == '_' || text[0] == '+') return 1;
  return absl::StartsWithIgnoreCase(text, "%2B") || absl::StartsWithIgnoreCase(text, "%2F") ? 3 : 0;
}

bool StartsWithEscape(absl::string_view text) {
  return text.size() >= 3 && text[0] == '%' && absl::ascii_isxdigit(text[1]) &&
         absl::ascii_isxdigit(text[2]);
}

// BreakSize is the size of what stands between two runs: an escape, or any one character.
size_t BreakSize(absl::string_view text) { return StartsWithEscape(text) ? 3 : 1; }

// Unescaped decodes printable ASCII, but for "%", which would be read twice, and "/".
std::string Unescaped(absl::string_view segment) {
  std::string plain;
  plain.reserve(segment.size());
  while (!segment.empty()) {
    const size_t size = BreakSize(segment);
    const std::string byte = size == 3 ? absl::HexStringToBytes(segment.substr(1, 2)) : "";
    const bool decoded = size == 3 && absl::ascii_isprint(byte[0]) && byte != "%" && byte != "/";
    absl::StrAppend(&plain, decoded ? absl::string_view(byte) : segment.substr(0, size));
    segment.remove_prefix(size);
  }
  return plain;
}

// IsPlainAndShort: a segment in which no rule can find anything, without asking each of them.
bool IsPlainAndShort(absl::string_view segment) {
  static_assert(kShortestKeyPrefix + kBehindKeyPrefix >= kShortestSecret);
  static_assert(kTokenPart >= kShortestSecret && kMixedPiece >= kShortestSecret &&
                kHexPiece >= kShortestSecret && kDigitsPiece >= kShortestSecret &&
                kLettersPiece >= kShortestSecret && kIrregular >= kShortestSecret &&
                kMixedRun >= kShortestSecret);
  return segment.size() < kShortestSecret &&
         std::none_of(segment.begin(), segment.end(),
                      [](char c) { return c == '=' || c == ':' || c == '%'; });
}

// SegmentScan goes through one segment piece by piece. Each character is looked at a fixed number
// of times, since whoever sends the path chooses it.
class SegmentScan {
 public:
  SegmentScan(absl::string_view segment, PathKind kind) : rest_(segment), kind_(kind) {}

  bool FindsSecret() {
    while (!rest_.empty()) {
      if (AtToken() || (at_run_start_ && StartsWithKey(rest_)) || TakesSecretPiece()) return true;
      if (!rest_.empty()) PassJointOrBreak();
    }
    return false;
  }

 private:
  // AtToken tells whether a JSON Web Token starts here. What is left of a stretch of base64url is
  // counted once, not again at each of its pieces, and not at all before something starts like one.
  bool AtToken() {
    if (rest_[0] != kJsonStart || !StartsWithJsonObject(rest_)) return false;
    if (stretch_ == 0) stretch_ = CountLeading(rest_, IsBase64UrlChar);
    return stretch_ >= kTokenPart && stretch_ < rest_.size() && rest_[stretch_] == '.';
  }

  bool TakesSecretPiece() {
    if (StartsWithUuid(rest_)) {
      Pass(kUuidSize);
      return false;
    }
    const size_t size = CountLeading(rest_, IsAlnum);
    if (size == 0) return false;
    const TextShape piece = ShapeOf(rest_.substr(0, size));
    if (!IsRegular(piece, kind_)) irregular_ += size + (irregular_ > 0 ? 1 : 0);
    mixed_ = mixed_ || IsMixed(piece);
    Pass(size);
    return IsSecretPiece(piece, kind_) || irregular_ >= kIrregular ||
           (mixed_ && run_size_ >= kMixedRun);
  }

  void PassJointOrBreak() {
    const size_t joint = JointSize(rest_);
    at_run_start_ = joint == 0;
    Pass(at_run_start_ ? BreakSize(rest_) : joint);
    if (!at_run_start_) return;
    irregular_ = 0;
    run_size_ = 0;
    mixed_ = false;
  }

  void Pass(size_t size) {
    rest_.remove_prefix(size);
    run_size_ += size;
    stretch_ -= std::min(stretch_, size);
  }

  absl::string_view rest_;
  const PathKind kind_;
  size_t stretch_ = 0;  // characters of base64url at the start of rest_, where they were counted
  // Of the current run:
  size_t run_size_ = 0;
  size_t irregular_ = 0;  // characters
  bool mixed_ = false;
  bool at_run_start_ = true;
};

// Rewriter copies a text once something in it is replaced, and not before.
class Rewriter {
 public:
  Rewriter(absl::string_view text, std::string* scratch) : text_(text), scratch_(scratch) {
    scratch_->clear();
  }

  // Replace takes places in their order.
  void Replace(size_t begin, size_t end, absl::string_view instead) {
    absl::StrAppend(scratch_, text_.substr(copied_, begin - copied_), instead);
    copied_ = end;
  }
  absl::string_view Text() {
    if (scratch_->empty()) return text_;
    absl::StrAppend(scratch_, text_.substr(copied_));
    return *scratch_;
  }

 private:
  const absl::string_view text_;
  std::string* const scratch_;
  size_t copied_ = 0;  // bytes of text_ that are in *scratch_, or were left out of it
};

// Told is what the segments before one say of it.
struct Told {
  bool by_the_last = false;  // it comes right after a telling name
  bool by_any = false;

  void Note(absl::string_view segment) {
    by_the_last = TellsOfSecret(segment);
    by_any = by_any || by_the_last;
  }
  bool IsSecret(absl::string_view segment) const {
    if (!by_any || IsRouteName(segment)) return false;
    return by_the_last || MayBeCode(segment);
  }
};

// InsteadOf is what the log has instead of a segment; empty: the segment itself.
absl::string_view InsteadOf(absl::string_view segment, const Told& told, PathKind kind) {
  if (segment.empty()) return {};
  // Nothing that looks secret is a UUID.
  const bool uuid = segment.size() == kUuidSize && StartsWithUuid(segment);
  if (uuid) return kind == PathKind::kAny ? kIdSegment : absl::string_view();
  if (LooksSecret(segment, kind)) return kRedacted;
  if (kind != PathKind::kAny || segment == kRedacted || segment == kIdSegment) return {};
  if (IsIdSegment(segment)) return kIdSegment;
  return told.IsSecret(segment) ? kRedacted : absl::string_view();
}

}  // namespace

bool LooksSecret(absl::string_view segment, PathKind kind) {
  if (IsPlainAndShort(segment)) return false;
  if (absl::StrContains(segment, '%')) {
    const std::string plain = Unescaped(segment);
    return NamesSecret(plain) || HoldsUserAndPassword(plain) ||
           SegmentScan(plain, kind).FindsSecret();
  }
  return NamesSecret(segment) || HoldsUserAndPassword(segment) ||
         SegmentScan(segment, kind).FindsSecret();
}

ShownPath RedactPath(absl::string_view path, PathKind kind, std::string* scratch) {
  Rewriter shown(path, scratch);
  Told told;
  size_t segments = 0;
  bool is_route = kind == PathKind::kAny;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const absl::string_view segment = path.substr(begin, end - begin);
    const absl::string_view instead = InsteadOf(segment, told, kind);
    if (!instead.empty()) shown.Replace(begin, end, instead);
    is_route = is_route && instead != kRedacted && segment != kRedacted;
    ++segments;
    if (kind == PathKind::kAny && end < path.size()) told.Note(segment);
    begin = end + 1;
  }
  const absl::string_view text = shown.Text();
  // What is near the bounds of a template may be beyond them.
  is_route = is_route && segments <= kMaxTemplateSegments && text.size() <= kMaxTemplateBytes / 2;
  return {.text = text, .is_route = is_route};
}

absl::string_view RedactUserAgent(absl::string_view agent, std::string* scratch) {
  constexpr absl::string_view kBetween = " /\t()[]<>,;\"'";
  Rewriter shown(agent, scratch);
  for (size_t begin = 0; begin < agent.size();) {
    const size_t end = std::min(agent.find_first_of(kBetween, begin), agent.size());
    const absl::string_view word = agent.substr(begin, end - begin);
    if (absl::StrContains(word, '@') || LooksSecret(word)) shown.Replace(begin, end, kRedacted);
    begin = end + 1;
  }
  return shown.Text();
}

}  // namespace firebreak::flows
