// What the tests of this folder share beside those of policy/: books of one text, ends of
// questions.
#ifndef FIREBREAK_POLICY_WORKBENCH_TESTING_H_
#define FIREBREAK_POLICY_WORKBENCH_TESTING_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/ip.h"
#include "certs/spiffe_id.h"
#include "config/diagnostics.h"
#include "policy/workbench/book.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

// BookOf fails the test with the errors where text is no policies.
inline PolicyBook BookOf(const std::string& text, const std::string& file = "policy.yaml") {
  config::Diagnostics diagnostics;
  auto book = PolicyBook::Of({{file, text}}, &diagnostics);
  EXPECT_TRUE(book.has_value()) << diagnostics.Format(/*color=*/false) << text;
  return *std::move(book);
}

// EndOf is one end of a question; "" is no identity, no address.
inline QuestionEnd EndOf(const std::string& principal, const std::string& ip) {
  QuestionEnd end;
  const auto id = certs::SpiffeId::ParsePrincipal(principal);
  if (id.ok()) end.id = *id;
  end.ip = IpAddress::Parse(ip).value_or(IpAddress());
  return end;
}

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_TESTING_H_
