#include "detect/notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "detect/detector.h"
#include "detect/feedback.h"
#include "detect/testing.h"

namespace firebreak::detect {
namespace {

using ::testing::HasSubstr;

absl::Time At(int64_t seconds) { return absl::FromUnixMicros(kTestStartUs + seconds * kSecondUs); }

class NotesTest : public ::testing::Test {
 protected:
  Step StepOf(Signal signal, const std::string& from, const std::string& to) {
    Step step;
    step.call.source = names_.Intern(TestPrincipal(from));
    step.call.destination = names_.Intern(TestPrincipal(to));
    step.call.end_us = kTestStartUs;
    step.clues.push_back({.signal = signal});
    return step;
  }
  Incident IncidentOf(std::vector<Step> steps, int64_t raised_seconds = 10) const {
    Incident incident;
    incident.id = 1;
    incident.uid = absl::StrCat("uid-", raised_seconds);
    incident.raised_us = kTestStartUs + raised_seconds * kSecondUs;
    incident.steps = std::move(steps);
    return incident;
  }
  Note NoteOf(const Incident& incident) const {
    return {.uid = incident.uid,
            .said_at = At(20),
            .by = "ana",
            .reason = "the audit",
            .mute_until = std::nullopt,
            .verdict = Verdict::kNone,
            .raised_at = absl::FromUnixMicros(incident.raised_us),
            .last_seen_at = At(15),
            .kinds = KindsOf(incident, names_)};
  }
  Note MuteOf(const Incident& incident, int64_t until_seconds) const {
    Note note = NoteOf(incident);
    note.mute_until = At(until_seconds);
    return note;
  }
  Standing StandingOf(const Incident& incident) const {
    return notes_.Of(incident, names_).standing;
  }

  Names names_;
  Notes notes_;
};

TEST_F(NotesTest, AnAcknowledgedIncidentIsNotNewAnyMoreAndOthersAre) {
  const Incident incident = IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")});
  EXPECT_EQ(StandingOf(incident), Standing::kNew);
  ASSERT_TRUE(notes_.Say(NoteOf(incident)).ok());
  EXPECT_EQ(StandingOf(incident), Standing::kAcknowledged);
  EXPECT_EQ(StandingOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}, 30)),
            Standing::kNew);
}

TEST_F(NotesTest, AMuteHoldsForItsLikeUntilItEnds) {
  ASSERT_TRUE(
      notes_.Say(MuteOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}), 100)).ok());
  for (const int64_t raised : {10, 99}) {
    EXPECT_EQ(StandingOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}, raised)),
              Standing::kMuted);
  }
  EXPECT_EQ(StandingOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}, 100)),
            Standing::kNew);
  EXPECT_EQ(StandingOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}, 9)), Standing::kNew);
}

TEST_F(NotesTest, AnIncidentThatGoesOneStepBeyondAMuteIsTold) {
  ASSERT_TRUE(
      notes_.Say(MuteOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}), 100)).ok());
  for (const Step& more :
       {StepOf(Signal::kOrphan, "web", "ledger"), StepOf(Signal::kNewEdge, "web", "orders"),
        StepOf(Signal::kNewEdge, "ledger", "web")}) {
    EXPECT_EQ(StandingOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger"), more}, 50)),
              Standing::kNew);
  }
  Incident large = IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}, 50);
  large.more_steps = 1;
  EXPECT_EQ(StandingOf(large), Standing::kNew) << "nobody knows what the others are";
}

TEST_F(NotesTest, WhatIsSaidLastHoldsAndCanBeTakenBack) {
  const Incident incident = IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")});
  ASSERT_TRUE(notes_.Say(MuteOf(incident, 100)).ok());
  ASSERT_TRUE(notes_.Say(NoteOf(incident)).ok());
  EXPECT_EQ(notes_.all().size(), 1U);
  EXPECT_EQ(StandingOf(incident), Standing::kAcknowledged);
  EXPECT_FALSE(notes_.Forget("other"));
  EXPECT_TRUE(notes_.Forget("uid"));
  EXPECT_EQ(StandingOf(incident), Standing::kNew);
}

TEST_F(NotesTest, AMuteKeepsTheVerdictAndByWhomUnlessTheyAreGivenAnew) {
  const Incident incident = IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")});
  Note said = NoteOf(incident);
  said.verdict = Verdict::kIntruder;
  ASSERT_TRUE(notes_.Say(said).ok());
  Note mute = MuteOf(incident, 100);
  mute.by = "";
  ASSERT_TRUE(notes_.Say(mute).ok());
  ASSERT_EQ(notes_.all().size(), 1U);
  EXPECT_EQ(notes_.all()[0].verdict, Verdict::kIntruder);
  EXPECT_EQ(notes_.all()[0].by, "ana");
  EXPECT_TRUE(notes_.all()[0].mute_until.has_value());
  mute.verdict = Verdict::kFalseAlarm;
  mute.by = "ben";
  ASSERT_TRUE(notes_.Say(mute).ok());
  EXPECT_EQ(notes_.all()[0].verdict, Verdict::kFalseAlarm);
  EXPECT_EQ(notes_.all()[0].by, "ben");
}

TEST_F(NotesTest, IsBounded) {
  Note note = NoteOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "ledger")}));
  for (size_t i = 0; i < Notes::kMaxNotes; ++i) {
    note.uid = absl::StrCat("uid ", i);
    note.mute_until = At(25);
    ASSERT_TRUE(notes_.Say(note).ok());
  }
  note.uid = "one more";
  EXPECT_EQ(notes_.Say(note).code(), absl::StatusCode::kResourceExhausted);
  note.said_at = At(25);
  EXPECT_TRUE(notes_.Say(note).ok()) << "mutes that are over make room";
  note.kinds.resize(Notes::kMaxKinds + 1);
  EXPECT_EQ(notes_.Say(note).code(), absl::StatusCode::kInvalidArgument);
  note.kinds.clear();
  note.reason = std::string(Notes::kMaxTextBytes + 1, 'x');
  EXPECT_EQ(notes_.Say(note).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(NotesTest, ComesBackFromItsFileAsItWas) {
  Note note = MuteOf(IncidentOf({StepOf(Signal::kNewEdge, "web", "a \"b\"\n"),
                                 StepOf(Signal::kHoney, "web", "vault")}),
                     100);
  note.reason = "it's: {odd} # yes\u00e9";
  note.verdict = Verdict::kFalseAlarm;
  ASSERT_TRUE(notes_.Say(note).ok());
  config::Diagnostics diagnostics;
  const auto again = Notes::Parse("notes.yaml", notes_.Text(), &diagnostics);
  ASSERT_TRUE(again.has_value()) << diagnostics.Format(false);
  EXPECT_EQ(again->Text(), notes_.Text());
  ASSERT_EQ(again->all().size(), 1U);
  EXPECT_EQ(again->all()[0].kinds, note.kinds);
  EXPECT_EQ(again->all()[0].mute_until, note.mute_until);
  EXPECT_EQ(again->all()[0].reason, note.reason);
}

TEST_F(NotesTest, RefusesWhatItDoesNotUnderstandWithItsPosition) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"notes: [{}]\n", "uid is missing"},
           {"notes: [{uid: x}]\n", "said_at"},
           {"notes: [{uid: x, mood: bad}]\n", "mood"},
           {"notes:\n- {uid: x, said_at: 2026-01-01T00:00:00Z, raised_at: 2026-01-01T00:00:00Z, "
            "last_seen_at: 2026-01-01T00:00:00Z, kinds: [{signal: smell}]}\n",
            "unknown signal \"smell\""}}) {
    config::Diagnostics diagnostics;
    EXPECT_FALSE(Notes::Parse("notes.yaml", text, &diagnostics).has_value()) << text;
    EXPECT_THAT(diagnostics.Format(false), HasSubstr(why));
    EXPECT_THAT(diagnostics.Format(false), HasSubstr("notes.yaml:"));
  }
}

TEST_F(NotesTest, FeedbackIsBoundedCountsFromThereOnAndSparesBait) {
  Feedback feedback;
  const Incident incident = IncidentOf(
      {StepOf(Signal::kNewEdge, "web", "ledger"), StepOf(Signal::kHoney, "web", "ledger")});
  Call call = incident.steps[0].call;
  call.end_us = kTestStartUs + 16 * kSecondUs;
  const auto weight = [&](Verdict verdict, int times) {
    Notes notes;
    for (int i = 0; i < times; ++i) {
      Note note = NoteOf(incident);
      note.uid = absl::StrCat("uid ", i);
      note.verdict = verdict;
      EXPECT_TRUE(notes.Say(note).ok());
    }
    feedback.Heed(notes, names_);
    return feedback.WeightOf(Signal::kNewEdge, call);
  };
  EXPECT_EQ(weight(Verdict::kNone, 3), 1);
  EXPECT_EQ(weight(Verdict::kFalseAlarm, 1), 0.5);
  EXPECT_EQ(weight(Verdict::kFalseAlarm, 50), Feedback::kLeast);
  EXPECT_EQ(feedback.WeightOf(Signal::kHoney, call), 1);
  EXPECT_EQ(feedback.WeightOf(Signal::kOrphan, call), 1);
  EXPECT_EQ(weight(Verdict::kIntruder, 1), 1.25);
  EXPECT_EQ(weight(Verdict::kIntruder, 50), Feedback::kMost);
  call.end_us = kTestStartUs + 15 * kSecondUs;
  EXPECT_EQ(feedback.WeightOf(Signal::kNewEdge, call), 1)
      << "the incident itself stays what it was";
}

TEST_F(NotesTest, FindingsThatWereFalseAlarmsCountForLess) {
  const auto evidence = [](const Notes& notes) {
    Settings settings;
    settings.learn = absl::Hours(20);
    Detector detector(settings);
    detector.Heed(notes);
    FeedDay(detector, kTestStartUs);
    for (int i = 0; i < 3; ++i) {
      Feed(detector, {"ledger", i == 0 ? "web" : "orders", kTestStartUs + kDayUs + i * kMinuteUs});
    }
    detector.Finish();
    const auto all = detector.incidents().All();
    return all.empty() ? 0 : all[0]->evidence;
  };
  Note note = NoteOf(IncidentOf(
      {StepOf(Signal::kNewEdge, "ledger", "web"), StepOf(Signal::kNewEdge, "ledger", "orders"),
       StepOf(Signal::kOrphan, "ledger", "orders"), StepOf(Signal::kOrphan, "ledger", "web")}));
  note.verdict = Verdict::kIntruder;
  Notes worse;
  ASSERT_TRUE(worse.Say(note).ok());
  note.verdict = Verdict::kFalseAlarm;
  Notes better;
  ASSERT_TRUE(better.Say(note).ok());
  EXPECT_GT(evidence(notes_), 0);
  EXPECT_LT(evidence(better), evidence(notes_));
  EXPECT_GT(evidence(worse), evidence(notes_));
}

}  // namespace
}  // namespace firebreak::detect
