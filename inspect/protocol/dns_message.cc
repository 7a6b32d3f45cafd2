#include "inspect/protocol/dns_message.h"

#include "absl/strings/ascii.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kHeader = 12;
constexpr size_t kMaxName = 255;
constexpr size_t kMaxLabel = 63;
constexpr uint16_t kMaxRecords = 512;

// The name at `at`, which ends it; kNeedMore when it runs out of the bytes.
Fit ReadName(absl::string_view bytes, size_t* at, std::string* name) {
  const size_t start = *at;
  while (*at < bytes.size()) {
    const auto length = static_cast<uint8_t>(bytes[*at]);
    if (length > kMaxLabel || *at - start > kMaxName) return Fit::kNo;
    ++*at;
    if (length == 0) return Fit::kYes;
    if (*at + length > bytes.size()) return Fit::kNeedMore;
    if (name != nullptr) {
      if (!name->empty()) name->push_back('.');
      name->append(absl::AsciiStrToLower(bytes.substr(*at, length)));
    }
    *at += length;
  }
  return Fit::kNeedMore;
}

bool IsKnownClass(uint16_t value) {
  const uint16_t without_unicast_bit = value & 0x7fff;
  return without_unicast_bit == 1 || without_unicast_bit == 3 || without_unicast_bit == 4 ||
         without_unicast_bit == 254 || without_unicast_bit == 255;
}

bool IsKnownType(uint16_t type) {
  return (type >= 1 && type <= 110) || (type >= 249 && type <= 262) || type == 32768 ||
         type == 32769;
}

// Counts and flags that can be: one question, as everybody asks, or none in mDNS and in answers.
bool IsHeader(const Prefix& p, size_t total) {
  const unsigned opcode = p.At(2) >> 3 & 0x0f;
  const bool response = (p.At(2) & 0x80) != 0;
  const uint16_t questions = p.Be16(4);
  const uint16_t answers = p.Be16(6);
  const uint32_t records = static_cast<uint32_t>(answers) + p.Be16(8) + p.Be16(10);
  if (opcode > 6 || opcode == 3 || (p.At(3) & 0x40) != 0 || (p.At(3) & 0x0f) > 11) return false;
  if (questions > 32 || records > kMaxRecords) return false;
  if (!response && ((p.At(3) & 0x0f) != 0 || (p.At(3) & 0x80) != 0)) return false;
  // A question takes 5 bytes, a record 11.
  return kHeader + size_t{questions} * 5 + size_t{records} * 11 <= total && questions + records > 0;
}

}  // namespace

std::optional<DnsQuestion> ParseDnsQuestion(absl::string_view message) {
  const Prefix header(message);
  if (!header.Has(kHeader) || header.Be16(4) == 0 || !IsHeader(header, message.size())) {
    return std::nullopt;
  }
  DnsQuestion question;
  question.response = (header.At(2) & 0x80) != 0;
  question.code = header.At(3) & 0x0f;
  size_t at = kHeader;
  if (ReadName(message, &at, &question.name) != Fit::kYes || at + 4 > message.size())
    return std::nullopt;
  const Prefix rest(message.substr(at));
  if (!IsKnownClass(rest.Be16(2))) return std::nullopt;
  question.type = rest.Be16(0);
  return question;
}

Fit MatchDnsMessage(absl::string_view bytes, size_t total, bool cut) {
  bytes = bytes.substr(0, total);
  const Prefix p(bytes);
  const bool whole = cut || bytes.size() == total;
  if (!p.Has(kHeader)) return whole ? Fit::kNo : Fit::kNeedMore;
  if (!IsHeader(p, total)) return Fit::kNo;
  if (p.Be16(4) == 0) return Fit::kFits;
  size_t at = kHeader;
  const Fit name = ReadName(bytes, &at, nullptr);
  if (name == Fit::kNo) return Fit::kNo;
  if (name == Fit::kNeedMore || at + 4 > bytes.size()) return whole ? Fit::kNo : Fit::kNeedMore;
  const Prefix rest(bytes.substr(at));
  return IsKnownType(rest.Be16(0)) && IsKnownClass(rest.Be16(2)) ? Fit::kYes : Fit::kNo;
}

}  // namespace firebreak::inspect
