// Deviation is one way in which a request is not like those before it.
#ifndef FIREBREAK_INSPECT_BASELINE_DEVIATION_H_
#define FIREBREAK_INSPECT_BASELINE_DEVIATION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

enum class DeviationKind : uint8_t {
  kMethod,        // never used on this destination
  kRoute,         // never called
  kPath,          // a folder, ending or character no route has
  kParameter,     // a name this route never had
  kNearName,      // one character away from a name that is missing
  kParameterSet,  // known names that never came together
  kValue,         // not one of an enumeration
  kType,
  kClass,  // characters never or hardly ever seen
  kPattern,
  kLength,
  kContentType,
  kBodySize,
};

struct Deviation {
  DeviationKind kind;
  double weight = 0;
  std::string field;   // the parameter; empty for what is of the request as a whole
  std::string detail;  // "new class `'`"; printable
};

// Judgement is what a baseline says of a request.
struct Judgement {
  double score = 0;  // the sum of the weights; deviant from kDeviant on (surprise.h)
  // Of the closest model that was asked: with how few it knows less, and weighs less.
  uint64_t samples = 0;
  std::vector<Deviation> deviations;

  bool deviant() const;
  // Explain: "`amount`: new class `'`, length 63 > 4; route never called (12331 samples)".
  // No further ones are told once it has `most` bytes.
  std::string Explain(size_t most = std::string::npos) const;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_DEVIATION_H_
