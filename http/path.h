// Normalising of request targets: see Canonicalise for what comes out.
#ifndef FIREBREAK_HTTP_PATH_H_
#define FIREBREAK_HTTP_PATH_H_

#include <string>

#include "absl/strings/string_view.h"

#include "http/canonical.h"
#include "http/fault.h"

namespace firebreak::http {

// NormalisePath makes the one form of a path (a target without its query) that everybody sees. It
// starts with "/", holds ASCII only, has no empty segment but the last, no dot segment, and no
// escape of an unreserved character; every other escape has capital digits. A byte that may not
// stand in a path (RFC 3986 section 3.3) but does no harm, such as "|", is escaped, so that it has
// one form as well. Linear in the length; allocates only where something changes. Normalising
// twice is normalising once. On a fault, path is as it was.
Fault NormalisePath(const PathRules& rules, std::string& path);

// CheckQuery refuses what could end the target or start a fragment: controls, SP, "#", and bytes
// from 0x80 unless the rules allow them. Escapes, even bad ones, are the application's business:
// the query is passed on as it was sent and no rule decides by it.
Fault CheckQuery(const PathRules& rules, absl::string_view query);

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_PATH_H_
