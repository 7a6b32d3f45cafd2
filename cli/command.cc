#include "cli/command.h"

#include <map>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"
#include "cli/choice.h"

namespace firebreak::cli {

bool CommandContext::UseColor() const {
  switch (color) {
    case ColorMode::kAlways:
      return true;
    case ColorMode::kNever:
      return false;
    case ColorMode::kAuto:
      return out_is_terminal && !no_color_set;
  }
  return false;
}

void AddOutputOption(CLI::App& command, OutputFormat& format) {
  AddChoice<OutputFormat>(command, "-o,--output", format,
                          {{"table", OutputFormat::kTable},
                           {"wide", OutputFormat::kWide},
                           {"json", OutputFormat::kJson},
                           {"yaml", OutputFormat::kYaml}},
                          "How to print");
}

int Fail(CommandContext& context, const absl::Status& status) {
  const absl::string_view message = status.message();
  const bool several_lines = message.find('\n') != absl::string_view::npos;
  if (!several_lines) context.err << "firebreak: ";
  for (absl::string_view line : absl::StrSplit(message, '\n', absl::SkipEmpty())) {
    context.err << PrintableEscaped(line) << "\n";
  }
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ? kExitUnreachable
                                                                         : kExitUsage;
}

}  // namespace firebreak::cli
