#include "filters/grpc/timeout.h"

#include <gtest/gtest.h>

namespace firebreak::filters {
namespace {

TEST(GrpcTimeout, I_06_TakesDigitsAndAUnit) {
  for (const absl::string_view good :
       {"0m", "1H", "1M", "1S", "1m", "1u", "1n", "00000001S", "99999999H", "99999999n"}) {
    EXPECT_TRUE(GrpcTimeout::Parse(good).has_value()) << good;
  }
}

TEST(GrpcTimeout, I_06_RefusesEverythingElse) {
  for (const absl::string_view bad :
       {"", "1", "S", "-1S", "+1S", " 1S", "1 S", "1S ", "1s", "1h", "1.5S", "0x1S", "1SS",
        "100000000n", "99999999999999999999H", "1\xc2\xb5", "\xd9\xa1S"}) {
    EXPECT_FALSE(GrpcTimeout::Parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(GrpcTimeout::Parse(absl::string_view("1\0S", 3)).has_value());
}

TEST(GrpcTimeout, I_06_ComparesEveryUnitWithoutOverflow) {
  const auto longer = [](absl::string_view text, int64_t milliseconds) {
    return GrpcTimeout::Parse(text)->LongerThan(milliseconds);
  };
  constexpr int64_t kDay = 86'400'000;
  EXPECT_TRUE(longer("99999999H", kDay));
  EXPECT_TRUE(longer("25H", kDay));
  EXPECT_FALSE(longer("24H", kDay));
  EXPECT_TRUE(longer("1441M", kDay));
  EXPECT_FALSE(longer("1440M", kDay));
  EXPECT_TRUE(longer("86401S", kDay));
  EXPECT_FALSE(longer("86400S", kDay));
  EXPECT_TRUE(longer("86400001m", kDay));
  EXPECT_FALSE(longer("86400000m", kDay));
  EXPECT_FALSE(longer("99999999u", kDay));
  EXPECT_FALSE(longer("99999999n", kDay));
  EXPECT_TRUE(longer("1001u", 1));
  EXPECT_FALSE(longer("1000u", 1));
  EXPECT_TRUE(longer("1000001n", 1));
  EXPECT_FALSE(longer("1000000n", 1));
}

}  // namespace
}  // namespace firebreak::filters
