// What a rule declares about the requests it lets through.
#ifndef FIREBREAK_FILTERS_INSPECT_DECLARED_PROTOCOL_H_
#define FIREBREAK_FILTERS_INSPECT_DECLARED_PROTOCOL_H_

#include <optional>

#include "filters/api/http_exchange.h"
#include "inspect/stream/risk.h"

namespace firebreak::filters {

// NotAsDeclared says what is wrong where the rule behind this request declares a protocol that is
// not made of the HTTP the request came in. What a listener declares is about its byte streams: it
// may have HTTP on other ports.
std::optional<inspect::Risk> NotAsDeclared(const HttpExchange& exchange);

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_DECLARED_PROTOCOL_H_
