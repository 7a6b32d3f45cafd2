#include "cli/progress_bar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/simulated_clock.h"

namespace firebreak::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Bar : public ::testing::Test {
 protected:
  SimulatedClock clock_;
  std::istringstream in_;
  std::ostringstream out_;
  CommandContext context_{
      .in = in_, .out = out_, .err = out_, .clock = clock_, .out_is_terminal = true};
};

TEST_F(Bar, ShowsItselfAfterTwoSecondsAndWipesItselfOut) {
  {
    ProgressBar bar("workloads", context_);
    bar.Show(1, 10);
    EXPECT_THAT(out_.str(), IsEmpty());
    clock_.Advance(absl::Seconds(3));
    bar.Show(5, 10);
    EXPECT_THAT(out_.str(), HasSubstr("=               ] 5 of 10 workloads"));
  }
  EXPECT_THAT(out_.str(), EndsWith(" \r"));
}

TEST_F(Bar, SaysNothingWhereThereIsNoTerminal) {
  context_.out_is_terminal = false;
  ProgressBar bar("workloads", context_);
  clock_.Advance(absl::Seconds(3));
  bar.Show(5, 10);
  EXPECT_THAT(out_.str(), IsEmpty());
}

}  // namespace
}  // namespace firebreak::cli
