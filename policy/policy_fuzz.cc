// Policy text from a hostile or careless author: it loads or it is refused with a reason, and what
// loaded answers every question.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

#include "certs/spiffe_id.h"
#include "config/diagnostics.h"
#include "http/message.h"
#include "policy/authorizer.h"
#include "policy/loader.h"

namespace firebreak::policy {
namespace {

void Ask(const ConnectionRequest& request, Authorizer& authorizer) {
  Decision decision;
  const absl::StatusOr<Permit> permit = authorizer.Authorize(request, &decision);
  // Allowed means a permit that names an enforced rule, and nothing else does.
  if (permit.ok() != decision.allowed) std::abort();
  if (decision.allowed && (decision.rule == nullptr || decision.rule->audit)) std::abort();
  if (decision.path_template != nullptr && request.carries != Carries::kRequest) std::abort();
}

const std::vector<http::Request>& Requests() {
  static const auto* const requests = [] {
    auto* all = new std::vector<http::Request>();
    for (const char* path : {"/", "/a/b", "/b/b/c", "/pkg.Svc/A", "*"}) {
      http::Request request;
      request.method = "POST";
      request.scheme = "https";
      request.authority = "a.example:8443";
      request.path = path;
      request.version = http::Version::kHttp2;
      request.grpc = all->size() % 2 == 1;
      request.headers.Add("x-env", "prod, a");
      all->push_back(request);
    }
    return all;
  }();
  return *requests;
}

void AskEverything(const std::shared_ptr<const PolicySet>& policy) {
  static const auto* const orders =
      new certs::SpiffeId(*certs::SpiffeId::ParsePrincipal("shop.example/ns/shop/sa/orders"));
  Authorizer authorizer(policy, 1);
  for (const Direction direction : {Direction::kInbound, Direction::kOutbound}) {
    for (const certs::SpiffeId* id : {static_cast<const certs::SpiffeId*>(nullptr), orders}) {
      ConnectionRequest request;
      request.direction = direction;
      request.source.id = id;
      request.destination.id = id;
      request.destination.port = 8080;
      for (const Carries carries : {Carries::kBytes, Carries::kRequests}) {
        request.carries = carries;
        Ask(request, authorizer);
      }
      request.carries = Carries::kRequest;
      for (const http::Request& http : Requests()) {
        request.http = &http;
        Ask(request, authorizer);
      }
    }
  }
}

}  // namespace
}  // namespace firebreak::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  firebreak::config::Diagnostics diagnostics;
  const auto policy = firebreak::policy::LoadPolicyText(
      "fuzz.yaml", text, {"shop", {{"app", "payments"}}}, &diagnostics);
  if ((policy == nullptr) == diagnostics.ok()) std::abort();
  (void)diagnostics.Format(/*color=*/true);
  if (policy != nullptr) firebreak::policy::AskEverything(policy);
  return 0;
}
