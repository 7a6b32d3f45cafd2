// Identities for the collector and the sidecars of a benchmark, as files of a folder.
#ifndef FIREBREAK_BENCH_COLLECTOR_IDENTITIES_H_
#define FIREBREAK_BENCH_COLLECTOR_IDENTITIES_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "certs/dev_ca.h"
#include "certs/file_source.h"

namespace firebreak::bench {

inline constexpr char kDomain[] = "bench.example";
inline constexpr char kCollector[] = "bench.example/ns/ops/sa/collector";

// WriteCollectorIdentity makes an authority, and writes ca.pem, ca.key, collector.pem and
// collector.key, good for a day.
absl::Status WriteCollectorIdentity(const std::string& folder);
// ReadAuthority reads what that has written.
absl::StatusOr<certs::DevCa> ReadAuthority(const std::string& folder);
// FilesOf are those of publisher.pem or collector.pem.
certs::IdentityFiles FilesOf(const std::string& folder, const std::string& name);
// IdentityOf issues an SVID, in place of the publisher.pem before.
absl::StatusOr<std::shared_ptr<const certs::IdentityMaterial>> IdentityOf(
    const certs::DevCa& ca, const std::string& folder, const std::string& principal);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_COLLECTOR_IDENTITIES_H_
