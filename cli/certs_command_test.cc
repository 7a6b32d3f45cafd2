#include "cli/certs_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cli/certs_issue.h"
#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CertsCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const CommandRun run =
        RunForTest({"certs", "ca", "init", "--trust-domain", "shop.example", "--out", Path("ca")});
    ASSERT_EQ(run.exit_code, kExitYes) << run.err;
  }

  std::string Path(absl::string_view name) const { return folder_.Path(name); }

  CommandRun Issue(absl::string_view name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args = {"certs",       "issue",
                                     "--ca",        Path("ca"),
                                     "--spiffe-id", absl::StrCat("spiffe://shop.example/", name),
                                     "--out",       Path(name)};
    args.insert(args.end(), more.begin(), more.end());
    return RunForTest(args);
  }
  CommandRun Verify(absl::string_view name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args = {"certs", "verify", absl::StrCat(Path(name), "/svid.pem"),
                                     "--bundle", Path("ca/ca.pem")};
    args.insert(args.end(), more.begin(), more.end());
    return RunForTest(args);
  }

  const tests::TempFolder folder_;
};

TEST_F(CertsCommandTest, IssuesAnSvidThatVerifies) {
  const CommandRun issued = Issue("orders");
  EXPECT_EQ(issued.exit_code, kExitYes) << issued.err;
  EXPECT_THAT(issued.out, AllOf(HasSubstr("spiffe://shop.example/orders"), HasSubstr("svid.pem")));
  const CommandRun verified = Verify("orders");
  EXPECT_EQ(verified.exit_code, kExitYes) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("valid"));
}

TEST_F(CertsCommandTest, WritesKeysForTheirOwnerAlone) {
  Issue("orders");
  for (const absl::string_view file : {"ca/ca-key.pem", "orders/key.pem"}) {
    EXPECT_EQ(std::filesystem::status(Path(file)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << file;
  }
}

TEST_F(CertsCommandTest, ReplacesNothingWithoutForce) {
  Issue("orders");
  std::filesystem::remove(Path("orders/svid.pem"));
  const CommandRun refused = Issue("orders");
  EXPECT_EQ(refused.exit_code, kExitUsage);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("exists"), HasSubstr("--force")));
  EXPECT_FALSE(std::filesystem::exists(Path("orders/svid.pem"))) << "nothing, not a part";
  EXPECT_EQ(Issue("orders", {"--force"}).exit_code, kExitYes);
  EXPECT_EQ(Verify("orders").exit_code, kExitYes);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(Path("orders")), {}), 3)
      << "no temporary file stays";
}

TEST_F(CertsCommandTest, CanIssueWhatHasExpired) {
  EXPECT_EQ(Issue("old", {"--not-before", "-2h", "--not-after", "-1h"}).exit_code, kExitYes);
  const CommandRun run = Verify("old");
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("EXPIRED"));
  EXPECT_EQ(Issue("future", {"--not-before", "1h", "--ttl", "2h"}).exit_code, kExitYes);
  EXPECT_THAT(Verify("future").out, HasSubstr("NOT_YET_VALID"));
  EXPECT_THAT(Verify("future", {"--at", "90m"}).out, Not(HasSubstr("NOT_YET_VALID")));
}

TEST_F(CertsCommandTest, RevokesByFile) {
  Issue("orders");
  Issue("web");
  const CommandRun crl = RunForTest({"certs", "crl", "--ca", Path("ca"), "--revoke-file",
                                     Path("orders/svid.pem"), "--out", Path("crl.pem")});
  EXPECT_EQ(crl.exit_code, kExitYes) << crl.err;
  const CommandRun run = Verify("orders", {"--crl", Path("crl.pem"), "-o", "json"});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("\"error\": \"REVOKED\""));
  EXPECT_EQ(Verify("web", {"--crl", Path("crl.pem")}).exit_code, kExitYes);
}

TEST_F(CertsCommandTest, PutsNoFileWhereThereIsAPipeEvenWithForce) {
  Issue("web");
  const std::string pipe = Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const CommandRun run = RunForTest({"certs", "crl", "--ca", Path("ca"), "--revoke-file",
                                     Path("web/svid.pem"), "--out", pipe, "--force"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr(pipe + " is a pipe, not a file"));
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST_F(CertsCommandTest, VerifiesUnderTheTrustDomainItIsTold) {
  Issue("orders");
  EXPECT_THAT(Verify("orders", {"--trust-domain", "other.example"}).out,
              HasSubstr("UNKNOWN_TRUST_DOMAIN"));
}

TEST_F(CertsCommandTest, TellsUnreadableInputFromNo) {
  EXPECT_EQ(Verify("nobody").exit_code, kExitUsage);
  Issue("orders");
  folder_.Write("orders/svid.pem", "hello");
  const CommandRun run = Verify("orders");
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("not PEM"));
  EXPECT_THAT(run.out, IsEmpty());
}

TEST_F(CertsCommandTest, ShowsNoKeyToWhoeverInspectsTheWrongFile) {
  const CommandRun run = RunForTest({"certs", "inspect", Path("ca/ca-key.pem")});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("expected CERTIFICATE blocks"));
}

TEST_F(CertsCommandTest, InspectsInEveryFormat) {
  const std::string file = Path("ca/ca.pem");
  EXPECT_THAT(RunForTest({"certs", "inspect", file}).out,
              AllOf(HasSubstr("spiffe://shop.example"), HasSubstr("keyCertSign,cRLSign")));
  EXPECT_THAT(RunForTest({"certs", "inspect", file, "-o", "json"}).out,
              HasSubstr("\"key\": \"P-256\""));
  EXPECT_THAT(RunForTest({"certs", "inspect", file, "-o", "yaml"}).out,
              HasSubstr("- certificate: \"1\"\n"));
}

TEST_F(CertsCommandTest, RefusesBadNamesAndTimes) {
  EXPECT_EQ(Issue("a/../b").exit_code, kExitUsage);
  EXPECT_THAT(Issue("a", {"--ttl", "soon"}).err, HasSubstr("--ttl"));
  EXPECT_THAT(Issue("a", {"--not-after", "later"}).err, HasSubstr("--not-after"));
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
}

TEST(ParseWhen, TakesTimesAndDistances) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(ParseWhen("-2h", now).value(), now - absl::Hours(2));
  EXPECT_EQ(ParseWhen("30d", now).value(), now + absl::Hours(24 * 30));
  EXPECT_EQ(ParseWhen("2027-01-15T08:00:00Z", now).value(), now);
  EXPECT_FALSE(ParseWhen("yesterday", now).ok());
  EXPECT_FALSE(ParseTtl("-1h").ok());
  EXPECT_FALSE(ParseTtl("").ok());
  EXPECT_EQ(ParseTtl("1h30m").value(), absl::Minutes(90));
}

}  // namespace
}  // namespace firebreak::cli
