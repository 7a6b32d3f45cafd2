#include "inspect/baseline/value_shape.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/text_shape.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kFirstPunctuation = 5;
constexpr absl::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
static_assert(kFirstPunctuation + kPunctuation.size() == kCharClasses);
constexpr size_t kShortestHex = 8;

constexpr std::array<uint8_t, 256> kClassOf = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t c = 0; c < 256; ++c) classes[c] = c >= 0x80 ? kHighBytesClass : kControlsClass;
  for (size_t c = 'a'; c <= 'z'; ++c) classes[c] = kLettersClass;
  for (size_t c = 'A'; c <= 'Z'; ++c) classes[c] = kLettersClass;
  for (size_t c = '0'; c <= '9'; ++c) classes[c] = kDigitsClass;
  classes[' '] = kSpacesClass;
  for (size_t i = 0; i < kPunctuation.size(); ++i) {
    classes[static_cast<uint8_t>(kPunctuation[i])] = static_cast<uint8_t>(kFirstPunctuation + i);
  }
  return classes;
}();

constexpr uint64_t Bit(size_t char_class) { return uint64_t{1} << char_class; }

constexpr uint64_t kAlphanumeric = Bit(kLettersClass) | Bit(kDigitsClass);
constexpr uint64_t kWordClasses = kAlphanumeric | Bit(kSpacesClass) | Bit(kHighBytesClass);

uint64_t TokenClasses() {
  static const uint64_t classes = kAlphanumeric | Bit(CharClassOf('_')) | Bit(CharClassOf('-'));
  return classes;
}

// What stands for a class in a pattern.
char SymbolOf(char byte, size_t char_class) {
  if (char_class == kLettersClass || char_class == kHighBytesClass) return 'a';
  if (char_class == kDigitsClass) return '9';
  return char_class == kControlsClass ? '^' : byte;
}

bool IsOneOf(absl::string_view text, std::initializer_list<absl::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

size_t CharClassOf(char byte) { return kClassOf[static_cast<uint8_t>(byte)]; }

std::string CharClassName(size_t char_class) {
  switch (char_class) {
    case kLettersClass:
      return "letters";
    case kDigitsClass:
      return "digits";
    case kSpacesClass:
      return "spaces";
    case kControlsClass:
      return "control characters";
    case kHighBytesClass:
      return "bytes above 0x7f";
    default:
      return absl::StrCat("`", kPunctuation.substr(char_class - kFirstPunctuation, 1), "`");
  }
}

absl::string_view ValueTypeName(ValueType type) {
  switch (type) {
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kInteger:
      return "integer";
    case ValueType::kNumber:
      return "number";
    case ValueType::kUuid:
      return "uuid";
    case ValueType::kHex:
      return "hex";
    case ValueType::kDate:
      return "date";
    case ValueType::kEmail:
      return "email";
    case ValueType::kToken:
      return "token";
    case ValueType::kWords:
      return "words";
  }
  return "";
}

void ValueShape::Clear() {
  size_ = classes_ = 0;
  hex_ = true;
  pattern_size_ = kept_size_ = 0;
}

void ValueShape::Add(absl::string_view piece) {
  size_ += piece.size();
  const size_t kept = std::min(piece.size(), kept_.size() - kept_size_);
  std::copy_n(piece.begin(), kept, kept_.begin() + kept_size_);
  kept_size_ += kept;
  for (const char c : piece) {
    const size_t char_class = CharClassOf(c);
    classes_ |= Bit(char_class);
    hex_ = hex_ && absl::ascii_isxdigit(static_cast<unsigned char>(c));
    if (pattern_size_ <= kMaxPattern) AddToPattern(SymbolOf(c, char_class));
  }
}

void ValueShape::AddToPattern(char symbol) {
  const char last = pattern_size_ > 0 ? pattern_[pattern_size_ - 1] : '\0';
  const bool run = symbol == last && (symbol == 'a' || symbol == '9');
  if (run) return;
  if (symbol == 'a' && last == ' ' && pattern_size_ >= 2 && pattern_[pattern_size_ - 2] == 'a') {
    --pattern_size_;  // another word
    return;
  }
  pattern_[pattern_size_] = pattern_size_ == kMaxPattern ? '~' : symbol;
  ++pattern_size_;
}

bool ValueShape::IsEmail() const {
  const absl::string_view email = text();
  const size_t at = email.find('@');
  if (!whole() || at == absl::string_view::npos || at == 0) return false;
  if (email.find('@', at + 1) != absl::string_view::npos) return false;
  const absl::string_view domain = email.substr(at + 1);
  return !domain.empty() && email.find_first_of(" \"'(),:;<>[]\\") == absl::string_view::npos;
}

bool ValueShape::IsDate() const {
  return IsOneOf(pattern(), {"9-9-9", "9/9/9", "9.9.9"}) ||
         absl::StartsWith(pattern(), "9-9-9a9:9") || absl::StartsWith(pattern(), "9-9-9 9:9");
}

uint32_t ValueShape::TypeBits() const {
  uint32_t bits = 0;
  const auto set = [&bits](ValueType type, bool is) {
    bits |= static_cast<uint32_t>(is ? 1 : 0) << static_cast<uint32_t>(type);
  };
  if (size_ == 0) return 0;
  const bool integer = IsOneOf(pattern(), {"9", "-9"});
  set(ValueType::kBoolean, IsOneOf(absl::AsciiStrToLower(text().substr(0, 6)),
                                   {"true", "false", "yes", "no", "on", "off"}));
  set(ValueType::kInteger, integer);
  set(ValueType::kNumber, integer || IsOneOf(pattern(), {"9.9", "-9.9"}));
  set(ValueType::kUuid, size_ == kUuidSize && StartsWithUuid(text()));
  set(ValueType::kHex, hex_ && size_ >= kShortestHex);
  set(ValueType::kDate, IsDate());
  set(ValueType::kEmail, IsEmail());
  set(ValueType::kToken, (classes_ & ~TokenClasses()) == 0);
  set(ValueType::kWords, (classes_ & ~kWordClasses) == 0);
  return bits;
}

}  // namespace firebreak::inspect
