#include "policy/workbench/compare.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "config/policy.pb.h"
#include "policy/workbench/flow_yaml.h"
#include "policy/workbench/question_space.h"
#include "policy/workbench/unchanged_clauses.h"

namespace firebreak::policy {
namespace {

constexpr size_t kMaxWorkloads = 4096;
constexpr char kAnyNamespace[] = "default";

using Labels = std::map<std::string, std::string>;
using Documents = std::vector<const PolicyDocument*>;

Documents Selected(const PolicyBook& book, const Workload& workload) {
  Documents documents;
  for (const PolicyDocument& document : book.documents()) {
    if (PolicyBook::Applies(document, workload)) documents.push_back(&document);
  }
  return documents;
}

// TextOf is what documents say, in whatever order and however it is laid out.
std::multiset<std::string> TextOf(const Documents& documents) {
  std::multiset<std::string> texts;
  for (const PolicyDocument* document : documents) {
    texts.insert(absl::StrCat(document->groups(), "---\n", FlowYaml(document->message())));
  }
  return texts;
}

// Restore makes rules with max_uses look used.
void Restore(const PolicySet& set, Direction direction,
             const std::map<std::string, uint64_t>& uses) {
  for (const Clause& clause : set.rules(direction).allow.clauses()) {
    if (clause.rule->uses == nullptr) continue;
    const auto used = uses.find(UseKey(*clause.rule));
    clause.rule->uses->Restore(used == uses.end() ? 0 : used->second);
  }
}

bool SameCondition(const Condition& a, const Condition& b) {
  return a.dimension == b.dimension && a.set.all_but == b.set.all_but &&
         a.set.values == b.set.values;
}

bool SameBut(const Difference& a, const Difference& b) {
  return a.newly_allowed == b.newly_allowed && a.direction == b.direction &&
         std::equal(a.where.begin(), a.where.end(), b.where.begin(), b.where.end(), SameCondition);
}

// Shown is box as people read it: of gRPC, say, with the one method there is. Whatever else cannot
// be sent stays in it, since "HTTP, method GET" reads better than which protocols that leaves.
Box Shown(const Box& box, const Boxes& possible) {
  Box shown = box;
  shown[kMethod] = Bits(box[kMethod].size());
  for (const Box& piece : possible) shown[kMethod] = shown[kMethod] | piece[kMethod];
  return shown;
}

class Comparing {
 public:
  Comparing(const PolicyBook& before, const PolicyBook& after, Wanted wanted, absl::Time from)
      : before_(before), after_(after), wanted_(wanted), from_(from) {}

  absl::StatusOr<Comparison> Run(const Progress& progress);

 private:
  // Sets are the two sides as the sidecar of one workload would load them.
  struct Sets {
    Workload workload;
    std::shared_ptr<const PolicySet> before;
    std::shared_ptr<const PolicySet> after;
  };
  using LabelValues = std::map<std::string, std::set<std::string>>;

  std::map<std::string, LabelValues> Selectors() const;
  absl::Status AddWorkloads(const std::string& workload_namespace, const LabelValues& selectors,
                            std::vector<Workload>* workloads) const;
  absl::Status CompareSets(const Sets& sets, Direction direction);
  absl::Status Report(const QuestionSpace& space, const Box& box, bool newly_allowed,
                      const Sets& sets);

  const PolicyBook& before_;
  const PolicyBook& after_;
  const Wanted wanted_;
  const absl::Time from_;
  Comparison comparison_;
};

// Selectors has the labels that selectors name, by namespace. A policy without one is about any
// namespace.
std::map<std::string, Comparing::LabelValues> Comparing::Selectors() const {
  std::map<std::string, LabelValues> selectors;
  LabelValues everywhere;
  for (const PolicyBook* book : {&before_, &after_}) {
    for (const PolicyDocument& document : book->documents()) {
      const config::v1::AuthorizationPolicy& message = document.message();
      const bool named = message.metadata().has_namespace_();
      LabelValues& own = named ? selectors[message.metadata().namespace_()] : everywhere;
      if (!named) selectors[kAnyNamespace];
      for (const auto& [key, value] : message.spec().selector().matchlabels()) {
        own[key].insert(value);
      }
    }
  }
  for (auto& [name, own] : selectors) {
    for (const auto& [key, values] : everywhere) own[key].insert(values.begin(), values.end());
  }
  return selectors;
}

// AddWorkloads adds one workload for each combination of labels that policies tell apart.
absl::Status Comparing::AddWorkloads(const std::string& workload_namespace,
                                     const LabelValues& selectors,
                                     std::vector<Workload>* workloads) const {
  std::vector<Labels> combinations = {{}};
  for (const auto& [key, values] : selectors) {
    const size_t without = combinations.size();
    for (const std::string& value : values) {
      for (size_t i = 0; i < without; ++i) {
        combinations.push_back(combinations[i]);
        combinations.back()[key] = value;
      }
    }
    if (combinations.size() > kMaxWorkloads) {
      return absl::ResourceExhaustedError(absl::StrCat("the selectors in namespace ",
                                                       workload_namespace, " make more than ",
                                                       kMaxWorkloads, " kinds of workload"));
    }
  }
  std::set<std::pair<Documents, Documents>> seen;
  for (Labels& labels : combinations) {
    Workload workload{workload_namespace, std::move(labels)};
    if (!seen.emplace(Selected(before_, workload), Selected(after_, workload)).second) continue;
    workloads->push_back(std::move(workload));
  }
  return absl::OkStatus();
}

absl::StatusOr<Comparison> Comparing::Run(const Progress& progress) {
  std::vector<Workload> workloads;
  for (const auto& [name, selectors] : Selectors()) {
    FB_RETURN_IF_ERROR(AddWorkloads(name, selectors, &workloads));
  }
  comparison_.workloads = workloads.size();
  for (size_t i = 0; i < workloads.size(); ++i) {
    if (progress != nullptr) progress(i, workloads.size());
    const Workload& workload = workloads[i];
    if (TextOf(Selected(before_, workload)) == TextOf(Selected(after_, workload))) continue;
    const Sets sets{workload, before_.For(workload), after_.For(workload)};
    FB_RETURN_IF_ERROR(CompareSets(sets, Direction::kInbound));
    FB_RETURN_IF_ERROR(CompareSets(sets, Direction::kOutbound));
  }
  return std::move(comparison_);
}

absl::Status Comparing::CompareSets(const Sets& sets, Direction direction) {
  KnownQuestion known = KnownQuestion::Open(direction, from_);
  known.left_out = UnchangedClauses(known, *sets.before, *sets.after);
  FB_ASSIGN_OR_RETURN(
      const QuestionSpace space,
      QuestionSpace::Of(known, {{direction, sets.before.get()}, {direction, sets.after.get()}}));
  const RuleBoxes before = space.BoxesOf(*sets.before);
  const RuleBoxes after = space.BoxesOf(*sets.after);
  FB_ASSIGN_OR_RETURN(Boxes allowed, AllowedOnlyBy(after, before));
  for (const Box& box : Merge(std::move(allowed))) {
    FB_RETURN_IF_ERROR(Report(space, box, /*newly_allowed=*/true, sets));
  }
  if (wanted_ == Wanted::kNewlyAllowed) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(Boxes denied, AllowedOnlyBy(before, after));
  for (const Box& box : Merge(std::move(denied))) {
    FB_RETURN_IF_ERROR(Report(space, box, /*newly_allowed=*/false, sets));
  }
  return absl::OkStatus();
}

absl::Status Comparing::Report(const QuestionSpace& space, const Box& box, bool newly_allowed,
                               const Sets& sets) {
  FB_ASSIGN_OR_RETURN(const Boxes possible, space.Possible(box));
  if (possible.empty()) return absl::OkStatus();
  const Box shown = Shown(box, possible);
  Difference difference;
  difference.newly_allowed = newly_allowed;
  difference.workloads = {sets.workload};
  difference.witness = space.QuestionIn(possible.front(), sets.workload);
  difference.direction = difference.witness.direction;
  difference.uses = space.UsesIn(box);
  for (size_t place = 0; place < box.size(); ++place) {
    if (shown[place].full()) continue;
    const Dimension& dimension = space.dimensions()[place];
    difference.where.push_back({dimension.name(), dimension.Describe(shown[place]),
                                dimension.value(possible.front()[place].first())});
  }
  Restore(*sets.before, difference.direction, difference.uses);
  Restore(*sets.after, difference.direction, difference.uses);
  difference.before = Ask(sets.before, difference.witness);
  difference.after = Ask(sets.after, difference.witness);
  if (difference.after.allowed != newly_allowed || difference.before.allowed == newly_allowed) {
    return absl::InternalError(absl::StrCat("the engine contradicts the comparison about ",
                                            policy::Describe(difference.witness)));
  }
  const auto same =
      std::find_if(comparison_.differences.begin(), comparison_.differences.end(),
                   [&difference](const Difference& other) { return SameBut(other, difference); });
  if (same == comparison_.differences.end()) {
    comparison_.differences.push_back(std::move(difference));
  } else {
    same->workloads.push_back(sets.workload);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Comparison> Compare(const PolicyBook& before, const PolicyBook& after, Wanted wanted,
                                   absl::Time from, const Progress& progress) {
  return Comparing(before, after, wanted, from).Run(progress);
}

}  // namespace firebreak::policy
