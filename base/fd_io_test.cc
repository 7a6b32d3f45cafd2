#include "base/fd_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <thread>

namespace firebreak {
namespace {

// A pipe takes 64 KiB at a time, so this needs more than one call.
TEST(FdIo, GoesOnUntilEverythingIsWrittenAndReadToTheEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string sent = std::string(1'000'000, 'x') + "end";
  std::string got(sent.size() + 1, '\0');
  std::optional<size_t> count;
  std::thread reader([&, in = ends[0]] { count = ReadUpTo(in, absl::MakeSpan(got)); });
  EXPECT_TRUE(WriteAll(ends[1], sent));
  EXPECT_TRUE(WriteAll(ends[1], ""));
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(count, sent.size());
  got.resize(sent.size());
  EXPECT_EQ(got, sent);
}

TEST(FdIo, ReadsNoMoreThanIsAskedFor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_TRUE(WriteAll(ends[1], "abcdef"));
  std::string got(4, '\0');
  EXPECT_EQ(ReadUpTo(ends[0], absl::MakeSpan(got)), 4);
  EXPECT_EQ(got, "abcd");
  EXPECT_EQ(ReadUpTo(ends[0], {}), 0);
  close(ends[1]);
  EXPECT_EQ(ReadUpTo(ends[0], absl::MakeSpan(got)), 2);
  EXPECT_EQ(ReadUpTo(ends[0], absl::MakeSpan(got)), 0);
  close(ends[0]);
}

TEST(FdIo, SaysWhyItCouldNot) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_FALSE(WriteAll(full, "x"));
  EXPECT_EQ(errno, ENOSPC);
  close(full);
  char byte = 0;
  EXPECT_EQ(ReadUpTo(-1, absl::MakeSpan(&byte, 1)), std::nullopt);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace firebreak
