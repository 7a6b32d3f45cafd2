#include "config/field_checks.h"

#include <filesystem>

#include "absl/strings/str_cat.h"

#include "base/principal_syntax.h"

namespace firebreak::config {

FieldChecks::FieldChecks(absl::string_view config_path, const SourceMap& map,
                         Diagnostics* diagnostics)
    : folder_(std::filesystem::path(absl::StrCat(config_path)).parent_path().string()),
      map_(map),
      diagnostics_(diagnostics) {}

void FieldChecks::Report(absl::string_view path, ErrorCode code, absl::string_view message,
                         absl::string_view help) const {
  map_.Report(path, code, message, help, diagnostics_);
}

void FieldChecks::NotSupported(absl::string_view path, absl::string_view help) const {
  if (!map_.Contains(path)) return;
  Report(path, ErrorCode::kNotSupported, absl::StrCat(path, " is not supported by this version"),
         help);
}

void FieldChecks::ReportRange(absl::string_view path, int64_t value, int64_t least,
                              int64_t most) const {
  const bool bounded = most != std::numeric_limits<int64_t>::max();
  Report(path, ErrorCode::kInvalidValue, absl::StrCat(path, " is ", value),
         bounded ? absl::StrCat(least, " to ", most) : absl::StrCat("at least ", least));
}

bool FieldChecks::Required(absl::string_view path, absl::string_view value) const {
  if (!value.empty()) return true;
  Report(path, ErrorCode::kRequiredField,
         absl::StrCat(path, map_.Contains(path) ? " is empty" : " is missing"));
  return false;
}

std::string FieldChecks::RequiredName(absl::string_view path, const std::string& value) const {
  if (!Required(path, value)) return "";
  const absl::string_view wrong = WrongWithName(value);
  if (wrong.empty()) return value;
  Report(path, ErrorCode::kInvalidValue, absl::StrCat("bad name \"", value, "\" in ", path), wrong);
  return "";
}

std::optional<SocketAddress> FieldChecks::Address(absl::string_view path,
                                                  absl::string_view value) const {
  const auto address = SocketAddress::Parse(value);
  if (address.ok()) return *address;
  Report(path, ErrorCode::kInvalidValue, absl::StrCat("bad address \"", value, "\" in ", path),
         "an IP address and port, for example 10.0.0.2:15006 or [fd00::1]:15006");
  return std::nullopt;
}

std::optional<SocketAddress> FieldChecks::RequiredAddress(absl::string_view path,
                                                          absl::string_view value) const {
  if (!Required(path, value)) return std::nullopt;
  return Address(path, value);
}

std::string FieldChecks::Resolve(const std::string& value) const {
  if (value.empty()) return "";
  return (std::filesystem::path(folder_) / value).string();
}

std::string FieldChecks::RequiredPath(absl::string_view path, const std::string& value) const {
  return Required(path, value) ? Resolve(value) : "";
}

void FieldChecks::Principal(absl::string_view path, absl::string_view value) const {
  const absl::string_view wrong = WrongWithPrincipal(value);
  if (wrong.empty()) return;
  Report(path, ErrorCode::kInvalidValue, absl::StrCat("bad principal \"", value, "\" in ", path),
         absl::StrCat(wrong, "; for example shop.example/ns/shop/sa/payments"));
}

std::vector<std::string> FieldChecks::Principals(absl::string_view path,
                                                 std::vector<std::string> values) const {
  for (size_t i = 0; i < values.size(); ++i) {
    Principal(absl::StrCat(path, "[", i, "]"), values[i]);
  }
  return values;
}

bool Clash(const SocketAddress& a, const SocketAddress& b) {
  // Port 0 is one the system picks; on an unset address it is also what a reported error left.
  if (a.port() == 0 || a.port() != b.port()) return false;
  return a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified();
}

}  // namespace firebreak::config
