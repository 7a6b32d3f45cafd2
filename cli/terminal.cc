#include "cli/terminal.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/escape.h"

namespace firebreak::cli {
namespace {

// ECMA-48 SGR parameters, in the order of Color.
constexpr std::array<absl::string_view, 8> kCodes = {"", "31", "32", "33", "35", "36", "2", "1"};
constexpr absl::string_view kGap = "  ";

// OneDecimalBelowTen: "1.2", "9.9", "10", "345".
std::string OneDecimalBelowTen(double value) {
  return value < 9.95 ? absl::StrFormat("%.1f", value) : absl::StrFormat("%.0f", value);
}

}  // namespace

std::string Painter::Paint(Color color, absl::string_view text) const {
  if (!on_ || color == Color::kNone || text.empty()) return std::string(text);
  return absl::StrCat("\x1b[", kCodes[static_cast<size_t>(color)], "m", text, "\x1b[0m");
}

size_t DisplayWidth(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;  // not a continuation byte
  }));
}

Table::Table(std::vector<std::string> header, Painter painter, std::ostream& out)
    : painter_(painter), out_(out) {
  for (std::string& name : header) {
    widths_.push_back(DisplayWidth(name));
    header_.emplace_back(std::move(name), Color::kBold);
  }
}

void Table::AddRow(std::vector<Cell> cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = cells[i].text.empty() ? "-" : PrintableEscaped(cells[i].text);
    widths_[i] = std::max(widths_[i], DisplayWidth(cells[i].text));
  }
  rows_.push_back(std::move(cells));
  if (rows_.size() >= kHeldRows) Flush();
}

void Table::Flush() {
  if (!std::exchange(header_printed_, true)) PrintRow(header_);
  for (const std::vector<Cell>& row : rows_) PrintRow(row);
  rows_.clear();
}

void Table::PrintRow(const std::vector<Cell>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&line, painter_.Paint(cells[i].color, cells[i].text));
    if (i + 1 == cells.size()) break;  // no trailing blanks
    line.append(widths_[i] - DisplayWidth(cells[i].text), ' ');
    absl::StrAppend(&line, kGap);
  }
  out_ << line << "\n";
}

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1'000) return absl::StrCat(bytes, "B");
  constexpr std::array<absl::string_view, 6> kUnits = {"KB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1'000;
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1'000;
    ++unit;
  }
  return absl::StrCat(OneDecimalBelowTen(value), kUnits[unit]);
}

std::string HumanMicros(uint64_t micros) {
  if (micros < 1'000) return absl::StrCat(micros, "us");
  if (micros < 1'000'000) {
    return absl::StrCat(OneDecimalBelowTen(static_cast<double>(micros) / 1e3), "ms");
  }
  if (micros < 60'000'000) {
    return absl::StrCat(OneDecimalBelowTen(static_cast<double>(micros) / 1e6), "s");
  }
  const uint64_t seconds = micros / 1'000'000;
  if (seconds < 3'600) return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  return absl::StrFormat("%dh%02dm", seconds / 3'600, seconds / 60 % 60);
}

}  // namespace firebreak::cli
