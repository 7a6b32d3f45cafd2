#include "cli/certs_issue.h"

#include <ostream>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "base/time_text.h"
#include "certs/certificate.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "certs/spiffe_id.h"
#include "cli/certs_files.h"

namespace firebreak::cli {
namespace {

constexpr absl::Duration kBackdate = absl::Minutes(1);

absl::Status InFlag(absl::string_view flag, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(flag, ": ", status.message()));
}

// ParseLength takes absl's units and days, with an optional sign.
bool ParseLength(absl::string_view text, absl::Duration* out) {
  int days = 0;
  absl::string_view number = text;
  if (absl::ConsumeSuffix(&number, "d") && absl::SimpleAtoi(number, &days)) {
    *out = absl::Hours(24) * days;
    return true;
  }
  return absl::ParseDuration(text, out);
}

absl::StatusOr<certs::DevCa> LoadCa(const std::string& folder) {
  const std::string certificate_path = absl::StrCat(folder, "/ca.pem");
  FB_ASSIGN_OR_RETURN(const std::string certificate, certs::ReadPemFile(certificate_path));
  FB_ASSIGN_OR_RETURN(std::string key, certs::ReadPemFile(absl::StrCat(folder, "/ca-key.pem")));
  const absl::Cleanup wipe = [&key] { certs::WipeString(&key); };
  absl::StatusOr<certs::DevCa> ca = certs::DevCa::FromPem(certificate, key);
  if (!ca.ok()) return InFlag(certificate_path, ca.status());
  return ca;
}

// SerialsIn lists the serial of the first certificate of each file: the one the file is about.
absl::Status AddSerialsIn(const std::vector<std::string>& paths, std::vector<std::string>* out) {
  for (const std::string& path : paths) {
    FB_ASSIGN_OR_RETURN(const std::string pem, certs::ReadPemFile(path));
    absl::StatusOr<std::vector<std::string>> ders = certs::ReadPemOf(certs::kPemCertificate, pem);
    if (!ders.ok()) return InFlag(path, ders.status());
    certs::Certificate certificate;
    const certs::SvidError error = certs::ParseCertificate(ders->front(), &certificate);
    if (error != certs::SvidError::kNone) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", certs::SvidErrorHint(error)));
    }
    out->push_back(certificate.SerialHex());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Duration> ParseTtl(absl::string_view text) {
  absl::Duration ttl;
  if (!ParseLength(text, &ttl) || ttl <= absl::ZeroDuration() || ttl == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a length of time such as 15m, 24h or 30d"));
  }
  return ttl;
}

absl::StatusOr<absl::Time> ParseWhen(absl::string_view text, absl::Time now) {
  absl::Duration distance;
  if (ParseLength(text, &distance)) return now + distance;
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return time;
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text, "\" is neither a time such as 2026-01-31T12:00:00Z nor a distance such as -2h"));
}

absl::StatusOr<certs::Validity> ToValidity(const ValidityFlags& flags, absl::Time now) {
  const absl::StatusOr<absl::Duration> ttl = ParseTtl(flags.ttl);
  if (!ttl.ok()) return InFlag("--ttl", ttl.status());
  certs::Validity validity{now - kBackdate, now + *ttl};
  if (!flags.not_before.empty()) {
    const absl::StatusOr<absl::Time> time = ParseWhen(flags.not_before, now);
    if (!time.ok()) return InFlag("--not-before", time.status());
    validity.not_before = *time;
  }
  if (!flags.not_after.empty()) {
    const absl::StatusOr<absl::Time> time = ParseWhen(flags.not_after, now);
    if (!time.ok()) return InFlag("--not-after", time.status());
    validity.not_after = *time;
  }
  return validity;
}

absl::Status RunCaInit(const CaInitFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const certs::Validity validity,
                      ToValidity(flags.validity, context.clock.WallNow()));
  const absl::StatusOr<certs::DevCa> ca =
      certs::DevCa::Init(flags.trust_domain, validity, flags.key_type);
  if (!ca.ok()) return InFlag("--trust-domain", ca.status());
  FB_RETURN_IF_ERROR(MakeDirectory(flags.out));
  const std::string certificate_path = absl::StrCat(flags.out, "/ca.pem");
  const std::string key_path = absl::StrCat(flags.out, "/ca-key.pem");
  std::string key = ca->PrivateKeyPem();
  const absl::Cleanup wipe = [&key] { certs::WipeString(&key); };
  FB_RETURN_IF_ERROR(WriteFiles(
      {{key_path, key, kSecretFile}, {certificate_path, ca->certificate_pem()}}, flags.force));
  context.out << "ca:          " << certificate_path << "\nkey:         " << key_path
              << "\nspiffe id:   spiffe://" << ca->trust_domain()
              << "\nnot after:   " << UtcText(validity.not_after) << "\n";
  context.err << "A CA for development: keep " << key_path << " away from production.\n";
  return absl::OkStatus();
}

absl::Status RunIssue(const IssueFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, LoadCa(flags.ca));
  absl::StatusOr<certs::SpiffeId> id = absl::StartsWith(flags.spiffe_id, "spiffe://")
                                           ? certs::SpiffeId::Parse(flags.spiffe_id)
                                           : certs::SpiffeId::ParsePrincipal(flags.spiffe_id);
  if (!id.ok()) return InFlag("--spiffe-id", id.status());
  FB_ASSIGN_OR_RETURN(const certs::Validity validity,
                      ToValidity(flags.validity, context.clock.WallNow()));
  FB_ASSIGN_OR_RETURN(certs::IssuedCertificate issued,
                      ca.Issue({*id, validity, flags.key_type, flags.dns, flags.ips}));
  const absl::Cleanup wipe = [&issued] { certs::WipeString(&issued.private_key); };
  FB_RETURN_IF_ERROR(MakeDirectory(flags.out));
  const std::string svid_path = absl::StrCat(flags.out, "/svid.pem");
  const std::string key_path = absl::StrCat(flags.out, "/key.pem");
  const std::string bundle_path = absl::StrCat(flags.out, "/bundle.pem");
  FB_RETURN_IF_ERROR(WriteFiles({{key_path, issued.private_key, kSecretFile},
                                 {svid_path, issued.certificate_chain},
                                 {bundle_path, ca.certificate_pem()}},
                                flags.force));
  context.out << "svid:        " << svid_path << "\nkey:         " << key_path
              << "\nbundle:      " << bundle_path << "\nspiffe id:   " << id->uri()
              << "\nserial:      " << issued.serial_hex
              << "\nnot after:   " << UtcText(validity.not_after) << "\n";
  certs::Certificate issuer;
  if (certs::ParseCertificate(ca.certificate_der(), &issuer) == certs::SvidError::kNone &&
      issuer.not_after < validity.not_after) {
    context.err << "warning: the CA expires before this SVID does, at " << UtcText(issuer.not_after)
                << "\n";
  }
  return absl::OkStatus();
}

absl::Status RunCrl(const CrlFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, LoadCa(flags.ca));
  FB_ASSIGN_OR_RETURN(const certs::Validity validity,
                      ToValidity(flags.validity, context.clock.WallNow()));
  std::vector<std::string> serials = flags.serials;
  FB_RETURN_IF_ERROR(AddSerialsIn(flags.revoked_files, &serials));
  FB_ASSIGN_OR_RETURN(const std::string pem, ca.IssueCrl(serials, validity));
  FB_RETURN_IF_ERROR(WriteFiles({{flags.out, pem}}, flags.force));
  context.out << "crl:         " << flags.out << "\nrevoked:     " << serials.size()
              << "\nnext update: " << UtcText(validity.not_after) << "\n";
  return absl::OkStatus();
}

}  // namespace firebreak::cli
