#include "http/path.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/utf8.h"

namespace firebreak::http {
namespace {

enum class ByteClass : uint8_t {
  kBad,       // controls, SP, and "?", at which the target was to be split
  kPlain,     // stands for itself
  kHarmless,  // may not stand in a path (RFC 3986 section 3.3): is escaped
  kSlash,
  kSemicolon,
  kPercent,
  kHash,
  kBackslash,
  kHigh,  // from 0x80
};

constexpr bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

constexpr bool IsOneOf(absl::string_view characters, char c) {
  for (const char character : characters) {
    if (c == character) return true;
  }
  return false;
}

constexpr ByteClass Classify(char c) {
  if (IsUnreserved(c) || IsOneOf("!$&'()*+,=:@", c)) return ByteClass::kPlain;
  if (IsOneOf("\"<>[]^`{|}", c)) return ByteClass::kHarmless;
  if (c == '/') return ByteClass::kSlash;
  if (c == ';') return ByteClass::kSemicolon;
  if (c == '%') return ByteClass::kPercent;
  if (c == '#') return ByteClass::kHash;
  if (c == '\\') return ByteClass::kBackslash;
  return static_cast<uint8_t>(c) >= 0x80 ? ByteClass::kHigh : ByteClass::kBad;
}

constexpr std::array<ByteClass, 256> MakeClasses() {
  std::array<ByteClass, 256> classes{};
  for (size_t byte = 0; byte < classes.size(); ++byte) {
    classes[byte] = Classify(static_cast<char>(byte));
  }
  return classes;
}

constexpr std::array<ByteClass, 256> kClasses = MakeClasses();

ByteClass ClassOf(char c) { return kClasses[static_cast<uint8_t>(c)]; }

// What is particular about a byte of a query, as bits, so that a look at all of them is one pass.
constexpr uint8_t kNeverInQuery = 1;  // controls and blanks
constexpr uint8_t kFragmentSign = 2;
constexpr uint8_t kBeyondAscii = 4;

constexpr std::array<uint8_t, 256> MakeQueryKinds() {
  std::array<uint8_t, 256> kinds{};
  for (size_t byte = 0; byte < kinds.size(); ++byte) {
    if (byte <= ' ' || byte == 0x7f) kinds[byte] = kNeverInQuery;
    if (byte >= 0x80) kinds[byte] = kBeyondAscii;
  }
  kinds['#'] = kFragmentSign;
  return kinds;
}

constexpr std::array<uint8_t, 256> kQueryKinds = MakeQueryKinds();

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// IsNormal sees at one glance that nothing is to be done, as is so for nearly every request. It may
// say false of a path that is normal.
bool IsNormal(absl::string_view path) {
  char before = '\0';
  for (const char c : path) {
    const ByteClass kind = ClassOf(c);
    if (kind != ByteClass::kPlain && kind != ByteClass::kSlash) return false;
    if (before == '/' && (c == '/' || c == '.')) return false;
    before = c;
  }
  return true;
}

// IsText is well-formed UTF-8 without controls, the C1 controls (U+0080 to U+009F) included.
bool IsText(absl::string_view text) {
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.size == 0 || IsControl(rune.code)) return false;
    text.remove_prefix(rune.size);
  }
  return true;
}

bool IsEmptyOrDots(absl::string_view name) { return name.empty() || name == "." || name == ".."; }

// HidesDots is whether a server that cuts off parameters, or takes an escaped slash for a slash,
// would see an empty or a dot segment where we do not ("/..;/admin", "/a%2F../b").
bool HidesDots(absl::string_view segment) {
  while (true) {
    const size_t slash = std::min(segment.find("%2F"), segment.find("%5C"));
    const absl::string_view piece = segment.substr(0, slash);
    const size_t parameter = std::min(piece.find(';'), piece.find("%3B"));
    if (parameter != absl::string_view::npos && IsEmptyOrDots(piece.substr(0, parameter))) {
      return true;
    }
    if (piece == "." || piece == "..") return true;
    if (slash == absl::string_view::npos) return false;
    segment.remove_prefix(slash + 3);
  }
}

// PathWriter writes the normal form of one path, segment by segment.
class PathWriter {
 public:
  PathWriter(const PathRules& rules, size_t bytes) : rules_(rules) {
    out_.reserve(bytes);
    out_.push_back('/');
  }

  // Write takes the path from behind its first slash.
  Fault Write(absl::string_view rest);
  std::string& out() { return out_; }

 private:
  // Takes one character or escape off rest.
  Fault WriteNext(absl::string_view& rest);
  Fault WriteEscape(absl::string_view& rest);
  Fault KeepHigh(char byte);
  Fault EndHigh();
  Fault EndSegment(bool slash_follows);
  void AppendEscaped(uint8_t byte);

  const PathRules& rules_;
  std::string out_;
  size_t segment_ = 1;     // where in out_ the segment begins
  bool doubtful_ = false;  // the segment holds something for HidesDots
  std::string high_;       // bytes from 0x80, escaped or not, since the last character of ASCII
};

Fault PathWriter::Write(absl::string_view rest) {
  while (!rest.empty()) {
    const Fault fault = WriteNext(rest);
    if (fault != Fault::kNone) return fault;
  }
  return EndSegment(/*slash_follows=*/false);
}

Fault PathWriter::WriteNext(absl::string_view& rest) {
  const char c = rest.front();
  const ByteClass kind = ClassOf(c);
  if (kind == ByteClass::kPercent) return WriteEscape(rest);
  rest.remove_prefix(1);
  if (kind == ByteClass::kHigh) return KeepHigh(c);
  const Fault fault = EndHigh();
  if (fault != Fault::kNone) return fault;
  switch (kind) {
    case ByteClass::kPlain:
      out_.push_back(c);
      return Fault::kNone;
    case ByteClass::kHarmless:
      AppendEscaped(static_cast<uint8_t>(c));
      return Fault::kNone;
    case ByteClass::kSlash:
      return EndSegment(/*slash_follows=*/true);
    case ByteClass::kSemicolon:
      if (!rules_.allow_parameters) return Fault::kPathParameters;
      doubtful_ = true;
      out_.push_back(c);
      return Fault::kNone;
    case ByteClass::kHash:
      return Fault::kPathFragment;
    case ByteClass::kBackslash:
      return Fault::kPathBackslash;
    case ByteClass::kBad:
    case ByteClass::kPercent:
    case ByteClass::kHigh:
      return Fault::kPathBytes;
  }
  return Fault::kPathBytes;
}

Fault PathWriter::WriteEscape(absl::string_view& rest) {
  const int high = rest.size() > 1 ? HexDigit(rest[1]) : -1;
  const int low = rest.size() > 2 ? HexDigit(rest[2]) : -1;
  if (high < 0 || low < 0) return Fault::kPathEscape;
  rest.remove_prefix(3);
  const auto byte = static_cast<uint8_t>(high * 16 + low);
  const char c = static_cast<char>(byte);
  if (byte >= 0x80) return KeepHigh(c);
  const Fault fault = EndHigh();
  if (fault != Fault::kNone) return fault;
  if (IsControl(byte)) return Fault::kPathEscapedControl;
  if (IsUnreserved(c)) {
    out_.push_back(c);
    return Fault::kNone;
  }
  if (c == '/' || c == '\\') {
    if (!rules_.allow_escaped_slash) return Fault::kPathEscapedSlash;
    doubtful_ = true;
  }
  if (c == ';') doubtful_ = true;
  AppendEscaped(byte);
  return Fault::kNone;
}

Fault PathWriter::KeepHigh(char byte) {
  if (!rules_.allow_non_ascii) return Fault::kPathNonAscii;
  high_.push_back(byte);
  return Fault::kNone;
}

Fault PathWriter::EndHigh() {
  if (high_.empty()) return Fault::kNone;
  if (!IsText(high_)) return Fault::kPathNonAscii;
  for (const char byte : high_) AppendEscaped(static_cast<uint8_t>(byte));
  high_.clear();
  return Fault::kNone;
}

Fault PathWriter::EndSegment(bool slash_follows) {
  const Fault fault = EndHigh();
  if (fault != Fault::kNone) return fault;
  const absl::string_view segment = absl::string_view(out_).substr(segment_);
  if (segment.empty()) return Fault::kNone;  // the slash before it does
  if (doubtful_ && HidesDots(segment)) return Fault::kPathDotSegment;
  doubtful_ = false;
  if (segment == ".") {
    out_.resize(segment_);
  } else if (segment == "..") {
    if (segment_ == 1) return Fault::kPathAboveRoot;
    out_.resize(out_.rfind('/', segment_ - 2) + 1);
  } else if (slash_follows) {
    out_.push_back('/');
  }
  segment_ = out_.size();
  return Fault::kNone;
}

void PathWriter::AppendEscaped(uint8_t byte) {
  constexpr absl::string_view kDigits = "0123456789ABCDEF";
  out_.push_back('%');
  out_.push_back(kDigits[byte >> 4]);
  out_.push_back(kDigits[byte & 15]);
}

}  // namespace

Fault NormalisePath(const PathRules& rules, std::string& path) {
  if (path.empty() || path.front() != '/') return Fault::kPathForm;
  if (IsNormal(path)) return Fault::kNone;
  PathWriter writer(rules, path.size());
  const Fault fault = writer.Write(absl::string_view(path).substr(1));
  if (fault == Fault::kNone) path = std::move(writer.out());
  return fault;
}

Fault CheckQuery(const PathRules& rules, absl::string_view query) {
  uint8_t seen = 0;
  for (const char c : query) seen |= kQueryKinds[static_cast<uint8_t>(c)];
  if ((seen & (kFragmentSign | kNeverInQuery)) != 0) {
    // The first of them is what is told.
    const auto bad = std::find_if(query.begin(), query.end(), [](char c) {
      return (kQueryKinds[static_cast<uint8_t>(c)] & (kFragmentSign | kNeverInQuery)) != 0;
    });
    return *bad == '#' ? Fault::kPathFragment : Fault::kPathBytes;
  }
  const bool ascii = (seen & kBeyondAscii) == 0;
  return ascii || (rules.allow_non_ascii && IsText(query)) ? Fault::kNone : Fault::kPathNonAscii;
}

}  // namespace firebreak::http
