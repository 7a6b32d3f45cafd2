#include "proxy/main/background_reader.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "gtest/gtest.h"
#include "policy/loader.h"
#include "proxy/event/event_loop.h"

namespace firebreak::proxy {
namespace {

using Reader = BackgroundReader<policy::PolicySet>;

// Gate holds a reading up until it is opened.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST(BackgroundReader, LoopGoesOnWhileItReads) {
  EventLoop loop;
  Gate gate;
  std::vector<std::string> order;
  Reader reader(
      loop,
      [&] {
        gate.Pass();
        return std::make_shared<const policy::PolicySet>();
      },
      [&](const Reader::Result& policy) {
        order.push_back(policy != nullptr ? "read" : "refused");
        loop.Stop();
      });
  reader.Read();
  loop.Post([&] {
    order.push_back("something else");
    gate.Open();
  });
  loop.Run();
  EXPECT_EQ(order, (std::vector<std::string>{"something else", "read"}));
}

TEST(BackgroundReader, ReadsOnceMoreWhateverWasAskedMeanwhile) {
  EventLoop loop;
  Gate gate;
  std::atomic<int> loads{0};
  int done = 0;
  Reader reader(
      loop,
      [&]() -> Reader::Result {
        gate.Pass();
        ++loads;
        return nullptr;
      },
      [&](const Reader::Result& policy) {
        EXPECT_EQ(policy, nullptr);
        // Later than what a third reading would have posted.
        if (++done == 2) loop.Post([&] { loop.Stop(); });
      });
  for (int i = 0; i < 5; ++i) reader.Read();
  gate.Open();
  loop.Run();
  EXPECT_EQ(loads, 2);
  EXPECT_EQ(done, 2);
}

TEST(BackgroundReader, TellsNobodyOnceItIsGone) {
  EventLoop loop;
  bool told = false;
  {
    Reader reader(
        loop, [] { return Reader::Result(); }, [&](const auto&) { told = true; });
    reader.Read();
  }
  loop.Post([&] { loop.Stop(); });
  loop.Run();
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace firebreak::proxy
