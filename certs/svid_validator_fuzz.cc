// A peer's chain: certificates one after the other, each with its length in two bytes before it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "certs/certificate.h"
#include "certs/svid_validator.h"

namespace firebreak::certs {
namespace {

std::vector<absl::string_view> Split(absl::string_view input) {
  std::vector<absl::string_view> chain;
  while (input.size() >= 2 && chain.size() < 8) {
    const size_t length = static_cast<uint8_t>(input[0]) * 256u + static_cast<uint8_t>(input[1]);
    input.remove_prefix(2);
    chain.push_back(input.substr(0, length));
    input.remove_prefix(chain.back().size());
  }
  return chain;
}

// The bundle is the chain's own last certificate, where it makes one: paths get built, too.
std::shared_ptr<const TrustStore> TrustLast(const std::vector<absl::string_view>& chain) {
  std::vector<std::shared_ptr<const TrustBundle>> bundles;
  if (!chain.empty()) {
    TrustBundle::BundleDer der;
    der.certificates.emplace_back(chain.back());
    der.crls.emplace_back(chain.front());
    auto bundle = TrustBundle::FromDer("shop.example", der);
    der.crls.clear();
    if (!bundle.ok()) bundle = TrustBundle::FromDer("shop.example", der);
    if (bundle.ok()) bundles.push_back(*std::move(bundle));
  }
  return std::make_shared<const TrustStore>(std::move(bundles), 1);
}

}  // namespace
}  // namespace firebreak::certs

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto chain = firebreak::certs::Split({reinterpret_cast<const char*>(data), size});
  for (const absl::string_view der : chain) {
    firebreak::certs::Certificate certificate;
    if (firebreak::certs::ParseCertificate(der, &certificate) ==
        firebreak::certs::SvidError::kNone) {
      firebreak::certs::NameText(certificate.subject);
      certificate.SerialHex();
    }
  }
  const firebreak::certs::SvidValidator validator(firebreak::certs::TrustLast(chain),
                                                  firebreak::Limits());
  const auto verdict = validator.Validate(chain, absl::FromUnixSeconds(1'780'000'000));
  if (verdict.ok() != (verdict.identity != nullptr)) std::abort();
  return 0;
}
