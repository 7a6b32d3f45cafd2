#include "inspect/secrets/secret_scanner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "inspect/secrets/numbers.h"
#include "inspect/secrets/token_check.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kPiece = 4096;
constexpr size_t kMinToken = 20;       // no kind is shorter, but for numbers
constexpr size_t kKeyLine = 40;        // the shortest first line of a private key's body
constexpr uint64_t kKeyHeaders = 300;  // bytes between a key's first line and its body

constexpr std::array<bool, 256> MakeTokenBytes() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    table[static_cast<size_t>(c)] = letter || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
                                    c == '=' || c == '_' || c == '-' || c == '.' || c == ':';
  }
  return table;
}
constexpr std::array<bool, 256> kTokenBytes = MakeTokenBytes();

bool IsTokenByte(char c) { return kTokenBytes[static_cast<uint8_t>(c)]; }

bool IsGroupByte(char c) { return absl::ascii_isdigit(c) || absl::ascii_isupper(c); }

}  // namespace

std::string SecretMatch::Describe() const {
  return last_four.empty() ? name : absl::StrCat(name, " ending in ", last_four);
}

SecretScanner::SecretScanner(std::shared_ptr<const SecretRules> rules, SecretKinds off)
    : rules_(std::move(rules)), off_(off) {}

void SecretScanner::Report(SecretKind kind, absl::string_view name, absl::string_view secret,
                           uint64_t offset) {
  if (off_[static_cast<size_t>(kind)]) return;
  ++counts_[static_cast<size_t>(kind)];
  ++total_;
  if (matches_.size() >= kMaxMatches) return;
  matches_.push_back(
      {kind, std::string(name), std::string(secret.substr(secret.size() - 4)), offset});
}

void SecretScanner::Feed(absl::string_view bytes) {
  std::array<char, kMaxToken + kWordsBefore + 8 + kPiece> buffer;
  while (!bytes.empty()) {
    const size_t take = std::min(bytes.size(), kPiece);
    std::copy(kept_.begin(), kept_.end(), buffer.begin());
    std::copy_n(bytes.begin(), take, buffer.begin() + static_cast<ptrdiff_t>(kept_.size()));
    Scan(absl::string_view(buffer.data(), kept_.size() + take), false);
    bytes.remove_prefix(take);
  }
}

void SecretScanner::Finish() {
  const std::string rest = kept_;
  Scan(rest, true);
  EndGroups();
}

void SecretScanner::Scan(absl::string_view text, bool last) {
  size_t at = scanned_;
  while (at < text.size()) {
    if (!in_token_) {
      while (at < text.size() && !IsTokenByte(text[at])) ++at;
      if (at == text.size()) break;
      in_token_ = true;
      skipping_ = false;
      token_start_ = at;
    }
    while (at < text.size() && IsTokenByte(text[at])) ++at;
    // What is too long is so wherever it was cut.
    if (at - token_start_ > kMaxToken) skipping_ = true;
    if (at == text.size() && !last) break;
    if (!skipping_) EndToken(text, token_start_, at);
    in_token_ = false;
  }
  if (last && in_token_ && !skipping_) EndToken(text, token_start_, at);
  if (skipping_ && in_token_) token_start_ = text.size();
  const size_t keep_from = in_token_ ? token_start_ : text.size();
  const size_t cut = keep_from - std::min(keep_from, kWordsBefore);
  base_ += cut;
  token_start_ -= std::min(token_start_, cut);
  scanned_ = text.size() - cut;
  kept_ = std::string(text.substr(cut));
}

void SecretScanner::EndToken(absl::string_view text, size_t start, size_t end) {
  const absl::string_view token = text.substr(start, end - start);
  const absl::string_view before =
      text.substr(start - std::min(start, kWordsBefore), std::min(start, kWordsBefore));
  const uint64_t offset = base_ + start;
  TakeGroups(token, before, offset);
  if (absl::EndsWith(token, "-----") || key_expected_until_ != 0)
    LookForPrivateKey(token, before, offset);
  LookForSsn(token, before, offset);
  if (token.size() < kMinToken) return;
  if (const auto found = CheckToken(token, before, off_)) {
    Report(found->kind, SecretKindName(found->kind), token.substr(found->at, found->size),
           offset + found->at);
    return;
  }
  if (rules_ == nullptr) return;
  for (const CustomSecret& rule : *rules_) {
    for (size_t at = token.find(rule.prefix); at != absl::string_view::npos;
         at = token.find(rule.prefix, at + 1)) {
      if (at > 0 && (absl::ascii_isalnum(token[at - 1]) || token[at - 1] == '_')) continue;
      const auto size = MatchCustomSecret(rule, token, at);
      if (size.has_value())
        Report(SecretKind::kCustom, rule.name, token.substr(at, *size), offset + at);
    }
  }
}

// Nine digits with dashes are many things: the words before have to say that it is one.
void SecretScanner::LookForSsn(absl::string_view token, absl::string_view before, uint64_t offset) {
  const size_t mark = token.find_last_of("=:");
  const size_t at = mark == absl::string_view::npos ? 0 : mark + 1;
  if (!IsUsSsn(token.substr(at))) return;
  const std::string words = absl::AsciiStrToLower(absl::StrCat(before, token.substr(0, at)));
  if (absl::StrContains(words, "ssn") || absl::StrContains(words, "social security")) {
    Report(SecretKind::kUsSsn, SecretKindName(SecretKind::kUsSsn), token, offset + at);
  }
}

// A token is one group, or several with dashes in between; a single blank joins tokens.
void SecretScanner::TakeGroups(absl::string_view token, absl::string_view before, uint64_t offset) {
  const bool joined = groups_.count > 0 && offset == groups_.end + 1 && !before.empty() &&
                      before.back() == ' ' && (groups_.separator == 0 || groups_.separator == ' ');
  if (!joined) EndGroups();
  // The end of a sentence or of a list is not part of a number.
  absl::string_view body = token;
  while (!body.empty() && (body.back() == '.' || body.back() == ':')) body.remove_suffix(1);
  // "iban:DE..", "card=4..."
  const size_t mark = body.find_last_of("=:");
  if (mark != absl::string_view::npos && !joined) {
    body.remove_prefix(mark + 1);
    offset += mark + 1;
  }
  const bool grouped =
      !body.empty() && body.size() <= groups_.text.size() + groups_.lengths.size() &&
      std::all_of(body.begin(), body.end(), [](char c) { return IsGroupByte(c) || c == '-'; });
  if (!grouped) {
    if (joined) EndGroups();
    return;
  }
  if (joined) groups_.separator = ' ';
  while (!body.empty()) {
    const size_t dash = std::min(body.find('-'), body.size());
    if (dash < body.size()) {
      groups_.broken = groups_.broken || groups_.separator == ' ' || dash == 0;
      groups_.separator = '-';
    }
    AddGroup(body.substr(0, dash), offset);
    offset += std::min(dash + 1, body.size());
    body.remove_prefix(std::min(dash + 1, body.size()));
  }
  groups_.end = offset;
}

void SecretScanner::AddGroup(absl::string_view group, uint64_t offset) {
  if (groups_.count == 0) groups_.offset = offset;
  if (groups_.count == groups_.lengths.size() ||
      groups_.size + group.size() > groups_.text.size()) {
    groups_.broken = true;
    return;
  }
  std::copy(group.begin(), group.end(),
            groups_.text.begin() + static_cast<ptrdiff_t>(groups_.size));
  groups_.lengths[groups_.count++] = static_cast<uint8_t>(group.size());
  groups_.size += group.size();
}

void SecretScanner::EndGroups() {
  absl::string_view text(groups_.text.data(), groups_.size);
  absl::Span<const uint8_t> lengths(groups_.lengths.data(), groups_.count);
  // Words in capitals stand around numbers: "VISA 4... EUR".
  const auto is_word = [](absl::string_view group) {
    return std::none_of(group.begin(), group.end(), absl::ascii_isdigit);
  };
  uint64_t offset = groups_.offset;
  while (!lengths.empty() && is_word(text.substr(0, lengths.front()))) {
    offset += lengths.front() + 1U;
    text.remove_prefix(lengths.front());
    lengths.remove_prefix(1);
  }
  while (!lengths.empty() && is_word(text.substr(text.size() - lengths.back()))) {
    text.remove_suffix(lengths.back());
    lengths.remove_suffix(1);
  }
  if (!lengths.empty() && !groups_.broken && IsCardGrouping(lengths) && IsCardNumber(text)) {
    Report(SecretKind::kCard, SecretKindName(SecretKind::kCard), text, offset);
  } else if (text.size() >= 15) {
    const absl::string_view iban = text.substr(0, IbanLength(text.substr(0, 2)));
    if (IsIban(iban)) Report(SecretKind::kIban, SecretKindName(SecretKind::kIban), iban, offset);
  }
  groups_ = Groups();
}

// "-----BEGIN RSA PRIVATE KEY-----", and soon after it a line of base64.
void SecretScanner::LookForPrivateKey(absl::string_view token, absl::string_view before,
                                      uint64_t offset) {
  if (absl::EndsWith(token, "-----")) {
    const size_t begin = before.rfind("-----BEGIN ");
    const absl::string_view title =
        begin == absl::string_view::npos ? absl::string_view() : before.substr(begin);
    const bool key = absl::StartsWith(token, "KEY-") && absl::EndsWith(title, "PRIVATE ");
    const bool pgp = absl::StartsWith(token, "BLOCK-") && absl::EndsWith(title, "PGP PRIVATE KEY ");
    if (key || pgp) {
      key_header_ = pgp ? SecretKind::kPgpPrivateKey : SecretKind::kPrivateKey;
      key_expected_until_ = offset + kKeyHeaders;
      return;
    }
  }
  if (key_expected_until_ == 0) return;
  if (offset > key_expected_until_) {
    key_expected_until_ = 0;
  } else if (token.size() >= kKeyLine && TokenBits(token) >= 4.0 && !IsExample(token)) {
    key_expected_until_ = 0;
    Report(key_header_, SecretKindName(key_header_), token, offset);
  }
}

}  // namespace firebreak::inspect
