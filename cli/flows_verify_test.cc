#include "cli/flows_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "certs/signature.h"
#include "certs/svid.h"
#include "certs/test_ca.h"
#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kOrders[] = "shop.example/ns/shop/sa/orders";

// Log writes one run as a sidecar does, with the key of an SVID.
class Log {
 public:
  Log(const certs::DevCa& ca, const std::string& principal) : principal_(principal) {
    const certs::IssuedCertificate issued = certs::TestSvid(ca, kOrders);
    svid_ = certs::X509Svid::FromPem(issued.certificate_chain, issued.private_key).value();
    const certs::TestChain chain(issued.certificate_chain);
    for (const std::string& der : chain.der()) chain_ += der;
  }
  void Flow() { Add(Begin("CLOSE") + "}"); }
  void Head(bool last) {
    const std::string algorithm(certs::SignText(*svid_, "x").value().algorithm);
    const std::string text =
        absl::StrCat(Begin("HEAD"), R"(,"head":{"records":1,)", last ? R"("last":true,)" : "",
                     R"("algorithm":")", algorithm, R"(","certificate_chain":")",
                     absl::Base64Escape(chain_), "\"}");
    const auto signature =
        certs::SignText(*svid_, absl::StrCat("firebreak.flow.v1.HEAD\n", text)).value();
    Add(absl::StrCat(text, R"(,"signature":")", absl::Base64Escape(signature.bytes), "\"}"));
  }
  std::vector<std::string> lines;

 private:
  std::string Begin(const std::string& event) {
    const std::string hash =
        lines.empty() ? "" : absl::StrCat(R"("previous_hash":")", Hash(lines.back()), "\",");
    return absl::StrCat(R"({"time":"2027-01-15T08:00:00Z","run_id":"aa","sequence":)",
                        lines.size() + 1, R"(,"event":")", event, "\",", hash,
                        R"("reporter":{"principal":")", principal_, "\"}");
  }
  static std::string Hash(const std::string& line) {
    const auto hash = certs::Sha256(line);
    return absl::BytesToHexString(
        absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
  }
  void Add(std::string line) { lines.push_back(std::move(line)); }

  const std::string principal_;
  std::optional<certs::X509Svid> svid_;
  std::string chain_;
};

class FlowsVerifyTest : public testing::Test {
 protected:
  FlowsVerifyTest() { std::ofstream(bundle_) << ca_.certificate_pem(); }

  Log Good(const std::string& principal = kOrders) {
    Log log(ca_, principal);
    log.Head(false);
    for (int i = 0; i < 3; ++i) log.Flow();
    log.Head(true);
    return log;
  }
  CommandRun Verify(const std::vector<std::string>& lines, std::vector<std::string> more = {}) {
    std::ofstream file(path_);
    for (const std::string& line : lines) file << line << "\n";
    file.close();
    more.insert(more.begin(), {"flows", "verify", path_, "--bundle", bundle_});
    return RunForTest(std::move(more));
  }

  const certs::DevCa ca_ = certs::TestCa();
  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
  const std::string bundle_ = folder_.Path("ca.pem");
};

TEST_F(FlowsVerifyTest, AWholeLogIsWhole) {
  const CommandRun run = Verify(Good().lines);
  EXPECT_EQ(run.exit_code, kExitYes) << run.out;
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("5 lines of 1 runs, 2 signed heads"));
}

TEST_F(FlowsVerifyTest, ALogThatCannotBeReadToItsEndIsNoWholeLog) {
  const CommandRun run = RunForTest({"flows", "verify", "/proc/self/mem"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("/proc/self/mem"));
}

TEST_F(FlowsVerifyTest, NothingFromALogReachesTheTerminalRaw) {
  const std::string line =
      R"({"time":"2027-01-15T08:00:00Z","run_id":"a\u202ea","sequence":2,"event":"CLOSE"})";
  for (const char* form : {"json", "table"}) {
    const CommandRun run = Verify({line}, {"-o", form});
    EXPECT_EQ(run.exit_code, kExitNo);
    EXPECT_THAT(run.out, HasSubstr("202e")) << form;
    EXPECT_THAT(run.out, Not(HasSubstr("\u202e"))) << form;
  }
}

TEST_F(FlowsVerifyTest, NamesTheLineThatWasChangedTakenOutOrCutOff) {
  std::vector<std::string> lines = Good().lines;
  lines[2].insert(lines[2].size() - 1, ",\"detail\":\"x\"");
  CommandRun run = Verify(lines);
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr(path_ + ":4: CHANGED: "));
  lines = Good().lines;
  lines.erase(lines.begin() + 2);
  run = Verify(lines);
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr(path_ + ":3: GAP: line 3 of its run is missing"));
  lines = Good().lines;
  lines.pop_back();
  run = Verify(lines);
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr(path_ + ":4: OPEN_END: nothing vouches for the last 3 lines"));
  EXPECT_THAT(run.out, HasSubstr("; if it still runs: --partial"));
  EXPECT_EQ(Verify(lines, {"--partial"}).exit_code, kExitYes);
}

TEST_F(FlowsVerifyTest, AnEmptiedLogIsNotWhole) {
  const CommandRun run = Verify({});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("EMPTY: there is no line"));
}

TEST_F(FlowsVerifyTest, SomebodyElsesLogIsNotTheOneAskedFor) {
  const std::vector<std::string> lines = Good().lines;
  EXPECT_EQ(Verify(lines, {"--reporter", absl::StrCat("spiffe://", kOrders)}).exit_code, kExitYes);
  const CommandRun run = Verify(lines, {"--reporter", "shop.example/ns/shop/sa/web"});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr(path_ + ":1: REPORTER: a run of " + kOrders));
}

TEST_F(FlowsVerifyTest, AHeadHoldsOnlyForTheIdentityThatSignedIt) {
  const CommandRun run = Verify(Good("shop.example/ns/shop/sa/web").lines);
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr(":1: SIGNATURE: signed by " + std::string(kOrders) +
                                 ", reported as shop.example/ns/shop/sa/web"));
}

TEST_F(FlowsVerifyTest, AHeadOfAnotherAuthorityDoesNotHold) {
  const certs::DevCa other = certs::TestCa();
  std::ofstream(bundle_) << other.certificate_pem();
  EXPECT_THAT(Verify(Good().lines).out, HasSubstr(":1: SIGNATURE: the certificate does not hold"));
}

TEST_F(FlowsVerifyTest, ASignatureThatWasTouchedDoesNotHold) {
  std::vector<std::string> lines = Good().lines;
  const size_t at = lines[4].find("\"records\":1");
  lines[4].replace(at, 11, "\"records\":2");
  EXPECT_THAT(Verify(lines).out, HasSubstr(":5: SIGNATURE: "));
}

TEST_F(FlowsVerifyTest, SaysThatWithoutABundleNobodyVouchesForTheKeys) {
  Verify(Good().lines);
  const CommandRun run = RunForTest({"flows", "verify", path_});
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_THAT(run.err, HasSubstr("without --bundle"));
}

TEST_F(FlowsVerifyTest, NeedsWhatItIsToRead) {
  EXPECT_EQ(RunForTest({"flows", "verify"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"flows", "verify", path_ + ".absent"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"flows", "verify", path_, "--bundle", "absent"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
