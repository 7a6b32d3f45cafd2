#include "cli/reference_command.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/testing.h"

namespace firebreak::cli {
namespace {

TEST(Reference, IsThePageInTheTree) {
  std::ostringstream page;
  page << std::ifstream(FIREBREAK_SOURCE_DIR "/docs/reference/cli.md").rdbuf();
  EXPECT_EQ(page.str(), RunForTest({"reference"}).out)
      << "update it: firebreak reference > docs/reference/cli.md";
}

}  // namespace
}  // namespace firebreak::cli
