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

// RetentionFlags are the names that a command has for them: of flows by size and by age, and of
// what the catalog adds up.
struct RetentionFlags {
  std::string size, age, sums_age;
};

// RetentionOptions are what was typed, and by which names; empty: no bound.
struct RetentionOptions {
  RetentionFlags flags;
  std::string size, age, sums_age;
};

// AddRetention adds the options. What options hold before is their default.
void AddRetention(CLI::App& command, const RetentionFlags& flags, RetentionOptions& options);

// RetentionOf: an error names the option and what it was given.
absl::StatusOr<store::Retention> RetentionOf(const RetentionOptions& options);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_RETENTION_OPTIONS_H_
