// HeadSecrets looks for what should not leave in what stands around a body: the target of a
// request, headers and trailers.
#ifndef FIREBREAK_FILTERS_INSPECT_HEAD_SECRETS_H_
#define FIREBREAK_FILTERS_INSPECT_HEAD_SECRETS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "filters/inspect/inspection_plan.h"
#include "flows/record.h"
#include "http/header_map.h"
#include "http/message.h"
#include "inspect/field.h"
#include "inspect/payload/structure.h"
#include "inspect/secrets/secret_kind.h"
#include "inspect/secrets/secret_scanner.h"

namespace firebreak::filters {

// Each field is looked at by itself, with the encoding of its container undone. What is a secret
// elsewhere has its place in some: a request presents credentials to whom it is sent to, and a
// response gives out sessions.
//  - authorization, proxy-authorization, cookie and headers such as x-api-key of a request: no
//    token is looked for, but private keys, AWS secrets and people's numbers are;
//  - other headers of a request: no JWT is looked for, which travels in any of them;
//  - set-cookie: neither a JWT nor what merely looks random;
//  - ids of traces and requests: no card number, which many ids happen to be.
class HeadSecrets final : private inspect::FieldSink, private inspect::StructureSink {
 public:
  // The plan and the limits outlive it.
  HeadSecrets(const ListenerPlan& plan, const inspect::StructureLimits& limits)
      : plan_(plan), limits_(limits) {}

  void LookAt(const http::Request& request);
  void LookAt(const http::Response& response);
  void LookAtRequestTrailers(const http::HeaderMap& trailers);
  void LookAtResponseTrailers(const http::HeaderMap& trailers);

  bool found() const { return !found_.empty(); }
  // Whether some of it stands where the record has the text itself.
  bool found_in_path() const { return in_path_; }
  bool found_in_user_agent() const { return in_user_agent_; }
  // AddTo writes what was found into the record.
  void AddTo(flows::InspectionInfo* info) const;

 private:
  struct Found {
    inspect::SecretMatch secret;
    std::string where;  // as records spell fields: "header:location"; no name that is a secret
  };

  void BeginField(inspect::Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override { scanner_->Feed(bytes); }
  void EndField() override;
  void OnOddity(inspect::Oddity /*oddity*/, uint64_t /*limit*/, uint64_t /*value*/) override {}
  inspect::SecretKinds NotLookedFor(inspect::Place place, absl::string_view name) const;
  void Keep(const inspect::SecretMatch& secret, const std::string& where);
  std::string Where() const;

  const ListenerPlan& plan_;
  const inspect::StructureLimits& limits_;
  bool request_ = false;  // what is looked at is one's
  // The field that is open.
  std::optional<inspect::SecretScanner> scanner_;
  inspect::Place place_ = inspect::Place::kPath;
  std::string name_;
  bool is_name_ = false;

  bool in_path_ = false;
  bool in_user_agent_ = false;
  std::vector<Found> found_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_HEAD_SECRETS_H_
