// What inspection costs for each byte, whatever the bytes are. Counted in basic blocks of the code
// that looks at them, which the compiler was told to count: so the result is the same on any
// machine, and a loop within a loop shows wherever it is.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "inspect/engine.h"

namespace {
uint64_t blocks = 0;
}  // namespace

// Called by instrumented code at the start of each basic block.
extern "C" void __sanitizer_cov_trace_pc() { ++blocks; }

namespace firebreak::inspect {
namespace {

// A field has this many blocks a byte at most, all its readings together: some seven of them, each
// with SQL in as many contexts. A loop within a loop gives ten times that.
constexpr uint64_t kMostBlocks = 2'000;
constexpr size_t kFieldBytes = 16'384;

std::string Repeated(absl::string_view unit, size_t size) {
  std::string text;
  while (text.size() < size) absl::StrAppend(&text, unit);
  text.resize(size);
  return text;
}

uint64_t BlocksPerByte(Engine& engine, absl::string_view field) {
  Inspection inspection(engine);
  blocks = 0;
  inspection.BeginField(Place::kForm, "q", false);
  inspection.FieldBytes(field);
  inspection.EndField();
  return blocks / field.size();
}

// What makes a window be read several times, and what switches each of the parsers on.
constexpr absl::string_view kLayers = "%25252541&amp;amp;amp;lt;";
constexpr absl::string_view kSigns = " '\"`<>(){}[];|&$%/\\.:=#*-_+\n1a,!?@^~";

TEST(Cost, IsLinearForEverySignThatParsersStopAt) {
  Engine engine(EngineOptions{});
  std::vector<std::string> units = {"<%",
                                    "<%\n",
                                    "\n",
                                    "\n/",
                                    "\n ",
                                    "&&",
                                    "&&a",
                                    "$(",
                                    "$(a",
                                    "`",
                                    "` ",
                                    "`a`",
                                    "``$@",
                                    ";a",
                                    ";''",
                                    "|ls ",
                                    "; (",
                                    "/a",
                                    "/bin/",
                                    "/bin/a",
                                    "http://",
                                    "javascript:",
                                    "alert(",
                                    "';alert(",
                                    "eval(",
                                    "<style",
                                    "<style>",
                                    "<a/b=",
                                    "<a b=",
                                    "<a/style=",
                                    "<a/href=data:",
                                    "<a onx=",
                                    " onblur=",
                                    ")",
                                    ") ",
                                    ")(",
                                    "(a=",
                                    "{{",
                                    "${",
                                    "{{a}}",
                                    "${a}",
                                    "${:",
                                    "${${",
                                    "{{_",
                                    "#{a(",
                                    "$",
                                    "$n",
                                    "$ne",
                                    "://",
                                    "o:1:\"",
                                    "or(",
                                    "||a(",
                                    "||1(",
                                    "if(",
                                    "select a,",
                                    "union all ",
                                    "(select",
                                    "=(",
                                    ";(",
                                    "s s ",
                                    "[",
                                    "'",
                                    "''",
                                    "\"'",
                                    "/*",
                                    "*/",
                                    "/*!",
                                    "a.",
                                    "..",
                                    "../",
                                    "0x2e",
                                    "\\",
                                    "\\x",
                                    "&",
                                    "&l",
                                    "&#",
                                    "%",
                                    "%2",
                                    "+",
                                    "a+",
                                    "rO0AB",
                                    "AAAAAAAAAAAAAAAA ",
                                    "<!entity",
                                    "<!",
                                    "<",
                                    "document[",
                                    "__",
                                    "c:\\",
                                    "@",
                                    "\xc0\xae",
                                    "\xef\xbc\x87"};
  for (const std::string& unit : units) {
    for (const absl::string_view end : {absl::string_view(""), kLayers}) {
      const size_t rest = Inspection::kWindowStep - kSigns.size() - end.size();
      const std::string window = absl::StrCat(Repeated(unit, rest), kSigns, end);
      const uint64_t most = BlocksPerByte(engine, Repeated(window, kFieldBytes));
      EXPECT_LE(most, kMostBlocks) << unit << " with \"" << end << "\"";
      EXPECT_LE(BlocksPerByte(engine, Repeated(unit, kFieldBytes)), kMostBlocks) << unit;
    }
  }
}

TEST(Cost, OfHeadersThatCameBeforeIsThatOfALookUp) {
  Engine engine(EngineOptions{});
  const std::string value = Repeated(absl::StrCat(Repeated("<%", 700), kLayers), 4000);
  const auto cost = [&] {
    Inspection inspection(engine);
    blocks = 0;
    inspection.BeginField(Place::kHeader, "x-filler", false);
    inspection.FieldBytes(value);
    inspection.EndField();
    return blocks / value.size();
  };
  EXPECT_GT(cost(), 10U);
  EXPECT_LE(cost(), 4U);
}

}  // namespace
}  // namespace firebreak::inspect
