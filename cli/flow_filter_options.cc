#include "cli/flow_filter_options.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/ip.h"
#include "base/verdict.h"
#include "cli/choice.h"
#include "cli/flow_input.h"
#include "cli/number_range.h"
#include "flows/event_names.h"
#include "flows/grpc_status.h"
#include "flows/hubble.h"
#include "flows/record.h"
#include "inspect/attack/rule.h"

namespace firebreak::cli {
namespace {

using flows::EndpointFilter;
using flows::FlowTerms;

// KindOf is the option whose alternatives an option names: mostly it is that itself.
std::string KindOf(const std::string& option) {
  if (option == "--traffic-direction") return "--direction";
  if (option == "--drop-reason-desc") return "--reason";
  if (option == "--ipv4" || option == "--ipv6") return "--ip-version";
  return option == "--unencrypted" ? "--encrypted" : option;
}

// PartOf is where an option's own terms go: with those that it names alternatives of.
FilterPart& PartOf(const std::string& option, bool unwanted, std::vector<FilterPart>& parts) {
  const std::string kind = unwanted ? "" : KindOf(option);
  const auto same = [&kind](const FilterPart& part) { return !kind.empty() && part.kind == kind; };
  const auto known = std::find_if(parts.begin(), parts.end(), same);
  if (known != parts.end()) return *known;
  parts.push_back({.kind = kind, .typed = unwanted ? "--not" : "", .unwanted = unwanted});
  return parts.back();
}

// FilterOptions adds options that read into one question. Options are read in the order in which
// they were typed, so that --not can speak of the next one.
class FilterOptions {
 public:
  // Place gives the list that an option's values go to.
  using Place = std::vector<std::string>& (*)(FlowTerms&);
  using Read = std::function<void(const std::string& value, FlowTerms& terms)>;
  using Ends = EndpointFilter& (*)(FlowTerms&);

  FilterOptions(CLI::App& command, FlowQuestion& question)
      : command_(command), question_(question), negate_(std::make_shared<bool>(false)) {}

  // AddNot adds --not; once all was read it also looks at what is asked for as a whole.
  void AddNot() {
    command_
        .add_flag_callback(
            "--not",
            [negate = negate_] {
              if (*negate) throw CLI::ValidationError("--not: twice in a row");
              *negate = true;
            },
            "Leave out what the next filter matches")
        ->trigger_on_parse();
    command_.parse_complete_callback([negate = negate_, &filter = question_.filter] {
      if (*negate) throw CLI::ValidationError("--not: no filter follows it");
      const absl::Status window = CheckWindow(filter.since, filter.until);
      if (!window.ok()) throw CLI::ValidationError(std::string(window.message()));
    });
  }

  // Add adds a filter whose values go through read, which throws on a bad one.
  void Add(const std::string& name, const std::string& value_name, const std::string& help,
           Read read) {
    command_
        .add_option_function<std::vector<std::string>>(
            name,
            [negate = negate_, &question = question_, option = FirstOf(name),
             read = std::move(read)](const std::vector<std::string>& values) {
              const bool unwanted = std::exchange(*negate, false);
              FlowTerms& terms = TermsOf(question, unwanted);
              FilterPart& part = PartOf(option, unwanted, question.parts);
              for (const std::string& value : values) {
                read(value, terms);
                read(value, part.terms);
                Type(absl::StrCat(option, " ", value), part);
              }
            },
            help)
        ->type_size(1)
        ->allow_extra_args(false)
        ->trigger_on_parse()
        ->option_text(value_name);
  }

  // AddNames is a filter over a closed list of names, taken in any case.
  void AddNames(const std::string& name, Place place, std::vector<absl::string_view> known,
                const std::string& help) {
    Add(name, "NAME", help,
        [place, known = std::move(known), name](const std::string& value, FlowTerms& terms) {
          std::string upper = absl::AsciiStrToUpper(value);
          if (std::find(known.begin(), known.end(), upper) == known.end()) {
            throw CLI::ValidationError(ChoiceError(name, value, known));
          }
          place(terms).push_back(std::move(upper));
        });
  }

  // AddTexts takes any text but none.
  void AddTexts(const std::string& name, const std::string& value_name, Place place,
                const std::string& help) {
    Add(name, value_name, help, [place, name](const std::string& value, FlowTerms& terms) {
      if (value.empty()) throw CLI::ValidationError(name + ": empty");
      place(terms).push_back(value);
    });
  }

  // AddIds takes 128-bit ids in hex.
  void AddIds(const std::string& name, Place place, const std::string& help) {
    Add(name, "ID", help, [place, name](const std::string& value, FlowTerms& terms) {
      constexpr size_t kIdDigits = 32;
      const bool hex =
          std::all_of(value.begin(), value.end(), [](char c) { return absl::ascii_isxdigit(c); });
      if (!hex || value.size() != kIdDigits) {
        throw CLI::ValidationError(absl::StrCat(name, ": \"", value, "\" is not 32 hex digits"));
      }
      place(terms).push_back(absl::AsciiStrToLower(value));
    });
  }

  // AddFlag is a filter without a value.
  void AddFlag(const std::string& name, const std::string& help, void (*set)(FlowTerms& terms)) {
    command_
        .add_flag_callback(
            name,
            [negate = negate_, &question = question_, option = FirstOf(name), set] {
              const bool unwanted = std::exchange(*negate, false);
              FilterPart& part = PartOf(option, unwanted, question.parts);
              set(TermsOf(question, unwanted));
              set(part.terms);
              Type(option, part);
            },
            help)
        ->trigger_on_parse();
  }

  void AddEnds(const std::string& prefix, const std::string& whose, Ends ends);

 private:
  static FlowTerms& TermsOf(FlowQuestion& question, bool unwanted) {
    return unwanted ? question.filter.unwanted.emplace_back() : question.filter.wanted;
  }
  // FirstOf is the first long one of the names of an option: "--ipv4" of "-4,--ipv4".
  static std::string FirstOf(const std::string& names) {
    const std::string from = names.substr(names.find("--"));
    return from.substr(0, from.find(','));
  }
  static void Type(const std::string& text, FilterPart& part) {
    absl::StrAppend(&part.typed, part.typed.empty() ? "" : " ", text);
  }

  CLI::App& command_;
  FlowQuestion& question_;
  std::shared_ptr<bool> negate_;
};

void FilterOptions::AddEnds(const std::string& prefix, const std::string& whose, Ends ends) {
  Add("--" + prefix + "principal,--" + prefix + "identity", "PRINCIPAL",
      "Principal of the " + whose + "; * matches any text",
      [ends](const std::string& value, FlowTerms& terms) {
        ends(terms).principals.emplace_back(absl::StripPrefix(value, "spiffe://"));
      });
  Add("--" + prefix + "namespace", "NAME", "Namespace of the " + whose,
      [ends](const std::string& value, FlowTerms& terms) {
        ends(terms).namespaces.push_back(value);
      });
  Add("--" + prefix + "workload,--" + prefix + "pod", "NAME",
      "Service account or workload of the " + whose + ", or namespace/name",
      [ends](const std::string& value, FlowTerms& terms) {
        ends(terms).workloads.push_back(value);
      });
  const std::string ip = "--" + prefix + "ip";
  Add(ip, "IP", "Address or CIDR block of the " + whose,
      [ends, ip](const std::string& value, FlowTerms& terms) {
        const auto block = CidrBlock::Parse(value);
        if (!block.ok()) {
          throw CLI::ValidationError(absl::StrCat(ip, ": ", block.status().message()));
        }
        ends(terms).ips.push_back(*block);
      });
  const std::string port = "--" + prefix + "port";
  Add(port, "PORT", "Port of the " + whose + ", or a range such as 8080-8090",
      [ends, port](const std::string& value, FlowTerms& terms) {
        ends(terms).ports.push_back(PortRange(port, value));
      });
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

uint64_t ParseGrpc(const std::string& value) {
  const auto status = flows::ParseGrpcStatus(value);
  if (!status.has_value()) {
    throw CLI::ValidationError(
        absl::StrCat("--grpc-status: \"", value, "\" is no status such as OK, NOT_FOUND or 7"));
  }
  return *status;
}

// ReasonsOfHubble are those that Hubble has one name for.
std::vector<std::string> ReasonsOfHubble(const std::string& name) {
  std::vector<std::string> reasons;
  std::vector<absl::string_view> known;
  for (int i = 1; i < kReasonCount; ++i) {
    const absl::string_view reason = ReasonName(static_cast<Reason>(i));
    const absl::string_view theirs = flows::HubbleDropReason(reason);
    if (std::find(known.begin(), known.end(), theirs) == known.end()) known.push_back(theirs);
    if (absl::EqualsIgnoreCase(theirs, name)) reasons.emplace_back(reason);
  }
  if (reasons.empty()) throw CLI::ValidationError(ChoiceError("--drop-reason-desc", name, known));
  return reasons;
}

// FindingPattern takes a category, the id of a rule, ours or a pack's, or a CVE. The beginning of
// ours stands for all that begin so.
std::string FindingPattern(const std::string& value) {
  if (absl::StrContains(value, '*')) return value;
  std::vector<absl::string_view> categories;
  for (int i = 0; i <= static_cast<int>(inspect::Category::kPack); ++i) {
    categories.push_back(inspect::CategoryName(static_cast<inspect::Category>(i)));
  }
  std::string lower = absl::AsciiStrToLower(value);
  if (std::find(categories.begin(), categories.end(), lower) != categories.end()) return lower;
  const bool is_id = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '-';
  });
  if (!is_id) {
    throw CLI::ValidationError(absl::StrCat(ChoiceError("--inspection", value, categories),
                                            "; nor is it a rule's id or a CVE"));
  }
  const bool beginning = absl::StartsWith(value, "FBI-") && !absl::ascii_isdigit(value.back());
  return beginning ? value + "*" : value;
}

void AddHttpFilters(FilterOptions& options) {
  options.Add("--http-status", "STATUS",
              "Status of the response, such as 403, or of its class or range: 5xx, 400-499",
              [](const std::string& value, FlowTerms& terms) {
                terms.http.statuses.push_back(StatusRange("--http-status", value));
              });
  options.AddTexts(
      "--http-method", "METHOD", [](FlowTerms & terms) -> auto& { return terms.http.methods; },
      "Method of the request, such as GET");
  options.Add("--http-path", "PATH",
              "Path of the request, or its template; * matches any text, such as /v1/*",
              [](const std::string& value, FlowTerms& terms) {
                terms.http.paths.push_back(PathPattern(value));
              });
  options.Add("--http-authority", "HOST",
              "Authority of the request, with its port; * matches any text",
              [](const std::string& value, FlowTerms& terms) {
                terms.http.authorities.push_back(absl::AsciiStrToLower(value));
              });
  options.Add("--grpc-method", "METHOD",
              "gRPC call, package.Service/Method; * matches any text, such as */Append",
              [](const std::string& value, FlowTerms& terms) {
                terms.http.grpc_methods.push_back(CallPattern(value));
              });
  options.Add("--grpc-status", "STATUS",
              "Status of the gRPC call, a name such as PERMISSION_DENIED or a number",
              [](const std::string& value, FlowTerms& terms) {
                terms.http.grpc_statuses.push_back(ParseGrpc(value));
              });
}

// AddOutcomeFilters are those about what was decided, why, and what came of it.
void AddOutcomeFilters(FilterOptions& options) {
  std::vector<absl::string_view> reasons;
  for (int i = 1; i < kReasonCount; ++i) reasons.push_back(ReasonName(static_cast<Reason>(i)));
  std::vector<absl::string_view> close_reasons;
  for (int i = 1; i < flows::kCloseReasonCount; ++i) {
    close_reasons.push_back(flows::CloseReasonName(static_cast<flows::CloseReason>(i)));
  }
  options.AddNames(
      "--verdict", [](FlowTerms & terms) -> auto& { return terms.verdicts; },
      {"FORWARDED", "DROPPED", "AUDIT", "ERROR"}, "FORWARDED, DROPPED, AUDIT or ERROR");
  options.AddNames(
      "--reason", [](FlowTerms & terms) -> auto& { return terms.reasons; }, std::move(reasons),
      "Why it was dropped, such as NO_RULE");
  options.AddNames(
      "--close-reason", [](FlowTerms & terms) -> auto& { return terms.close_reasons; },
      std::move(close_reasons), "Who ended the connection, such as UPSTREAM_RESET");
  options.AddTexts(
      "--policy", "NAME", [](FlowTerms & terms) -> auto& { return terms.policy.policies; },
      "Policy that decided, name or namespace/name; * matches any text");
  options.AddTexts(
      "--rule", "NAME", [](FlowTerms & terms) -> auto& { return terms.policy.rules; },
      "Rule that decided; * matches any text");
  options.Add(
      "--inspection", "NAME",
      "Category, rule or CVE of what inspection found, such as sql, FBI-SQL-001 or FBI-SQL; "
      "* matches any text",
      [](const std::string& value, FlowTerms& terms) {
        terms.inspections.push_back(FindingPattern(value));
      });
  options.AddNames(
      "--inspection-action", [](FlowTerms & terms) -> auto& { return terms.inspection_actions; },
      {"DETECT", "BLOCK"}, "DETECT or BLOCK");
  options.Add("--min-duration", "DURATION", "Took at least so long, such as 500ms",
              [](const std::string& value, FlowTerms& terms) {
                absl::Duration least;
                if (!absl::ParseDuration(value, &least) || least <= absl::ZeroDuration()) {
                  throw CLI::ValidationError(
                      absl::StrCat("--min-duration: \"", value, "\" is no duration such as 500ms"));
                }
                terms.min_duration_us = static_cast<uint64_t>(absl::ToInt64Microseconds(least));
              });
}

// AddHubbleFilters are those that `hubble observe` has and that say what no other option here does,
// or say it in its words. Where only the name is another, an option has both; docs/FLOWS.md lists
// all of them.
void AddHubbleFilters(FilterOptions& options) {
  options.Add("--traffic-direction", "NAME", "ingress or egress: --direction INBOUND or OUTBOUND",
              [](const std::string& value, FlowTerms& terms) {
                const std::string word = absl::AsciiStrToLower(value);
                if (word != "ingress" && word != "egress") {
                  throw CLI::ValidationError(
                      ChoiceError("--traffic-direction", value, {"ingress", "egress"}));
                }
                terms.directions.emplace_back(word == "ingress" ? "INBOUND" : "OUTBOUND");
              });
  options.Add("--drop-reason-desc", "NAME",
              "Why it was dropped, by one of the names that -o hubble has, such as POLICY_DENIED",
              [](const std::string& value, FlowTerms& terms) {
                const std::vector<std::string> reasons = ReasonsOfHubble(value);
                terms.reasons.insert(terms.reasons.end(), reasons.begin(), reasons.end());
              });
  options.AddTexts(
      "--http-url", "URL", [](FlowTerms & terms) -> auto& { return terms.http.urls; },
      "http:// with authority and path of the request; * matches any text");
  options.Add("--ip-version", "VERSION", "4 or 6", [](const std::string& value, FlowTerms& terms) {
    if (value != "4" && value != "6") {
      throw CLI::ValidationError(ChoiceError("--ip-version", value, {"4", "6"}));
    }
    terms.ip_versions.push_back(value == "4" ? 4 : 6);
  });
  options.AddFlag("-4,--ipv4", "The same as --ip-version 4",
                  [](FlowTerms& terms) { terms.ip_versions.push_back(4); });
  options.AddFlag("-6,--ipv6", "The same as --ip-version 6",
                  [](FlowTerms& terms) { terms.ip_versions.push_back(6); });
  options.AddFlag("--encrypted", "What came over TLS",
                  [](FlowTerms& terms) { terms.encrypted = true; });
  options.AddFlag("--unencrypted", "What did not",
                  [](FlowTerms& terms) { terms.encrypted = false; });
}

void AddTimes(CLI::App& command, flows::FlowFilter& filter, const Clock& clock) {
  const auto add = [&](const std::string& name, absl::Time& time, const std::string& help) {
    command
        .add_option_function<std::string>(
            name,
            [&time, &clock, name](const std::string& value) {
              const auto moment = TimeOption(name, value, clock.WallNow());
              if (!moment.ok()) throw CLI::ValidationError(std::string(moment.status().message()));
              time = *moment;
            },
            help)
        ->option_text("TIME");
  };
  add("--since", filter.since, "Not before a time, or a duration ago");
  add("--until", filter.until, "Not after a time, or a duration ago");
}

}  // namespace

void AddFlowFilters(CLI::App& command, FlowQuestion& question, const Clock& clock) {
  FilterOptions options(command, question);
  options.AddNot();
  AddOutcomeFilters(options);
  options.AddNames(
      "--event", [](FlowTerms & terms) -> auto& { return terms.events; },
      {flows::kEvents.begin(), flows::kEvents.end()},
      "OPEN, REQUEST, PERIODIC or CLOSE; of the log itself LOST or HEAD; of many flows ROLLUP");
  options.AddNames(
      "--direction", [](FlowTerms & terms) -> auto& { return terms.directions; },
      {"INBOUND", "OUTBOUND"}, "INBOUND or OUTBOUND, as the reporter sees it");
  options.AddTexts(
      "--reporter,--node-name", "NAME", [](FlowTerms & terms) -> auto& { return terms.reporters; },
      "Node, workload or principal of the sidecar that wrote the line; * matches any text");
  options.AddNames(
      "--protocol", [](FlowTerms & terms) -> auto& { return terms.protocols; },
      {"TCP", "HTTP1", "HTTP2", "GRPC", "WEBSOCKET", "TLS"}, "Protocol, such as HTTP1");
  AddHttpFilters(options);
  options.AddIds(
      "--flow-id,--uuid", [](FlowTerms & terms) -> auto& { return terms.flow_ids; },
      "Connection: its records and its requests'");
  options.AddIds(
      "--decision-id", [](FlowTerms & terms) -> auto& { return terms.decision_ids; },
      "Decision, as the response to a refused request names it");
  options.AddIds(
      "--trace-id", [](FlowTerms & terms) -> auto& { return terms.trace_ids; },
      "W3C trace that the request belongs to");
  options.AddEnds(
      "from-", "source", [](FlowTerms & terms) -> auto& { return terms.from; });
  options.AddEnds(
      "to-", "destination", [](FlowTerms & terms) -> auto& { return terms.to; });
  options.AddEnds(
      "", "source or destination", [](FlowTerms & terms) -> auto& { return terms.either; });
  AddHubbleFilters(options);
  AddTimes(command, question.filter, clock);
}

}  // namespace firebreak::cli
