// The inspection engine: the fields of messages in, findings and a score out.
#ifndef FIREBREAK_INSPECT_ENGINE_H_
#define FIREBREAK_INSPECT_ENGINE_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/attack/attack.h"
#include "inspect/attack/lower_text.h"
#include "inspect/attack/rule.h"
#include "inspect/attack/sql_tokens.h"
#include "inspect/attack/view.h"
#include "inspect/field.h"
#include "inspect/payload/structure.h"
#include "inspect/seen_windows.h"

namespace firebreak::inspect {

// Paranoia levels: 1 is for everybody; each further one knows more rules, which ordinary traffic of
// some applications matches.
inline constexpr int kMinParanoia = 1;
inline constexpr int kMaxParanoia = 4;

// Exclusion takes rules away from fields. Empty members match everything.
struct Exclusion {
  std::string rule;         // "FBI-SQL-001", or the start of identifiers: "FBI-SQL-"
  std::string place;        // "query", "json", ...: see PlaceName
  std::string field = {};   // the whole name
  bool names_only = false;  // names of fields, not their values
  // Whether it holds for a message to this path; null: for every message.
  std::function<bool(absl::string_view path)> on_path = nullptr;
};
// Further ones are not looked at.
inline constexpr size_t kMaxExclusions = 64;

struct EngineOptions {
  int paranoia = 1;
  // A message whose score reaches this is to be blocked, by paranoia level (the first is level 1).
  // The default is one critical rule, at every level.
  std::array<int, kMaxParanoia> block_score = {kCritical, kCritical, kCritical, kCritical};
  std::vector<Exclusion> exclusions = {};
};

// Finding: one rule that matched, where, and why that matters.
struct Finding {
  absl::string_view id;  // "FBI-SQL-001"
  Category category = Category::kSql;
  Place place = Place::kBytes;
  bool is_name = false;  // the name of a field, not its value
  std::string field;     // its name, at most kMaxFieldName bytes as they came
  std::string excerpt;   // what matched, layers of encoding undone, at most kMaxExcerpt bytes; not
                         // escaped: see base/escape.h
  int severity = 0;
  int paranoia = 1;
  unsigned layers = 0;  // how many layers of encoding hid it
  absl::string_view why;
};

inline constexpr size_t kMaxExcerpt = 64;
// Of a deviation from a baseline the excerpt is its explanation.
inline constexpr size_t kMaxExplanation = 256;
// Findings kept for a message. Further ones add to the score only.
inline constexpr size_t kMaxFindings = 32;

// Engine: options, and the scratch memory of one worker with what it has seen of late (about 56
// KiB). Not for two threads at once.
class Engine {
 public:
  explicit Engine(EngineOptions options);

  const EngineOptions& options() const { return options_; }

 private:
  friend class Inspection;

  EngineOptions options_;
  std::string unwrapped_[2];
  std::string hidden_;
  LowerText lower_;
  SqlTokens tokens_;
  Hits hits_;
  SeenWindows seen_;
};

// Inspection: one message on its way through. It takes the message's fields and looks at each in
// windows at fixed offsets of the field: the first kMaxView bytes, then kMaxView bytes from every
// multiple of kWindowStep on, not counting blanks of which 32 came before. So what is found never
// depends on how the message was cut.
//
// What is odd about how the message is built counts with the rules of structure_rule.h.
//
// Memory: one window and a name, about 1.4 KiB, whatever comes, the same again for what is read in
// two ways, and the findings if there are any.
// Time: a constant for each byte. The engine must outlive it.
class Inspection final : public FieldSink, public StructureSink {
 public:
  static constexpr size_t kWindowStep = 768;

  explicit Inspection(Engine& engine) : Inspection(engine, nullptr) {}
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  void BeginField(Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override;
  void EndField() override;
  void OnOddity(Oddity oddity, uint64_t limit, uint64_t value) override;
  std::optional<uint64_t> Recall(Place place, absl::string_view whole) override;
  void Remember(uint64_t note) override;
  FieldSink* Beside() override;

  // ToPath: where the message goes, before its first field. Until then only the exclusions for
  // every path hold.
  void ToPath(absl::string_view path);
  // Tell adds what others have found in the message, unless it is above the paranoia or excluded
  // for that place and field; then it is false. What the rule refers to outlives the inspection,
  // and so does a rule of category kEncoding. Each is told of once.
  bool Tell(const RuleInfo& rule, Place place, absl::string_view field, std::string excerpt);
  // Counts: neither above the paranoia nor excluded there.
  bool Counts(const RuleInfo& rule, Place place, bool is_name, absl::string_view field) const;

  // The score so far: the severities of all rules that matched, each rule once; those of category
  // kStructure together add at most kWarning. It only grows.
  int score() const { return score_; }
  // Whether the score has reached what the options call for blocking. May be asked at any time.
  bool blocks() const { return score_ >= threshold(); }
  int threshold() const {
    return engine_.options_.block_score[static_cast<size_t>(engine_.options_.paranoia - 1)];
  }
  const std::vector<Finding>& findings() const { return findings_; }
  // Why some of the message cannot be looked into, the first reason of category kEncoding; null:
  // all of it can.
  const RuleInfo* hidden_by() const { return hidden_by_; }

  // Reset makes it ready for the next message, to the same path.
  void Reset();

 private:
  // What `owner` is given beside its own fields counts for the owner.
  Inspection(Engine& engine, Inspection* owner)
      : engine_(engine), owner_(owner == nullptr ? *this : *owner) {
    ToPath("");
  }

  void TakeBytes(absl::string_view bytes);
  // `ends`: no more of the field comes.
  void LookAtWindow(bool ends);
  // Whether a second look at the window that was found before with `rules` would change nothing.
  bool NothingNewIn(const uint64_t* rules) const;
  void LookAtReadings(absl::string_view window, uint32_t classes);
  // Looks at one reading of the window, which has these classes of bytes; `layers` were undone for
  // it.
  void LookAtText(absl::string_view text, uint32_t classes, unsigned layers);
  void LookBehindEncoding(absl::string_view window, uint32_t classes);
  bool IsOddName(absl::string_view window) const;
  // Whether the window is no text, where it may be the content of a file.
  bool IsBinary(absl::string_view window, uint32_t classes) const;
  void Record(absl::string_view text, unsigned layers);

  Engine& engine_;
  Inspection& owner_;
  std::unique_ptr<Inspection> beside_;
  Place place_ = Place::kBytes;
  bool is_name_ = false;
  Scope scope_ = Scope::kAll;
  uint16_t name_size_ = 0;
  uint16_t window_size_ = 0;
  uint8_t blanks_ = 0;  // at the end of what was given, up to those that are kept
  bool first_window_ = true;
  bool last_window_ = true;
  bool binary_ = false;    // the window is no text: chance brings about short findings
  bool fresh_ = false;     // the window holds bytes nobody has looked at
  bool quiet_ = false;     // since Recall no rule has matched, whether it counts or not
  uint64_t recalled_ = 0;  // the key of what Recall was asked for; 0: it is not kept
  int score_ = 0;
  int oddness_ = 0;  // of it, what the structure has added
  const RuleInfo* hidden_by_ = nullptr;
  std::bitset<kRuleCount> matched_;
  std::bitset<kMaxExclusions> elsewhere_;  // exclusions that do not hold here
  std::bitset<kRuleCount> in_window_;      // what counts at this level, excluded or not
  std::array<char, kMaxFieldName> name_;
  std::array<char, kMaxView> window_;
  std::vector<Finding> findings_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ENGINE_H_
