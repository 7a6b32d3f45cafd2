#include "detect/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kUsual[] =
    "minimum_probability: 0.9\nminimum_severity: HIGH\nmode: ISOLATE\nttl_minutes: 30\n"
    "identities_an_hour: 3\nfleet_percent_an_hour: 10\nlist: quarantine.yaml\nkey: key.pem\n";

ResponsePolicy PolicyOf(const std::string& text) {
  config::Diagnostics diagnostics;
  const auto policy = ResponsePolicy::Parse("/etc/x/response.yaml", text, &diagnostics);
  EXPECT_TRUE(policy.has_value()) << diagnostics.Format(false);
  return policy.value_or(ResponsePolicy());
}

class ResponderTest : public ::testing::Test {
 protected:
  Step StepOf(const std::string& from, const std::string& to, double own = 4) {
    Step step;
    step.call.source = names_.Intern(TestPrincipal(from));
    step.call.destination = names_.Intern(TestPrincipal(to));
    step.own = own;
    return step;
  }
  Incident IncidentOf(std::vector<Step> steps) {
    Incident incident;
    incident.id = ++ids_;
    incident.uid = absl::StrCat("uid-", ids_);
    incident.probability = 0.95;
    incident.severity = Severity::kHigh;
    incident.steps = std::move(steps);
    return incident;
  }
  // Chosen are those who are cut off, or why somebody is not.
  std::vector<std::string> Decide(const Incident& incident, absl::Duration after = {}) {
    std::vector<std::string> said;
    for (const auto& decision :
         responder_.Decide(incident, labels_, names_, fleet_, now_ + after)) {
      const std::string name = decision.identity.substr(decision.identity.rfind('/') + 1);
      said.push_back(absl::StrCat(name, WhyNot(decision.choice)));
    }
    return said;
  }
  static absl::string_view WhyNot(Responder::Choice choice) {
    switch (choice) {
      case Responder::Choice::kProtected:
        return " protected";
      case Responder::Choice::kOverBudget:
        return " over budget";
      case Responder::Choice::kFleetTooSmall:
        return " of too few";
      case Responder::Choice::kQuarantine:
        break;
    }
    return "";
  }

  const absl::Time now_ = absl::FromUnixMicros(kTestStartUs);
  Names names_;
  Labels labels_;
  size_t fleet_ = 100;
  size_t ids_ = 0;
  Responder responder_{PolicyOf(kUsual)};
};

TEST_F(ResponderTest, CutsOffWhoMadeTheCallsAndNotWhoWasCalled) {
  EXPECT_THAT(Decide(IncidentOf({StepOf("web", "orders"), StepOf("orders", "ledger")})),
              ElementsAre("web", "orders"));
}

TEST_F(ResponderTest, SparesWhoGaveNextToNoEvidenceAndWhoHasNoIdentity) {
  Step address = StepOf("x", "orders");
  address.call.source = names_.Intern("address 10.0.0.7");
  EXPECT_THAT(Decide(IncidentOf({StepOf("gateway", "web", 0.7), StepOf("web", "orders"), address})),
              ElementsAre("web"));
  EXPECT_THAT(Decide(IncidentOf({StepOf("cart", "a", 1.1), StepOf("cart", "b", 1.1)})),
              ElementsAre("cart"))
      << "two weak ones are together enough";
}

TEST_F(ResponderTest, DoesNothingBelowWhatThePolicyAsksFor) {
  Incident unsure = IncidentOf({StepOf("web", "orders")});
  unsure.probability = 0.89;
  EXPECT_THAT(Decide(unsure), IsEmpty());
  Incident harmless = IncidentOf({StepOf("web", "orders")});
  harmless.severity = Severity::kMedium;
  EXPECT_THAT(Decide(harmless), IsEmpty());
}

TEST_F(ResponderTest, NeverTouchesTheProtectedAndSaysSoOnce) {
  config::Diagnostics diagnostics;
  labels_ = *Labels::Parse("labels.yaml",
                           "identities:\n- {principal: \"shop.example/ns/shop/sa/o*\", labels: "
                           "[protected]}\n",
                           &diagnostics);
  const Incident incident = IncidentOf({StepOf("web", "orders"), StepOf("orders", "ledger")});
  EXPECT_THAT(Decide(incident), ElementsAre("web", "orders protected"));
  EXPECT_THAT(Decide(incident), IsEmpty());
}

TEST_F(ResponderTest, AFloodOfNoiseDoesNotGetPastTheBudget) {
  size_t cut = 0;
  for (int i = 0; i < 500; ++i) {
    const Incident incident = IncidentOf({StepOf(absl::StrCat("flood-", i), "orders")});
    for (const std::string& said : Decide(incident, absl::Seconds(i * 7))) {
      cut += absl::StrContains(said, "over budget") ? 0 : 1;
    }
  }
  EXPECT_EQ(cut, 3U);
  EXPECT_THAT(Decide(IncidentOf({StepOf("web", "orders")}), absl::Seconds(3'599)),
              ElementsAre("web over budget"));
  EXPECT_THAT(Decide(IncidentOf({StepOf("web", "orders")}), absl::Hours(2)), ElementsAre("web"));
}

TEST_F(ResponderTest, TheFleetBoundsTheBudgetTooAndASmallOneIsLeftAlone) {
  fleet_ = 20;
  EXPECT_EQ(responder_.Limit(20), 2U);
  EXPECT_THAT(Decide(IncidentOf({StepOf("a", "z"), StepOf("b", "z"), StepOf("c", "z")})),
              ElementsAre("a", "b", "c over budget"));
  fleet_ = 9;
  EXPECT_EQ(responder_.Limit(9), 0U);
  EXPECT_THAT(Decide(IncidentOf({StepOf("d", "z")})), ElementsAre("d of too few"));
}

TEST_F(ResponderTest, WhoIsCutOffIsNotCutOffAgainBeforeThatEnds) {
  const Incident incident = IncidentOf({StepOf("web", "orders")});
  EXPECT_THAT(Decide(incident), ElementsAre("web"));
  EXPECT_THAT(Decide(incident, absl::Minutes(29)), IsEmpty());
  EXPECT_THAT(Decide(incident, absl::Minutes(30)), ElementsAre("web"));
}

TEST_F(ResponderTest, StartingAgainDoesNotStartTheBudgetAgain) {
  for (const char* name : {"a", "b", "c"}) responder_.Charge(TestPrincipal(name), now_);
  EXPECT_THAT(Decide(IncidentOf({StepOf("web", "orders")})), ElementsAre("web over budget"));
}

TEST(ResponsePolicy, IsReadWholeWithPathsFromItsFolder) {
  const ResponsePolicy policy = PolicyOf(kUsual);
  EXPECT_EQ(policy.mode, QuarantineMode::kIsolate);
  EXPECT_EQ(policy.ttl, absl::Minutes(30));
  EXPECT_EQ(policy.list, "/etc/x/quarantine.yaml");
  EXPECT_EQ(policy.key, "/etc/x/key.pem");
}

TEST(ResponsePolicy, HasNoDefaultsAndRefusesWhatItDoesNotUnderstand) {
  const std::string usual = kUsual;
  std::vector<std::pair<std::string, std::string>> wrong = {
      {"{}\n", "minimum_probability"},
      {absl::StrCat(usual, "minimum_confidence: 1\n"), "minimum_confidence"},
      {absl::StrCat(usual, "allow: [\"*\"]\n"), "allow"}};
  for (const absl::string_view line :
       {"minimum_probability: 0.9", "minimum_severity: HIGH", "mode: ISOLATE", "ttl_minutes: 30",
        "identities_an_hour: 3", "fleet_percent_an_hour: 10", "list: quarantine.yaml",
        "key: key.pem"}) {
    std::string text = usual;
    text.erase(text.find(std::string(line)), line.size() + 1);
    wrong.emplace_back(text, std::string(line.substr(0, line.find(':'))));
  }
  for (const auto& [text, why] : wrong) {
    config::Diagnostics diagnostics;
    EXPECT_FALSE(ResponsePolicy::Parse("response.yaml", text, &diagnostics).has_value()) << text;
    EXPECT_THAT(diagnostics.Format(false), HasSubstr(why));
  }
}

}  // namespace
}  // namespace firebreak::detect
