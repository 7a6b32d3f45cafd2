#include "inspect/stream/stream_inspector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "inspect/protocol/prefix.h"
#include "inspect/stream/protocol_risk.h"

namespace firebreak::inspect {
namespace {

// Enough that 256 random bytes are told from text and from most formats.
constexpr size_t kBeginning = kProtocolWindow;
constexpr double kRandomBits = 6.8;

}  // namespace

void StreamInspector::Feed(Side side, absl::string_view bytes, int64_t micros) {
  if (bytes.empty()) return;
  // A turn ends with what comes now: what is known of the sides is as of its end, however this was
  // cut.
  shell_.Feed(side, bytes, micros);
  if (!Proven()) AddShellRisks();
  identifier_.Feed(side, bytes);
  settled_ = identifier_.settled();
  if (ShellWaits() && Hollow()) AddShellRisks();
  if (Proven() && !options_.sides_guessed) AddEarlyRisks(identifier_.identity());
  Beginning& beginning = beginnings_[static_cast<size_t>(side)];
  beginning.bytes.append(bytes.data(), std::min(bytes.size(), kBeginning - beginning.bytes.size()));
  beginning.total += bytes.size();
  if (side == Side::kClient) credentials_.Feed(bytes);
  FeedBody(side, bytes);
  if (options_.look_for_secrets) scanners_[static_cast<size_t>(side)].Feed(bytes);
}

std::optional<Protocol> StreamInspector::Spoken() const {
  const Protocol seen = identity().protocol;
  if (settled_) return seen;
  if (seen == Protocol::kUnknown || !(Proven() || seen_.has_value())) return std::nullopt;
  return seen;
}

bool StreamInspector::Answered() const {
  return beginnings_[0].total > 0 && beginnings_[1].total > 0 && !Hollow();
}

// Only a message that starts as HTTP has a head; the body of the first one is looked at.
void StreamInspector::FeedBody(Side side, absl::string_view bytes) {
  const size_t i = static_cast<size_t>(side);
  const absl::string_view body = heads_[i].Feed(bytes);
  if (!heads_[i].complete()) return;
  if (!bodies_[i].has_value()) bodies_[i].emplace(heads_[i].content_type(), heads_[i].encoded());
  bodies_[i]->Feed(body);
}

void StreamInspector::Finish() {
  identifier_.Finish();
  shell_.Finish();
  credentials_.Finish();
  Identity seen = identifier_.identity();
  if (seen.protocol == Protocol::kUnknown && options_.sides_guessed) {
    seen = IdentifyStream(beginnings_[1].bytes, beginnings_[0].bytes, options_.server_port);
  }
  seen_ = seen;
  AddProtocolRisks(seen);
  AddLateRisks(seen);
  AddContentRisks(seen);
  if (seen.protocol == Protocol::kUnknown) {
    AddUnknownStreamRisks();
  } else if (Hollow()) {
    AddShellRisks();
  }
  if (options_.look_for_secrets) AddSecrets(seen);
}

// What a side proves it speaks, it speaks. But it may begin as what others are made of: gRPC begins
// as HTTP/2.
void StreamInspector::AddEarlyRisks(const Identity& seen) {
  if (seen.protocol == told_ || seen.protocol == Protocol::kUnknown) return;
  if (options_.declared.has_value() && IsWithin(*options_.declared, seen.protocol)) return;
  AddProtocolRisks(seen);
}

void StreamInspector::AddProtocolRisks(const Identity& seen) {
  told_ = seen.protocol;
  for (Risk& risk : RisksOf(seen, options_.declared, options_.server_port)) {
    const auto kind = static_cast<size_t>(risk.kind);
    if (told_kinds_[kind]) continue;
    told_kinds_.set(kind);
    risks_.push_back(std::move(risk));
  }
}

// What needs all of the stream.
void StreamInspector::AddLateRisks(const Identity& seen) {
  if (identifier_.SidesDisagree()) {
    Add(Risk{RiskKind::kSidesDisagree,
             absl::StrCat("the client speaks ", ProtocolName(identifier_.ProvenBy(Side::kClient)),
                          ", the server answers in ",
                          ProtocolName(identifier_.ProvenBy(Side::kServer)))});
  }
  Add(credentials_.RiskIn(seen.protocol));
  Add(BinaryLogin(seen.protocol, beginnings_[0].bytes));
}

void StreamInspector::AddContentRisks(const Identity& seen) {
  if (!IsWithin(seen.protocol, Protocol::kHttp1)) return;
  for (std::optional<ContentCheck>& body : bodies_) {
    if (!body.has_value()) continue;
    body->Finish();
    Add(body->wrong_type());
    Add(body->random());
  }
}

void StreamInspector::AddShellRisks() {
  if (!prompt_told_) Add(shell_.prompt());
  prompt_told_ = shell_.prompt().has_value();
  if (!typing_told_) Add(shell_.typing());
  typing_told_ = shell_.typing().has_value();
}

void StreamInspector::AddUnknownStreamRisks() {
  AddShellRisks();
  bool random = true;
  for (const Beginning& beginning : beginnings_) {
    const FileKind kind = FileKindOf(beginning.bytes);
    if (IsExecutable(kind)) {
      Add(Risk{RiskKind::kProgram, absl::StrCat("the stream begins as a ", FileKindName(kind))});
    }
    random = random && beginning.bytes.size() == kBeginning &&
             ShannonBits(beginning.bytes) >= kRandomBits;
  }
  if (random) {
    Add(Risk{RiskKind::kRandomStream,
             absl::StrFormat("the first %d bytes of both sides have %.1f bits a byte or more",
                             kBeginning, kRandomBits)});
  }
}

// What is encrypted holds nothing that could be read; what looks like a number there is chance.
void StreamInspector::AddSecrets(const Identity& seen) {
  for (const Side side : {Side::kClient, Side::kServer}) {
    SecretScanner& scanner = scanners_[static_cast<size_t>(side)];
    scanner.Finish();
    if (seen.protocol == Protocol::kTls || seen.protocol == Protocol::kSsh) continue;
    for (size_t i = 0; i < kSecretKinds; ++i) {
      const auto kind = static_cast<SecretKind>(i);
      const uint64_t count = scanner.count(kind);
      if (count == 0) continue;
      const auto& matches = scanner.matches();
      const auto first =
          std::find_if(matches.begin(), matches.end(),
                       [kind](const SecretMatch& match) { return match.kind == kind; });
      const std::string what =
          first == matches.end() ? std::string(SecretKindName(kind)) : first->Describe();
      Add(Risk{RiskKind::kSecret,
               absl::StrCat("the ", side == Side::kClient ? "client" : "server", " sent ", what,
                            count > 1 ? absl::StrCat(" and ", count - 1, " more") : "")});
    }
  }
}

void StreamInspector::Add(std::optional<Risk> risk) {
  if (risk.has_value()) risks_.push_back(*std::move(risk));
}

}  // namespace firebreak::inspect
