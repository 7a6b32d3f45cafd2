// HttpExchange is what filters know of one request and its response: the very object that is
// authorised, inspected, forwarded and logged.
#ifndef FIREBREAK_FILTERS_API_HTTP_EXCHANGE_H_
#define FIREBREAK_FILTERS_API_HTTP_EXCHANGE_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "base/verdict.h"
#include "filters/api/connection.h"
#include "flows/record.h"
#include "http/message.h"
#include "policy/permit.h"

namespace firebreak::filters {

// FilterMemory is what filters may hold for whoever is at the origin of a request, over all of its
// requests together.
class FilterMemory {
 public:
  // Change: filters held `before` bytes for this exchange beside their states, and hold `after`
  // now. False: that is more than its source may have, and is to be given back; it counts until it
  // is.
  virtual bool Change(size_t before, size_t after) = 0;

 protected:
  ~FilterMemory() = default;
};

// HttpExchange belongs to one worker. Like Connection's, its record says DROPPED and INTERNAL until
// something else is known.
struct HttpExchange {
  explicit HttpExchange(Connection& on);

  // Refuse notes why the request is not, or is no longer, served, and the HTTP status to answer
  // with, where an answer is still possible. The first call stands.
  void Refuse(Verdict verdict, Reason reason, int status, absl::string_view detail = {});
  bool refused() const { return refusal_status != 0; }

  Connection& connection;
  http::Request request;    // canonical; changed only before it is forwarded
  http::Response response;  // the final one, once it is there; status 0 until then
  // In OnBodyEnd of the message, the fields behind its body.
  const http::HeaderMap* request_trailers = nullptr;
  const http::HeaderMap* response_trailers = nullptr;
  flows::Record record;  // event REQUEST, made of the connection's; has `http`
  int refusal_status = 0;
  // Without a permit the request goes to no upstream. Only policy::Authorizer makes one.
  std::optional<policy::Permit> permit;
  // The use of a rule with max_uses that this request holds; null: none.
  std::shared_ptr<const policy::UseCount> use;
  // The authenticated upstream, once it is known; null in clear text.
  std::shared_ptr<const certs::PeerIdentity> upstream_peer;
  MonoTime began_at;
  absl::InlinedVector<std::unique_ptr<FilterState>, 8> states;  // by HttpFilter::slot
  FilterMemory* memory = nullptr;  // null: nobody counts, and all is allowed
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_API_HTTP_EXCHANGE_H_
