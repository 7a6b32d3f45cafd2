// The dimensions of questions, each cut where the rules under comparison tell values apart. What no
// rule speaks of is one atom.
#ifndef FIREBREAK_POLICY_WORKBENCH_DIMENSIONS_H_
#define FIREBREAK_POLICY_WORKBENCH_DIMENSIONS_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "policy/workbench/dimension.h"
#include "policy/workbench/vocabulary.h"

namespace firebreak::policy {

// Questions that dimensions are tried on carry a request; ProtocolDimension's first atom, kTcpAtom,
// takes it away. An error is ResourceExhausted: values overlap in too many ways.
inline constexpr size_t kTcpAtom = 0;
Dimension ProtocolDimension(const PolicyQuestion& base);

// end is PolicyQuestion::source or destination.
using EndMember = QuestionEnd PolicyQuestion::*;
absl::StatusOr<Dimension> IdentityDimension(const std::string& name, const PeerVocabulary& peers,
                                            EndMember end, const PolicyQuestion& base);
Dimension AddressDimension(const std::string& name, const Patterns<CidrBlock>& blocks,
                           EndMember end, const PolicyQuestion& base);
// The address that remoteIpBlocks look at. The atom kDirectAtom is the caller's own.
inline constexpr size_t kDirectAtom = 0;
Dimension RemoteDimension(const Patterns<CidrBlock>& blocks, const PolicyQuestion& base);
Dimension PortDimension(const std::set<uint16_t>& ports, const PolicyQuestion& base);
absl::StatusOr<Dimension> ServerNameDimension(const Patterns<StringPattern>& names,
                                              const PolicyQuestion& base);
// Times from base.at on; its value is the first.
absl::StatusOr<Dimension> TimeDimension(const std::vector<Validity>& validities,
                                        const PolicyQuestion& base);
// How often the rule with max_uses named key has been used: the value is a number. It puts nothing.
Dimension UsesDimension(const std::string& key, const std::set<uint64_t>& max_uses,
                        const PolicyQuestion& base);

absl::StatusOr<Dimension> MethodDimension(const Patterns<StringPattern>& methods,
                                          const PolicyQuestion& base);
absl::StatusOr<Dimension> PathDimension(const Vocabulary& vocabulary, const PolicyQuestion& base);
absl::StatusOr<Dimension> HostDimension(const Patterns<HostPattern>& hosts,
                                        const PolicyQuestion& base);
// Unimplemented: a pattern with a comma and a "*" on a header that lists values.
absl::StatusOr<Dimension> HeaderDimension(const std::string& header,
                                          const HeaderVocabulary& vocabulary,
                                          const PolicyQuestion& base);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_DIMENSIONS_H_
