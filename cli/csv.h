// Comma-separated values (RFC 4180).
#ifndef FIREBREAK_CLI_CSV_H_
#define FIREBREAK_CLI_CSV_H_

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"

namespace firebreak::cli {

// CsvLine is one line with its CR LF. Controls are escaped, so that no cell can reach a terminal or
// end its line. A text that a spreadsheet would take for a formula gets an apostrophe in front.
inline std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line.push_back(',');
    std::string text = PrintableEscaped(cell);
    double number = 0;
    const bool formula = !text.empty() &&
                         absl::string_view("=+-@").find(text[0]) != absl::string_view::npos &&
                         !absl::SimpleAtod(text, &number);
    if (formula) text.insert(0, 1, '\'');
    if (text.find_first_of(",\"") == std::string::npos) {
      line += text;
      continue;
    }
    line.push_back('"');
    for (const char c : text) line.append(c == '"' ? 2 : 1, c);
    line.push_back('"');
  }
  return line + "\r\n";
}

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CSV_H_
