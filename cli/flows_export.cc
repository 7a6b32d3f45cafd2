#include "cli/flows_export.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cli/choice.h"
#include "cli/csv.h"
#include "cli/flow_filter_options.h"
#include "cli/flow_question.h"
#include "cli/flows_printer.h"
#include "config/replace_file.h"
#include "flows/flow_json.h"
#include "store/columns.h"
#include "store/parquet_writer.h"
#include "store/stored_flows.h"

namespace firebreak::cli {
namespace {

enum class ExportForm { kJsonLines, kCsv, kParquet };

struct ExportOptions {
  std::string store;
  std::string file;  // empty: standard output
  FlowQuestion question;
  ExportForm form = ExportForm::kJsonLines;
};

// FlowWriter writes flows one after the other.
class FlowWriter {
 public:
  virtual ~FlowWriter() = default;
  virtual absl::Status Write(const flows::Flow& flow) = 0;
  virtual absl::Status Finish() { return absl::OkStatus(); }
};

class JsonLines : public FlowWriter {
 public:
  explicit JsonLines(std::ostream& out) : out_(out) {}

  absl::Status Write(const flows::Flow& flow) override {
    std::string line;
    flows::AppendFlowJson(flow, &line);
    out_ << TerminalSafeJson(line) << "\n";
    return absl::OkStatus();
  }

 private:
  std::ostream& out_;
};

class Csv : public FlowWriter {
 public:
  explicit Csv(std::ostream& out) : out_(out) {
    std::vector<std::string> names;
    for (const store::Column& column : store::Columns()) names.push_back(column.name);
    out_ << CsvLine(names);
  }

  absl::Status Write(const flows::Flow& flow) override {
    std::vector<std::string> texts;
    std::string scratch;
    for (const store::Column& column : store::Columns()) {
      const store::Cell cell = column.Of(flow, &scratch);
      const auto* const number = std::get_if<uint64_t>(&cell);
      const auto* const text = std::get_if<absl::string_view>(&cell);
      if (number != nullptr && column.type == store::ColumnType::kTime) {
        texts.push_back(UtcText(absl::FromUnixMicros(static_cast<int64_t>(*number)), 6));
      } else if (number != nullptr) {
        texts.push_back(absl::StrCat(*number));
      } else {
        texts.emplace_back(text == nullptr ? absl::string_view() : *text);
      }
    }
    out_ << CsvLine(texts);
    return absl::OkStatus();
  }

 private:
  std::ostream& out_;
};

class Parquet : public FlowWriter {
 public:
  explicit Parquet(std::ostream& out) : writer_(store::Columns(), out) {}

  absl::Status Write(const flows::Flow& flow) override {
    std::vector<store::Cell> cells;
    cells.reserve(store::Columns().size());
    // Each cell may need a text of its own until the row is written.
    std::vector<std::string> scratch(store::Columns().size());
    for (const store::Column& column : store::Columns()) {
      cells.push_back(column.Of(flow, &scratch[cells.size()]));
    }
    return writer_.AddRow(cells);
  }
  absl::Status Finish() override { return writer_.Finish(); }

 private:
  store::ParquetWriter writer_;
};

std::unique_ptr<FlowWriter> WriterOf(ExportForm form, std::ostream& out) {
  switch (form) {
    case ExportForm::kJsonLines:
      return std::make_unique<JsonLines>(out);
    case ExportForm::kCsv:
      return std::make_unique<Csv>(out);
    case ExportForm::kParquet:
      return std::make_unique<Parquet>(out);
  }
  return nullptr;
}

absl::Status ExportTo(const ExportOptions& options, std::ostream& out, CommandContext& context) {
  const std::unique_ptr<FlowWriter> writer = WriterOf(options.form, out);
  const flows::FlowFilter& filter = options.question.filter;
  FilterTally tally(options.question);
  absl::Status written;
  FB_RETURN_IF_ERROR(
      store::ForEachStored(options.store, filter.since, filter.until, [&](flows::Flow& flow) {
        if (!tally.Matches(flow)) return true;
        written = writer->Write(flow);
        return written.ok() && out.good();
      }));
  FB_RETURN_IF_ERROR(written);
  tally.Conclude(context);
  return writer->Finish();
}

// ExportToFile has the file under its name once it is whole, in the place of an older one.
absl::Status ExportToFile(const ExportOptions& options, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const std::string file, config::FileToReplace(options.file));
  const std::string temporary = absl::StrCat(file, ".", getpid(), ".tmp");
  // For whoever may read the store: flows are nobody else's business.
  const int fd =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0) return absl::ErrnoToStatus(errno, temporary);
  close(fd);
  std::ofstream out(temporary, std::ios::binary);
  absl::Status exported = ExportTo(options, out, context);
  out.close();
  if (exported.ok() && !out.good()) {
    exported = absl::UnknownError(absl::StrCat(temporary, ": cannot be written to its end"));
  }
  if (exported.ok() && rename(temporary.c_str(), file.c_str()) != 0) {
    exported = absl::ErrnoToStatus(errno, file);
  }
  if (!exported.ok()) unlink(temporary.c_str());
  return exported;
}

absl::Status Export(const ExportOptions& options, CommandContext& context) {
  if (!options.file.empty()) return ExportToFile(options, context);
  if (options.form == ExportForm::kParquet && context.out_is_terminal) {
    return absl::InvalidArgumentError("Parquet is no text for a terminal: --out FILE, or a pipe");
  }
  return ExportTo(options, context.out, context);
}

}  // namespace

void AddFlowsExport(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "export", "Flows of a store as lines of a flow log, as CSV or as Parquet");
  auto options = std::make_shared<ExportOptions>();
  command
      .add_option("--store", options->store,
                  "Folder of the store, or clickhouse://[user@]host[:port][/table]")
      ->option_text("STORE")
      ->required();
  AddChoice<ExportForm>(command, "-o,--output", options->form,
                        {{"jsonl", ExportForm::kJsonLines},
                         {"csv", ExportForm::kCsv},
                         {"parquet", ExportForm::kParquet}},
                        "Lines of a flow log, CSV with a header, or Apache Parquet");
  command.add_option("--out", options->file, "File to write; replaced where it is there")
      ->option_text("FILE");
  AddFlowFilters(command, options->question, context.clock);
  command.callback([options, &context] {
    const absl::Status exported = Export(*options, context);
    if (exported.ok()) return;
    Fail(context, exported);
    context.exit_code = kExitUsage;
  });
}

}  // namespace firebreak::cli
