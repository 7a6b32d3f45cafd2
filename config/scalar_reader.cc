#include "config/scalar_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <google/protobuf/timestamp.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "config/did_you_mean.h"

namespace firebreak::config {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMaxShown = 60;

std::string Shown(absl::string_view text) {
  if (text.size() <= kMaxShown) return absl::StrCat("\"", text, "\"");
  return absl::StrCat("\"", text.substr(0, kMaxShown), "...\"");
}

ScalarError WrongType(const YamlNode& node, const FieldDescriptor& field) {
  std::string help;
  if (node.quoted) help = "remove the quotes";
  if (!node.quoted && field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) help = "true or false";
  return {ErrorCode::kWrongType,
          absl::StrCat("expected ", ExpectedScalar(field), ", found ", FoundNode(node)), help};
}

// Target is where a value goes: a field, or the end of a repeated one.
class Target {
 public:
  Target(const FieldDescriptor& field, Message* message) : field_(field), message_(message) {}

  void Set(const std::string& value) const {
    field_.is_repeated() ? reflection().AddString(message_, &field_, value)
                         : reflection().SetString(message_, &field_, value);
  }
  void Set(bool value) const {
    field_.is_repeated() ? reflection().AddBool(message_, &field_, value)
                         : reflection().SetBool(message_, &field_, value);
  }
  void Set(int32_t value) const {
    field_.is_repeated() ? reflection().AddInt32(message_, &field_, value)
                         : reflection().SetInt32(message_, &field_, value);
  }
  void Set(int64_t value) const {
    field_.is_repeated() ? reflection().AddInt64(message_, &field_, value)
                         : reflection().SetInt64(message_, &field_, value);
  }
  void Set(uint32_t value) const {
    field_.is_repeated() ? reflection().AddUInt32(message_, &field_, value)
                         : reflection().SetUInt32(message_, &field_, value);
  }
  void Set(uint64_t value) const {
    field_.is_repeated() ? reflection().AddUInt64(message_, &field_, value)
                         : reflection().SetUInt64(message_, &field_, value);
  }
  void Set(double value) const {
    field_.is_repeated() ? reflection().AddDouble(message_, &field_, value)
                         : reflection().SetDouble(message_, &field_, value);
  }
  void Set(const EnumValueDescriptor* value) const {
    field_.is_repeated() ? reflection().AddEnum(message_, &field_, value)
                         : reflection().SetEnum(message_, &field_, value);
  }
  Message* NewMessage() const {
    return field_.is_repeated() ? reflection().AddMessage(message_, &field_)
                                : reflection().MutableMessage(message_, &field_);
  }

 private:
  const google::protobuf::Reflection& reflection() const { return *message_->GetReflection(); }

  const FieldDescriptor& field_;
  Message* message_;
};

// IsDecimal: an optional sign and digits without a leading zero, which elsewhere means octal.
bool IsDecimal(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

template <typename Int>
std::optional<ScalarError> SetInteger(const YamlNode& node, const FieldDescriptor& field,
                                      const Target& target) {
  if (node.quoted || !IsDecimal(node.scalar)) return WrongType(node, field);
  Int value = 0;
  if (!absl::SimpleAtoi(node.scalar, &value)) {
    return ScalarError{
        ErrorCode::kOutOfRange, absl::StrCat(Shown(node.scalar), " is out of range"),
        absl::StrCat(std::numeric_limits<Int>::min(), " to ", std::numeric_limits<Int>::max())};
  }
  target.Set(value);
  return std::nullopt;
}

std::optional<ScalarError> SetDouble(const YamlNode& node, const FieldDescriptor& field,
                                     const Target& target) {
  double value = 0;
  const bool number = !node.quoted && absl::SimpleAtod(node.scalar, &value) && std::isfinite(value);
  if (!number) return WrongType(node, field);
  target.Set(value);
  return std::nullopt;
}

std::optional<ScalarError> SetBool(const YamlNode& node, const FieldDescriptor& field,
                                   const Target& target) {
  if (node.quoted || (node.scalar != "true" && node.scalar != "false")) {
    return WrongType(node, field);
  }
  target.Set(node.scalar == "true");
  return std::nullopt;
}

std::optional<ScalarError> SetString(const YamlNode& node, const Target& target) {
  // "\0" in quotes: names and paths with it mean one thing to us and another to the system.
  if (node.scalar.find('\0') != std::string::npos) {
    return ScalarError{ErrorCode::kEncoding, "text with a NUL", ""};
  }
  target.Set(node.scalar);
  return std::nullopt;
}

// EnumNames lists the words a file may use: not the zero value, which stands for "not written".
std::vector<absl::string_view> EnumNames(const EnumDescriptor& type) {
  std::vector<absl::string_view> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const absl::string_view name = type.value(i)->name();
    if (!absl::EndsWith(name, "_UNSPECIFIED")) names.push_back(name);
  }
  return names;
}

std::optional<ScalarError> SetEnum(const YamlNode& node, const FieldDescriptor& field,
                                   const Target& target) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByName(node.scalar);
  if (value == nullptr || absl::EndsWith(value->name(), "_UNSPECIFIED")) {
    const std::vector<absl::string_view> names = EnumNames(*field.enum_type());
    std::string help = DidYouMean(node.scalar, names);
    if (help.empty()) help = absl::StrCat("one of ", absl::StrJoin(names, ", "));
    return ScalarError{ErrorCode::kUnknownEnumValue,
                       absl::StrCat("unknown value ", Shown(node.scalar)), help};
  }
  target.Set(value);
  return std::nullopt;
}

// HasTimestampShape: yyyy-mm-ddThh:mm:ss, a fraction, Z or an offset (RFC 3339). absl::ParseTime
// would take blanks and words such as "infinite-future" as well.
bool HasTimestampShape(absl::string_view text) {
  const auto consume = [&text](absl::string_view shape) {
    if (text.size() < shape.size()) return false;
    for (size_t i = 0; i < shape.size(); ++i) {
      const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
      if (shape[i] == '0' ? !digit : text[i] != shape[i]) return false;
    }
    text.remove_prefix(shape.size());
    return true;
  };
  if (!consume("0000-00-00T00:00:00")) return false;
  if (absl::ConsumePrefix(&text, ".")) {
    if (!consume("0")) return false;
    while (consume("0")) {
    }
  }
  return text == "Z" || ((consume("+00:00") || consume("-00:00")) && text.empty());
}

std::optional<ScalarError> SetTimestamp(const YamlNode& node, const Target& target) {
  // The years google.protobuf.Timestamp has.
  static const absl::Time kMin = absl::FromCivil(absl::CivilDay(1, 1, 1), absl::UTCTimeZone());
  static const absl::Time kEnd = absl::FromCivil(absl::CivilDay(10000, 1, 1), absl::UTCTimeZone());
  absl::Time time;
  const bool good = HasTimestampShape(node.scalar) &&
                    absl::ParseTime(absl::RFC3339_full, node.scalar, &time, nullptr) &&
                    time >= kMin && time < kEnd;
  if (!good) {
    return ScalarError{ErrorCode::kBadTimestamp,
                       absl::StrCat("expected an RFC 3339 time, found ", Shown(node.scalar)),
                       "for example 2026-01-31T00:00:00Z"};
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  const absl::Duration rest = time - absl::FromUnixSeconds(seconds);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  target.NewMessage()->CopyFrom(timestamp);
  return std::nullopt;
}

}  // namespace

bool IsTimestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Timestamp::descriptor();
}

std::string ExpectedScalar(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "an integer";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", absl::StrJoin(EnumNames(*field.enum_type()), ", "));
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsTimestamp(field) ? "a time" : "a map";
  }
  return "a value";
}

std::string FoundNode(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return absl::StrCat(node.quoted ? "the text " : "", Shown(node.scalar));
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "something else";
}

std::optional<ScalarError> SetScalar(const YamlNode& node, const FieldDescriptor& field,
                                     Message* message) {
  const Target target(field, message);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return SetInteger<int32_t>(node, field, target);
    case FieldDescriptor::CPPTYPE_INT64:
      return SetInteger<int64_t>(node, field, target);
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetInteger<uint32_t>(node, field, target);
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetInteger<uint64_t>(node, field, target);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetDouble(node, field, target);
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(node, field, target);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(node, field, target);
    case FieldDescriptor::CPPTYPE_STRING:
      return SetString(node, target);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (IsTimestamp(field)) return SetTimestamp(node, target);
      return WrongType(node, field);
    case FieldDescriptor::CPPTYPE_FLOAT:  // No schema of ours has one.
      break;
  }
  return ScalarError{ErrorCode::kNotSupported, "a field of this type cannot be read", ""};
}

}  // namespace firebreak::config
