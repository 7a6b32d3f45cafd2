// docs/reference/policy.md against the code: its examples load, its field lists are complete.
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/policy.pb.h"
#include "gtest/gtest.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

std::string Reference() {
  std::ifstream file(FIREBREAK_POLICY_REFERENCE);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The fenced blocks of one kind, such as "yaml".
std::vector<std::string> Examples(const std::string& page, absl::string_view kind) {
  std::vector<std::string> examples;
  const std::string fence = absl::StrCat("\n```", kind, "\n");
  for (size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    examples.push_back(page.substr(at, page.find("\n```\n", at) + 1 - at));
  }
  return examples;
}

TEST(PolicyReference, ExamplesLoad) {
  const std::vector<std::string> examples = Examples(Reference(), "yaml");
  EXPECT_GE(examples.size(), 4U);
  for (const std::string& example : examples) MustLoad(example);
}

TEST(PolicyReference, RefusedExamplesAreRefused) {
  const std::vector<std::string> examples = Examples(Reference(), "yaml refused");
  EXPECT_GE(examples.size(), 2U);
  for (const std::string& example : examples) {
    std::string errors;
    EXPECT_EQ(LoadForTest(example, &errors), nullptr) << example;
  }
}

TEST(PolicyReference, FirstExampleDecidesAsItReads) {
  const std::string example = Examples(Reference(), "yaml").at(0);
  Question question{"shop.example/ns/shop/sa/orders"};
  question.http = Ask("POST", "/v1/charges/7");
  EXPECT_EQ(AnswerTo(example, question), "FORWARDED shop/payments orders-may-charge");
  question.http = Get("/v1/charges/7");
  EXPECT_EQ(AnswerTo(example, question), "DROPPED NO_RULE");
  question.http = Ask("POST", "/v1/charges/7");
  question.port = 8081;
  EXPECT_EQ(AnswerTo(example, question), "DROPPED NO_RULE");
  question.port = 8080;
  question.from = "shop.example/ns/web/sa/web";
  EXPECT_EQ(AnswerTo(example, question), "DROPPED NO_RULE");
}

TEST(PolicyReference, NamesEveryFieldOfTheSchema) {
  const std::string page = Reference();
  for (const auto* message :
       {config::v1::AuthorizationPolicy::descriptor(), config::v1::PolicyMetadata::descriptor(),
        config::v1::PolicySpec::descriptor(), config::v1::WorkloadSelector::descriptor(),
        config::v1::PolicyRule::descriptor(), config::v1::PolicySource::descriptor(),
        config::v1::PolicyOperation::descriptor(), config::v1::PolicyGrpc::descriptor(),
        config::v1::PolicyDestination::descriptor(), config::v1::PolicyCondition::descriptor(),
        config::v1::PolicyEnforcement::descriptor(), config::v1::PolicyValidity::descriptor(),
        config::v1::PolicyWindow::descriptor(), config::v1::PrincipalGroup::descriptor(),
        config::v1::PrincipalGroupSpec::descriptor()}) {
    for (int i = 0; i < message->field_count(); ++i) {
      const std::string& name = message->field(i)->name();
      const bool named = absl::StrContains(page, absl::StrCat("`", name, "`")) ||
                         absl::StrContains(page, absl::StrCat(".", name, "`")) ||
                         absl::StrContains(page, absl::StrCat("`", name, ".")) ||
                         absl::StrContains(page, absl::StrCat(".", name, "."));
      EXPECT_TRUE(named) << message->name() << "." << name;
    }
  }
}

}  // namespace
}  // namespace firebreak::policy
