#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <string>

namespace firebreak {
namespace {

TEST(StartThread, LeavesSignalsToTheOthersAndHasItsName) {
  std::array<char, 16> name{};
  sigset_t blocked;
  sigemptyset(&blocked);
  StartThread("fb-test", [&] {
    pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    pthread_getname_np(pthread_self(), name.data(), name.size());
  }).join();
  EXPECT_EQ(std::string(name.data()), "fb-test");
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGPIPE}) {
    EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
  }
  sigset_t mine;
  pthread_sigmask(SIG_BLOCK, nullptr, &mine);
  EXPECT_EQ(sigismember(&mine, SIGTERM), 0) << "whoever starts a thread still hears them";
}

}  // namespace
}  // namespace firebreak
