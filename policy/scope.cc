#include "policy/scope.h"

#include "absl/strings/str_cat.h"

namespace firebreak::policy {

using config::ErrorCode;

Scope Scope::Field(absl::string_view name) const {
  Scope child = *this;
  absl::StrAppend(&child.path_, path_.empty() ? "" : ".", name);
  return child;
}

Scope Scope::Entry(size_t index) const {
  Scope child = *this;
  absl::StrAppend(&child.path_, "[", index, "]");
  return child;
}

bool Scope::Has(absl::string_view field) const { return map_->Contains(Field(field).path_); }

void Scope::Error(ErrorCode code, absl::string_view message, absl::string_view help) const {
  map_->Report(path_, code, message, help, diagnostics_);
}

void Scope::Warning(ErrorCode code, absl::string_view message, absl::string_view help) const {
  map_->Warn(path_, code, message, help, diagnostics_);
}

void Scope::RefuseEmptyList(absl::string_view field, size_t entries) const {
  if (entries > 0 || !Has(field)) return;
  Field(field).Error(ErrorCode::kPolicyEmpty, absl::StrCat("\"", field, "\" is empty"),
                     "leave the field out if it is to set no condition");
}

std::string Scope::file_and_line() const {
  return absl::StrCat(map_->file(), ":", map_->Find(path_).line + 1);
}

}  // namespace firebreak::policy
