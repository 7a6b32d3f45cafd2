#include "cli/policy_test_command.h"

#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

#include "base/escape.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/policy_question.h"
#include "cli/terminal.h"
#include "config/diagnostics.h"
#include "policy/workbench/case_run.h"

namespace firebreak::cli {
namespace {

enum class TestForm { kTable, kJson, kJunit };

struct TestFlags {
  std::vector<std::string> paths;
  std::vector<std::string> cases;
  std::string workloads;
  double coverage_min = 0;
  TestForm form = TestForm::kTable;
};

std::string RuleOf(const policy::Decision& decision) {
  if (decision.rule == nullptr) return std::string(ReasonName(decision.reason));
  return absl::StrCat(decision.rule->policy_namespace, "/", decision.rule->policy, " ",
                      decision.rule->rule);
}

// Report is a run of cases in the forms it is printed in.
class Report {
 public:
  Report(const std::vector<policy::PolicyCase>& cases, const policy::CaseRun& run,
         CommandContext& context)
      : cases_(cases), run_(run), context_(context), out_(context.out) {}

  void Table() const {
    const Painter painter(context_.UseColor());
    {
      cli::Table table({"RESULT", "CASE", "ANSWER", "DECIDED BY"}, painter, out_);
      for (size_t i = 0; i < cases_.size(); ++i) {
        const policy::CaseResult& result = run_.results[i];
        table.AddRow({{result.passed ? "ok" : "FAIL", result.passed ? Color::kGreen : Color::kRed},
                      cases_[i].name,
                      std::string(result.decision.allowed ? "ALLOW" : "DENY"),
                      RuleOf(result.decision)});
      }
    }
    for (size_t i = 0; i < cases_.size(); ++i) {
      if (run_.results[i].passed) continue;
      out_ << "\n"
           << PrintableEscaped(absl::StrCat(cases_[i].place, ": ", cases_[i].name)) << "\n  "
           << PrintableEscaped(policy::Describe(cases_[i].question)) << "\n  "
           << PrintableEscaped(run_.results[i].failure) << "\n";
    }
    out_ << "\n"
         << cases_.size() - run_.failed << " of " << cases_.size() << " cases passed\n"
         << run_.covered() << " of " << run_.rules.size()
         << absl::StrFormat(" rules decided a case (%.0f%%)\n", run_.coverage_percent());
    for (const policy::RuleCoverage& rule : run_.rules) {
      if (rule.decided > 0) continue;
      out_ << "  never decided: "
           << PrintableEscaped(absl::StrCat(rule.policy, " ", rule.rule, "  ", rule.place)) << "\n";
    }
  }

  void Json() const {
    std::vector<std::string> results;
    for (size_t i = 0; i < cases_.size(); ++i) {
      const policy::CaseResult& result = run_.results[i];
      JsonObject object;
      object.AddText("name", cases_[i].name)
          .AddText("place", cases_[i].place)
          .AddBool("passed", result.passed)
          .AddText("question", policy::Describe(cases_[i].question))
          .AddText("answer", result.decision.allowed ? "ALLOW" : "DENY")
          .AddText("reason", ReasonName(result.decision.reason));
      if (result.decision.rule != nullptr) object.AddText("rule", RuleOf(result.decision));
      if (!result.passed) object.AddText("failure", result.failure);
      results.push_back(object.str());
    }
    std::vector<std::string> rules;
    for (const policy::RuleCoverage& rule : run_.rules) {
      rules.push_back(JsonObject()
                          .AddText("policy", rule.policy)
                          .AddText("rule", rule.rule)
                          .AddText("place", rule.place)
                          .Add("decided", absl::StrCat(rule.decided))
                          .str());
    }
    out_ << JsonObject()
                .Add("cases", JsonList(results))
                .Add("failed", absl::StrCat(run_.failed))
                .Add("rules", JsonList(rules))
                .Add("coverage_percent", absl::StrFormat("%.1f", run_.coverage_percent()))
                .str()
         << "\n";
  }

  // Junit prints what continuous integration reads: the attributes that all its readers know.
  void Junit() const {
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"policy\" "
         << "tests=\"" << cases_.size() << "\" failures=\"" << run_.failed
         << "\" errors=\"0\" skipped=\"0\">\n";
    for (size_t i = 0; i < cases_.size(); ++i) {
      const policy::CaseResult& result = run_.results[i];
      out_ << "<testcase classname=\"policy\" name=\"" << Xml(cases_[i].name) << "\"";
      if (result.passed) {
        out_ << "/>\n";
        continue;
      }
      out_ << "><failure message=\"" << Xml(result.failure) << "\">"
           << Xml(absl::StrCat(cases_[i].place, ": ", policy::Describe(cases_[i].question)))
           << "</failure></testcase>\n";
    }
    out_ << "</testsuite>\n</testsuites>\n";
  }

 private:
  // Xml also writes as escapes what XML 1.0 cannot hold at all.
  static std::string Xml(const std::string& text) {
    return absl::StrReplaceAll(PrintableEscaped(text),
                               {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
  }

  const std::vector<policy::PolicyCase>& cases_;
  const policy::CaseRun& run_;
  CommandContext& context_;
  std::ostream& out_;
};

std::optional<std::vector<policy::PolicyCase>> AllCases(const TestFlags& flags,
                                                        const policy::Inventory& inventory,
                                                        CommandContext& context) {
  config::Diagnostics diagnostics;
  std::vector<policy::PolicyCase> all;
  for (const std::string& path : flags.cases) {
    auto cases = policy::ReadCases(path, inventory, context.clock.WallNow(), &diagnostics);
    if (!cases.has_value()) continue;
    std::move(cases->begin(), cases->end(), std::back_inserter(all));
  }
  if (diagnostics.ok()) return all;
  context.err << diagnostics.Format(context.UseColor());
  context.exit_code = kExitUsage;
  return std::nullopt;
}

void RunTest(const TestFlags& flags, CommandContext& context) {
  const std::optional<AskedBook> asked = OpenBook(flags.paths, flags.workloads, context);
  if (!asked.has_value()) return;
  const auto cases = AllCases(flags, asked->inventory, context);
  if (!cases.has_value()) return;
  const policy::CaseRun run = policy::RunCases(asked->book, *cases);
  const Report report(*cases, run, context);
  switch (flags.form) {
    case TestForm::kTable:
      report.Table();
      break;
    case TestForm::kJson:
      report.Json();
      break;
    case TestForm::kJunit:
      report.Junit();
      break;
  }
  const bool covered = run.coverage_percent() >= flags.coverage_min;
  if (!covered) {
    context.err << absl::StrFormat(
        "firebreak: %.1f%% of the rules decided a case, less than %g%%\n", run.coverage_percent(),
        flags.coverage_min);
  }
  context.exit_code = run.failed == 0 && covered ? kExitYes : kExitNo;
}

}  // namespace

void AddPolicyTest(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "test", "Unit tests: questions with the answers that are due, and which rules they reach");
  auto flags = std::make_shared<TestFlags>();
  command.add_option("PATH", flags->paths, "Policy files, or folders of *.yaml and *.yml")
      ->required();
  command.add_option("--cases", flags->cases, "File of cases; repeat for several")
      ->type_size(1)
      ->allow_extra_args(false)
      ->required()
      ->option_text("FILE");
  AddWorkloadsFlag(command, flags->workloads);
  command
      .add_option("--coverage-min", flags->coverage_min,
                  "Fail when fewer rules, in percent, have decided a case")
      ->check(CLI::Range(0.0, 100.0))
      ->option_text("PERCENT");
  AddChoice<TestForm>(
      command, "-o,--output", flags->form,
      {{"table", TestForm::kTable}, {"json", TestForm::kJson}, {"junit", TestForm::kJunit}},
      "How to print");
  command.callback([flags, &context] { RunTest(*flags, context); });
}

}  // namespace firebreak::cli
