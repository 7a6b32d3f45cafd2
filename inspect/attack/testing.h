// Asking the parsers within a test.
#ifndef FIREBREAK_INSPECT_ATTACK_TESTING_H_
#define FIREBREAK_INSPECT_ATTACK_TESTING_H_

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "inspect/attack/attack.h"
#include "inspect/attack/lower_text.h"

namespace firebreak::inspect {

// HitsOf is what all parsers say of a text, one layer and no decoding.
inline Hits HitsOf(absl::string_view text, Place place = Place::kQuery, bool is_name = false) {
  static SqlTokens* const tokens = std::make_unique<SqlTokens>().release();
  LowerText lower;
  lower.Set(text);
  View view(lower);
  view.place = place;
  view.is_name = is_name;
  Hits hits;
  FindAttacks(view, text, Scope::kAll, *tokens, hits);
  return hits;
}

inline bool Finds(Rule rule, absl::string_view text) { return HitsOf(text).Has(rule); }

// ScoreOf is the score at a paranoia level, each rule once.
inline int ScoreOf(absl::string_view text, int paranoia = 1) {
  int score = 0;
  HitsOf(text).ForEachHit([&](Rule rule, Hits::Range /*range*/) {
    if (InfoOf(rule).paranoia <= paranoia) score += InfoOf(rule).severity;
  });
  return score;
}

// RulesOf lists identifiers, for the messages of failing tests.
inline std::string RulesOf(absl::string_view text) {
  std::string rules;
  HitsOf(text).ForEachHit(
      [&](Rule rule, Hits::Range /*range*/) { absl::StrAppend(&rules, InfoOf(rule).id, " "); });
  return rules;
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_TESTING_H_
