// Random policies and questions, for tests of what must hold of any. Values are few and close to
// each other, so that rules match often and nearly match more often.
#ifndef FIREBREAK_POLICY_DICE_H_
#define FIREBREAK_POLICY_DICE_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "http/message.h"
#include "policy/testing.h"
#include "policy/written_policy.h"

namespace firebreak::policy {

// FieldValues is a field and what may stand in it.
struct FieldValues {
  const char* name;
  const char* not_name;
  std::vector<std::string> values;
};

// Dice makes the same of the same seed.
class Dice {
 public:
  // Questions are asked in a week of so many seconds from here on: the one in which Berlin and New
  // York set their clocks in 2026.
  static constexpr int64_t kFirstSecond = 1'774'400'000;  // 2026-03-25
  static constexpr int kSeconds = 8 * 24 * 3600;

  explicit Dice(uint64_t seed) : engine_(seed) {}

  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  bool OneIn(int n) { return Below(n) == 0; }

  // Policy is one of up to max_rules rules, HttpPolicy one of rules that look into requests, most
  // of which find no request to match. The loader takes both.
  WrittenPolicy Policy(int index, int max_rules);
  WrittenPolicy HttpPolicy(int index, int rules);
  Question Ask();

 private:
  const std::string& Pick(const std::vector<std::string>& values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }
  void Fill(const FieldValues& field, WrittenBlock* block);
  void FillAs(const char* name, const FieldValues& field, WrittenBlock* block);
  WrittenBlock Block(const std::vector<FieldValues>& fields);
  WrittenCondition Condition(bool outbound);
  WrittenBlock Source(bool outbound);
  WrittenTarget Target(bool outbound);
  std::string Moment();
  std::string Clock();
  void Validity(WrittenRule* rule);
  std::string HeaderValue();
  http::Request Request();
  RemoteAddress Remote();

  std::mt19937_64 engine_;
};

// TestSeed is a new one for each run, or FIREBREAK_SEED, which replays a run.
uint64_t TestSeed();

// Describe is all of a question, for the message of a test that fails.
std::string Describe(const Question& question);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_DICE_H_
