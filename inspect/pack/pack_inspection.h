// PackInspection: one request looked at by the rules of packs.
#ifndef FIREBREAK_INSPECT_PACK_PACK_INSPECTION_H_
#define FIREBREAK_INSPECT_PACK_PACK_INSPECTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/pack/rule_pack.h"
#include "inspect/pack/window_readings.h"

namespace firebreak::inspect {

// RulePacks are all that are in force.
using RulePacks = std::vector<std::shared_ptr<const RulePack>>;

// PackFinding is one rule that matched, by the field that fulfilled its last condition.
struct PackFinding {
  const RulePack* pack = nullptr;
  const PackRule* rule = nullptr;
  Place place = Place::kPath;
  std::string field;
  std::string excerpt;  // of the field, layers of encoding undone, at most kMaxExcerpt; not escaped
};

// PackInspection takes the fields of a request as they come, in pieces of any size: what is found
// does not depend on the pieces. Memory: a window and its readings, the same again for what is read
// in two ways, and 24 bytes for each rule that applies. The packs must outlive it.
class PackInspection final : public FieldSink {
 public:
  static constexpr size_t kWindow = 1024;
  static constexpr size_t kWindowStep = 768;
  static constexpr size_t kMaxExcerpt = 64;

  // `method` and canonical `path` say which rules apply.
  PackInspection(const RulePacks& packs, absl::string_view method, absl::string_view path);
  PackInspection(const PackInspection&) = delete;  // parts of it point at each other
  PackInspection& operator=(const PackInspection&) = delete;

  // False: no rule applies, and nothing will be found whatever comes.
  bool applies() const { return !active_.empty(); }

  void BeginField(Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override;
  void EndField() override;
  // A second reading of the same bytes: a condition may hold in either.
  FieldSink* Beside() override;

  // The severities of all rules that matched. It only grows.
  int score() const { return score_; }
  const std::vector<PackFinding>& findings() const { return findings_; }

 private:
  struct Active {
    const RulePack* pack;
    const PackRule* rule;
    uint32_t missing;  // a bit for each condition that does not hold yet
  };
  struct Watched {
    Active* active;
    uint32_t condition;
  };

  // What is given beside an owner's own fields counts for the owner.
  explicit PackInspection(PackInspection* owner) : owner_(*owner) {}

  void LookAtWindow(bool last);
  // Whether the condition holds for the window, in one of its readings, which is told.
  bool Holds(const PackCondition& condition, bool last, size_t& reading);
  bool HoldsFor(const PackCondition& condition, size_t reading, bool last);
  void Fulfil(const Watched& watched, absl::string_view read);

  PackInspection& owner_;
  std::unique_ptr<PackInspection> beside_;
  std::vector<Active> active_;    // the owner's alone, as are score and findings
  std::vector<Watched> watched_;  // conditions that the field may fulfil
  Place place_ = Place::kPath;
  std::string name_;
  uint64_t size_ = 0;
  size_t window_size_ = 0;
  bool first_window_ = true;
  char before_ = 0;  // the byte before the window, which is not the first
  char after_ = 0;   // the byte behind the window, which is not the last
  std::array<char, kWindow> window_;
  WindowReadings readings_;  // of the window
  int score_ = 0;
  std::vector<PackFinding> findings_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PACK_PACK_INSPECTION_H_
