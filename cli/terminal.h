// Colour and tables on a terminal.
#ifndef FIREBREAK_CLI_TERMINAL_H_
#define FIREBREAK_CLI_TERMINAL_H_

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::cli {

enum class Color { kNone, kRed, kGreen, kYellow, kMagenta, kCyan, kDim, kBold };

// Painter wraps text in colour when colour is on. It does not escape: text that came from a file or
// the network goes through PrintableEscaped first.
class Painter {
 public:
  explicit Painter(bool on) : on_(on) {}
  bool on() const { return on_; }
  std::string Paint(Color color, absl::string_view text) const;

 private:
  bool on_;
};

// Cell is the text of a table cell and its colour. Any text will do: Table escapes it.
struct Cell {
  // NOLINTNEXTLINE(google-explicit-constructor): rows read as lists of strings
  Cell(std::string cell_text, Color cell_color = Color::kNone)
      : text(std::move(cell_text)), color(cell_color) {}
  std::string text;
  Color color;
};

// Table prints rows in aligned columns under a header line. Rows are held until Flush, or until
// there are kHeldRows of them, so that a table of any length fits in memory; later batches keep the
// widths of earlier ones or grow. An empty cell is printed as "-".
class Table {
 public:
  static constexpr size_t kHeldRows = 500;

  Table(std::vector<std::string> header, Painter painter, std::ostream& out);
  ~Table() { Flush(); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // AddRow takes as many cells as the header has.
  void AddRow(std::vector<Cell> cells);
  void Flush();

 private:
  void PrintRow(const std::vector<Cell>& cells);

  std::vector<Cell> header_;
  bool header_printed_ = false;
  const Painter painter_;
  std::ostream& out_;
  std::vector<size_t> widths_;
  std::vector<std::vector<Cell>> rows_;
};

// DisplayWidth counts the code points of UTF-8 text; Firebreak prints no wide characters itself.
size_t DisplayWidth(absl::string_view text);

// HumanBytes: "0B", "999B", "1.2KB", "34MB"; decimal units.
std::string HumanBytes(uint64_t bytes);
// HumanMicros: "0us", "850us", "12ms", "3.4s", "2m05s", "26h00m".
std::string HumanMicros(uint64_t micros);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_TERMINAL_H_
