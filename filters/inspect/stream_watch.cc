#include "filters/inspect/stream_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"
#include "inspect/protocol/dns_message.h"
#include "inspect/protocol/protocol.h"

namespace firebreak::filters {

using config::StreamAction;
using inspect::Protocol;
using inspect::Risk;
using inspect::RiskKind;
using inspect::Side;

StreamWatch::StreamWatch(Setup setup, inspect::DnsWatch& dns)
    : setup_(std::move(setup)),
      dns_(dns),
      inspector_({.declared = setup_.orders.declared,
                  .server_port = setup_.server_port,
                  .look_for_secrets = setup_.orders.data_loss != InspectionMode::kOff,
                  .secrets = setup_.plan.secrets,
                  .secrets_off = setup_.plan.secrets_off}) {}

Side StreamWatch::LeavingSide() const {
  return setup_.direction == Direction::kInbound ? Side::kServer : Side::kClient;
}

void StreamWatch::Feed(Side side, absl::string_view bytes, int64_t micros) {
  inspector_.Feed(side, bytes, micros);
  FeedDns(side, bytes, micros);
  TakeRisks();
  TakeSecrets();
  CompareWithLearned();
}

void StreamWatch::Finish() {
  inspector_.Finish();
  TakeRisks();
  TakeSecrets();
  CompareWithLearned();
}

void StreamWatch::Teach() {
  if (!setup_.learned.has_value() || !grounds_.empty() || !inspector_.Answered()) return;
  const std::optional<Protocol> spoken = inspector_.Spoken();
  if (spoken.has_value()) setup_.learned->Teach(*spoken);
}

// From the first byte on, since messages are found by counting; what the stream turns out to be may
// be known later, when the first message is complete.
void StreamWatch::FeedDns(Side side, absl::string_view bytes, int64_t micros) {
  const Protocol seen = inspector_.identity().protocol;
  if (seen != Protocol::kDns && seen != Protocol::kUnknown) return;
  framing_[static_cast<size_t>(side)].Feed(bytes, [&](absl::string_view message) {
    if (seen != Protocol::kDns) return;
    const auto question = inspect::ParseDnsQuestion(message);
    if (!question.has_value()) return;
    for (const Risk& risk : dns_.Observe(setup_.client, *question, micros)) Take(risk);
  });
}

void StreamWatch::TakeRisks() {
  const std::vector<Risk>& risks = inspector_.risks();
  for (; risks_taken_ < risks.size(); ++risks_taken_) {
    const Risk& risk = risks[risks_taken_];
    // Secrets count by where they go to; see TakeSecrets.
    if (risk.kind == RiskKind::kSecret) continue;
    if (risk.kind == RiskKind::kClearPassword && setup_.encrypted) continue;
    Take(risk);
  }
}

void StreamWatch::Take(const Risk& risk) {
  risks_.push_back(risk);
  const inspect::RiskInfo& info = inspect::InfoOf(risk.kind);
  if (info.severity == inspect::Severity::kLow || !grounds_.empty()) return;
  if (setup_.orders.streams == StreamAction::kNone) return;
  grounds_ = absl::StrCat(info.id, ": ", risk.why);
}

void StreamWatch::TakeSecrets() {
  if (setup_.orders.data_loss == InspectionMode::kOff || secret_taken_) return;
  if (inspector_.secrets(LeavingSide()).total() == 0) return;
  secret_taken_ = true;
  if (setup_.orders.data_loss == InspectionMode::kBlock && grounds_.empty()) {
    grounds_ = "FBI-DLP-001: data that should not leave";
  }
}

// What is declared is meant, whatever was spoken before.
void StreamWatch::CompareWithLearned() {
  if (!setup_.learned.has_value()) return;
  const std::optional<Protocol> spoken = inspector_.Spoken();
  if (!spoken.has_value() || spoken == compared_) return;
  compared_ = spoken;
  const std::optional<Protocol> declared = setup_.orders.declared;
  if (declared.has_value() && inspect::IsWithin(*spoken, *declared)) return;
  setup_.learned->Compare(*spoken);
  if (grounds_.empty()) grounds_ = setup_.learned->Grounds();
}

StreamAction StreamWatch::action() const {
  // Grounds that the data alone gives: see TakeSecrets.
  const bool lost = secret_taken_ && setup_.orders.data_loss == InspectionMode::kBlock;
  return lost ? std::max(setup_.orders.streams, StreamAction::kBlock) : setup_.orders.streams;
}

std::shared_ptr<flows::InspectionInfo> StreamWatch::Info() const {
  const bool unusual = setup_.learned.has_value() && setup_.learned->found();
  if (risks_.empty() && !secret_taken_ && !unusual) return nullptr;
  auto info = std::make_shared<flows::InspectionInfo>();
  if (unusual) setup_.learned->AddTo(info.get());
  for (const Risk& risk : risks_) AddRisk(risk, info.get());
  for (const inspect::SecretMatch& secret : inspector_.secrets(LeavingSide()).matches()) {
    AddSecret(secret, "stream", info.get());
  }
  return info;
}

}  // namespace firebreak::filters
