#include "certs/svid_leaf.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "certs/oids.h"

namespace firebreak::certs {
namespace {

SvidError CheckName(const Certificate& leaf, std::optional<SpiffeId>* id, std::string* detail) {
  if (!leaf.subject_alt_name.has_value()) return SvidError::kNoUriSan;
  const SubjectAltName& names = *leaf.subject_alt_name;
  if (names.bad_bytes) return SvidError::kMalformedSan;
  if (names.uris.empty()) return SvidError::kNoUriSan;
  if (names.uris.size() > 1) {
    *detail = absl::StrCat(names.uris.size(), " URIs");
    return SvidError::kMultipleUriSans;
  }
  absl::StatusOr<SpiffeId> parsed = SpiffeId::Parse(names.uris[0]);
  if (!parsed.ok()) {
    absl::StrAppend(detail, parsed.status().message());
    return SvidError::kInvalidSpiffeId;
  }
  if (!parsed->has_path()) return SvidError::kNoPath;
  if (leaf.HasEmptySubject() && !names.critical) return SvidError::kSanNotCritical;
  *id = *std::move(parsed);
  return SvidError::kNone;
}

bool Includes(const std::vector<absl::string_view>& purposes, absl::string_view oid) {
  return std::find(purposes.begin(), purposes.end(), oid) != purposes.end();
}

SvidError CheckUsage(const Certificate& leaf) {
  if (leaf.unknown_critical_extension) return SvidError::kUnknownCriticalExtension;
  if (leaf.IsCa()) return SvidError::kLeafIsCa;
  if (!leaf.key_usage.has_value()) return SvidError::kKeyUsageMissing;
  const KeyUsage& usage = *leaf.key_usage;
  if (!usage.critical) return SvidError::kKeyUsageNotCritical;
  if (usage.Has(kKeyCertSign) || usage.Has(kCrlSign)) return SvidError::kLeafSignsCertificates;
  if (!usage.Has(kDigitalSignature)) return SvidError::kNoDigitalSignature;
  // anyExtendedKeyUsage does not stand in for the two: the specification names them.
  const auto& purposes = leaf.extended_key_usage;
  if (purposes.has_value() &&
      !(Includes(*purposes, kOidServerAuth) && Includes(*purposes, kOidClientAuth))) {
    return SvidError::kExtendedKeyUsage;
  }
  return SvidError::kNone;
}

}  // namespace

SvidError CheckLeaf(const Certificate& leaf, std::optional<SpiffeId>* id, std::string* detail) {
  const SvidError name_error = CheckName(leaf, id, detail);
  return name_error == SvidError::kNone ? CheckUsage(leaf) : name_error;
}

}  // namespace firebreak::certs
