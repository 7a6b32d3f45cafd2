#include "proxy/http/agenda.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace firebreak::proxy {
namespace {

class Note final : public Chore {
 public:
  Note(Agenda& agenda, std::function<void()> call) : Chore(agenda), call_(std::move(call)) {}
  using Chore::Schedule;

 private:
  void DoChore() override { call_(); }
  std::function<void()> call_;
};

class AgendaTest : public testing::Test {
 protected:
  Note Writes(const char* text) {
    return Note(agenda_, [this, text] { done_ += text; });
  }

  template <typename Event>
  void Turn(const Event& event) {
    const Agenda::Turn turn(agenda_);
    event();
  }

  EventLoop loop_;
  Agenda agenda_{loop_};
  std::string done_;
};

TEST_F(AgendaTest, DoesEachChoreOnceInOrder) {
  Note a = Writes("a");
  Note b = Writes("b");
  Turn([&] {
    b.Schedule();
    a.Schedule();
    b.Schedule();
    EXPECT_EQ(done_, "");
  });
  EXPECT_EQ(done_, "ba");
  Turn([] {});
  EXPECT_EQ(done_, "ba");
}

TEST_F(AgendaTest, DoesWhatChoresScheduleWithinTheSameTurn) {
  Note second = Writes("2");
  Note first(agenda_, [&] {
    done_ += "1";
    Turn([&] { second.Schedule(); });  // nested: the outer one goes on
    done_ += ".";
  });
  Turn([&] { first.Schedule(); });
  EXPECT_EQ(done_, "1.2");
}

TEST_F(AgendaTest, ForgetsAChoreThatIsDestroyed) {
  auto gone = std::make_unique<Note>(agenda_, [this] { done_ += "gone"; });
  Note stays = Writes("stays");
  Turn([&] {
    gone->Schedule();
    stays.Schedule();
    gone.reset();
  });
  EXPECT_EQ(done_, "stays");
}

TEST_F(AgendaTest, WakesTheLoopForNothingThatATurnHasDone) {
  Note in_turn = Writes("t");
  Note outside(agenda_, [this] {
    done_ += "o";
    loop_.Stop();
  });
  Turn([&] { in_turn.Schedule(); });
  loop_.Post([this] { done_ += "p"; });
  outside.Schedule();
  loop_.Run();
  EXPECT_EQ(done_, "tpo") << "a wake-up left by the turn would have come before the post";
}

TEST_F(AgendaTest, ComesBackForWhatIsScheduledOutsideAnEvent) {
  Note note(agenda_, [this] {
    done_ += "x";
    loop_.Stop();
  });
  note.Schedule();
  loop_.Run();
  EXPECT_EQ(done_, "x");
}

TEST_F(AgendaTest, LetsTheLoopRunBetweenChoresWithoutEnd) {
  int turns = 0;
  Note again(agenda_, [&] {
    ++turns;
    again.Schedule();
  });
  again.Schedule();
  loop_.Post([this] { loop_.Stop(); });
  loop_.Run();
  EXPECT_GT(turns, 0);
}

}  // namespace
}  // namespace firebreak::proxy
