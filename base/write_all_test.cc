#include "base/write_all.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

namespace firebreak {
namespace {

// A pipe takes 64 KiB at a time, so this needs more than one call.
TEST(WriteAll, GoesOnUntilEverythingIsWritten) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string sent = std::string(1'000'000, 'x') + "end";
  std::string got;
  std::thread reader([&got, in = ends[0]] {
    char piece[4096];
    for (ssize_t count = 0; (count = read(in, piece, sizeof(piece))) > 0;) {
      got.append(piece, static_cast<size_t>(count));
    }
  });
  EXPECT_TRUE(WriteAll(ends[1], sent));
  EXPECT_TRUE(WriteAll(ends[1], ""));
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(got, sent);
}

TEST(WriteAll, SaysWhyItCouldNot) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_FALSE(WriteAll(full, "x"));
  EXPECT_EQ(errno, ENOSPC);
  close(full);
  EXPECT_FALSE(WriteAll(-1, "x"));
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace firebreak
