// What the tests of this folder share: policies as text, requests as one-liners.
#ifndef FIREBREAK_POLICY_TESTING_H_
#define FIREBREAK_POLICY_TESTING_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/verdict.h"
#include "http/message.h"
#include "policy/decision.h"
#include "policy/policy_set.h"
#include "policy/request.h"
#include "policy/workload.h"

namespace firebreak::policy {

class Authorizer;

using HeaderLines = std::vector<std::pair<std::string, std::string>>;

// The workload every test protects: namespace shop, app=payments, tier=back.
const Workload& TestWorkload();

// LoadForTest loads text for TestWorkload. Null where it is refused; *errors is then what a user
// would read.
std::shared_ptr<const PolicySet> LoadForTest(absl::string_view text, std::string* errors,
                                             const Workload& workload = TestWorkload());
// MustLoad fails the test with the errors where text does not load.
std::shared_ptr<const PolicySet> MustLoad(absl::string_view text);
// ErrorsOf fails the test where text loads.
std::string ErrorsOf(absl::string_view text);
// ErrorsOfRule asks the same of a policy that has this one rule, in flow style.
std::string ErrorsOfRule(absl::string_view rule);

// Rules wraps rules, YAML indented by two, into an enforced policy of TestWorkload. fields is what
// else stands in its spec, in flow style: "action: DENY".
std::string PolicyText(absl::string_view name, absl::string_view fields, absl::string_view rules);

// Get is a canonical request of HTTP/1.1 to shop.example, with these header lines.
http::Request Get(absl::string_view path, const HeaderLines& headers = {});
// Ask is the same with any method.
http::Request Ask(absl::string_view method, absl::string_view path,
                  const HeaderLines& headers = {});
// Call is a gRPC request of HTTP/2.
http::Request Call(absl::string_view path);

// Question is who connects to whom, and what for. Principals without spiffe://; "" is no identity,
// no address.
struct Question {
  std::string from = {};
  std::string from_ip = "10.0.0.9";
  std::string to = {};
  std::string to_ip = "10.0.0.2";
  uint16_t port = 8080;
  Direction direction = Direction::kInbound;
  Carries carries = Carries::kBytes;
  std::optional<http::Request> http = std::nullopt;  // set: carries is kRequest
  std::string server_name = {};
  RemoteAddress remote = {};
  absl::Time now = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01T00:00:00Z, a Thursday
  bool takes_use = false;
  const UseCount* held_use = nullptr;
};

// Decide asks a fresh Authorizer, and fails the test if Permit and Decision disagree.
Decision Decide(std::shared_ptr<const PolicySet> policy, const Question& question);
Decision Decide(Authorizer& authorizer, const Question& question);

// Answer is a decision in one line: "FORWARDED shop/payments rules[0]", "DROPPED NO_RULE",
// "AUDIT shop/payments rules[0], would be DROPPED by shop/trial rules[0]".
std::string Answer(const Decision& decision);
// AnswerTo loads, asks and answers.
std::string AnswerTo(absl::string_view text, const Question& question);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_TESTING_H_
