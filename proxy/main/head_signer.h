// HeadSigner lends the flow log the key of the SVID that is in force.
#ifndef FIREBREAK_PROXY_MAIN_HEAD_SIGNER_H_
#define FIREBREAK_PROXY_MAIN_HEAD_SIGNER_H_

#include <memory>

#include "absl/status/statusor.h"

#include "base/mutex.h"
#include "certs/svid.h"
#include "flows/line_chain.h"

namespace firebreak::proxy {

// HeadSigner may be set and asked by different threads.
class HeadSigner {
 public:
  static absl::StatusOr<std::unique_ptr<HeadSigner>> Make(const certs::X509Svid& svid);

  // SetSvid puts a new SVID in force; on failure the old one stays.
  absl::Status SetSvid(const certs::X509Svid& svid);
  std::shared_ptr<const flows::HeadKey> Key() const;

  // SealOf is for the flow log. The signer must outlive it.
  static flows::Seal SealOf(const HeadSigner& signer);

 private:
  HeadSigner() = default;

  mutable Mutex mutex_;
  std::shared_ptr<const flows::HeadKey> key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_HEAD_SIGNER_H_
