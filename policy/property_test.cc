// The engine against the naive reading of the same policies, on random policies and requests.
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

#include "certs/spiffe_id.h"
#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/reference_evaluator.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

constexpr int kPolicySets = 1500;
constexpr int kRequestsPerSet = 100;

// Values are few and close to each other, so that rules match often and nearly match more often.
struct FieldValues {
  const char* name;
  const char* not_name;
  std::vector<std::string> values;
};

const std::vector<FieldValues>& IdentityFields() {
  static const auto* const fields = new std::vector<FieldValues>{
      {"principals",
       "notPrincipals",
       {"*", "td/*", "td/ns/a/*", "td/ns/*", "*/sa/x", "*/a/sa/x", "td/ns/a/sa/x", "td/vm/1",
        "td2/ns/a/sa/x", "td/ns/ab/sa/xy", "*/1"}},
      {"namespaces", "notNamespaces", {"*", "a", "ab", "a*", "*b", "shop"}},
      {"ipBlocks",
       "notIpBlocks",
       {"10.0.0.0/30", "10.0.0.1", "10.0.0.0/8", "10.0.0.2/31", "fd00::/127", "::/0", "0.0.0.0/0",
        "fd00::2"}}};
  return *fields;
}

const std::vector<FieldValues>& SourceFields() {
  static const auto* const fields = [] {
    auto* all = new std::vector<FieldValues>(IdentityFields());
    all->push_back({"trustDomains", "notTrustDomains", {"*", "td", "td*", "*2", "td2"}});
    return all;
  }();
  return *fields;
}

const FieldValues& Accounts() {
  static const auto* const field =
      new FieldValues{"serviceAccounts", "notServiceAccounts", {"x", "a/x", "ab/xy", "a/xy"}};
  return *field;
}

const FieldValues& Ports() {
  static const auto* const field = new FieldValues{"ports", "notPorts", {"1", "2", "3", "11"}};
  return *field;
}

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  bool OneIn(int n) { return Below(n) == 0; }
  const std::string& Pick(const std::vector<std::string>& values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }

  void Fill(const FieldValues& field, WrittenBlock* block) {
    std::vector<std::string>& values = (*block)[OneIn(3) ? field.not_name : field.name];
    for (int i = 1 + Below(2); i > 0; --i) values.push_back(Pick(field.values));
  }

  WrittenBlock Block(const std::vector<FieldValues>& fields) {
    WrittenBlock block;
    for (int i = 1 + Below(2); i > 0; --i) {
      Fill(fields[static_cast<size_t>(Below(static_cast<int>(fields.size())))], &block);
    }
    return block;
  }

  WrittenBlock Source() {
    if (!OneIn(5)) return Block(SourceFields());
    WrittenBlock block;
    Fill(Accounts(), &block);
    return block;
  }

  WrittenTarget Target(bool outbound) {
    WrittenTarget target;
    if (!outbound || OneIn(2)) Fill(Ports(), &target.operation);
    if (!outbound) return target;
    if (target.operation.empty() || OneIn(2)) target.destination = Block(IdentityFields());
    if (OneIn(3)) Fill(Ports(), &target.destination);
    return target;
  }

  WrittenPolicy Policy(int index) {
    WrittenPolicy policy;
    policy.name = absl::StrCat("p", index);
    policy.outbound = OneIn(3);
    policy.deny = OneIn(3);
    policy.audit = OneIn(3);
    for (int r = 1 + Below(3); r > 0; --r) {
      WrittenRule rule;
      for (int i = Below(3); i > 0; --i) rule.from.push_back(Source());
      for (int i = Below(3); i > 0; --i) rule.to.push_back(Target(policy.outbound));
      policy.rules.push_back(rule);
    }
    return policy;
  }

  Question Ask() {
    static const auto* const principals = new std::vector<std::string>{
        "",        "td/ns/a/sa/x", "td/ns/a/sa/xy",   "td/ns/ab/sa/xy",   "td2/ns/a/sa/x",
        "td/vm/1", "td/ns/a",      "td/ns/shop/sa/x", "td/ns/b/sa/x/y/z", "td/1"};
    static const auto* const addresses = new std::vector<std::string>{
        "", "10.0.0.1", "10.0.0.2", "10.0.0.5", "11.0.0.1", "fd00::1", "fd00::2", "fd00::3"};
    Question question;
    question.from = Pick(*principals);
    question.from_ip = Pick(*addresses);
    question.to = Pick(*principals);
    question.to_ip = Pick(*addresses);
    question.port = static_cast<uint16_t>(1 + Below(4));
    question.direction = OneIn(3) ? Direction::kOutbound : Direction::kInbound;
    return question;
  }

 private:
  std::mt19937_64 engine_;
};

// FIREBREAK_SEED replays a run.
uint64_t Seed() {
  uint64_t seed = 0;
  const char* given = std::getenv("FIREBREAK_SEED");
  if (given != nullptr && absl::SimpleAtoi(given, &seed)) return seed;
  return std::random_device()();
}

TEST(PolicyProperty, EngineAgreesWithANaiveReadingOfTheLanguage) {
  const uint64_t seed = Seed();
  RecordProperty("seed", absl::StrCat(seed));
  Dice dice(seed);
  Authorizer authorizer(nullptr, seed);  // one for all sets: an old memo would show
  int allowed = 0;
  for (int set = 0; set < kPolicySets; ++set) {
    std::vector<WrittenPolicy> policies;
    std::string text;
    for (int i = 1 + dice.Below(6); i > 0; --i) policies.push_back(dice.Policy(i));
    for (const WrittenPolicy& policy : policies) text += policy.ToYaml();
    authorizer.SetPolicy(MustLoad(text));
    for (int i = 0; i < kRequestsPerSet; ++i) {
      const Question question = dice.Ask();
      const Decision decision = Decide(authorizer, question);
      allowed += decision.allowed ? 1 : 0;
      ASSERT_EQ(Answer(decision), ReferenceAnswer(policies, question))
          << "FIREBREAK_SEED=" << seed << "\nfrom \"" << question.from << "\" " << question.from_ip
          << " to \"" << question.to << "\" " << question.to_ip << " port " << question.port << " "
          << DirectionName(question.direction) << "\n"
          << text;
    }
  }
  // A test that only ever saw one answer would prove nothing.
  EXPECT_GT(allowed, kPolicySets * kRequestsPerSet / 20) << "FIREBREAK_SEED=" << seed;
  EXPECT_LT(allowed, kPolicySets * kRequestsPerSet * 19 / 20) << "FIREBREAK_SEED=" << seed;
}

}  // namespace
}  // namespace firebreak::policy
