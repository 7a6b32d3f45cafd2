#include "cli/inspect_corpus_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/escape.h"
#include "cli/choice.h"
#include "cli/corpus_reader.h"
#include "cli/json_object.h"
#include "cli/request_inspection.h"
#include "cli/terminal.h"

namespace firebreak::cli {
namespace {

enum class CorpusForm { kTable, kJson };

struct CorpusFlags {
  std::vector<std::string> paths;
  std::string learn;
  int paranoia = 1;
  int show_misses = 0;
  std::optional<int> half;
  CorpusForm form = CorpusForm::kTable;
};

// Tally is what came of the requests of one set; the index is the label.
struct Tally {
  std::string name;
  std::array<uint64_t, 2> requests{};
  std::array<uint64_t, 2> blocked{};
  std::array<uint64_t, 2> refused{};  // of blocked: by canonicalisation
  double seconds = 0;

  uint64_t total() const { return requests[0] + requests[1]; }
  std::optional<double> Rate(size_t label) const {
    if (requests[label] == 0) return std::nullopt;
    return static_cast<double>(blocked[label]) / static_cast<double>(requests[label]);
  }
  std::optional<double> BalancedAccuracy() const {
    if (!Rate(0).has_value() || !Rate(1).has_value()) return std::nullopt;
    return (*Rate(1) + 1 - *Rate(0)) / 2;
  }
};

// Files of a folder, by name; a file is itself.
std::vector<std::string> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    const size_t before = files.size();
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const std::string name = entry.path().string();
      if (absl::EndsWith(name, ".bin") || absl::EndsWith(name, ".bin.zst")) files.push_back(name);
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
  }
  return files;
}

// HalfOf puts a request in one of two halves by its bytes, so that rules can be tuned on one half
// and measured on the other (FNV-1a).
int HalfOf(absl::string_view request) {
  uint32_t hash = 2166136261U;
  for (const char c : request) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
  return static_cast<int>((hash ^ hash >> 15) & 1U);
}

// CorpusRun takes one set through the inspector.
class CorpusRun {
 public:
  CorpusRun(const CorpusFlags& flags, CommandContext& context)
      : flags_(flags),
        context_(context),
        inspector_(inspect::EngineOptions{.paranoia = flags.paranoia}) {}

  // Learn takes the benign requests of a file into a baseline.
  absl::Status Learn(const std::string& path) {
    uint64_t benign = 0;
    uint64_t left_out = 0;
    absl::Status read = ReadCorpus(path, [&](const CorpusRecord& record) {
      if (record.malicious) return;
      ++benign;
      // What is no request teaches nothing; a corpus may hold some.
      if (!inspector_.Learn(record.request, context_.clock).value_or(false)) ++left_out;
    });
    if (left_out > 0) {
      context_.err << "refused, or with findings, and so not learned from: " << left_out << " of "
                   << benign << " benign requests\n";
    }
    return read;
  }

  absl::StatusOr<Tally> Run(const std::string& path) {
    Tally tally{.name = std::filesystem::path(path).filename().string()};
    int shown = 0;
    const MonoTime begin = context_.clock.MonoNow();
    const absl::Status read = ReadCorpus(path, [&](const CorpusRecord& record) {
      if (flags_.half.has_value() && HalfOf(record.request) != *flags_.half) return;
      const size_t label = record.malicious ? 1 : 0;
      const bool parsed = inspector_.Inspect(record.request).ok();
      const bool refused = !parsed || inspector_.rejection().has_value();
      const bool blocked = refused || inspector_.blocked();
      ++tally.requests[label];
      tally.blocked[label] += blocked ? 1 : 0;
      tally.refused[label] += refused ? 1 : 0;
      if (blocked != record.malicious && shown < flags_.show_misses) {
        ++shown;
        ShowMiss(record);
      }
      Progress(tally);
    });
    if (!read.ok()) return read;
    tally.seconds = std::chrono::duration<double>(context_.clock.MonoNow() - begin).count();
    return tally;
  }

 private:
  void ShowMiss(const CorpusRecord& record) {
    constexpr size_t kShown = 400;
    const absl::string_view request = record.request;
    const absl::string_view line = request.substr(0, request.find('\r'));
    const size_t head = request.find("\r\n\r\n");
    const absl::string_view body =
        head == absl::string_view::npos ? absl::string_view() : request.substr(head + 4);
    context_.err << (record.malicious ? "missed: " : "blocked: ")
                 << PrintableEscaped(line.substr(0, kShown));
    if (!body.empty()) context_.err << " | " << PrintableEscaped(body.substr(0, kShown));
    if (inspector_.judgement().has_value() && inspector_.judgement()->deviant()) {
      context_.err << "\n    baseline: " << inspector_.judgement()->Explain();
    }
    for (const inspect::Finding& finding : inspector_.inspection().findings()) {
      context_.err << "\n    " << finding.id << " " << PrintableEscaped(finding.field) << ": "
                   << PrintableEscaped(finding.excerpt);
    }
    context_.err << "\n";
  }

  void Progress(const Tally& tally) {
    constexpr uint64_t kEvery = 10'000;
    if (!context_.out_is_terminal || tally.total() % kEvery != 0) return;
    context_.err << "\r" << PrintableEscaped(tally.name) << ": " << tally.total() << " requests\r"
                 << std::flush;
  }

  const CorpusFlags& flags_;
  CommandContext& context_;
  RequestInspector inspector_;
};

std::string Percent(std::optional<double> rate) {
  return rate.has_value() ? absl::StrFormat("%.3f%%", *rate * 100) : "";
}

void PrintTable(const std::vector<Tally>& tallies, CommandContext& context) {
  Table table({"SET", "BENIGN", "MALICIOUS", "TPR", "FPR", "BALANCED", "REFUSED", "REQUESTS/S"},
              Painter(context.UseColor()), context.out);
  for (const Tally& tally : tallies) {
    const double speed = tally.seconds > 0 ? static_cast<double>(tally.total()) / tally.seconds : 0;
    table.AddRow({tally.name, absl::StrCat(tally.requests[0]), absl::StrCat(tally.requests[1]),
                  Percent(tally.Rate(1)), Percent(tally.Rate(0)), Percent(tally.BalancedAccuracy()),
                  absl::StrCat(tally.refused[0], "/", tally.refused[1]),
                  absl::StrFormat("%.0f", speed)});
  }
}

std::string TallyJson(const Tally& tally) {
  JsonObject object;
  object.AddText("set", tally.name)
      .Add("benign", absl::StrCat(tally.requests[0]))
      .Add("malicious", absl::StrCat(tally.requests[1]))
      .Add("benign_blocked", absl::StrCat(tally.blocked[0]))
      .Add("malicious_blocked", absl::StrCat(tally.blocked[1]))
      .Add("benign_refused", absl::StrCat(tally.refused[0]))
      .Add("malicious_refused", absl::StrCat(tally.refused[1]));
  const auto add = [&object](absl::string_view name, std::optional<double> value) {
    if (value.has_value()) object.Add(name, absl::StrFormat("%.6f", *value));
  };
  add("tpr", tally.Rate(1));
  add("fpr", tally.Rate(0));
  add("balanced_accuracy", tally.BalancedAccuracy());
  return object.Add("seconds", absl::StrFormat("%.3f", tally.seconds)).str();
}

void RunInspectCorpus(const CorpusFlags& flags, CommandContext& context) {
  CorpusRun run(flags, context);
  if (!flags.learn.empty()) {
    const absl::Status learned = run.Learn(flags.learn);
    if (!learned.ok()) {
      context.exit_code = Fail(context, learned);
      return;
    }
  }
  std::vector<Tally> tallies;
  for (const std::string& file : FilesOf(flags.paths)) {
    auto tally = run.Run(file);
    if (!tally.ok()) {
      context.exit_code = Fail(context, tally.status());
      return;
    }
    tallies.push_back(*std::move(tally));
  }
  if (tallies.empty()) {
    context.exit_code = Fail(context, absl::NotFoundError("no file *.bin or *.bin.zst there"));
    return;
  }
  if (flags.form == CorpusForm::kTable) return PrintTable(tallies, context);
  std::vector<std::string> objects;
  objects.reserve(tallies.size());
  for (const Tally& tally : tallies) objects.push_back(TallyJson(tally));
  context.out << JsonList(objects) << "\n";
}

}  // namespace

void AddInspectCorpus(CLI::App& inspect_command, CommandContext& context) {
  CLI::App& command = *inspect_command.add_subcommand(
      "corpus",
      "How much of labelled requests is detected and how much of benign ones blocked, by set");
  auto flags = std::make_shared<CorpusFlags>();
  command
      .add_option("PATH", flags->paths,
                  "Files of records (a label byte, a 32-bit length, a request), zstd or not, or "
                  "folders of *.bin and *.bin.zst")
      ->required();
  command.add_option("--paranoia", flags->paranoia, "Paranoia level, 1 to 4 (1)")
      ->option_text("N")
      ->check(CLI::Range(inspect::kMinParanoia, inspect::kMaxParanoia));
  command
      .add_option("--learn", flags->learn,
                  "First learn from the benign requests of this file; what deviates is blocked too")
      ->option_text("FILE");
  command
      .add_option("--show-misses", flags->show_misses,
                  "Print so many requests of each set that were judged wrong, on standard error")
      ->option_text("N");
  command
      .add_option("--half", flags->half,
                  "Only one half of each set, 0 or 1, to tune on one and measure on the other")
      ->option_text("0|1")
      ->check(CLI::Range(0, 1));
  AddChoice<CorpusForm>(command, "-o,--output", flags->form,
                        {{"table", CorpusForm::kTable}, {"json", CorpusForm::kJson}},
                        "How to print");
  command.callback([flags, &context] { RunInspectCorpus(*flags, context); });
}

}  // namespace firebreak::cli
