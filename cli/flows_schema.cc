#include "cli/flows_schema.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"

#include "flows/clickhouse_table.h"

namespace firebreak::cli {
namespace {

struct SchemaOptions {
  std::string store = "clickhouse";
  std::string table = "firebreak.flows";
  bool modern = false;
};

// CheckTable keeps what is printed to be run from holding more than a name.
std::string CheckTable(const std::string& table) {
  const bool good =
      !table.empty() && std::count(table.begin(), table.end(), '.') <= 1 &&
      std::all_of(table.begin(), table.end(), [](char c) {
        return c == '_' || c == '.' || absl::ascii_isalnum(static_cast<unsigned char>(c));
      });
  return good ? "" : "letters, digits and underscores, and one dot behind a database";
}

}  // namespace

void AddFlowsSchema(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "schema", "Print the statements that make the table a store needs, to be run there");
  auto options = std::make_shared<SchemaOptions>();
  command.add_option("--for", options->store, "The store: clickhouse")
      ->check(CLI::IsMember({"clickhouse"}))
      ->option_text("STORE");
  command.add_option("--table", options->table, "Database and table (firebreak.flows)")
      ->check(CLI::Validator(CheckTable, "NAME"))
      ->option_text("NAME");
  command.add_flag("--modern", options->modern,
                   "For servers of 2023 or later: smaller, and kept for 30 days");
  command.callback([options, &context] {
    context.out << flows::ClickHouseSchema(
        options->table,
        options->modern ? flows::ClickHouseDialect::kModern : flows::ClickHouseDialect::kPortable);
  });
}

}  // namespace firebreak::cli
