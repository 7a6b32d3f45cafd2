// What was saved goes on as if it had never stopped: for one intruder of each signal.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "detect/detector.h"
#include "detect/explanation.h"
#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr int64_t kWatchUs = kTestStartUs + 2 * kDayUs;
constexpr int64_t kIntruderUs = kWatchUs + 2 * kHourUs + 9 * kSecondUs;

// Log is a flow log in the making.
class Log {
 public:
  void Add(const TestCall& call, const std::function<void(flows::Flow&)>& change = nullptr) {
    for (const bool outbound : {true, false}) {
      flows::Flow record = RecordOf(call, outbound);
      if (!outbound) record.tls.svid_serial = absl::StrCat("5e", TestIp(record.source.ip));
      if (change != nullptr) change(record);
      records_.push_back(std::move(record));
    }
  }
  // AddOutside is a call to an address that is no part of the mesh.
  void AddOutside(const TestCall& call) {
    flows::Flow record = RecordOf(call, /*outbound=*/true);
    record.destination.principal.clear();
    record.destination.ip = "203.0.113.9";
    record.bytes_sent = 300;
    records_.push_back(std::move(record));
  }
  void AddShop(int64_t from_us, int64_t for_us) {
    EachCallOfShop(from_us, for_us, [this](const TestCall& call) { Add(call); });
  }
  // Cut is where what comes next is left to the detector that was restored.
  void Cut() { cut_ = records_.size(); }

  size_t cut() const { return cut_; }
  const std::vector<flows::Flow>& records() const { return records_; }

 private:
  std::vector<flows::Flow> records_;
  size_t cut_ = 0;
};

struct Story {
  Signal signal = Signal::kNewEdge;
  void (*intrude)(Log& log) = nullptr;
  bool usual_shop = true;  // two days and two hours of it come before
  const char* labels = nullptr;
};

std::ostream& operator<<(std::ostream& out, const Story& story) {
  return out << SignalName(story.signal);
}

// The way of detector_test.cc, cut in its midst: the first step alone is no incident.
void GoTo(Log& log, const std::string& path, int64_t first_us) {
  log.Add({"web", "payments", kIntruderUs, first_us});
  log.Cut();
  const int64_t next = kIntruderUs + first_us + 10 * kMinuteUs;
  log.Add({"payments", "ledger", next + 9 * kSecondUs, 5'000, path});
  log.Add({"payments", "ledger", next + 71 * kSecondUs, 5'000, path});
}

void GoOn(Log& log) { GoTo(log, "/v1/things", 5'000); }

void GoOnByANewRoute(Log& log) { GoTo(log, "/v1/dump", 5'000); }

void HoldOpen(Log& log) { GoTo(log, "/v1/things", 10 * kMinuteUs); }

void TryDoors(Log& log) {
  for (int i = 0; i < 9; ++i) {
    if (i == 2) log.Cut();
    log.Add({.from = "web",
             .to = absl::StrCat("service", i),
             .at_us = kIntruderUs + i * kMinuteUs,
             .verdict = "DROPPED",
             .reason = "NO_RULE"});
  }
}

void CallEverybody(Log& log) {
  const int64_t window = kIntruderUs / FanOut::kWindowUs * FanOut::kWindowUs + FanOut::kWindowUs;
  for (int i = 0; i < 40; ++i) {
    if (i == 4) log.Cut();
    log.Add({"web", absl::StrCat("service", i), window + (i + 1) * kSecondUs});
  }
}

void CallHome(Log& log) {
  for (int i = 0; i < 20; ++i) {
    if (i == 6) log.Cut();
    log.AddOutside({"orders", "home", kIntruderUs + i * kMinuteUs});
  }
}

void TakeAway(Log& log) {
  log.Cut();
  log.Add({"web", "orders", kIntruderUs},
          [](flows::Flow& record) { record.bytes_sent = 5'000'000'000; });
}

void UseAnothersSvid(Log& log) {
  const auto theirs = [](flows::Flow& record) {
    if (record.direction == "INBOUND") {
      record.tls.svid_serial = absl::StrCat("5e", TestIp(TestIp("web-0")));
    }
  };
  TestCall thief = {"web", "orders", kIntruderUs};
  thief.from_pod = "elsewhere-0";
  log.Add(thief, theirs);
  log.Cut();
  log.Add({"web", "orders", kIntruderUs + 20 * kSecondUs}, theirs);
  thief.at_us += 40 * kSecondUs;
  log.Add(thief, theirs);
}

void TakeTheBait(Log& log) {
  log.Cut();
  log.Add({"web", "orders", kIntruderUs, 5'000, "/admin/backup"});
}

void Exploit(Log& log) {
  log.Add({"orders", "payments", kIntruderUs, 5'000},
          [](flows::Flow& record) { record.inspection.score = 9; });
  log.Cut();
  log.Add({"payments", "ledger", kIntruderUs + 40 * kSecondUs, 5'000});
  log.Add({"payments", "ledger", kIntruderUs + 55 * kSecondUs, 5'000});
}

void CallAgainAndAgain(Log& log) {
  for (int i = 0; i < 280; ++i) {
    if (i == 10) log.Cut();
    log.Add({"orders", "payments", kIntruderUs + i * kSecondUs, 1'000});
  }
}

// Three weeks of work from nine to five, and then somebody is busy in the night.
void WorkAtNight(Log& log) {
  int64_t day = kTestStartUs / kDayUs * kDayUs;
  for (int d = 0; d < 21; ++d, day += kDayUs) {
    // Every three minutes.
    for (int64_t i = 180; i < 340; ++i) log.Add({"web", "orders", day + i * 3 * kMinuteUs});
  }
  const int64_t night = day + 3 * kHourUs;
  for (int i = 0; i < 50; ++i) {
    if (i == 10) log.Cut();
    log.Add({"web", "orders", night + i * kSecondUs});
  }
  log.Add({"web", "payments", night + 5 * kMinuteUs});
}

Settings AllSignals() {
  Settings settings;
  settings.learn = absl::Hours(48);
  settings.surplus = settings.off_hours = true;
  return settings;
}

Detector MakeDetector(const Story& story) {
  if (story.labels == nullptr) return Detector(AllSignals());
  config::Diagnostics diagnostics;
  const auto labels = Labels::Parse("labels.yaml", story.labels, &diagnostics);
  EXPECT_TRUE(labels.has_value()) << diagnostics.Format(false);
  return Detector(AllSignals(), labels.value_or(Labels()));
}

void Feed(Detector& detector, const std::vector<flows::Flow>& records, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) detector.Add(records[i]);
}

// Describe says all that is known of a detector's incidents.
std::string Describe(const Detector& detector) {
  std::string text;
  for (const Incident* incident : detector.incidents().All()) {
    absl::StrAppend(&text, incident->uid, " ", incident->evidence, " ", incident->probability, " ",
                    incident->raised_us, "\n", Explain(*incident, detector.names()), "\n");
  }
  return text;
}

bool Tells(const Detector& detector, Signal signal) {
  const auto tells = [signal](const Clue& clue) { return clue.signal == signal; };
  for (const Incident* incident : detector.incidents().All()) {
    for (const Step& step : incident->steps) {
      if (std::any_of(step.clues.begin(), step.clues.end(), tells)) return true;
    }
  }
  return false;
}

class Restored : public ::testing::TestWithParam<Story> {
 protected:
  void SetUp() override {
    if (GetParam().usual_shop) log_.AddShop(kTestStartUs, 2 * kDayUs + 2 * kHourUs);
    GetParam().intrude(log_);
    Detector one_pass = MakeDetector(GetParam());
    Feed(one_pass, log_.records(), 0, log_.records().size());
    one_pass.Finish();
    ASSERT_TRUE(Tells(one_pass, GetParam().signal)) << Describe(one_pass);
    expected_ = Describe(one_pass);
  }
  // Saved is what a detector knows at the cut, some calls still held back.
  std::string Saved() {
    Detector before = MakeDetector(GetParam());
    Feed(before, log_.records(), 0, log_.cut());
    EXPECT_EQ(Describe(before), "") << "there is nothing to go on from";
    return before.Save();
  }
  // GoesOn is what a restored detector finds in the records from there on.
  std::string GoesOn(size_t from) {
    Detector after = MakeDetector(GetParam());
    EXPECT_TRUE(after.Restore(Saved()).ok());
    Feed(after, log_.records(), from, log_.records().size());
    after.Finish();
    return Describe(after);
  }

  Log log_;
  std::string expected_;
};

TEST_P(Restored, FindsWhatOnePassFinds) { EXPECT_EQ(GoesOn(log_.cut()), expected_); }

TEST_P(Restored, LearnsFromNoRecordTwice) { EXPECT_EQ(GoesOn(0), expected_); }

TEST_P(Restored, SavesWhatItRestored) {
  const std::string saved = Saved();
  Detector after = MakeDetector(GetParam());
  ASSERT_TRUE(after.Restore(saved).ok());
  EXPECT_TRUE(after.Save() == saved);
}

constexpr char kBait[] = "honey_routes: [{path: /admin/backup}]\n";
constexpr char kJewel[] =
    "identities: [{principal: shop.example/ns/shop/sa/ledger, labels: [crown_jewel]}]\n";

INSTANTIATE_TEST_SUITE_P(
    Signals, Restored,
    ::testing::Values(Story{Signal::kNewEdge, GoOn}, Story{Signal::kNewRoute, GoOnByANewRoute},
                      Story{Signal::kOrphan, GoOn}, Story{Signal::kRefused, TryDoors},
                      Story{Signal::kHeldOpen, HoldOpen}, Story{Signal::kDenied, TryDoors},
                      Story{Signal::kFanOut, CallEverybody}, Story{Signal::kBeacon, CallHome},
                      Story{Signal::kExfiltration, TakeAway},
                      Story{Signal::kStolenSvid, UseAnothersSvid},
                      Story{Signal::kHoney, TakeTheBait, true, kBait},
                      Story{Signal::kPayload, Exploit}, Story{Signal::kSurplus, CallAgainAndAgain},
                      Story{Signal::kOffHours, WorkAtNight, false},
                      Story{Signal::kReach, GoOn, true, kJewel}),
    [](const auto& story) {
      std::string name(SignalName(story.param.signal));
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

}  // namespace
}  // namespace firebreak::detect
