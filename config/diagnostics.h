// Errors and warnings about files, with position, code and a hint, collected so that one run
// reports many.
#ifndef FIREBREAK_CONFIG_DIAGNOSTICS_H_
#define FIREBREAK_CONFIG_DIAGNOSTICS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/error_codes.h"

namespace firebreak::config {

enum class Severity { kError, kWarning };

// Diagnostic is one thing wrong with a file. Its strings may hold raw bytes of the file: they are
// escaped when printed, not before.
struct Diagnostic {
  Severity severity = Severity::kError;
  ErrorCode code = ErrorCode::kSyntax;
  std::string file;
  int line = 0;    // 1-based; 0: the whole file
  int column = 0;  // 1-based, in characters; 0: the whole line
  std::string message;
  std::string source_line;  // the line, or a window of a long one; empty when there is none
  int caret = 0;            // offset in bytes into source_line
  std::string help;         // empty: none
};

// Diagnostics collects what is wrong. Only the first kMaxKept of each severity are kept, since
// nobody reads more and a hostile file could hold millions; all are counted. Not thread-safe.
class Diagnostics {
 public:
  static constexpr int kMaxKept = 20;

  void Add(Diagnostic diagnostic);
  // Error and Warning add a diagnostic about a whole file.
  void Error(ErrorCode code, absl::string_view file, absl::string_view message,
             absl::string_view help = "");
  void Warning(ErrorCode code, absl::string_view file, absl::string_view message,
               absl::string_view help = "");

  // full says that nothing more of a severity is kept, so describing it would be work for nothing.
  bool full(Severity severity) const {
    return (severity == Severity::kError ? error_count_ : warning_count_) >= kMaxKept;
  }
  // ok is true while no error was added; warnings do not count.
  bool ok() const { return error_count_ == 0; }
  int error_count() const { return error_count_; }
  int warning_count() const { return warning_count_; }
  // items returns what was kept, in the order it was added.
  const std::vector<Diagnostic>& items() const { return items_; }

  // Format renders everything for a terminal, escaped, each entry ending in a newline; "" when
  // there is nothing. With more than was kept it ends in "... and N more errors".
  std::string Format(bool color) const;

 private:
  std::vector<Diagnostic> items_;
  int error_count_ = 0;
  int warning_count_ = 0;
};

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_DIAGNOSTICS_H_
