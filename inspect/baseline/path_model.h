// PathModel knows what the paths of a destination are like, so that a new route can be told from a
// probe.
#ifndef FIREBREAK_INSPECT_BASELINE_PATH_MODEL_H_
#define FIREBREAK_INSPECT_BASELINE_PATH_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "inspect/baseline/deviation.h"
#include "inspect/baseline/parameter_model.h"
#include "inspect/baseline/surprise.h"
#include "inspect/baseline/value_shape.h"

namespace firebreak::inspect {

class PathModel {
 public:
  static constexpr size_t kMaxFolders = 1024;
  static constexpr size_t kMaxEndings = 64;
  static constexpr size_t kMaxPatterns = 256;
  static constexpr size_t kMaxMethods = 32;
  using Counts = absl::flat_hash_map<std::string, uint64_t>;

  // `route`: a path template.
  void Learn(absl::string_view method, absl::string_view route);
  void JudgeMethod(absl::string_view method, const Doubt& doubt, std::vector<Deviation>& out) const;
  // JudgeRoute is for a route that is not known.
  void JudgeRoute(absl::string_view route, const Doubt& doubt, std::vector<Deviation>& out) const;

  uint64_t samples() const { return samples_; }
  const Counts& methods() const { return methods_; }

 private:
  friend class ModelText;

  uint64_t samples_ = 0;
  Counts methods_;
  Counts folders_;  // with all that are above them
  Counts endings_;  // ".jsp"; "{id}" is one of its own, under its folder
  // Of the last segment:
  Counts patterns_;  // "a.jsp", "9.gif": what the name is made of, with the ending
  LengthModel length_;
  std::array<uint64_t, kCharClasses> classes_{};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_PATH_MODEL_H_
