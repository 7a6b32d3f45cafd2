#include "proxy/http/backlog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace firebreak::proxy {
namespace {

struct BacklogTest : ::testing::Test {
  // Work of so many bytes, of which no more is done at once than a quarter of the budget.
  struct Work final : Arrear {
    Work(BacklogTest& test, char by_name, size_t bytes)
        : Arrear(test.backlog), test_(test), name(by_name), left(bytes) {
      DoLater();
    }
    void DoSome() override {
      while (left > 0 && !test_.budget.spent()) {
        const size_t some = std::min(left, TurnBudget::kBytes / 4);
        test_.budget.Spend(some);
        left -= some;
        test_.done += name;
      }
      if (left > 0) DoLater();
    }
    BacklogTest& test_;
    const char name;
    size_t left;
  };

  // Turn runs the loop once and says who has done what.
  std::string Turn() {
    done.clear();
    loop.RunOnce();
    return done;
  }

  EventLoop loop;
  Agenda agenda{loop};
  TurnBudget budget;
  Backlog backlog{loop, agenda, budget};
  std::string done;
};

TEST_F(BacklogTest, DoesNoMoreInATurnThanTheBudgetAndTakesTurnsAboutIt) {
  const Work large(*this, 'a', 2 * TurnBudget::kBytes);
  const Work small(*this, 'b', TurnBudget::kBytes / 4);
  const Work other(*this, 'c', TurnBudget::kBytes);
  EXPECT_EQ(Turn(), "aaaa");
  EXPECT_EQ(Turn(), "bccc");
  EXPECT_EQ(Turn(), "aaaa");
  EXPECT_EQ(Turn(), "c");
  EXPECT_FALSE(budget.spent());
}

TEST_F(BacklogTest, BeginsEachTurnWithAWholeBudget) {
  budget.Spend(TurnBudget::kBytes);
  const Work work(*this, 'a', TurnBudget::kBytes);
  EXPECT_EQ(Turn(), "aaaa");
}

TEST_F(BacklogTest, ForgetsWhoIsGone) {
  std::optional<Work> gone(std::in_place, *this, 'a', 1);
  const Work stays(*this, 'b', 1);
  gone.reset();
  EXPECT_EQ(Turn(), "b");
}

}  // namespace
}  // namespace firebreak::proxy
