// How much of what is stored is kept: options of the commands that write to a store.
#ifndef FIREBREAK_CLI_RETENTION_OPTIONS_H_
#define FIREBREAK_CLI_RETENTION_OPTIONS_H_

#include <string>

#include "absl/status/statusor.h"

#include "store/flow_store.h"

namespace CLI {
class App;
}  // namespace CLI

namespace firebreak::cli {

// RetentionOptions are what was typed, and by which names.
struct RetentionOptions {
  std::string size_flag, age_flag;
  std::string size, age;
};

// AddRetention adds both options, under the names that the command has for them.
void AddRetention(CLI::App& command, const std::string& size_flag, const std::string& age_flag,
                  RetentionOptions& options);

// RetentionOf: an error names the option and what it was given.
absl::StatusOr<store::Retention> RetentionOf(const RetentionOptions& options);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_RETENTION_OPTIONS_H_
