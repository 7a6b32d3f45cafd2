// Options that are whole numbers. Includes CLI11: for .cc files of this folder.
#ifndef FIREBREAK_CLI_COUNT_OPTION_H_
#define FIREBREAK_CLI_COUNT_OPTION_H_

#include <cstdint>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace firebreak::cli {

// AddCount adds an option whose value is a number from 0 on that has 64 bits at most: CLI11 reads
// -1 as the largest there is. target, an integer or an optional one, must outlive the parse.
template <typename T>
CLI::Option* AddCount(CLI::App& command, const std::string& name, T& target,
                      const std::string& help) {
  return command
      .add_option_function<std::string>(
          name,
          [&target, name](const std::string& text) {
            uint64_t number = 0;
            const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
            if (!digits || !absl::SimpleAtoi(text, &number)) {
              throw CLI::ValidationError(
                  absl::StrCat(name, ": \"", text, "\" is no whole number from 0 on"));
            }
            target = number;
          },
          help)
      ->option_text("N");
}

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_COUNT_OPTION_H_
