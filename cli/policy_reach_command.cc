#include "cli/policy_reach_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/status.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/policy_question.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "policy/workbench/reach.h"

namespace firebreak::cli {
namespace {

enum class ReachForm { kTree, kJson, kDot };

struct ReachFlags {
  std::string from;
  std::string to;
  std::vector<std::string> paths;
  std::string workloads;
  QuestionFlags question;  // port, protocol and request only
  bool transitive = false;
  bool json = false;
  ReachForm form = ReachForm::kTree;
};

std::string RuleName(const policy::Grant& grant) {
  return absl::StrCat(grant.document->name(), " ", grant.document->rule_name(grant.rule));
}

std::string Place(const policy::Grant& grant) {
  return grant.document->Place(absl::StrCat("spec.rules[", grant.rule, "]"));
}

std::string GrantJson(const policy::Grant& grant) {
  return JsonObject()
      .AddText("who", grant.who)
      .AddText("what", grant.what)
      .AddText("rule", RuleName(grant))
      .AddText("place", Place(grant))
      .Add("except", JsonTexts(grant.except))
      .AddText("example", policy::Describe(grant.example))
      .str();
}

// AskedAccess owns what an Access borrows.
struct AskedAccess {
  std::optional<policy::InventoryWorkload> from;
  policy::InventoryWorkload to;
  policy::Access access;
};

absl::Status FindCaller(const std::string& from, const policy::Inventory& inventory,
                        AskedAccess* asked) {
  const auto known = inventory.Find(from);
  if (known.ok()) {
    asked->from = **known;
    if (!asked->from->principal.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the identity of ", asked->from->full_name(),
                       " is not known: name its principal, or an inventory with --workloads"));
    }
    asked->access.caller = policy::QuestionEnd{asked->from->principal, IpAddress()};
    return absl::OkStatus();
  }
  if (const auto ip = IpAddress::Parse(from); ip.ok()) {
    asked->access.caller = policy::QuestionEnd{std::nullopt, *ip};
    return absl::OkStatus();
  }
  auto id = certs::SpiffeId::ParsePrincipal(absl::StripPrefix(from, "spiffe://"));
  if (!id.ok() || !absl::StrContains(from, '/')) return known.status();
  asked->access.caller = policy::QuestionEnd{*std::move(id), IpAddress()};
  return absl::OkStatus();
}

// FillRequest takes what is said of the request; what is not is left open.
absl::Status FillRequest(const QuestionFlags& flags, policy::Access* access) {
  const bool any_protocol = flags.protocol.empty() || flags.protocol == "HTTP";
  access->bytes = flags.protocol == "TCP";
  access->requests = !flags.protocol.empty() && !access->bytes;
  if (!flags.AnyRequest() && (any_protocol || access->bytes)) return absl::OkStatus();
  if (access->bytes) return absl::InvalidArgumentError("a TCP stream has no request");
  policy::OpenRequestLine line;
  if (!any_protocol) line.protocol = flags.protocol;
  if (!flags.method.empty()) line.method = flags.method;
  if (!flags.path.empty()) line.path = flags.path;
  line.host = flags.host;
  if (!flags.grpc.empty()) {
    line.protocol = "GRPC";
    line.path = absl::StrCat("/", flags.grpc);
  }
  FB_ASSIGN_OR_RETURN(line.headers, HeadersOf(flags));
  FB_ASSIGN_OR_RETURN(access->request, policy::OpenRequest::Of(line));
  return absl::OkStatus();
}

absl::Status FillAccess(const ReachFlags& flags, const policy::Inventory& inventory, absl::Time now,
                        AskedAccess* asked) {
  FB_ASSIGN_OR_RETURN(const policy::InventoryWorkload* to, inventory.Find(flags.to));
  asked->to = *to;
  if (!flags.from.empty()) FB_RETURN_IF_ERROR(FindCaller(flags.from, inventory, asked));
  const QuestionFlags& question = flags.question;
  asked->access.at = now;
  if (!question.at.empty() &&
      !absl::ParseTime(absl::RFC3339_full, question.at, &asked->access.at, nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat("--at \"", question.at, "\" is no time"));
  }
  if (question.port != 0) asked->access.port = static_cast<uint16_t>(question.port);
  return FillRequest(question, &asked->access);
}

void PrintGrants(const policy::AccessAnswer& answer, CommandContext& context) {
  Table table({"WHO", "WHAT", "RULE", "EXCEPT WHERE", "AT"}, Painter(context.UseColor()),
              context.out);
  for (const policy::Grant& grant : answer.grants) {
    table.AddRow(
        {grant.who, grant.what, RuleName(grant), absl::StrJoin(grant.except, "; "), Place(grant)});
  }
}

// Openness is what an answer takes for open since no inventory says it.
struct Openness {
  bool port = false;
  bool destination = false;
};

void Notes(const AskedBook& book, const Openness& open, CommandContext& context) {
  if (book.inferred) {
    context.err << "note: workloads are those that policies name; --workloads FILE says which "
                   "there are\n";
  }
  if (open.port) {
    context.err << "note: OUTBOUND policies speak of ports, and where callers connect to is not "
                   "known: left open; \"ports\" of an inventory say it\n";
  }
  if (open.destination) {
    context.err << "note: OUTBOUND policies speak of identities, and who is called is not known: "
                   "left open; \"principal\" of an inventory says it\n";
  }
}

void PrintUnknown(const std::vector<std::string>& unknown, std::ostream& out) {
  for (const std::string& why : unknown) out << "unknown: " << PrintableEscaped(why) << "\n";
}

// PrintAnswer is the answer for people. caller: it is can, and not who-can.
void PrintAnswer(const policy::AccessAnswer& answer, bool caller, CommandContext& context) {
  if (answer.allowed()) {
    if (caller) context.out << "yes\n";
    PrintGrants(answer, context);
    PrintUnknown(answer.unknown, context.err);  // there may be more
  } else if (!answer.unknown.empty()) {
    PrintUnknown(answer.unknown, context.out);
  } else {
    context.out << (caller ? "no\n" : "nobody\n");
  }
}

void PrintAnswerJson(const policy::AccessAnswer& answer, std::ostream& out) {
  std::vector<std::string> grants;
  for (const policy::Grant& grant : answer.grants) grants.push_back(GrantJson(grant));
  JsonObject object;
  // Neither true nor false where it is not known.
  if (answer.allowed() || answer.unknown.empty()) object.AddBool("allowed", answer.allowed());
  out << object.AddBool("complete", answer.unknown.empty())
             .Add("unknown", JsonTexts(answer.unknown))
             .Add("grants", JsonList(grants))
             .str()
      << "\n";
}

// RunAccess is can (with a caller) and who-can (without).
void RunAccess(const ReachFlags& flags, CommandContext& context) {
  const std::vector<std::string> paths = PathsOrDefault(flags.paths, context);
  if (paths.empty()) return;
  const std::optional<AskedBook> book = OpenBook(paths, flags.workloads, context);
  if (!book.has_value()) return;
  AskedAccess asked;
  const absl::Status filled = FillAccess(flags, book->inventory, context.clock.WallNow(), &asked);
  if (!filled.ok()) {
    context.exit_code = Fail(context, filled);
    return;
  }
  asked.access.to = &asked.to;
  if (asked.from.has_value()) asked.access.from = &*asked.from;
  const policy::AccessAnswer answer =
      policy::AccessFinder(book->book, book->inventory).Find(asked.access);
  const bool caller = !flags.from.empty();
  if (flags.json) {
    PrintAnswerJson(answer, context.out);
  } else {
    PrintAnswer(answer, caller, context);
  }
  if (asked.from.has_value() && !answer.outbound_asked) {
    context.err << "note: no OUTBOUND policy is about the caller: only the other side is asked\n";
  }
  Notes(*book, {answer.outbound_port_open, answer.destination_open}, context);
  if (answer.allowed()) {
    context.exit_code = kExitYes;
  } else {
    context.exit_code = answer.unknown.empty() ? kExitNo : kExitUsage;
  }
}

void PrintBranch(const policy::Reach& reach, size_t at, const std::string& indent,
                 std::ostream& out) {
  std::vector<size_t> below;
  for (size_t i = 1; i < reach.steps.size(); ++i) {
    if (reach.steps[i].from == at) below.push_back(i);
  }
  for (size_t i = 0; i < below.size(); ++i) {
    const policy::Step& step = reach.steps[below[i]];
    const bool last = i + 1 == below.size();
    const policy::Grant& grant = step.grants.front();
    out << indent << (last ? "`-- " : "|-- ") << PrintableEscaped(step.workload->full_name())
        << "  "
        << PrintableEscaped(absl::StrCat(grant.what, "  (", RuleName(grant),
                                         step.grants.size() > 1 ? " and others)" : ")"))
        << "\n";
    PrintBranch(reach, below[i], indent + (last ? "    " : "|   "), out);
  }
}

void PrintTree(const policy::Reach& reach, size_t workloads, std::ostream& out) {
  out << PrintableEscaped(reach.steps.front().workload->full_name()) << "\n";
  PrintBranch(reach, 0, "", out);
  size_t depth = 0;
  for (const policy::Step& step : reach.steps) depth = std::max(depth, step.depth);
  out << "\nreaches " << reach.steps.size() - 1 << " of " << workloads - 1
      << " other workloads, the farthest in " << depth << (depth == 1 ? " step" : " steps") << "\n";
}

void PrintDot(const policy::Reach& reach, std::ostream& out) {
  const auto quoted = [](const std::string& text) {
    return absl::StrCat(
        "\"", absl::StrReplaceAll(PrintableEscaped(text), {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
  };
  out << "digraph reach {\n  rankdir=LR;\n";
  for (const policy::Step& step : reach.steps) {
    out << "  " << quoted(step.workload->full_name())
        << (step.depth == 0 ? " [style=bold];\n" : ";\n");
  }
  for (const auto& [from, to] : reach.arrows) {
    out << "  " << quoted(reach.steps[from].workload->full_name()) << " -> "
        << quoted(reach.steps[to].workload->full_name()) << ";\n";
  }
  out << "}\n";
}

void PrintReachJson(const policy::Reach& reach, std::ostream& out) {
  std::vector<std::string> steps;
  for (const policy::Step& step : reach.steps) {
    std::vector<std::string> path;
    for (const policy::Step* at = &step;; at = &reach.steps[at->from]) {
      path.insert(path.begin(), at->workload->full_name());
      if (at->depth == 0) break;
    }
    std::vector<std::string> grants;
    for (const policy::Grant& grant : step.grants) grants.push_back(GrantJson(grant));
    steps.push_back(JsonObject()
                        .AddText("workload", step.workload->full_name())
                        .Add("depth", absl::StrCat(step.depth))
                        .Add("path", JsonTexts(path))
                        .Add("grants", JsonList(grants))
                        .str());
  }
  out << JsonObject()
             .AddBool("complete", reach.unknown.empty())
             .Add("unknown", JsonTexts(reach.unknown))
             .Add("reached", JsonList(steps))
             .str()
      << "\n";
}

policy::Reach FollowWithProgress(const AskedBook& book, const policy::InventoryWorkload& start,
                                 bool transitive, CommandContext& context) {
  ProgressBar bar("workloads reached", context);
  return policy::FindReach(book.book, book.inventory, start, transitive, context.clock.WallNow(),
                           [&bar](size_t done, size_t total) { bar.Show(done, total); });
}

void RunReach(const ReachFlags& flags, CommandContext& context) {
  const std::vector<std::string> paths = PathsOrDefault(flags.paths, context);
  if (paths.empty()) return;
  const std::optional<AskedBook> book = OpenBook(paths, flags.workloads, context);
  if (!book.has_value()) return;
  const auto start = book->inventory.Find(flags.from);
  if (!start.ok()) {
    context.exit_code = Fail(context, start.status());
    return;
  }
  if (!(*start)->principal.has_value()) {
    context.exit_code = Fail(context, absl::InvalidArgumentError(absl::StrCat(
                                          "the identity of ", (*start)->full_name(),
                                          " is not known: name an inventory with --workloads")));
    return;
  }
  const policy::Reach reach = FollowWithProgress(*book, **start, flags.transitive, context);
  switch (flags.form) {
    case ReachForm::kTree:
      PrintTree(reach, book->inventory.workloads().size(), context.out);
      break;
    case ReachForm::kJson:
      PrintReachJson(reach, context.out);
      break;
    case ReachForm::kDot:
      PrintDot(reach, context.out);
      break;
  }
  if (flags.form != ReachForm::kJson) PrintUnknown(reach.unknown, context.err);
  Notes(*book, {reach.outbound_port_open, reach.destination_open}, context);
  if (reach.steps.size() > 1) {
    context.exit_code = kExitYes;
  } else {
    context.exit_code = reach.unknown.empty() ? kExitNo : kExitUsage;
  }
}

std::shared_ptr<ReachFlags> AddAccess(CLI::App& command, bool with_caller) {
  auto flags = std::make_shared<ReachFlags>();
  if (with_caller) {
    command.add_option("A", flags->from, "Caller: principal, workload or address")->required();
  }
  command.add_option("B", flags->to, "Workload that is called")->required();
  command.add_option("PATH", flags->paths,
                     "Policy files or folders; without, the folder \"policy\"");
  AddRequestFlags(command, flags->question);
  AddWorkloadsFlag(command, flags->workloads);
  AddChoice<bool>(command, "-o,--output", flags->json, {{"table", false}, {"json", true}},
                  "How to print");
  return flags;
}

}  // namespace

void AddPolicyCan(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "can", "Can A do this to B, or anything at all where nothing is said of it");
  const auto flags = AddAccess(command, true);
  command.callback([flags, &context] { RunAccess(*flags, context); });
}

void AddPolicyWhoCan(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "who-can", "Who can do this to B, or anything at all where nothing is said of it");
  const auto flags = AddAccess(command, false);
  command.callback([flags, &context] { RunAccess(*flags, context); });
}

void AddPolicyReach(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "reach", "Whom can A call; with --transitive, and whom can those call: the blast radius");
  auto flags = std::make_shared<ReachFlags>();
  command.add_option("A", flags->from, "Workload it starts from")->required();
  command.add_option("PATH", flags->paths,
                     "Policy files or folders; without, the folder \"policy\"");
  command.add_flag("--transitive", flags->transitive, "Go on from each workload that is reached");
  AddWorkloadsFlag(command, flags->workloads);
  AddChoice<ReachForm>(
      command, "-o,--output", flags->form,
      {{"tree", ReachForm::kTree}, {"json", ReachForm::kJson}, {"dot", ReachForm::kDot}},
      "How to print");
  command.callback([flags, &context] { RunReach(*flags, context); });
}

}  // namespace firebreak::cli
