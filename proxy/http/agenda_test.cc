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

  EventLoop loop_;
  Agenda agenda_{loop_};
  std::string done_;
};

TEST_F(AgendaTest, DoesEachChoreOnceInOrder) {
  Note a = Writes("a");
  Note b = Writes("b");
  b.Schedule();
  a.Schedule();
  b.Schedule();
  agenda_.Work();
  EXPECT_EQ(done_, "ba");
  agenda_.Work();
  EXPECT_EQ(done_, "ba");
}

TEST_F(AgendaTest, DoesWhatChoresScheduleWithinTheSameWork) {
  Note second = Writes("2");
  Note first(agenda_, [&] {
    done_ += "1";
    second.Schedule();
    agenda_.Work();  // nested: the outer one goes on
    done_ += ".";
  });
  first.Schedule();
  agenda_.Work();
  EXPECT_EQ(done_, "1.2");
}

TEST_F(AgendaTest, ForgetsAChoreThatIsDestroyed) {
  auto gone = std::make_unique<Note>(agenda_, [this] { done_ += "gone"; });
  Note stays = Writes("stays");
  gone->Schedule();
  stays.Schedule();
  gone.reset();
  agenda_.Work();
  EXPECT_EQ(done_, "stays");
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
