// Everything inspection says of one byte stream: what is spoken, and what is suspicious about it.
#ifndef FIREBREAK_INSPECT_STREAM_STREAM_INSPECTOR_H_
#define FIREBREAK_INSPECT_STREAM_STREAM_INSPECTOR_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/protocol/identify.h"
#include "inspect/secrets/secret_scanner.h"
#include "inspect/stream/content_check.h"
#include "inspect/stream/credential_watch.h"
#include "inspect/stream/http_head.h"
#include "inspect/stream/risk.h"
#include "inspect/stream/shell_watch.h"

namespace firebreak::inspect {

struct StreamOptions {
  // What the listener or the rule declares; nullopt: nothing.
  std::optional<Protocol> declared;
  uint16_t server_port = 0;
  // The opening was not seen: client and server may be the other way round.
  bool sides_guessed = false;
  bool look_for_secrets = true;
  // Null: the kinds that everybody has.
  std::shared_ptr<const SecretRules> secrets = nullptr;
  SecretKinds secrets_off = {};  // not looked for
};

// StreamInspector takes both directions of a connection. The same conversation has the same risks
// however each side's bytes were cut. It holds the first 256 bytes of each side and about 1 KiB;
// while a long token passes, up to 1.9 KiB more for its side.
class StreamInspector {
 public:
  explicit StreamInspector(const StreamOptions& options)
      : options_(options),
        identifier_(options.server_port),
        scanners_{SecretScanner(options.secrets, options.secrets_off),
                  SecretScanner(options.secrets, options.secrets_off)} {}

  // micros: when the bytes came; 0 throughout when nobody knows.
  void Feed(Side side, absl::string_view bytes, int64_t micros);
  // Finish makes risks() complete. Nothing is fed after it. Before it they are those that are
  // certain whatever follows: what a side proves to speak, and a shell's prompt while no side has
  // proved anything, or the other does not speak what one has.
  void Finish();

  Identity identity() const { return seen_.value_or(identifier_.identity()); }
  // Spoken is what nothing that follows makes another protocol, but for a closer name (gRPC within
  // HTTP/2) and for sides that come to disagree; kUnknown: both sides have said enough, and it is
  // none. nullopt: not enough was said.
  std::optional<Protocol> Spoken() const;
  // Answered: both sides have spoken, and neither belies what the other one speaks.
  bool Answered() const;
  const std::vector<Risk>& risks() const { return risks_; }
  // What a side sent that should not leave: kinds, counts and last four characters.
  const SecretScanner& secrets(Side side) const { return scanners_[static_cast<size_t>(side)]; }

 private:
  // The beginning of a side, for what is only looked at when the protocol is known.
  struct Beginning {
    std::string bytes;
    uint64_t total = 0;
  };

  bool Proven() const {
    return identifier_.ProvenBy(Side::kClient) != Protocol::kUnknown ||
           identifier_.ProvenBy(Side::kServer) != Protocol::kUnknown;
  }
  // One side says that it speaks a protocol, and the other does not: a line in front of a shell
  // makes no protocol of it.
  bool Hollow() const { return identifier_.answer() == StreamIdentifier::Answer::kDiffers; }
  // Signs of a shell that nobody was told of.
  bool ShellWaits() const {
    return (shell_.prompt().has_value() && !prompt_told_) ||
           (shell_.typing().has_value() && !typing_told_);
  }
  void FeedBody(Side side, absl::string_view bytes);
  void AddEarlyRisks(const Identity& seen);
  void AddProtocolRisks(const Identity& seen);
  void AddLateRisks(const Identity& seen);
  void AddContentRisks(const Identity& seen);
  void AddShellRisks();
  void AddUnknownStreamRisks();
  void AddSecrets(const Identity& seen);
  void Add(std::optional<Risk> risk);

  StreamOptions options_;
  StreamIdentifier identifier_;
  std::optional<Identity> seen_;  // after Finish
  bool settled_ = false;          // by what was said, not by its end
  ShellWatch shell_;
  CredentialWatch credentials_;
  std::array<Beginning, 2> beginnings_;
  std::array<HttpHead, 2> heads_;
  std::array<std::optional<ContentCheck>, 2> bodies_;
  std::array<SecretScanner, 2> scanners_;
  std::vector<Risk> risks_;
  Protocol told_ = Protocol::kUnknown;  // whose risks were added
  std::bitset<static_cast<size_t>(RiskKind::kSecret) + 1> told_kinds_;
  bool prompt_told_ = false;
  bool typing_told_ = false;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_STREAM_INSPECTOR_H_
