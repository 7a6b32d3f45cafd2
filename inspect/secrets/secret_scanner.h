// Finds keys, tokens and numbers in a stream that should not leave.
#ifndef FIREBREAK_INSPECT_SECRETS_SECRET_SCANNER_H_
#define FIREBREAK_INSPECT_SECRETS_SECRET_SCANNER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/secrets/secret_kind.h"
#include "inspect/secrets/secret_rules.h"

namespace firebreak::inspect {

// SecretMatch never holds more of a secret than its last four characters.
struct SecretMatch {
  SecretKind kind = SecretKind::kGeneric;
  std::string name;  // of the kind, or of the rule of the configuration
  std::string last_four;
  uint64_t offset = 0;  // of its first byte in the stream

  // "card-number ending in 1234"
  std::string Describe() const;
};

// SecretScanner takes one direction of a stream in pieces of any size; what it finds does not
// depend on them. Between pieces it keeps the token that is not at its end yet and the words before
// it, at most kMaxToken + kWordsBefore bytes. A token that is longer is no secret of a known kind,
// and is passed over.
class SecretScanner {
 public:
  static constexpr size_t kMaxToken = 1800;
  static constexpr size_t kWordsBefore = 96;
  static constexpr size_t kMaxMatches = 32;  // kept; all are counted

  // `off`: kinds that are not looked for.
  explicit SecretScanner(std::shared_ptr<const SecretRules> rules = nullptr, SecretKinds off = {});

  void Feed(absl::string_view bytes);
  void Finish();

  const std::vector<SecretMatch>& matches() const { return matches_; }
  uint64_t count(SecretKind kind) const { return counts_[static_cast<size_t>(kind)]; }
  uint64_t total() const { return total_; }

 private:
  // Groups of capitals and digits with single blanks or dashes in between: how cards and IBANs are
  // written for people.
  struct Groups {
    std::array<char, 40> text{};
    std::array<uint8_t, 10> lengths{};
    size_t size = 0;
    size_t count = 0;
    uint64_t offset = 0;
    uint64_t end = 0;  // in the stream
    char separator = 0;
    bool broken = false;  // it is more than any number has
  };

  // text: what is kept, and new bytes behind it; its first byte is at base_ in the stream.
  void Scan(absl::string_view text, bool last);
  void EndToken(absl::string_view text, size_t start, size_t end);
  void TakeGroups(absl::string_view token, absl::string_view text, uint64_t offset);
  void AddGroup(absl::string_view group, uint64_t offset);
  void EndGroups();
  void LookForSsn(absl::string_view token, absl::string_view before, uint64_t offset);
  void LookForPrivateKey(absl::string_view token, absl::string_view before, uint64_t offset);
  void Report(SecretKind kind, absl::string_view name, absl::string_view secret, uint64_t offset);

  std::shared_ptr<const SecretRules> rules_;
  SecretKinds off_;
  std::string kept_;
  uint64_t base_ = 0;
  size_t scanned_ = 0;  // of kept_
  bool in_token_ = false;
  bool skipping_ = false;   // within a token that is too long
  size_t token_start_ = 0;  // in kept_, or in the text that is scanned
  Groups groups_;
  SecretKind key_header_ = SecretKind::kGeneric;
  uint64_t key_expected_until_ = 0;  // after the first line of a private key
  std::vector<SecretMatch> matches_;
  std::array<uint64_t, kSecretKinds> counts_{};
  uint64_t total_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_SECRETS_SECRET_SCANNER_H_
