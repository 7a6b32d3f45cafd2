#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace firebreak {

std::thread StartThread(const char* name, std::function<void()> body) {
  return std::thread([name, body = std::move(body)] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), name);
    body();
  });
}

}  // namespace firebreak
