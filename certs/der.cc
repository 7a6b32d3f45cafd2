#include "certs/der.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/time/civil_time.h"

#include "certs/oids.h"

namespace firebreak::certs {
namespace {

constexpr int kMaxDepth = 24;

bool IsMinimalInteger(absl::string_view content) {
  if (content.empty()) return false;
  if (content.size() == 1) return true;
  const auto first = static_cast<uint8_t>(content[0]);
  const bool second_negative = (static_cast<uint8_t>(content[1]) & 0x80) != 0;
  return !(first == 0x00 && !second_negative) && !(first == 0xff && second_negative);
}

bool IsObjectId(absl::string_view content) {
  if (content.empty()) return false;
  bool at_start = true;
  for (const char c : content) {
    const auto byte = static_cast<uint8_t>(c);
    if (at_start && byte == 0x80) return false;  // a component with leading zeros
    at_start = (byte & 0x80) == 0;
  }
  return at_start;  // the last component is complete
}

bool IsBitString(absl::string_view content) {
  if (content.empty()) return false;
  const auto unused = static_cast<uint8_t>(content[0]);
  if (unused > 7) return false;
  if (content.size() == 1) return unused == 0;
  return (static_cast<uint8_t>(content.back()) & ((1u << unused) - 1)) == 0;
}

// ParseDigits reads count decimal digits at the front of text.
bool TakeDigits(absl::string_view* text, size_t count, int* out) {
  if (text->size() < count) return false;
  *out = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + (c - '0');
  }
  text->remove_prefix(count);
  return true;
}

// ParseTime: YYMMDDHHMMSSZ (a two-digit year of 50 or more is 19YY) or YYYYMMDDHHMMSSZ.
std::optional<absl::Time> ParseTime(absl::string_view text, bool generalized) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!TakeDigits(&text, generalized ? 4 : 2, &year) || !TakeDigits(&text, 2, &month) ||
      !TakeDigits(&text, 2, &day) || !TakeDigits(&text, 2, &hour) ||
      !TakeDigits(&text, 2, &minute) || !TakeDigits(&text, 2, &second) || text != "Z") {
    return std::nullopt;
  }
  if (!generalized) year += year >= 50 ? 1900 : 2000;
  // CivilSecond carries what is out of range into the next field: such a time is not one.
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.year() != year || civil.month() != month || civil.day() != day ||
      civil.hour() != hour || civil.minute() != minute || civil.second() != second) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

bool IsGoodPrimitive(unsigned tag, absl::string_view content) {
  switch (tag) {
    case CBS_ASN1_BOOLEAN:
      return content.size() == 1 && (content[0] == '\x00' || content[0] == '\xff');
    case CBS_ASN1_INTEGER:
    case CBS_ASN1_ENUMERATED:
      return IsMinimalInteger(content);
    case CBS_ASN1_BITSTRING:
      return IsBitString(content);
    case CBS_ASN1_NULL:
      return content.empty();
    case CBS_ASN1_OBJECT:
      return IsObjectId(content);
    case CBS_ASN1_UTCTIME:
      return ParseTime(content, false).has_value();
    case CBS_ASN1_GENERALIZEDTIME:
      return ParseTime(content, true).has_value();
    default:
      return true;  // strings, and what context gives a meaning to
  }
}

// CheckElements goes over all elements of cbs. Types that DER encodes as primitive must be, and
// SEQUENCE and SET, whose tags here include the constructed bit, must not.
bool CheckElements(CBS cbs, int depth) {
  if (depth > kMaxDepth) return false;
  while (CBS_len(&cbs) > 0) {
    CBS element;
    unsigned tag = 0;
    size_t header = 0;
    if (!CBS_get_any_asn1_element(&cbs, &element, &tag, &header)) return false;
    if (!CBS_skip(&element, header)) return false;
    if ((tag & CBS_ASN1_CLASS_MASK) == 0) {
      const bool constructed = (tag & CBS_ASN1_CONSTRUCTED) != 0;
      const bool is_list = tag == CBS_ASN1_SEQUENCE || tag == CBS_ASN1_SET;
      if (constructed != is_list || (tag & CBS_ASN1_TAG_NUMBER_MASK) == 0) return false;
    }
    if ((tag & CBS_ASN1_CONSTRUCTED) != 0) {
      if (!CheckElements(element, depth + 1)) return false;
    } else if (!IsGoodPrimitive(tag, AsView(element))) {
      return false;
    }
  }
  return true;
}

bool IsStrongHash(absl::string_view oid) {
  return oid == kOidSha256 || oid == kOidSha384 || oid == kOidSha512;
}

// IsStrongPss looks at RSASSA-PSS-params (RFC 4055 section 3.1): the default hash is SHA-1, so the
// field must be there. The rest is compared by BoringSSL, which takes only the usual combinations.
bool IsStrongPss(CBS params) {
  CBS sequence;
  CBS tagged;
  CBS hash;
  CBS oid;
  return CBS_get_asn1(&params, &sequence, CBS_ASN1_SEQUENCE) &&
         CBS_get_asn1(&sequence, &tagged, CBS_ASN1_CONSTRUCTED | CBS_ASN1_CONTEXT_SPECIFIC | 0) &&
         CBS_get_asn1(&tagged, &hash, CBS_ASN1_SEQUENCE) &&
         CBS_get_asn1(&hash, &oid, CBS_ASN1_OBJECT) && IsStrongHash(AsView(oid));
}

}  // namespace

CBS AsCbs(absl::string_view bytes) {
  CBS cbs;
  CBS_init(&cbs, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return cbs;
}

absl::string_view AsView(const CBS& cbs) {
  return {reinterpret_cast<const char*>(CBS_data(&cbs)), CBS_len(&cbs)};
}

bool IsStrictDer(absl::string_view bytes) {
  CBS cbs = AsCbs(bytes);
  CBS element;
  unsigned tag = 0;
  size_t header = 0;
  if (!CBS_get_any_asn1_element(&cbs, &element, &tag, &header) || CBS_len(&cbs) != 0) return false;
  return CheckElements(AsCbs(bytes), 0);
}

std::optional<absl::Time> TakeTime(CBS* cbs) {
  // Peek: CBS_get_asn1 moves on even when the tag is another one.
  const bool generalized = CBS_peek_asn1_tag(cbs, CBS_ASN1_GENERALIZEDTIME) == 1;
  CBS time;
  if (!CBS_get_asn1(cbs, &time, generalized ? CBS_ASN1_GENERALIZEDTIME : CBS_ASN1_UTCTIME)) {
    return std::nullopt;
  }
  return ParseTime(AsView(time), generalized);
}

ExtensionsError TakeExtensions(CBS* cbs, std::vector<Extension>* out) {
  CBS list;
  if (!CBS_get_asn1(cbs, &list, CBS_ASN1_SEQUENCE) || CBS_len(&list) == 0) {
    return ExtensionsError::kMalformed;
  }
  while (CBS_len(&list) > 0) {
    CBS extension;
    CBS oid;
    CBS value;
    int critical = 0;
    if (!CBS_get_asn1(&list, &extension, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&extension, &oid, CBS_ASN1_OBJECT)) {
      return ExtensionsError::kMalformed;
    }
    if (CBS_peek_asn1_tag(&extension, CBS_ASN1_BOOLEAN) &&
        (!CBS_get_asn1_bool(&extension, &critical) || critical == 0)) {
      return ExtensionsError::kMalformed;
    }
    if (!CBS_get_asn1(&extension, &value, CBS_ASN1_OCTETSTRING) || CBS_len(&extension) != 0) {
      return ExtensionsError::kMalformed;
    }
    const absl::string_view name = AsView(oid);
    const auto same = [name](const Extension& seen) { return seen.oid == name; };
    if (std::any_of(out->begin(), out->end(), same)) return ExtensionsError::kDuplicate;
    out->push_back({name, AsView(value), critical != 0});
  }
  return ExtensionsError::kNone;
}

bool IsStrongSignature(absl::string_view algorithm) {
  CBS cbs = AsCbs(algorithm);
  CBS sequence;
  CBS oid_cbs;
  if (!CBS_get_asn1(&cbs, &sequence, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&sequence, &oid_cbs, CBS_ASN1_OBJECT)) {
    return false;
  }
  const absl::string_view oid = AsView(oid_cbs);
  if (oid == kOidRsaPss) return IsStrongPss(sequence);
  return oid == kOidRsaSha256 || oid == kOidRsaSha384 || oid == kOidRsaSha512 ||
         oid == kOidEcdsaSha256 || oid == kOidEcdsaSha384 || oid == kOidEcdsaSha512 ||
         oid == kOidEd25519;
}

}  // namespace firebreak::certs
