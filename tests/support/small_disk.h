// For tests of what happens on a disk that is full.
#ifndef FIREBREAK_TESTS_SUPPORT_SMALL_DISK_H_
#define FIREBREAK_TESTS_SUPPORT_SMALL_DISK_H_

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace firebreak::tests {

enum class OnDisk { kHeld, kFailed, kNoDisk };

// OnSmallDisk runs body, which has expectations, where `folder` is a disk of its own: "32k". In a
// process of its own, whose mounts go with it. kNoDisk: none can be mounted here.
inline OnDisk OnSmallDisk(const std::string& folder, const std::string& size,
                          const std::function<void()>& body) {
  constexpr int kNoDiskHere = 77;
  const auto mounted = [&] {
    mkdir(folder.c_str(), 0700);
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("none", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  };
  const pid_t child = fork();
  if (child == 0) {
    if (!mounted()) _exit(kNoDiskHere);
    body();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return OnDisk::kFailed;
  if (WEXITSTATUS(status) == kNoDiskHere) return OnDisk::kNoDisk;
  return WEXITSTATUS(status) == 0 ? OnDisk::kHeld : OnDisk::kFailed;
}

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_SMALL_DISK_H_
