#include "policy/testing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "certs/spiffe_id.h"
#include "config/diagnostics.h"
#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/loader.h"

namespace firebreak::policy {
namespace {

// Identity holds the SpiffeId that a request borrows.
class Identity {
 public:
  explicit Identity(const std::string& principal)
      : id_(certs::SpiffeId::ParsePrincipal(principal)), present_(!principal.empty()) {
    EXPECT_TRUE(!present_ || id_.ok()) << principal << ": " << id_.status();
  }
  const certs::SpiffeId* get() const { return present_ ? &*id_ : nullptr; }

 private:
  absl::StatusOr<certs::SpiffeId> id_;
  bool present_;
};

std::string RuleName(const std::shared_ptr<const RuleRef>& rule) {
  return absl::StrCat(rule->policy_namespace, "/", rule->policy, " ", rule->rule);
}

}  // namespace

const Workload& TestWorkload() {
  static const auto* const workload = new Workload{"shop", {{"app", "payments"}, {"tier", "back"}}};
  return *workload;
}

std::shared_ptr<const PolicySet> LoadForTest(absl::string_view text, std::string* errors,
                                             const Workload& workload) {
  config::Diagnostics diagnostics;
  auto policy = LoadPolicyText("policy.yaml", text, workload, &diagnostics);
  *errors = diagnostics.Format(/*color=*/false);
  EXPECT_EQ(policy == nullptr, !diagnostics.ok()) << *errors;
  return policy;
}

std::shared_ptr<const PolicySet> MustLoad(absl::string_view text) {
  std::string errors;
  auto policy = LoadForTest(text, &errors);
  EXPECT_NE(policy, nullptr) << errors << "\n" << text;
  return policy;
}

std::string ErrorsOf(absl::string_view text) {
  std::string errors;
  EXPECT_EQ(LoadForTest(text, &errors), nullptr) << text;
  return errors;
}

std::string ErrorsOfRule(absl::string_view rule) {
  return ErrorsOf(PolicyText("p", "", absl::StrCat("  - ", rule)));
}

std::string PolicyText(absl::string_view name, absl::string_view fields, absl::string_view rules) {
  std::string text = absl::StrCat(
      "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: ", name,
      ", namespace: shop}\nspec:\n");
  if (!fields.empty()) absl::StrAppend(&text, "  ", fields, "\n");
  if (!rules.empty()) absl::StrAppend(&text, "  rules:\n", rules, "\n");
  return text;
}

http::Request Get(absl::string_view path, const HeaderLines& headers) {
  return Ask("GET", path, headers);
}

http::Request Ask(absl::string_view method, absl::string_view path, const HeaderLines& headers) {
  http::Request request;
  request.method = std::string(method);
  request.scheme = "https";
  request.authority = "shop.example";
  request.path = std::string(path);
  for (const auto& [name, value] : headers) request.headers.Add(name, value);
  return request;
}

http::Request Call(absl::string_view path) {
  http::Request request = Ask("POST", path);
  request.version = http::Version::kHttp2;
  request.grpc = true;
  return request;
}

Decision Decide(std::shared_ptr<const PolicySet> policy, const Question& question) {
  Authorizer authorizer(std::move(policy), /*id_seed=*/7);
  return Decide(authorizer, question);
}

Decision Decide(Authorizer& authorizer, const Question& question) {
  const Identity source(question.from);
  const Identity destination(question.to);
  ConnectionRequest request;
  request.direction = question.direction;
  request.source.id = source.get();
  request.destination.id = destination.get();
  if (!question.from_ip.empty()) request.source.ip = *IpAddress::Parse(question.from_ip);
  if (!question.to_ip.empty()) request.destination.ip = *IpAddress::Parse(question.to_ip);
  request.destination.port = question.port;
  request.carries = question.http.has_value() ? Carries::kRequest : question.carries;
  if (question.http.has_value()) request.http = &*question.http;
  request.server_name = question.server_name;
  request.remote = question.remote;
  request.now = question.now;
  request.takes_use = question.takes_use;
  request.held_use = question.held_use;

  Decision decision;
  const absl::StatusOr<Permit> permit = authorizer.Authorize(request, &decision);
  EXPECT_EQ(permit.ok(), decision.allowed);
  EXPECT_NE(decision.revision, nullptr);
  EXPECT_FALSE(decision.id.empty());
  return decision;
}

std::string Answer(const Decision& decision) {
  std::string answer(VerdictName(decision.verdict));
  if (decision.reason != Reason::kNone) {
    absl::StrAppend(&answer, " ", ReasonName(decision.reason));
  }
  if (decision.rule != nullptr) absl::StrAppend(&answer, " ", RuleName(decision.rule));
  if (decision.would_be.has_value()) {
    absl::StrAppend(&answer, ", would be ", VerdictName(decision.would_be->verdict), " by ",
                    RuleName(decision.would_be->rule));
  }
  return answer;
}

std::string AnswerTo(absl::string_view text, const Question& question) {
  auto policy = MustLoad(text);
  return policy == nullptr ? "REFUSED TO LOAD" : Answer(Decide(policy, question));
}

}  // namespace firebreak::policy
