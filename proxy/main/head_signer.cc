#include "proxy/main/head_signer.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "certs/signature.h"

namespace firebreak::proxy {

absl::StatusOr<std::unique_ptr<HeadSigner>> HeadSigner::Make(const certs::X509Svid& svid) {
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<HeadSigner> signer(new HeadSigner());
  FB_RETURN_IF_ERROR(signer->SetSvid(svid));
  return signer;
}

absl::Status HeadSigner::SetSvid(const certs::X509Svid& svid) {
  FB_ASSIGN_OR_RETURN(const absl::string_view algorithm, certs::AlgorithmOf(svid));
  const auto sign = [svid](absl::string_view text) -> absl::StatusOr<std::string> {
    FB_ASSIGN_OR_RETURN(certs::Signature signature, certs::SignText(svid, text));
    return std::move(signature.bytes);
  };
  auto key = std::make_shared<const flows::HeadKey>(
      flows::HeadKey{.algorithm = std::string(algorithm),
                     .certificate_chain = absl::Base64Escape(absl::StrJoin(svid.chain_der(), "")),
                     .sign = sign});
  const MutexLock lock(mutex_);
  key_ = std::move(key);
  return absl::OkStatus();
}

std::shared_ptr<const flows::HeadKey> HeadSigner::Key() const {
  const MutexLock lock(mutex_);
  return key_;
}

flows::Seal HeadSigner::SealOf(const HeadSigner& signer) {
  return {.begin_sha256 = certs::BeginSha256, .end_sha256 = certs::EndSha256, .key = [&signer] {
            return signer.Key();
          }};
}

}  // namespace firebreak::proxy
