#include "cli/automatic_response.h"

#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/status.h"
#include "certs/pem_file.h"
#include "cli/detect_run.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "quarantine/signed_list.h"

namespace firebreak::cli {
namespace {

// What reasons of ours begin with, and so how ours are known again after a restart.
constexpr absl::string_view kReason = "firebreak detect: ";

}  // namespace

std::optional<AutomaticResponse> AutomaticResponse::Open(const std::string& path, bool dry_run,
                                                         const detect::Labels& labels,
                                                         CommandContext& context) {
  config::Diagnostics diagnostics;
  const auto text = config::ReadFileText(path, &diagnostics);
  auto policy = text.has_value() ? detect::ResponsePolicy::Parse(path, *text, &diagnostics)
                                 : std::optional<detect::ResponsePolicy>();
  if (!policy.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
    return std::nullopt;
  }
  AutomaticResponse response(*std::move(policy), dry_run);
  response.inventory_ = {
      .known = !labels.empty(), .declared = labels.Declared(), .guarded = labels.Protected()};
  if (dry_run) return response;
  auto key = ReadSigningKey(response.responder_.policy().key);
  if (!key.ok()) {
    FailUsage(context, key.status());
    return std::nullopt;
  }
  response.key_ = *std::move(key);
  response.Recall(context.clock.WallNow());
  return response;
}

std::string AutomaticResponse::TooFew(size_t fleet) const {
  return absl::StrCat(responder_.policy().fleet_percent_an_hour, " % of ", fleet,
                      " identities is less than one: nobody can be cut off");
}

std::string AutomaticResponse::WhyNot(detect::Responder::Choice choice, size_t fleet) const {
  switch (choice) {
    case detect::Responder::Choice::kProtected:
      return "it is protected";
    case detect::Responder::Choice::kOverBudget:
      return absl::StrCat("the budget of this hour is spent (", responder_.Limit(fleet), " of ",
                          fleet, " identities an hour)");
    case detect::Responder::Choice::kFleetTooSmall:
      return TooFew(fleet);
    case detect::Responder::Choice::kQuarantine:
      break;
  }
  return "";
}

void AutomaticResponse::CheckFleet(size_t fleet, CommandContext& context) const {
  if (fleet > 0 && responder_.Limit(fleet) == 0)
    context.err << "response: " << TooFew(fleet) << "\n";
}

void AutomaticResponse::Recall(absl::Time now) {
  const detect::ResponsePolicy& policy = responder_.policy();
  const auto text = certs::ReadPemFile(policy.list);
  if (!text.ok()) return;  // none yet; one that cannot be read is an error once it is to be written
  const certs::VerifyingKey keys[] = {key_->public_half()};
  const auto list = quarantine::ReadList(policy.list, *text, keys);
  if (!list.ok()) return;
  for (const quarantine::Entry& entry : list->entries) {
    if (entry.until > now && absl::StartsWith(entry.reason, kReason)) {
      responder_.Charge(entry.identity, entry.until - policy.ttl);
    }
  }
}

absl::Status AutomaticResponse::Quarantine(const std::string& identity,
                                           const detect::Incident& incident, const Clock& clock) {
  const detect::ResponsePolicy& policy = responder_.policy();
  const quarantine::Entry entry{.identity = identity,
                                .mode = policy.mode,
                                .until = clock.WallNow() + policy.ttl,
                                .reason = absl::StrCat(kReason, "incident ", incident.uid),
                                .allow = policy.allow};
  EditNotes notes;
  const ListPlace place = ListPlace::BesideKey(policy.list, policy.key, /*force=*/false);
  return TightenEntry(place, *key_, clock, entry, inventory_, &notes).status();
}

void AutomaticResponse::See(const detect::Incident& incident, const detect::Detector& detector,
                            detect::Labels& labels, absl::Time now, CommandContext& context) {
  const detect::ResponsePolicy& policy = responder_.policy();
  const size_t fleet = detector.Fleet();
  for (const auto& decision : responder_.Decide(incident, labels, detector.names(), fleet, now)) {
    const std::string act =
        absl::StrCat(QuarantineModeName(policy.mode), " ", PrintableEscaped(decision.identity));
    context.err << "response to incident " << incident.id << " (" << incident.uid << "): ";
    if (decision.choice != detect::Responder::Choice::kQuarantine) {
      context.err << "not " << act << ": " << WhyNot(decision.choice, fleet) << "\n";
      continue;
    }
    const std::string how_long = absl::FormatDuration(policy.ttl);
    if (dry_run_) {
      context.err << "would " << act << " for " << how_long << "\n";
      continue;
    }
    const absl::Status done = Quarantine(decision.identity, incident, context.clock);
    context.err << (done.ok() ? "" : "not ") << act << " for " << how_long
                << (done.ok() ? "" : absl::StrCat(": ", done.message())) << "\n";
  }
}

}  // namespace firebreak::cli
