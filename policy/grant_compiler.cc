#include "policy/grant_compiler.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <google/protobuf/timestamp.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "config/did_you_mean.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "config/timestamp.h"
#include "inspect/protocol/protocol.h"
#include "policy/field_compiler.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

constexpr std::array<absl::string_view, 7> kDays = {"MON", "TUE", "WED", "THU",
                                                    "FRI", "SAT", "SUN"};
constexpr uint8_t kEveryDay = (1U << kDays.size()) - 1;
constexpr int kMinutesPerHour = 60;
// A file record of a flow repeats them, so they are kept short.
constexpr size_t kMaxTextBytes = 256;
constexpr size_t kMaxZoneBytes = 64;

uint8_t CompileDays(const Strings& days, const Scope& scope) {
  scope.RefuseEmptyList("days", static_cast<size_t>(days.size()));
  if (days.empty()) return kEveryDay;
  uint8_t mask = 0;
  for (int i = 0; i < days.size(); ++i) {
    const auto found = std::find(kDays.begin(), kDays.end(), days[i]);
    if (found == kDays.end()) {
      std::string hint = config::DidYouMean(days[i], kDays);
      if (hint.empty()) hint = "one of MON, TUE, WED, THU, FRI, SAT, SUN";
      scope.Field("days")
          .Entry(static_cast<size_t>(i))
          .Error(ErrorCode::kUnknownEnumValue, absl::StrCat("\"", days[i], "\" is no day"), hint);
      continue;
    }
    mask |= static_cast<uint8_t>(1U << static_cast<unsigned>(found - kDays.begin()));
  }
  return mask;
}

// ParseTimeOfDay takes "HH:MM", 00:00 to 24:00, as minutes.
std::optional<int> ParseTimeOfDay(absl::string_view text) {
  int hour = 0;
  int minute = 0;
  const auto digit = [&text](size_t i) {
    return absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
  };
  const bool shape = text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) &&
                     digit(4) && absl::SimpleAtoi(text.substr(0, 2), &hour) &&
                     absl::SimpleAtoi(text.substr(3), &minute);
  const int minutes = hour * kMinutesPerHour + minute;
  if (!shape || minute >= kMinutesPerHour || minutes > WeeklyWindow::kMinutesPerDay) {
    return std::nullopt;
  }
  return minutes;
}

int CompileTimeOfDay(const std::string& text, absl::string_view field, const Scope& scope) {
  const std::optional<int> minutes = ParseTimeOfDay(text);
  if (minutes.has_value()) return *minutes;
  scope.Field(field).Error(ErrorCode::kPolicyValidity,
                           absl::StrCat("\"", text, "\" is no time of day"),
                           "HH:MM, from 00:00 to 24:00");
  return 0;
}

// IsZoneName keeps what is looked up within the folder of the time zone database: a name is part of
// a path there.
bool IsZoneName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxZoneBytes &&
         absl::ascii_isalpha(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' ||
                  c == '-' || c == '+';
         });
}

void CompileZone(const config::v1::PolicyWindow& window, const Scope& scope, WeeklyWindow* out) {
  constexpr absl::string_view kHelp =
      "a name of the IANA time zone database, such as Europe/Berlin, or UTC";
  if (!window.has_time_zone()) {
    scope.Error(ErrorCode::kPolicyValidity, "a weekly window needs a \"time_zone\"", kHelp);
  } else if (!IsZoneName(window.time_zone()) || window.time_zone() == "localtime" ||
             !absl::LoadTimeZone(window.time_zone(), &out->zone)) {
    scope.Field("time_zone")
        .Error(ErrorCode::kPolicyValidity,
               absl::StrCat("\"", window.time_zone(), "\" is no time zone on this machine"), kHelp);
  }
}

WeeklyWindow CompileWindow(const config::v1::PolicyWindow& window, const Scope& scope) {
  WeeklyWindow compiled;
  compiled.days = CompileDays(window.days(), scope);
  if (window.has_from()) compiled.from = CompileTimeOfDay(window.from(), "from", scope);
  if (window.has_to()) compiled.to = CompileTimeOfDay(window.to(), "to", scope);
  if (compiled.from == WeeklyWindow::kMinutesPerDay) {
    scope.Field("from").Error(ErrorCode::kPolicyValidity, "no window begins at 24:00",
                              "write 00:00 and the day after");
  } else if (compiled.from == compiled.to) {
    scope.Error(ErrorCode::kPolicyValidity, "a window that ends when it begins",
                "leave out \"from\" and \"to\" for the whole day");
  }
  if (compiled.to == 0) compiled.to = WeeklyWindow::kMinutesPerDay;
  CompileZone(window, scope, &compiled);
  return compiled;
}

void CompileValidity(const config::v1::PolicyValidity& validity, const Scope& scope,
                     Rule* compiled) {
  RefuseVoid(validity, "validity", scope);
  scope.RefuseEmptyList("weekly", static_cast<size_t>(validity.weekly_size()));
  auto result = std::make_shared<Validity>();
  if (validity.has_not_before()) result->lifetime.from = config::TimeOf(validity.not_before());
  if (validity.has_not_after()) result->lifetime.until = config::TimeOf(validity.not_after());
  if (result->lifetime.from >= result->lifetime.until) {
    scope.Error(ErrorCode::kPolicyValidity, "\"not_after\" is not later than \"not_before\"",
                "the rule would never hold");
  }
  for (int i = 0; i < validity.weekly_size(); ++i) {
    result->weekly.push_back(
        CompileWindow(validity.weekly(i), scope.Field("weekly").Entry(static_cast<size_t>(i))));
  }
  compiled->validity = std::move(result);
}

void CompileMaxUses(const config::v1::PolicyRule& rule, const RuleContext& context,
                    const Scope& scope, const RuleRef& ref, Rule* compiled) {
  const Scope at = scope.Field("max_uses");
  if (context.action == Action::kDeny) {
    at.Error(ErrorCode::kPolicyNotSupported,
             "max_uses bounds what is granted, and DENY grants nothing",
             "write it on the ALLOW rule");
    return;
  }
  if (rule.max_uses() < 1) {
    at.Error(ErrorCode::kOutOfRange, "max_uses is at least 1",
             "a rule that grants nothing is better left out");
    return;
  }
  compiled->max_uses = static_cast<uint64_t>(rule.max_uses());
  compiled->uses =
      context.load->uses->Of(absl::StrCat(ref.policy_namespace, "/", ref.policy, "/", ref.rule));
}

std::optional<InspectionMode> ParseMode(const std::string& text, const Scope& scope) {
  constexpr std::array<absl::string_view, 3> kModes = {"OFF", "DETECT", "BLOCK"};
  const auto found = std::find(kModes.begin(), kModes.end(), text);
  if (found != kModes.end()) return static_cast<InspectionMode>(found - kModes.begin());
  scope.Field("mode").Error(ErrorCode::kUnknownEnumValue, absl::StrCat("\"", text, "\" is no mode"),
                            "OFF, DETECT or BLOCK");
  return std::nullopt;
}

void CompileProtocol(const config::v1::PolicyInspection& inspection, const Scope& scope,
                     RuleInspection* compiled) {
  const std::string& text = inspection.protocol();
  const auto protocol = inspect::ParseProtocol(text);
  if (!protocol.has_value()) {
    std::vector<absl::string_view> names;
    for (const inspect::ProtocolInfo& info : inspect::AllProtocols()) names.push_back(info.name);
    std::string hint = config::DidYouMean(text, names);
    if (hint.empty()) hint = "docs/INSPECTION.md lists those that are known";
    scope.Field("protocol")
        .Error(ErrorCode::kUnknownEnumValue, absl::StrCat("unknown protocol \"", text, "\""), hint);
    return;
  }
  if (compiled->mode == InspectionMode::kOff) {
    scope.Field("protocol")
        .Error(ErrorCode::kPolicyNotSupported,
               "with \"mode: OFF\" nobody looks at which protocol is spoken",
               "leave out \"mode\", or write DETECT or BLOCK");
  }
  compiled->protocol = std::string(inspect::ProtocolName(*protocol));
}

void CompileInspection(const config::v1::PolicyInspection& inspection, Action action,
                       const Scope& scope, RuleInspection* compiled) {
  constexpr int kMaxParanoia = 4;
  if (action == Action::kDeny) {
    scope.Error(ErrorCode::kPolicyNotSupported,
                "inspection looks into what is let through, and DENY lets nothing through",
                "write it on the ALLOW rule");
    return;
  }
  if (!inspection.has_mode() && !inspection.has_paranoia() && !inspection.has_protocol()) {
    scope.Error(ErrorCode::kPolicyEmpty,
                "\"inspection\" needs a \"mode\", \"paranoia\" or \"protocol\"");
  }
  if (inspection.has_mode()) compiled->mode = ParseMode(inspection.mode(), scope);
  if (inspection.has_protocol()) CompileProtocol(inspection, scope, compiled);
  if (!inspection.has_paranoia()) return;
  compiled->paranoia = inspection.paranoia();
  if (compiled->paranoia < 1 || compiled->paranoia > kMaxParanoia) {
    scope.Field("paranoia").Error(ErrorCode::kOutOfRange, "paranoia is 1 to 4");
  }
}

void CompileText(const std::string& text, absl::string_view field, const Scope& scope,
                 std::string* out) {
  if (text.empty() || text.size() > kMaxTextBytes) {
    scope.Field(field).Error(
        text.empty() ? ErrorCode::kPolicyEmpty : ErrorCode::kPolicyTooLarge,
        absl::StrCat("\"", field, "\" is ", text.empty() ? "empty" : "too long"),
        absl::StrCat("1 to ", kMaxTextBytes, " bytes"));
  }
  *out = text;
}

}  // namespace

void CompileGrant(const config::v1::PolicyRule& rule, const RuleContext& context,
                  const Scope& scope, Rule* compiled, RuleRef* ref) {
  if (context.istio) {
    for (const absl::string_view field :
         {"validity", "max_uses", "reason", "ticket", "inspection"}) {
      RefuseIstioHasNot(field, scope);
    }
    return;
  }
  if (rule.has_validity()) CompileValidity(rule.validity(), scope.Field("validity"), compiled);
  if (rule.has_max_uses()) CompileMaxUses(rule, context, scope, *ref, compiled);
  if (rule.has_reason()) CompileText(rule.reason(), "reason", scope, &ref->reason);
  if (rule.has_ticket()) CompileText(rule.ticket(), "ticket", scope, &ref->ticket);
  if (rule.has_inspection()) {
    CompileInspection(rule.inspection(), context.action, scope.Field("inspection"),
                      &ref->inspection);
  }
}

}  // namespace firebreak::policy
