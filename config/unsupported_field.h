// Fields that other programs know in the same documents, and what to write here instead.
#ifndef FIREBREAK_CONFIG_UNSUPPORTED_FIELD_H_
#define FIREBREAK_CONFIG_UNSUPPORTED_FIELD_H_

#include "absl/strings/string_view.h"

namespace firebreak::config {

struct UnsupportedField {
  absl::string_view message;  // in whose place it stands, by its name without package
  absl::string_view field;
  absl::string_view what;  // a sentence
  absl::string_view help;
};

// FindUnsupportedField is null for a field that is merely unknown.
const UnsupportedField* FindUnsupportedField(absl::string_view message, absl::string_view field);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_UNSUPPORTED_FIELD_H_
