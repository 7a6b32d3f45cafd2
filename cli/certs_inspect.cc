#include "cli/certs_inspect.h"

#include <array>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "base/escape.h"
#include "base/status.h"
#include "base/time_text.h"
#include "certs/certificate.h"
#include "certs/oids.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "certs/svid_validator.h"
#include "cli/certs_issue.h"

namespace firebreak::cli {
namespace {

// Field is one line of a record, in the order it is printed; every value is a string.
struct Field {
  absl::string_view name;
  std::string value;
};
using Record = std::vector<Field>;

std::string JsonString(absl::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

void PrintJson(const std::vector<Record>& records, std::ostream& out) {
  out << "[";
  for (size_t i = 0; i < records.size(); ++i) {
    out << (i == 0 ? "\n" : ",\n") << "  {";
    for (size_t j = 0; j < records[i].size(); ++j) {
      out << (j == 0 ? "" : ", ") << JsonString(records[i][j].name) << ": "
          << JsonString(records[i][j].value);
    }
    out << "}";
  }
  out << "\n]\n";
}

// YAML takes JSON strings as they are.
void PrintYaml(const std::vector<Record>& records, std::ostream& out) {
  for (const Record& record : records) {
    absl::string_view lead = "- ";
    for (const Field& field : record) {
      out << lead << field.name << ": " << JsonString(field.value) << "\n";
      lead = "  ";
    }
  }
}

void PrintTable(const std::vector<Record>& records, std::ostream& out) {
  constexpr size_t kNameWidth = 16;
  bool first = true;
  for (const Record& record : records) {
    if (!std::exchange(first, false)) out << "\n";
    for (const Field& field : record) {
      if (field.value.empty()) continue;
      const std::string name = absl::StrCat(absl::StrReplaceAll(field.name, {{"_", " "}}), ":");
      out << name << std::string(kNameWidth - std::min(kNameWidth - 1, name.size()), ' ')
          << PrintableEscaped(field.value) << "\n";
    }
  }
}

void Print(const std::vector<Record>& records, OutputFormat format, std::ostream& out) {
  switch (format) {
    case OutputFormat::kTable:
    case OutputFormat::kWide:
      return PrintTable(records, out);
    case OutputFormat::kJson:
      return PrintJson(records, out);
    case OutputFormat::kYaml:
      return PrintYaml(records, out);
  }
}

std::string KeyUsageText(const certs::Certificate& certificate) {
  constexpr std::array<absl::string_view, 9> kNames = {
      "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
      "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly"};
  if (!certificate.key_usage.has_value()) return "";
  std::vector<absl::string_view> names;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if ((certificate.key_usage->bits & (1u << i)) != 0) names.push_back(kNames[i]);
  }
  return absl::StrCat(absl::StrJoin(names, ","),
                      certificate.key_usage->critical ? " (critical)" : "");
}

std::string PurposesText(const certs::Certificate& certificate) {
  if (!certificate.extended_key_usage.has_value()) return "";
  return absl::StrJoin(*certificate.extended_key_usage, ",",
                       [](std::string* out, absl::string_view oid) {
                         if (oid == certs::kOidServerAuth) {
                           absl::StrAppend(out, "serverAuth");
                         } else if (oid == certs::kOidClientAuth) {
                           absl::StrAppend(out, "clientAuth");
                         } else {
                           absl::StrAppend(out, "other");
                         }
                       });
}

std::string UrisText(const certs::Certificate& certificate) {
  return certificate.subject_alt_name.has_value()
             ? absl::StrJoin(certificate.subject_alt_name->uris, ",")
             : "";
}

Record Describe(const std::string& der, size_t number, absl::Time now, bool* readable) {
  Record record = {{"certificate", absl::StrCat(number)}};
  certs::Certificate certificate;
  const certs::SvidError error = certs::ParseCertificate(der, &certificate);
  if (error != certs::SvidError::kNone) {
    *readable = false;
    record.push_back({"error", std::string(certs::SvidErrorName(error))});
    record.push_back({"hint", std::string(certs::SvidErrorHint(error))});
    return record;
  }
  absl::string_view state = "valid";
  if (now < certificate.not_before) state = "not yet valid";
  if (now >= certificate.not_after) state = "expired";
  record.push_back({"spiffe_id", UrisText(certificate)});
  record.push_back({"subject", certs::NameText(certificate.subject)});
  record.push_back({"issuer", certs::NameText(certificate.issuer)});
  record.push_back({"serial", certificate.SerialHex()});
  record.push_back({"not_before", UtcText(certificate.not_before)});
  record.push_back({"not_after", UtcText(certificate.not_after)});
  record.push_back({"validity", std::string(state)});
  record.push_back({"ca", certificate.IsCa() ? "true" : "false"});
  record.push_back({"key", certificate.KeyName()});
  record.push_back({"key_usage", KeyUsageText(certificate)});
  record.push_back({"ext_key_usage", PurposesText(certificate)});
  return record;
}

// TrustDomainOf reads whose bundle it is from its first CA certificate that says so.
absl::StatusOr<std::string> TrustDomainOf(const std::string& path,
                                          const std::vector<std::string>& ders) {
  for (const std::string& der : ders) {
    certs::Certificate certificate;
    if (certs::ParseCertificate(der, &certificate) != certs::SvidError::kNone ||
        !certificate.subject_alt_name.has_value()) {
      continue;
    }
    for (const absl::string_view uri : certificate.subject_alt_name->uris) {
      const absl::StatusOr<certs::SpiffeId> id = certs::SpiffeId::Parse(uri);
      if (id.ok()) return std::string(id->trust_domain());
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": no CA certificate names its trust domain; give --trust-domain"));
}

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

absl::StatusOr<std::vector<std::string>> ReadBlocks(absl::string_view label,
                                                    const std::string& path) {
  FB_ASSIGN_OR_RETURN(const std::string pem, certs::ReadPemFile(path));
  absl::StatusOr<std::vector<std::string>> ders = certs::ReadPemOf(label, pem);
  if (!ders.ok()) return InFile(path, ders.status());
  return ders;
}

Record DescribeVerdict(const certs::SvidVerdict& verdict) {
  Record record = {{"verdict", verdict.ok() ? "valid" : "invalid"}};
  if (!verdict.ok()) {
    record.push_back({"error", std::string(certs::SvidErrorName(verdict.error))});
    record.push_back({"hint", std::string(certs::SvidErrorHint(verdict.error))});
    record.push_back({"detail", verdict.detail});
    record.push_back({"reason", std::string(ReasonName(certs::ReasonOf(verdict.error)))});
    return record;
  }
  record.push_back({"spiffe_id", std::string(verdict.identity->id.uri())});
  record.push_back({"serial", verdict.identity->serial_hex});
  record.push_back({"not_before", UtcText(verdict.identity->not_before)});
  record.push_back({"not_after", UtcText(verdict.identity->not_after)});
  return record;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const certs::TrustStore>> ReadTrust(const VerifyFlags& flags) {
  certs::TrustBundle::BundleDer der;
  FB_ASSIGN_OR_RETURN(der.certificates, ReadBlocks(certs::kPemCertificate, flags.bundle));
  if (!flags.crl.empty()) {
    FB_ASSIGN_OR_RETURN(der.crls, ReadBlocks(certs::kPemCrl, flags.crl));
  }
  std::string trust_domain = flags.trust_domain;
  if (trust_domain.empty()) {
    FB_ASSIGN_OR_RETURN(trust_domain, TrustDomainOf(flags.bundle, der.certificates));
  }
  auto bundle = certs::TrustBundle::FromDer(trust_domain, der);
  if (!bundle.ok()) return InFile(flags.crl.empty() ? flags.bundle : flags.crl, bundle.status());
  return std::make_shared<const certs::TrustStore>(std::vector{*std::move(bundle)}, 1);
}

absl::Status RunInspect(const InspectFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> ders,
                      ReadBlocks(certs::kPemCertificate, flags.file));
  std::vector<Record> records;
  records.reserve(ders.size());
  bool readable = true;
  for (const std::string& der : ders) {
    records.push_back(Describe(der, records.size() + 1, context.clock.WallNow(), &readable));
  }
  Print(records, flags.format, context.out);
  if (!readable) context.exit_code = kExitNo;
  return absl::OkStatus();
}

absl::Status RunVerify(const VerifyFlags& flags, CommandContext& context) {
  absl::Time now = context.clock.WallNow();
  if (!flags.at.empty()) {
    FB_ASSIGN_OR_RETURN(now, ParseWhen(flags.at, now));
  }
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                      ReadBlocks(certs::kPemCertificate, flags.chain));
  FB_ASSIGN_OR_RETURN(std::shared_ptr<const certs::TrustStore> store, ReadTrust(flags));
  const std::vector<absl::string_view> views(chain.begin(), chain.end());
  const certs::SvidVerdict verdict =
      certs::SvidValidator(std::move(store), Limits()).Validate(views, now);
  Print({DescribeVerdict(verdict)}, flags.format, context.out);
  if (!verdict.ok()) context.exit_code = kExitNo;
  return absl::OkStatus();
}

}  // namespace firebreak::cli
