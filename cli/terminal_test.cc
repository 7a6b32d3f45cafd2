#include "cli/terminal.h"

#include <gtest/gtest.h>

#include <sstream>

namespace firebreak::cli {
namespace {

TEST(Table, AlignsColumnsWithoutTrailingBlanks) {
  std::ostringstream out;
  {
    Table table({"NAME", "VERDICT", "WHY"}, Painter(false), out);
    table.AddRow({{"a-long-name"}, {"DROPPED"}, {"x"}});
    table.AddRow({{"b"}, {""}, {"\xc3\xa9"}});
  }
  EXPECT_EQ(out.str(),
            "NAME         VERDICT  WHY\n"
            "a-long-name  DROPPED  x\n"
            "b            -        \xc3\xa9\n");
}

TEST(Table, EscapesItsCells) {
  std::ostringstream out;
  {
    Table table({"A"}, Painter(true), out);
    table.AddRow({{"\x1b[2J", Color::kRed}});
  }
  EXPECT_EQ(out.str(), "\x1b[1mA\x1b[0m\n\x1b[31m\\x1b[2J\x1b[0m\n");
}

TEST(Table, PrintsItsHeaderOverNothing) {
  std::ostringstream out;
  { Table table({"A", "B"}, Painter(false), out); }
  EXPECT_EQ(out.str(), "A  B\n");
}

TEST(HumanBytes, KeepsTwoOrThreeDigits) {
  EXPECT_EQ(HumanBytes(0), "0B");
  EXPECT_EQ(HumanBytes(999), "999B");
  EXPECT_EQ(HumanBytes(1'234), "1.2KB");
  EXPECT_EQ(HumanBytes(34'567), "35KB");
  EXPECT_EQ(HumanBytes(999'600), "1.0MB");
  EXPECT_EQ(HumanBytes(UINT64_MAX), "18EB");
}

TEST(HumanMicros, ChangesUnits) {
  EXPECT_EQ(HumanMicros(850), "850us");
  EXPECT_EQ(HumanMicros(12'345), "12ms");
  EXPECT_EQ(HumanMicros(3'400'000), "3.4s");
  EXPECT_EQ(HumanMicros(125'000'000), "2m05s");
  EXPECT_EQ(HumanMicros(93'600'000'000), "26h00m");
}

}  // namespace
}  // namespace firebreak::cli
