// The sets of a comparison against the engine, on random policies and questions.
#include "policy/workbench/question_space.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "policy/dice.h"
#include "policy/testing.h"
#include "policy/workbench/testing.h"
#include "policy/workbench/unchanged_clauses.h"

namespace firebreak::policy {
namespace {

constexpr int kPairs = 60;
constexpr int kQuestionsPerPair = 400;

const absl::Time kFrom = absl::FromUnixSeconds(Dice::kFirstSecond);

using Policies = std::vector<WrittenPolicy>;

std::string TextOf(const Policies& policies) {
  std::string text;
  for (const WrittenPolicy& policy : policies) text += policy.ToYaml();
  return text + GroupsToYaml();
}

// AskOf is a question about bytes or a request; what is decided later is left out.
Question AskOf(Direction direction, Dice* dice) {
  Question question = dice->Ask();
  if (question.carries == Carries::kRequests) question.carries = Carries::kBytes;
  if (question.remote.kind == RemoteAddress::Kind::kLater) question.remote = {};
  question.direction = direction;
  return question;
}

// PolicyFor is one of a direction.
WrittenPolicy PolicyFor(bool outbound, size_t index, Dice* dice) {
  while (true) {
    WrittenPolicy policy = dice->Policy(static_cast<int>(index), 2);
    if (policy.outbound == outbound) return policy;
  }
}

// Changed is what an author might make of policies: some are gone, new or other ones.
Policies Changed(const Policies& policies, Dice* dice) {
  Policies changed;
  for (const WrittenPolicy& policy : policies) {
    if (dice->OneIn(5)) continue;
    changed.push_back(policy);
    if (dice->OneIn(3)) changed.back().deny = !policy.deny;
    if (dice->OneIn(4)) changed.back().rules = PolicyFor(policy.outbound, 0, dice).rules;
  }
  if (changed.empty() || dice->OneIn(2)) {
    changed.push_back(PolicyFor(policies[0].outbound, policies.size(), dice));
  }
  return changed;
}

PolicyQuestion Owning(const Question& question) {
  PolicyQuestion owning;
  owning.direction = question.direction;
  owning.workload = TestWorkload();
  owning.source = EndOf(question.from, question.from_ip);
  owning.destination = EndOf(question.to, question.to_ip);
  owning.port = question.port;
  owning.request = question.http;
  owning.remote = question.remote;
  owning.server_name = question.server_name;
  owning.at = question.now;
  return owning;
}

// Sets is what Compare finds for one workload and direction.
struct Sets {
  std::shared_ptr<const PolicySet> before;
  std::shared_ptr<const PolicySet> after;
  QuestionSpace space;
  Boxes newly_allowed;
  Boxes newly_denied;

  static absl::StatusOr<Sets> Of(const Policies& before, const Policies& after,
                                 Direction direction) {
    auto old_set = MustLoad(TextOf(before));
    auto new_set = MustLoad(TextOf(after));
    KnownQuestion known = KnownQuestion::Open(direction, kFrom);
    known.left_out = UnchangedClauses(known, *old_set, *new_set);
    auto space = QuestionSpace::Of(known, {{direction, old_set.get()}, {direction, new_set.get()}});
    if (!space.ok()) return space.status();
    const RuleBoxes old_boxes = space->BoxesOf(*old_set);
    const RuleBoxes new_boxes = space->BoxesOf(*new_set);
    auto allowed = AllowedOnlyBy(new_boxes, old_boxes);
    if (!allowed.ok()) return allowed.status();
    auto denied = AllowedOnlyBy(old_boxes, new_boxes);
    if (!denied.ok()) return denied.status();
    return Sets{old_set, new_set, *std::move(space), Merge(*std::move(allowed)),
                Merge(*std::move(denied))};
  }

  // Check says whether the engines differ about question; the sets must say the same.
  bool Check(const PolicyQuestion& question) const {
    const bool was = policy::Ask(before, question).allowed;
    const bool is = policy::Ask(after, question).allowed;
    const std::optional<Box> cell = space.CellOf(question);
    if (!cell.has_value()) {
      for (const Dimension& dimension : space.dimensions()) {
        EXPECT_TRUE(dimension.Find(question).has_value()) << dimension.name();
      }
      return false;
    }
    EXPECT_EQ(ContainsCell(newly_allowed, *cell), is && !was);
    EXPECT_EQ(ContainsCell(newly_denied, *cell), was && !is);
    return was != is;
  }
};

TEST(QuestionSpace, SetsContainAQuestionExactlyIfTheEnginesDiffer) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(absl::StrCat("FIREBREAK_SEED=", seed));
  Dice dice(seed);
  int asked = 0;
  int differing = 0;
  int given_up = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    Policies before;
    const bool outbound = dice.OneIn(3);
    const Direction direction = outbound ? Direction::kOutbound : Direction::kInbound;
    while (before.size() < 3) before.push_back(PolicyFor(outbound, before.size(), &dice));
    const Policies after = Changed(before, &dice);
    const auto sets = Sets::Of(before, after, direction);
    if (absl::IsResourceExhausted(sets.status())) {
      ++given_up;
      continue;
    }
    ASSERT_TRUE(sets.ok()) << sets.status();
    for (int i = 0; i < kQuestionsPerPair; ++i) {
      const Question question = AskOf(direction, &dice);
      ++asked;
      differing += sets->Check(Owning(question)) ? 1 : 0;
      ASSERT_FALSE(HasFailure()) << Describe(question) << "\nbefore\n"
                                 << TextOf(before) << "\nafter\n"
                                 << TextOf(after);
    }
  }
  // A test that saw no difference, or looked at few policies, would prove little.
  EXPECT_GT(differing, asked / 100);
  EXPECT_LT(given_up, kPairs / 20);
}

// What stands for a set is in it.
TEST(QuestionSpace, EverySetHasAQuestionThatShowsIt) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(absl::StrCat("FIREBREAK_SEED=", seed));
  Dice dice(seed);
  int shown = 0;
  for (int pair = 0; pair < kPairs / 2; ++pair) {
    Policies before = {dice.Policy(0, 2), dice.Policy(1, 2)};
    before[1].outbound = before[0].outbound;
    before[1].rules = before[0].rules;
    const Direction direction = before[0].outbound ? Direction::kOutbound : Direction::kInbound;
    const auto sets = Sets::Of({before[0]}, before, direction);
    if (absl::IsResourceExhausted(sets.status())) continue;
    ASSERT_TRUE(sets.ok()) << sets.status();
    for (const Boxes* boxes : {&sets->newly_allowed, &sets->newly_denied}) {
      for (const Box& box : *boxes) {
        EXPECT_TRUE(sets->Check(sets->space.QuestionIn(box, TestWorkload())));
        ++shown;
      }
    }
  }
  EXPECT_GT(shown, 0);
}

}  // namespace
}  // namespace firebreak::policy
