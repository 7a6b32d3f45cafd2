#include "inspect/payload/structure.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace firebreak::inspect {
namespace {

TEST(Structure, EveryOddityHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kOddities; ++i) {
    const absl::string_view name = OddityName(static_cast<Oddity>(i));
    EXPECT_FALSE(name.empty()) << i;
    names.emplace(name);
  }
  EXPECT_EQ(names.size(), kOddities);
}

}  // namespace
}  // namespace firebreak::inspect
