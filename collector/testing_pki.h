// For tests: a trust domain of their own.
#ifndef FIREBREAK_COLLECTOR_TESTING_PKI_H_
#define FIREBREAK_COLLECTOR_TESTING_PKI_H_

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "certs/dev_ca.h"
#include "certs/file_source.h"

namespace firebreak::collector {

inline constexpr char kCollector[] = "shop.example/ns/ops/sa/collector";

// TestPki issues identities of one trust domain as files and as material.
class TestPki {
 public:
  explicit TestPki(const std::string& trust_domain)
      : trust_domain_(trust_domain),
        ca_(*certs::DevCa::Init(trust_domain, Around(absl::Hours(24)))) {}

  certs::IdentityFiles Issue(const std::string& folder, const std::string& name,
                             absl::string_view principal) const {
    const auto issued = ca_.Issue({.id = certs::SpiffeId::ParsePrincipal(principal).value(),
                                   .validity = Around(absl::Hours(1)),
                                   .key_type = certs::KeyType::kP256,
                                   .dns_names = {},
                                   .ip_addresses = {}});
    EXPECT_TRUE(issued.ok()) << issued.status();
    return {.certificate_chain = Write(folder + "/" + name + ".pem", issued->certificate_chain),
            .private_key = Write(folder + "/" + name + ".key", issued->private_key),
            .trust_bundle = Write(folder + "/" + trust_domain_ + ".ca", ca_.certificate_pem()),
            .crl = "",
            .federated_bundles = {}};
  }

  std::shared_ptr<const certs::IdentityMaterial> Load(const certs::IdentityFiles& files) const {
    auto material = certs::LoadIdentity(
        files, {.trust_domain = trust_domain_, .epoch = 1, .limits = {}}, Clock::Real().WallNow());
    EXPECT_TRUE(material.ok()) << material.status();
    return std::make_shared<const certs::IdentityMaterial>(*std::move(material));
  }

 private:
  static std::string Write(const std::string& path, const std::string& content) {
    std::ofstream(path) << content;
    return path;
  }
  static certs::Validity Around(absl::Duration span) {
    const absl::Time now = Clock::Real().WallNow();
    return {.not_before = now - absl::Hours(1), .not_after = now + span};
  }

  std::string trust_domain_;
  certs::DevCa ca_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_TESTING_PKI_H_
