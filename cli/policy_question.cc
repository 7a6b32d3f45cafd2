#include "cli/policy_question.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <system_error>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/ip.h"
#include "config/diagnostics.h"
#include "config/question.pb.h"
#include "config/source_map.h"
#include "config/source_text.h"
#include "policy/scope.h"
#include "policy/workbench/question_reader.h"

namespace firebreak::cli {
namespace {

constexpr char kDefaultFolder[] = "policy";
constexpr char kCommandLine[] = "command line";

CLI::Option* Text(CLI::App& command, const std::string& name, std::string& target,
                  const std::string& value, const std::string& help) {
  return command.add_option(name, target, help)->option_text(value);
}

void Several(CLI::App& command, const std::string& name, std::vector<std::string>& target,
             const std::string& value, const std::string& help) {
  command.add_option(name, target, help)->type_size(1)->allow_extra_args(false)->option_text(value);
}

// FillEnd takes a principal, an address, or a workload of the inventory.
void FillEnd(const std::string& text, const policy::Inventory& inventory,
             config::v1::QuestionEnd* end) {
  if (text.empty()) return;
  if (IpAddress::Parse(text).ok()) {
    end->set_ip(text);
    return;
  }
  const bool looks_like_identity = absl::StartsWith(text, "spiffe://") ||
                                   std::vector<std::string>(absl::StrSplit(text, '/')).size() > 2;
  if (looks_like_identity && !inventory.Find(text).ok()) {
    end->set_principal(text);
  } else {
    end->set_workload(text);
  }
}

bool FillHeaders(const QuestionFlags& flags, config::v1::QuestionRequest* request,
                 config::Diagnostics* diagnostics) {
  const auto headers = HeadersOf(flags);
  if (!headers.ok()) {
    diagnostics->Error(config::ErrorCode::kQuestionValue, kCommandLine, headers.status().message());
    return false;
  }
  for (const auto& [name, value] : *headers) (*request->mutable_headers())[name] = value;
  return true;
}

void FillText(const std::string& text, const std::function<void(const std::string&)>& set) {
  if (!text.empty()) set(text);
}

bool FillLabels(const std::vector<std::string>& labels, absl::string_view option,
                config::v1::QuestionEnd* end, config::Diagnostics* diagnostics) {
  for (const std::string& label : labels) {
    const std::vector<std::string> parts = absl::StrSplit(label, absl::MaxSplits('=', 1));
    if (parts.size() != 2) {
      diagnostics->Error(config::ErrorCode::kQuestionValue, kCommandLine,
                         absl::StrCat(option, " \"", label, "\" is no key=value"));
      return false;
    }
    (*end->mutable_labels())[parts[0]] = parts[1];
  }
  return true;
}

bool FillEnds(const QuestionFlags& flags, const policy::Inventory& inventory,
              config::v1::Question* question, config::Diagnostics* diagnostics) {
  config::v1::QuestionEnd* const from = question->mutable_from();
  config::v1::QuestionEnd* const to = question->mutable_to();
  FillEnd(flags.from, inventory, from);
  FillEnd(flags.to, inventory, to);
  FillText(flags.from_ip, [from](const std::string& ip) { from->set_ip(ip); });
  FillText(flags.to_ip, [to](const std::string& ip) { to->set_ip(ip); });
  FillText(flags.from_namespace, [from](const std::string& name) { from->set_namespace_(name); });
  FillText(flags.to_namespace, [to](const std::string& name) { to->set_namespace_(name); });
  return FillLabels(flags.from_labels, "--from-label", from, diagnostics) &&
         FillLabels(flags.to_labels, "--to-label", to, diagnostics);
}

bool FillRequest(const QuestionFlags& flags, config::v1::Question* question,
                 config::Diagnostics* diagnostics) {
  const bool by_request = flags.AnyRequest() || flags.protocol == "HTTP2" ||
                          flags.protocol == "GRPC" || flags.protocol == "WEBSOCKET" ||
                          flags.protocol == "HTTP1";
  if (!by_request) {
    FillText(flags.protocol, [&](const std::string& text) { question->set_protocol(text); });
    return true;
  }
  config::v1::QuestionRequest* request = question->mutable_request();
  FillText(flags.method, [&](const std::string& text) { request->set_method(text); });
  FillText(flags.path, [&](const std::string& text) { request->set_path(text); });
  FillText(flags.host, [&](const std::string& text) { request->set_host(text); });
  FillText(flags.grpc, [&](const std::string& text) { request->set_grpc(text); });
  if (flags.protocol == "TCP") {
    question->set_protocol(flags.protocol);
  } else if (flags.protocol != "HTTP") {
    FillText(flags.protocol, [&](const std::string& text) { request->set_protocol(text); });
  }
  return FillHeaders(flags, request, diagnostics);
}

}  // namespace

std::optional<AskedBook> OpenBook(const std::vector<std::string>& paths,
                                  const std::string& workloads, CommandContext& context) {
  config::Diagnostics diagnostics;
  std::optional<policy::PolicyBook> book = policy::PolicyBook::Read(paths, &diagnostics);
  std::optional<policy::Inventory> inventory;
  if (book.has_value()) {
    inventory = workloads.empty() ? policy::Inventory::Infer(*book)
                                  : policy::Inventory::Read(workloads, &diagnostics);
  }
  if (!inventory.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
    return std::nullopt;
  }
  return AskedBook{*std::move(book), *std::move(inventory), workloads.empty()};
}

std::vector<std::string> PathsOrDefault(const std::vector<std::string>& paths,
                                        CommandContext& context) {
  if (!paths.empty()) return paths;
  std::error_code error;
  if (std::filesystem::is_directory(kDefaultFolder, error)) return {kDefaultFolder};
  context.exit_code = Fail(
      context, absl::InvalidArgumentError("no policy: name files or folders, or run this where "
                                          "there is a folder \"policy\""));
  return {};
}

void AddWorkloadsFlag(CLI::App& command, std::string& workloads) {
  Text(command, "--workloads", workloads, "FILE",
       "Inventory: names, namespaces, labels and principals of workloads. Without: as policies "
       "name them");
}

void AddEndFlags(CLI::App& command, QuestionFlags& flags) {
  Text(command, "--from", flags.from, "WHO", "Caller: principal, workload or address");
  Text(command, "--from-ip", flags.from_ip, "IP", "Address of the caller");
  Text(command, "--from-namespace", flags.from_namespace, "NAME",
       "Its namespace, where no inventory knows it and OUTBOUND policies are asked");
  Several(command, "--from-label", flags.from_labels, "KEY=VALUE", "One of its labels, likewise");
  Text(command, "--to", flags.to, "WHO", "Workload that is called, or its principal or address");
  Text(command, "--to-ip", flags.to_ip, "IP", "Address that is called");
  Text(command, "--to-namespace", flags.to_namespace, "NAME",
       "Its namespace, where no inventory knows it");
  Several(command, "--to-label", flags.to_labels, "KEY=VALUE", "One of its labels, likewise");
  Text(command, "--direction", flags.direction, "INBOUND|OUTBOUND",
       "Whose sidecar is asked: that of --to (INBOUND), or of --from");
}

void AddRequestFlags(CLI::App& command, QuestionFlags& flags) {
  command.add_option("--port", flags.port, "Port that is connected to")
      ->option_text("PORT")
      ->check(CLI::Range(1, 65'535));
  Text(command, "--protocol", flags.protocol, "NAME",
       "TCP, HTTP (requests left open), HTTP1, HTTP2, GRPC or WEBSOCKET");
  Text(command, "--sni", flags.sni, "NAME", "Server name of TLS");
  Text(command, "--method", flags.method, "METHOD", "Method of the request");
  Text(command, "--path", flags.path, "PATH", "Path of the request, as on the wire");
  Text(command, "--host", flags.host, "HOST", "Host of the request");
  Text(command, "--grpc", flags.grpc, "SERVICE/METHOD", "A gRPC call");
  Several(command, "--header", flags.headers, "NAME: VALUE", "Header field of the request");
  Text(command, "--at", flags.at, "TIME", "When, as 2026-01-31T12:00:00Z; now by default");
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> HeadersOf(
    const QuestionFlags& flags) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string& header : flags.headers) {
    const std::vector<std::string> parts = absl::StrSplit(header, absl::MaxSplits(':', 1));
    if (parts.size() != 2) {
      return absl::InvalidArgumentError(
          absl::StrCat("--header \"", header, "\" is no \"name: value\""));
    }
    headers.emplace_back(parts[0], absl::StripAsciiWhitespace(parts[1]));
  }
  return headers;
}

bool Write(const QuestionFlags& flags, const policy::Inventory& inventory,
           config::v1::Question* question, config::Diagnostics* diagnostics) {
  if (!FillEnds(flags, inventory, question, diagnostics)) return false;
  if (flags.port != 0) question->mutable_to()->set_port(static_cast<uint32_t>(flags.port));
  FillText(flags.direction, [&](const std::string& text) { question->set_direction(text); });
  FillText(flags.sni, [&](const std::string& name) { question->set_sni(name); });
  if (!flags.at.empty()) {
    absl::Time at;
    if (!absl::ParseTime(absl::RFC3339_full, flags.at, &at, nullptr)) {
      diagnostics->Error(config::ErrorCode::kQuestionValue, kCommandLine,
                         absl::StrCat("--at \"", flags.at,
                                      "\" is no time such as "
                                      "2026-01-31T12:00:00Z"));
      return false;
    }
    question->mutable_at()->set_seconds(absl::ToUnixSeconds(at));
  }
  return FillRequest(flags, question, diagnostics);
}

std::optional<policy::PolicyQuestion> TakeQuestion(const QuestionFlags& flags,
                                                   const policy::Inventory& inventory,
                                                   CommandContext& context) {
  config::Diagnostics diagnostics;
  std::optional<policy::PolicyQuestion> question;
  if (!flags.file.empty()) {
    question = policy::ReadQuestion(flags.file, inventory, context.clock.WallNow(), &diagnostics);
  } else {
    config::v1::Question written;
    const config::SourceMap map(std::make_shared<config::SourceText>(kCommandLine, ""));
    if (Write(flags, inventory, &written, &diagnostics)) {
      question = policy::ToQuestion(written, inventory, context.clock.WallNow(),
                                    policy::Scope(map, diagnostics));
    }
  }
  if (!question.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
  }
  return question;
}

}  // namespace firebreak::cli
