#include "cli/automatic_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "cli/quarantine_edit.h"
#include "cli/testing.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "detect/testing.h"
#include "quarantine/signed_list.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AutomaticResponseTest : public ::testing::Test {
 protected:
  AutomaticResponseTest() {
    EXPECT_EQ(RunForTest({"quarantine", "keygen", "--out", folder_.path()}).exit_code, kExitYes);
    detect::FeedDay(detector_, detect::kTestStartUs - 3 * detect::kHourUs, 2 * detect::kHourUs);
    detector_.Finish();
  }
  std::string Policy(int fleet_percent = 50) const {
    return folder_.Write(
        "response.yaml",
        absl::StrCat("minimum_probability: 0.9\nminimum_severity: HIGH\nmode: ISOLATE\n"
                     "ttl_minutes: 30\nidentities_an_hour: 2\nfleet_percent_an_hour: ",
                     fleet_percent,
                     "\nallow: [shop.example/ns/ops/sa/forensics]\n"
                     "list: quarantine.yaml\nkey: quarantine-key.pem\n"));
  }
  AutomaticResponse Open(bool dry_run = false) {
    auto response = AutomaticResponse::Open(Policy(), dry_run, labels_, context_);
    EXPECT_TRUE(response.has_value()) << err_.str();
    return *std::move(response);
  }
  detect::Incident IncidentBy(const std::string& from) {
    detect::Incident incident;
    incident.id = ++ids_;
    incident.uid = absl::StrCat("uid-", ids_);
    incident.probability = 0.99;
    incident.severity = detect::Severity::kHigh;
    detect::Step step;
    // The detector's names are its own: only what it has seen can be spoken of.
    for (const auto& [pair, unused] : detector_.edges().PairsInOrder()) {
      if (detector_.names().Text(pair.source) == detect::TestPrincipal(from)) {
        step.call.source = pair.source;
        step.call.destination = pair.destination;
      }
    }
    step.own = 5;
    incident.steps.push_back(step);
    return incident;
  }
  void See(AutomaticResponse& response, const std::string& from) {
    response.See(IncidentBy(from), detector_, labels_, clock_.WallNow(), context_);
  }
  // List is the one that sidecars would take; empty where there is none.
  quarantine::List List() const {
    config::Diagnostics diagnostics;
    const auto key = config::ReadFileText(folder_.Path("quarantine-key.pub"), &diagnostics);
    const auto text = config::ReadFileText(list_, &diagnostics);
    if (!text.has_value()) return {};
    const certs::VerifyingKey keys[] = {
        *certs::VerifyingKey::Parse(key->substr(0, key->size() - 1))};
    auto list = quarantine::ReadList(list_, *text, keys);
    EXPECT_TRUE(list.ok()) << list.status();
    return *std::move(list);
  }
  // Held are those on the list, sorted by when they were put there.
  std::vector<std::string> Held() const {
    std::vector<std::string> held;
    for (const quarantine::Entry& entry : List().entries) {
      held.push_back(entry.identity.substr(entry.identity.rfind('/') + 1));
      EXPECT_EQ(entry.mode, QuarantineMode::kIsolate);
      EXPECT_THAT(entry.reason, HasSubstr("firebreak detect: incident uid-"));
      EXPECT_THAT(entry.allow, ElementsAre("shop.example/ns/ops/sa/forensics"));
    }
    return held;
  }

  const tests::TempFolder folder_;
  const std::string list_ = folder_.Path("quarantine.yaml");
  const SimulatedClock clock_{absl::FromUnixMicros(detect::kTestStartUs)};
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  CommandContext context_{.in = in_, .out = out_, .err = err_, .clock = clock_};
  detect::Detector detector_{detect::Settings()};
  detect::Labels labels_;
  int ids_ = 0;
};

TEST_F(AutomaticResponseTest, PutsAnIntruderOnTheListThatSidecarsTake) {
  AutomaticResponse response = Open();
  EXPECT_THAT(Held(), IsEmpty());
  See(response, "web");
  EXPECT_THAT(Held(), ElementsAre("web"));
  EXPECT_THAT(err_.str(),
              HasSubstr("response to incident 1 (uid-1): ISOLATE shop.example/ns/shop/sa/web for "
                        "30m\n"));
}

TEST_F(AutomaticResponseTest, WhatPeopleQuarantinedIsNeitherReleasedNorShortened) {
  const std::string key_file = folder_.Path("quarantine-key.pem");
  const auto key = ReadSigningKey(key_file);
  ASSERT_TRUE(key.ok()) << key.status();
  const quarantine::Entry theirs{.identity = detect::TestPrincipal("web"),
                                 .mode = QuarantineMode::kIsolate,
                                 .until = clock_.WallNow() + absl::Hours(24 * 7),
                                 .reason = "SHOP-7",
                                 .allow = {"shop.example/ns/ops/sa/analyst"}};
  EditNotes notes;
  const ListPlace place = ListPlace::BesideKey(list_, key_file, /*force=*/true);
  ASSERT_TRUE(AddEntry(place, *key, clock_, theirs, {}, &notes).ok());
  AutomaticResponse response = Open();
  See(response, "web");
  const quarantine::List list = List();
  ASSERT_EQ(list.entries.size(), 1U);
  EXPECT_EQ(list.entries[0].until, theirs.until);
  EXPECT_EQ(list.entries[0].reason, theirs.reason);
  EXPECT_EQ(list.entries[0].allow, theirs.allow);
}

TEST_F(AutomaticResponseTest, TheBudgetHoldsAgainstAFloodAndOverARestart) {
  {
    AutomaticResponse response = Open();
    for (const char* from : {"web", "orders", "payments", "web", "payments"}) See(response, from);
  }
  EXPECT_EQ(Held().size(), 2U);
  EXPECT_THAT(err_.str(), HasSubstr("not ISOLATE shop.example/ns/shop/sa/payments: the budget of "
                                    "this hour is spent (2 of 4 identities an hour)"));
  AutomaticResponse again = Open();
  See(again, "payments");
  EXPECT_EQ(Held().size(), 2U);
}

TEST_F(AutomaticResponseTest, SaysThatAFleetIsTooSmallForItsShareBeforeAndWhenItMatters) {
  auto response =
      AutomaticResponse::Open(Policy(/*fleet_percent=*/5), /*dry_run=*/false, labels_, context_);
  ASSERT_TRUE(response.has_value()) << err_.str();
  response->CheckFleet(0, context_);
  EXPECT_EQ(err_.str(), "") << "not known yet";
  constexpr char kTooFew[] = "5 % of 4 identities is less than one: nobody can be cut off\n";
  response->CheckFleet(detector_.Fleet(), context_);
  EXPECT_EQ(err_.str(), std::string("response: ") + kTooFew);
  See(*response, "web");
  EXPECT_THAT(err_.str(),
              HasSubstr(std::string("not ISOLATE shop.example/ns/shop/sa/web: ") + kTooFew));
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(AutomaticResponseTest, ADryRunSaysWhatItWouldDoAndNeedsNoKey) {
  ASSERT_TRUE(std::filesystem::remove(folder_.Path("quarantine-key.pem")));
  AutomaticResponse response = Open(/*dry_run=*/true);
  See(response, "web");
  EXPECT_THAT(err_.str(), HasSubstr("would ISOLATE shop.example/ns/shop/sa/web for 30m"));
  EXPECT_FALSE(std::filesystem::exists(list_));
}

TEST_F(AutomaticResponseTest, ProtectedIdentitiesAreLeftAlone) {
  config::Diagnostics diagnostics;
  labels_ = *detect::Labels::Parse(
      "labels.yaml",
      "identities:\n- {principal: shop.example/ns/shop/sa/web, labels: [protected]}\n"
      "- {principal: shop.example/ns/shop/sa/orders, labels: []}\n",
      &diagnostics);
  AutomaticResponse response = Open();
  See(response, "web");
  EXPECT_THAT(err_.str(), HasSubstr("not ISOLATE shop.example/ns/shop/sa/web: it is protected"));
  See(response, "payments");
  See(response, "orders");
  EXPECT_THAT(Held(), ElementsAre("payments", "orders"));
}

TEST_F(AutomaticResponseTest, AListThatCannotBeSignedIsSaidAndLeftAsItIs) {
  AutomaticResponse response = Open();
  folder_.Write("quarantine.yaml", "entries: []\n");
  See(response, "web");
  EXPECT_THAT(err_.str(), HasSubstr("not ISOLATE shop.example/ns/shop/sa/web for 30m: "));
  config::Diagnostics diagnostics;
  EXPECT_EQ(config::ReadFileText(list_, &diagnostics), "entries: []\n");
}

TEST_F(AutomaticResponseTest, NeedsItsPolicyItsKeyAndTheRightMode) {
  EXPECT_FALSE(AutomaticResponse::Open("/no/such", false, labels_, context_).has_value());
  EXPECT_EQ(context_.exit_code, kExitUsage);
  ASSERT_TRUE(std::filesystem::remove(folder_.Path("quarantine-key.pem")));
  EXPECT_FALSE(AutomaticResponse::Open(Policy(), false, labels_, context_).has_value());
  const std::string log = folder_.Write("flows.jsonl", "");
  EXPECT_EQ(RunForTest({"detect", "--respond", Policy(), log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--dry-run", log}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"detect", "--follow", "--since", "5m", log}).exit_code, kExitUsage);
  const CommandRun old =
      RunForTest({"detect", "--follow", "--store", folder_.path(), "--respond", Policy()});
  EXPECT_EQ(old.exit_code, kExitUsage);
  EXPECT_THAT(old.err, HasSubstr("--since"));
  const CommandRun bad = RunForTest({"detect", "--dry-run", "--respond", Policy(0), log});
  EXPECT_EQ(bad.exit_code, kExitUsage);
  EXPECT_THAT(bad.err, HasSubstr("response.yaml:"));
  EXPECT_THAT(bad.err, Not(HasSubstr("ttl")));
}

}  // namespace
}  // namespace firebreak::cli
