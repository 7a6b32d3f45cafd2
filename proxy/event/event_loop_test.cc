#include "proxy/event/event_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

#include "proxy/event/fd_watcher.h"
#include "proxy/event/timer.h"

namespace firebreak::proxy {
namespace {

TEST(EventLoopTest, RunsWhatOtherThreadsPostInOrder) {
  EventLoop loop;
  std::vector<int> seen;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop.Post([&seen, i] { seen.push_back(i); });
    loop.Post([&loop] { loop.Stop(); });
  });
  loop.Run();
  poster.join();
  ASSERT_EQ(seen.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[i], i);
}

TEST(EventLoopTest, StopBeforeRunIsNotLost) {
  EventLoop loop;
  loop.Stop();
  loop.Run();
}

TEST(EventLoopTest, DeletesLaterAndNotWithinTheCallback) {
  struct Watched {
    explicit Watched(bool* gone) : gone_(gone) {}
    ~Watched() { *gone_ = true; }
    bool* gone_;
  };
  EventLoop loop;
  bool gone = false;
  bool gone_within = true;
  loop.Post([&] {
    loop.DeleteLater(std::make_unique<Watched>(&gone));
    gone_within = gone;
    loop.Post([&] { loop.Stop(); });
  });
  loop.Run();
  EXPECT_FALSE(gone_within);
  EXPECT_TRUE(gone);
}

TEST(EventLoopTest, HandlerThatIsAlwaysReadyDoesNotKeepOthersWaiting) {
  struct Greedy final : FdHandler {
    void OnFdEvents(FdEvents /*events*/) override {
      ++calls;
      watcher->Again();
    }
    FdWatcher* watcher = nullptr;
    int calls = 0;
  };
  EventLoop loop;
  Greedy greedy;
  const int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
  FdWatcher watcher(loop, fd, greedy);
  greedy.watcher = &watcher;
  Timer timer(loop, [&] { loop.Post([&] { loop.Stop(); }); });
  timer.Set(std::chrono::milliseconds(1));
  loop.Run();
  EXPECT_GT(greedy.calls, 0);
  close(fd);
}

TEST(EventLoopTest, TimerFiresOnceAndCancelHolds) {
  EventLoop loop;
  int fired = 0;
  Timer cancelled(loop, [&] { fired += 100; });
  Timer timer(loop, [&] {
    ++fired;
    loop.Stop();
  });
  cancelled.Set(std::chrono::milliseconds(0));
  cancelled.Cancel();
  timer.Set(std::chrono::milliseconds(1));
  loop.Run();
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace firebreak::proxy
