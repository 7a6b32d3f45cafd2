// The engine against the naive reading of the same policies, on random policies and requests.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/dice.h"
#include "policy/reference_evaluator.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

constexpr int kPolicySets = 1000;
constexpr int kRequestsPerSet = 100;
constexpr int kLargeSets = 60;
constexpr int kRequestsPerLargeSet = 200;

std::string TemplateOf(const Decision& decision) {
  return decision.path_template != nullptr ? *decision.path_template : "";
}

// Compares the engine, asked requests times, with the naive reading; returns how many were allowed.
int Compare(Authorizer& authorizer, const std::vector<WrittenPolicy>& policies, int requests,
            Dice* dice) {
  std::string text;
  for (const WrittenPolicy& policy : policies) text += policy.ToYaml();
  text += GroupsToYaml();
  authorizer.SetPolicy(MustLoad(text));
  int allowed = 0;
  for (int i = 0; i < requests; ++i) {
    const Question question = dice->Ask();
    const Decision decision = Decide(authorizer, question);
    allowed += decision.allowed ? 1 : 0;
    EXPECT_EQ(Answer(decision), ReferenceAnswer(policies, question)) << Describe(question) << "\n"
                                                                     << text;
    EXPECT_EQ(TemplateOf(decision), ReferenceTemplate(policies, question))
        << Describe(question) << "\n"
        << text;
    if (::testing::Test::HasFailure()) break;
  }
  return allowed;
}

TEST(PolicyProperty, EngineAgreesWithANaiveReadingOfTheLanguage) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(absl::StrCat("FIREBREAK_SEED=", seed));
  Dice dice(seed);
  Authorizer authorizer(nullptr, seed);  // one for all sets: an old memo would show
  int allowed = 0;
  for (int set = 0; set < kPolicySets; ++set) {
    std::vector<WrittenPolicy> policies;
    for (int i = 1 + dice.Below(6); i > 0; --i) policies.push_back(dice.Policy(i, 3));
    allowed += Compare(authorizer, policies, kRequestsPerSet, &dice);
    if (HasFailure()) return;
  }
  // A test that only ever saw one answer would prove nothing.
  EXPECT_GT(allowed, kPolicySets * kRequestsPerSet / 20);
  EXPECT_LT(allowed, kPolicySets * kRequestsPerSet * 19 / 20);
}

TEST(PolicyProperty, IndexFindsWhatANaiveReadingFinds) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(absl::StrCat("FIREBREAK_SEED=", seed));
  Dice dice(seed);
  Authorizer authorizer(nullptr, seed);
  int allowed = 0;
  for (int set = 0; set < kLargeSets; ++set) {
    std::vector<WrittenPolicy> policies;
    for (int i = 4; i > 0; --i) policies.push_back(dice.HttpPolicy(i, 30));
    allowed += Compare(authorizer, policies, kRequestsPerLargeSet, &dice);
    if (HasFailure()) return;
  }
  EXPECT_GT(allowed, kLargeSets * kRequestsPerLargeSet / 20);
  EXPECT_LT(allowed, kLargeSets * kRequestsPerLargeSet * 19 / 20);
}

}  // namespace
}  // namespace firebreak::policy
