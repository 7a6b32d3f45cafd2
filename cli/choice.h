// Options with a closed set of values. Includes CLI11: for .cc files of this folder.
#ifndef FIREBREAK_CLI_CHOICE_H_
#define FIREBREAK_CLI_CHOICE_H_

#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "config/did_you_mean.h"

namespace firebreak::cli {

// Choices are the words of an option and what each means, in the order of the help.
template <typename T>
using Choices = std::vector<std::pair<absl::string_view, T>>;

// ChoiceError is the message for a word that is none of the choices.
inline std::string ChoiceError(absl::string_view option, absl::string_view word,
                               const std::vector<absl::string_view>& choices) {
  std::string message =
      absl::StrCat(option, ": \"", word, "\" is not one of ", absl::StrJoin(choices, ", "));
  const std::string hint = config::DidYouMean(word, choices);
  if (!hint.empty()) absl::StrAppend(&message, "; ", hint);
  return message;
}

// AddChoice adds an option whose value is one of choices. target holds the default, and must
// outlive the parse.
template <typename T>
CLI::Option* AddChoice(CLI::App& command, const std::string& name, T& target, Choices<T> choices,
                       const std::string& help) {
  std::vector<absl::string_view> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const std::string text = absl::StrJoin(words, "|");
  return command
      .add_option_function<std::string>(
          name,
          [&target, choices = std::move(choices), words, name](const std::string& word) {
            for (const auto& [known, value] : choices) {
              if (known != word) continue;
              target = value;
              return;
            }
            throw CLI::ValidationError(ChoiceError(name, word, words));
          },
          help)
      ->option_text(text);
}

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CHOICE_H_
