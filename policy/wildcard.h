// The one "*" that a value of a policy may have in front or at its end.
#ifndef FIREBREAK_POLICY_WILDCARD_H_
#define FIREBREAK_POLICY_WILDCARD_H_

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace firebreak::policy {

// Wildcard is a value taken apart at the one "*" that it may have, at its beginning or its end.
struct Wildcard {
  enum class Place { kNone, kFront, kEnd };

  Place place = Place::kNone;
  absl::string_view fixed;  // the rest

  // Of returns nullopt where a "*" stands elsewhere, or a second one.
  static std::optional<Wildcard> Of(absl::string_view text) {
    Wildcard wildcard{Place::kNone, text};
    if (absl::ConsumeSuffix(&wildcard.fixed, "*")) {
      wildcard.place = Place::kEnd;
    } else if (absl::ConsumePrefix(&wildcard.fixed, "*")) {
      wildcard.place = Place::kFront;
    }
    if (absl::StrContains(wildcard.fixed, '*')) return std::nullopt;
    return wildcard;
  }

  // Choose returns what stands for the place.
  template <typename Kind>
  Kind Choose(Kind exact, Kind suffix, Kind prefix) const {
    switch (place) {
      case Place::kNone:
        return exact;
      case Place::kFront:
        return suffix;
      case Place::kEnd:
        break;
    }
    return prefix;
  }
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WILDCARD_H_
