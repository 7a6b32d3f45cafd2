#include "bench/collector_identities.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/status.h"

namespace firebreak::bench {
namespace {

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::Status WriteWhole(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  std::error_code ignored;  // a key that others may read is told of, and used
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  return ReadWhole(path) == text ? absl::OkStatus()
                                 : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

certs::Validity Today() {
  const absl::Time now = Clock::Real().WallNow();
  return {.not_before = now - absl::Hours(1), .not_after = now + absl::Hours(24)};
}

absl::Status WriteSvid(const certs::DevCa& ca, const std::string& principal,
                       const std::string& path) {
  FB_ASSIGN_OR_RETURN(certs::SpiffeId id, certs::SpiffeId::ParsePrincipal(principal));
  FB_ASSIGN_OR_RETURN(const auto issued, ca.Issue({.id = std::move(id),
                                                   .validity = Today(),
                                                   .key_type = certs::KeyType::kP256,
                                                   .dns_names = {},
                                                   .ip_addresses = {}}));
  FB_RETURN_IF_ERROR(WriteWhole(path + ".pem", issued.certificate_chain));
  return WriteWhole(path + ".key", issued.private_key);
}

}  // namespace

absl::Status WriteCollectorIdentity(const std::string& folder) {
  FB_ASSIGN_OR_RETURN(const certs::DevCa ca, certs::DevCa::Init(kDomain, Today()));
  FB_RETURN_IF_ERROR(WriteWhole(folder + "/ca.pem", ca.certificate_pem()));
  FB_RETURN_IF_ERROR(WriteWhole(folder + "/ca.key", ca.PrivateKeyPem()));
  return WriteSvid(ca, kCollector, folder + "/collector");
}

absl::StatusOr<certs::DevCa> ReadAuthority(const std::string& folder) {
  return certs::DevCa::FromPem(ReadWhole(folder + "/ca.pem"), ReadWhole(folder + "/ca.key"));
}

certs::IdentityFiles FilesOf(const std::string& folder, const std::string& name) {
  return {.certificate_chain = folder + "/" + name + ".pem",
          .private_key = folder + "/" + name + ".key",
          .trust_bundle = folder + "/ca.pem",
          .crl = "",
          .federated_bundles = {}};
}

absl::StatusOr<std::shared_ptr<const certs::IdentityMaterial>> IdentityOf(
    const certs::DevCa& ca, const std::string& folder, const std::string& principal) {
  FB_RETURN_IF_ERROR(WriteSvid(ca, principal, folder + "/publisher"));
  FB_ASSIGN_OR_RETURN(certs::IdentityMaterial material,
                      certs::LoadIdentity(FilesOf(folder, "publisher"),
                                          {.trust_domain = kDomain, .epoch = 1, .limits = {}},
                                          Clock::Real().WallNow()));
  return std::make_shared<const certs::IdentityMaterial>(std::move(material));
}

}  // namespace firebreak::bench
