// ParameterModel knows what the values of one parameter are like.
#ifndef FIREBREAK_INSPECT_BASELINE_PARAMETER_MODEL_H_
#define FIREBREAK_INSPECT_BASELINE_PARAMETER_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/baseline/deviation.h"
#include "inspect/baseline/frequent_values.h"
#include "inspect/baseline/surprise.h"
#include "inspect/baseline/value_shape.h"

namespace firebreak::inspect {

// LengthModel: the least, the greatest, mean and spread, and a histogram with two buckets an octave
// for how rare a length is, which a few outliers do not move.
struct LengthModel {
  static constexpr size_t kBuckets = 42;  // lengths from 2^20 on are one

  uint64_t samples = 0;
  uint64_t least = 0;
  uint64_t greatest = 0;
  uint64_t sum = 0;
  uint64_t square_sum = 0;
  std::array<uint32_t, kBuckets> buckets{};

  void Add(uint64_t length);
  double Deviation() const;  // standard
  // Trimmed: what lengths there are without the longest samples, this share of them at most. Where
  // there are such, what is up to twice as long as the others still counts as usual.
  struct Reach {
    uint64_t greatest;
    double deviation;
  };
  Reach Trimmed(double share) const;
  // AtLeast: how many samples lie in the bucket of a length, or above.
  uint64_t AtLeast(uint64_t length) const;
  static size_t BucketOf(uint64_t length);
  static uint64_t StartOf(size_t bucket);  // its least length
};

class ParameterModel {
 public:
  // Values of an enumeration, and patterns, that are told apart.
  static constexpr size_t kMaxValues = 20;
  static constexpr size_t kMaxPatterns = 8;

  void Learn(const ValueShape& value);

  // How much of a value's deviation counts, by how close to the parameter the model is.
  struct Closeness {
    double values = 1;    // enumerations
    double rest = 1;      // types, patterns, lengths; classes always count
    bool secret = false;  // explanations do not quote it
    Doubt doubt = {};
  };
  // Judge appends how `value` deviates. `wider`, if not null, is the model of the same name on all
  // routes of the destination: what that has seen is not new here.
  void Judge(absl::string_view name, const ValueShape& value, const ParameterModel* wider,
             const Closeness& closeness, std::vector<Deviation>& out) const;

  uint64_t samples() const { return length_.samples; }
  const LengthModel& length() const { return length_; }
  const std::array<uint32_t, kCharClasses>& classes() const { return classes_; }
  const std::array<uint32_t, kValueTypes>& types() const { return types_; }
  const FrequentValues& values() const { return values_; }
  const FrequentValues& patterns() const { return patterns_; }
  size_t bytes() const;  // of memory, about

 private:
  friend class ModelText;  // writes and reads it

  // One value on its way through.
  struct Context {
    absl::string_view name;
    const ValueShape& value;
    const ParameterModel& wider;
    double closeness;  // of types, patterns and lengths
    Doubt doubt;
  };
  bool IsUsualValue(const ValueShape& value) const;
  // Returns the weight it gave.
  double JudgeClasses(const Context& context, std::vector<Deviation>& out) const;
  // `explained`: weight that the characters have already.
  void JudgeType(const Context& context, double explained, std::vector<Deviation>& out) const;
  void JudgeLength(const Context& context, std::vector<Deviation>& out) const;

  LengthModel length_;
  std::array<uint32_t, kCharClasses> classes_{};
  std::array<uint32_t, kValueTypes> types_{};
  FrequentValues values_{kMaxValues};
  FrequentValues patterns_{kMaxPatterns};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_PARAMETER_MODEL_H_
