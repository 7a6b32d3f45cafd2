#include "cli/flows_command.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/ip.h"
#include "base/verdict.h"
#include "cli/choice.h"
#include "cli/flows_observe.h"
#include "cli/flows_schema.h"
#include "cli/interrupt.h"
#include "flows/grpc_status.h"

namespace firebreak::cli {
namespace {

struct ObserveOptions {
  ObserveRequest request;
  std::vector<std::string> files;        // positional
  std::vector<std::string> input_files;  // --input-file
  size_t last = 20;
  bool all = false;
  bool utc = false;
};

// Repeatable makes an option take one value each time it is given. CLI11 would otherwise hand it
// every word up to the next option.
CLI::Option* Repeatable(CLI::Option* option, const std::string& value_name) {
  return option->type_size(1)->allow_extra_args(false)->option_text(value_name);
}

// AddEach adds a repeatable option whose values go through add, which throws on a bad one.
void AddEach(CLI::App& command, const std::string& name, const std::string& value_name,
             const std::string& help, std::function<void(const std::string&)> add) {
  Repeatable(command.add_option_function<std::vector<std::string>>(
                 name,
                 [add = std::move(add)](const std::vector<std::string>& values) {
                   for (const std::string& value : values) add(value);
                 },
                 help),
             value_name);
}

// AddNames adds a filter over a closed list of names, taken in any case.
void AddNames(CLI::App& command, const std::string& name, std::vector<std::string>& target,
              std::vector<absl::string_view> known, const std::string& help) {
  AddEach(command, name, "NAME", help,
          [&target, known = std::move(known), name](const std::string& value) {
            std::string upper = absl::AsciiStrToUpper(value);
            for (absl::string_view word : known) {
              if (word != upper) continue;
              target.push_back(std::move(upper));
              return;
            }
            throw CLI::ValidationError(ChoiceError(name, value, known));
          });
}

void AddEndpointFilters(CLI::App& command, const std::string& prefix, const std::string& whose,
                        flows::EndpointFilter& filter) {
  AddEach(command, "--" + prefix + "principal", "PRINCIPAL",
          "Principal of the " + whose + "; * matches any text",
          [&filter](const std::string& value) {
            filter.principals.emplace_back(absl::StripPrefix(value, "spiffe://"));
          });
  AddEach(command, "--" + prefix + "namespace", "NAME", "Namespace of the " + whose,
          [&filter](const std::string& value) { filter.namespaces.push_back(value); });
  AddEach(command, "--" + prefix + "workload", "NAME",
          "Service account or workload of the " + whose + ", or namespace/name",
          [&filter](const std::string& value) { filter.workloads.push_back(value); });
  const std::string ip = "--" + prefix + "ip";
  AddEach(command, ip, "IP", "Address or CIDR block of the " + whose,
          [&filter, ip](const std::string& value) {
            const auto block = CidrBlock::Parse(value);
            if (!block.ok()) {
              throw CLI::ValidationError(absl::StrCat(ip, ": ", block.status().message()));
            }
            filter.ips.push_back(*block);
          });
  const std::string port = "--" + prefix + "port";
  AddEach(command, port, "PORT", "Port of the " + whose, [&filter, port](const std::string& value) {
    uint32_t number = 0;
    if (!absl::SimpleAtoi(value, &number) || number < 1 || number > 65'535) {
      throw CLI::ValidationError(
          absl::StrCat(port, ": \"", value, "\" is no port from 1 to 65535"));
    }
    filter.ports.push_back(static_cast<uint16_t>(number));
  });
}

// ParseStatuses takes 404, 4xx or 4+ (all of 400 to 499), or 500-503.
flows::StatusRange ParseStatuses(const std::string& option, const std::string& value) {
  const std::string word = absl::AsciiStrToLower(value);
  const absl::string_view first(word.data(), word.empty() ? 0 : 1);
  const bool whole_class = word == absl::StrCat(first, "xx") || word == absl::StrCat(first, "+");
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(word, absl::MaxSplits('-', 1));
  uint32_t low = 0;
  uint32_t high = 0;
  bool parsed = false;
  if (whole_class) {
    parsed = absl::SimpleAtoi(first, &low);
    low *= 100;
    high = low + 99;
  } else {
    const bool range = absl::StrContains(word, '-');
    parsed = absl::SimpleAtoi(ends.first, &low) &&
             absl::SimpleAtoi(range ? ends.second : ends.first, &high);
  }
  if (!parsed || low < 100 || high > 999 || low > high) {
    throw CLI::ValidationError(
        absl::StrCat(option, ": \"", value, "\" is no status such as 404, 5xx or 400-499"));
  }
  return {.low = static_cast<uint16_t>(low), .high = static_cast<uint16_t>(high)};
}

// PathPattern refuses what can match no path of the log.
std::string PathPattern(const std::string& value) {
  if (!absl::StartsWith(value, "/") && !absl::StartsWith(value, "*")) {
    throw CLI::ValidationError(
        absl::StrCat("--http-path: \"", value, "\" begins with neither / nor *"));
  }
  if (absl::StrContains(value, '?')) {
    throw CLI::ValidationError(
        "--http-path: the log holds no queries: leave out the ? and the rest");
  }
  return value;
}

std::string CallPattern(const std::string& value) {
  if (!absl::StrContains(value, '/') && !absl::StrContains(value, '*')) {
    throw CLI::ValidationError(absl::StrCat("--grpc-method: \"", value,
                                            "\" is not package.Service/Method; */", value,
                                            " is that method of any service"));
  }
  return std::string(absl::StripPrefix(value, "/"));
}

void AddHttpFilters(CLI::App& command, flows::HttpFilter& filter) {
  AddEach(command, "--http-status", "STATUS",
          "Status of the response, such as 403, or of its class or range: 5xx, 400-499",
          [&filter](const std::string& value) {
            filter.statuses.push_back(ParseStatuses("--http-status", value));
          });
  AddEach(command, "--http-method", "METHOD", "Method of the request, such as GET",
          [&filter](const std::string& value) { filter.methods.push_back(value); });
  AddEach(command, "--http-path", "PATH",
          "Path of the request, or its template; * matches any text, such as /v1/*",
          [&filter](const std::string& value) { filter.paths.push_back(PathPattern(value)); });
  AddEach(command, "--http-authority", "HOST",
          "Authority of the request, with its port; * matches any text",
          [&filter](const std::string& value) {
            filter.authorities.push_back(absl::AsciiStrToLower(value));
          });
  AddEach(
      command, "--grpc-method", "METHOD",
      "gRPC call, package.Service/Method; * matches any text, such as */Append",
      [&filter](const std::string& value) { filter.grpc_methods.push_back(CallPattern(value)); });
  AddEach(command, "--grpc-status", "STATUS",
          "Status of the gRPC call, a name such as PERMISSION_DENIED or a number",
          [&filter](const std::string& value) {
            const auto status = flows::ParseGrpcStatus(value);
            if (!status.has_value()) {
              throw CLI::ValidationError(absl::StrCat(
                  "--grpc-status: \"", value, "\" is no status such as OK, NOT_FOUND or 7"));
            }
            filter.grpc_statuses.push_back(*status);
          });
}

// AddIds adds a filter over 128-bit ids in hex.
void AddIds(CLI::App& command, const std::string& name, std::vector<std::string>& target,
            const std::string& help) {
  AddEach(command, name, "ID", help, [&target, name](const std::string& value) {
    constexpr size_t kIdDigits = 32;
    const bool hex =
        std::all_of(value.begin(), value.end(), [](char c) { return absl::ascii_isxdigit(c); });
    if (!hex || value.size() != kIdDigits) {
      throw CLI::ValidationError(absl::StrCat(name, ": \"", value, "\" is not 32 hex digits"));
    }
    target.push_back(absl::AsciiStrToLower(value));
  });
}

// ParseMoment takes an RFC 3339 time, or a duration before now such as 5m.
absl::Time ParseMoment(const std::string& option, const std::string& value, absl::Time now) {
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) return time;
  absl::Duration ago;
  if (absl::ParseDuration(value, &ago) && ago >= absl::ZeroDuration()) return now - ago;
  throw CLI::ValidationError(absl::StrCat(option, ": \"", value,
                                          "\" is neither a time such as 2026-01-31T12:00:00Z nor "
                                          "a duration such as 5m"));
}

void AddFilters(CLI::App& command, flows::FlowFilter& filter, CommandContext& context) {
  std::vector<absl::string_view> reasons;
  for (int i = 1; i < kReasonCount; ++i) reasons.push_back(ReasonName(static_cast<Reason>(i)));
  AddNames(command, "--verdict", filter.verdicts, {"FORWARDED", "DROPPED", "AUDIT", "ERROR"},
           "FORWARDED, DROPPED, AUDIT or ERROR");
  AddNames(command, "--reason", filter.reasons, reasons, "Why it was dropped, such as NO_RULE");
  AddNames(command, "--event", filter.events,
           {"OPEN", "REQUEST", "PERIODIC", "CLOSE", "LOST", "HEAD"},
           "OPEN, REQUEST, PERIODIC, CLOSE, LOST or HEAD");
  AddNames(command, "--direction", filter.directions, {"INBOUND", "OUTBOUND"},
           "INBOUND or OUTBOUND, as the reporter sees it");
  AddNames(command, "--protocol", filter.protocols,
           {"TCP", "HTTP1", "HTTP2", "GRPC", "WEBSOCKET", "TLS"}, "Protocol, such as HTTP1");
  AddHttpFilters(command, filter.http);
  AddIds(command, "--flow-id", filter.flow_ids, "Connection: its records and its requests'");
  AddIds(command, "--decision-id", filter.decision_ids,
         "Decision, as the response to a refused request names it");
  AddIds(command, "--trace-id", filter.trace_ids, "W3C trace that the request belongs to");
  AddEndpointFilters(command, "from-", "source", filter.from);
  AddEndpointFilters(command, "to-", "destination", filter.to);
  AddEndpointFilters(command, "", "source or destination", filter.either);
  command
      .add_option_function<std::string>(
          "--since",
          [&filter, &context](const std::string& value) {
            filter.since = ParseMoment("--since", value, context.clock.WallNow());
          },
          "Not before a time, or a duration ago; implies --all")
      ->option_text("TIME");
  command
      .add_option_function<std::string>(
          "--until",
          [&filter, &context](const std::string& value) {
            filter.until = ParseMoment("--until", value, context.clock.WallNow());
          },
          "Not after a time, or a duration ago")
      ->option_text("TIME");
}

void RunObserve(ObserveOptions& options, CommandContext& context) {
  ObserveRequest& request = options.request;
  request.inputs = options.files;
  request.inputs.insert(request.inputs.end(), options.input_files.begin(),
                        options.input_files.end());
  if (request.inputs.empty()) {
    context.exit_code = Fail(
        context, absl::InvalidArgumentError("no flow log: name one with --input-file FILE, or - "
                                            "for standard input"));
    return;
  }
  const bool all = options.all || request.filter.since != absl::InfinitePast();
  request.last = all ? std::nullopt : std::optional<size_t>(options.last);
  if (options.utc) request.zone = absl::UTCTimeZone();
  const std::atomic<bool> never{false};
  const std::atomic<bool>& stop = request.follow ? WatchInterrupt() : never;
  context.exit_code = Observe(request, stop, context);
}

void AddObserve(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "observe",
      "Print flow records: who, whom, what, verdict, rule. Repeated options are "
      "alternatives; different options must all match");
  auto options = std::make_shared<ObserveOptions>();
  command.add_option("FILE", options->files, "Flow logs; - is standard input")->option_text(" ");
  Repeatable(command.add_option("-i,--input-file", options->input_files,
                                "Flow log; - is standard input; repeat to merge by time"),
             "FILE");
  command.add_option("--last", options->last, "The last N matching records (20)")->option_text("N");
  command.add_flag("--all", options->all, "All matching records");
  command.add_flag("-f,--follow", options->request.follow,
                   "Wait for more, through rotation, until interrupted");
  AddChoice<FlowForm>(command, "-o,--output", options->request.form,
                      {{"compact", FlowForm::kCompact},
                       {"table", FlowForm::kTable},
                       {"wide", FlowForm::kWide},
                       {"json", FlowForm::kJson}},
                      "How to print");
  command.add_flag("--utc", options->utc, "Times in UTC rather than local time");
  AddFilters(command, options->request.filter, context);
  command.callback([options, &context] { RunObserve(*options, context); });
}

}  // namespace

void AddFlowsCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand("flows", "Who talks to whom: questions to flow logs");
  command.require_subcommand(1);
  AddObserve(command, context);
  AddFlowsSchema(command, context);
}

}  // namespace firebreak::cli
