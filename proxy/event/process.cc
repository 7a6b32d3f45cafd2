#include "proxy/event/process.h"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/log.h"

namespace firebreak::proxy {

void HardenProcess() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    FB_LOG(kWarning, "cannot harden the process: ", std::strerror(errno));
  }
}

int64_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int64_t>(limit.rlim_cur);
}

uint64_t RandomSeed() {
  uint64_t seed = 0;
  // Without randomness ids could be guessed: there is no safe way on.
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) std::abort();
  return seed;
}

}  // namespace firebreak::proxy
