#include "cli/flows_query.h"

#include <array>
#include <charconv>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "cli/choice.h"
#include "cli/count_option.h"
#include "cli/csv.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "store/query.h"
#include "store/stored_flows.h"

namespace firebreak::cli {
namespace {

using store::Value;

enum class RowForm { kTable, kJson, kCsv };

struct QueryOptions {
  std::string folder;
  std::string sql;
  RowForm form = RowForm::kTable;
  uint64_t max_rows = store::QueryLimits().max_rows;
  std::string timeout = "60s";
};

// FractionText is the shortest text that reads back as the same fraction.
std::string FractionText(double fraction) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), fraction);
  return std::string(text.data(), end.ptr);
}

std::string TextOf(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  if (const auto* fraction = std::get_if<double>(&value)) return FractionText(*fraction);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "";
}

std::string JsonOf(const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return "null";
  if (const auto* text = std::get_if<std::string>(&value)) return JsonText(*text);
  const std::string number = TextOf(value);
  const bool finite = !absl::StrContains(number, "inf") && !absl::StrContains(number, "nan");
  return finite ? number : "null";
}

// RowPrinter prints what a question answers.
class RowPrinter {
 public:
  RowPrinter(RowForm form, CommandContext& context) : form_(form), context_(context) {}

  void Header(const std::vector<std::string>& names) {
    names_ = names;
    if (form_ == RowForm::kCsv) context_.out << CsvLine(names);
    if (form_ == RowForm::kTable) {
      table_ = std::make_unique<Table>(names, Painter(context_.UseColor()), context_.out);
    }
  }
  void Row(absl::Span<const Value> row) {
    if (form_ == RowForm::kJson) {
      JsonObject object;
      for (size_t i = 0; i < row.size(); ++i) object.Add(names_[i], JsonOf(row[i]));
      context_.out << TerminalSafeJson(object.str()) << "\n";
      return;
    }
    std::vector<std::string> cells;
    for (const Value& value : row) cells.push_back(TextOf(value));
    if (form_ == RowForm::kCsv) {
      context_.out << CsvLine(cells);
    } else {
      table_->AddRow(std::vector<Cell>(cells.begin(), cells.end()));
    }
  }

 private:
  const RowForm form_;
  CommandContext& context_;
  std::vector<std::string> names_;
  std::unique_ptr<Table> table_;
};

void RunQuery(const QueryOptions& options, CommandContext& context) {
  store::QueryLimits limits{.max_rows = options.max_rows};
  if (!absl::ParseDuration(options.timeout, &limits.max_time) ||
      limits.max_time <= absl::ZeroDuration()) {
    context.exit_code =
        Fail(context, absl::InvalidArgumentError("--timeout: a duration such as 60s"));
    return;
  }
  RowPrinter printer(options.form, context);
  const auto result = store::AskStore(
      options.folder, context.clock, options.sql, limits,
      [&printer](const std::vector<std::string>& names) { printer.Header(names); },
      [&printer](absl::Span<const Value> row) { printer.Row(row); });
  if (!result.ok()) {
    Fail(context, result.status());
    if (absl::StrContains(result.status().message(), "no such ")) {
      context.err << "help: firebreak flows views\n";
    }
    context.exit_code = kExitUsage;
    return;
  }
  if (result->cut) {
    context.err << "firebreak: the first " << result->rows
                << " rows; --max-rows shows more, 0 all of them\n";
  }
}

void PrintViews(OutputFormat format, CommandContext& context) {
  for (const store::View& view : store::Views()) {
    if (format == OutputFormat::kJson) {
      std::vector<std::string> columns;
      for (const store::ViewColumn& column : view.columns) {
        columns.push_back(JsonObject()
                              .AddText("name", column.name)
                              .AddText("type", column.type)
                              .AddText("meaning", column.meaning)
                              .str());
      }
      context.out << JsonObject()
                         .AddText("view", view.name)
                         .AddText("meaning", view.meaning)
                         .Add("columns", JsonList(columns))
                         .str()
                  << "\n";
      continue;
    }
    context.out << view.name << ": " << view.meaning << "\n";
    Table table({"  COLUMN", "TYPE", "MEANING"}, Painter(context.UseColor()), context.out);
    for (const store::ViewColumn& column : view.columns) {
      table.AddRow({"  " + column.name, column.type, column.meaning});
    }
    table.Flush();
    context.out << "\n";
  }
}

}  // namespace

void AddFlowsQuery(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "query", "Ask a store in SQL; `flows views` tells of its views");
  auto options = std::make_shared<QueryOptions>();
  command
      .add_option("--store", options->folder,
                  "Folder of the store, or clickhouse://[user@]host[:port][/table]")
      ->option_text("STORE")
      ->required();
  command.add_option("SQL", options->sql, "One SELECT")->option_text(" ")->required();
  AddChoice<RowForm>(command, "-o,--output", options->form,
                     {{"table", RowForm::kTable}, {"json", RowForm::kJson}, {"csv", RowForm::kCsv}},
                     "A table, JSON lines, or CSV");
  AddCount(command, "--max-rows", options->max_rows, "Rows at most; 0: all (10000)");
  command.add_option("--timeout", options->timeout, "How long it may take (60s)")
      ->option_text("DURATION");
  command.callback([options, &context] { RunQuery(*options, context); });
}

void AddFlowsViews(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand("views", "The views that `flows query` reads");
  auto format = std::make_shared<OutputFormat>(OutputFormat::kTable);
  AddChoice<OutputFormat>(command, "-o,--output", *format,
                          {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}},
                          "Tables, or JSON lines");
  command.callback([format, &context] { PrintViews(*format, context); });
}

}  // namespace firebreak::cli
