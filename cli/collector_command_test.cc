#include "cli/collector_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

class CollectorCommandTest : public testing::Test {
 protected:
  CommandRun Run(const std::vector<std::string>& more, const std::string& listen = "127.0.0.1:0") {
    std::vector<std::string> args = {"collector",
                                     "--listen",
                                     listen,
                                     "--trust-domain",
                                     "shop.example",
                                     "--svid",
                                     folder_.Path("svid.pem"),
                                     "--key",
                                     folder_.Path("key.pem"),
                                     "--bundle",
                                     folder_.Path("bundle.pem"),
                                     "--store",
                                     folder_.Path("store")};
    args.insert(args.end(), more.begin(), more.end());
    return RunForTest(args);
  }

  const tests::TempFolder folder_;
};

TEST_F(CollectorCommandTest, SaysWhatIsWrongWithAnOption) {
  const struct {
    std::vector<std::string> options;
    const char* error;
  } cases[] = {
      {{"--retention-size", "much"}, "--retention-size: \"much\" is no size"},
      {{"--retention-age", "long"}, "--retention-age: \"long\" is no duration"},
      {{"--retention-sums-age", "0d"}, "--retention-sums-age: \"0d\" is no duration"},
      {{"--metrics", "15020"}, "--metrics: \"15020\" is no IP:PORT"},
      {{"--flush-after", "1ms"}, "--flush-after: 100ms to 1h"},
      {{"--allow-reporters", "spiffe://a/b"}, "--allow-reporters"},
      {{"--allow-reporters", "spiffe://a/b*"}, "it is written without"},
      {{"--allow-reporters", "shop*"}, "use TRUST_DOMAIN/PATH*"},
      {{"--allow-reporters", "*"}, "use TRUST_DOMAIN/PATH*"},
      {{"--federated-bundle", "other.pem"}, "use TRUST_DOMAIN=FILE"},
      {{"--max-connections", "0"}, "--max-connections"},
  };
  for (const auto& c : cases) {
    const CommandRun run = Run(c.options);
    EXPECT_EQ(run.exit_code, kExitUsage) << c.error;
    EXPECT_THAT(run.err, HasSubstr(c.error));
  }
  EXPECT_THAT(Run({}, "collector:4317").err,
              HasSubstr("--listen: \"collector:4317\" is no IP:PORT"));
}

TEST_F(CollectorCommandTest, TakesAFileInsteadOfAllElse) {
  const std::string file = folder_.Write(
      "collector.yaml",
      "trust_domain: shop.example\n"
      "identity: {files: {certificate_chain: a.pem, private_key: k, trust_bundle: b}}\n"
      "listen: {address: \"127.0.0.1:0\"}\n"
      "store: {path: store}\n");
  const CommandRun run = RunForTest({"collector", "--config", file});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr(folder_.Path("a.pem"))) << "read as far as its files";
  EXPECT_THAT(Run({"--config", file}).err, HasSubstr("--config"));
  EXPECT_EQ(Run({"--config", file}).exit_code, kExitUsage);
}

TEST_F(CollectorCommandTest, SaysWhereAFileIsWrong) {
  const std::string file = folder_.Write("collector.yaml", "trust_domain: x\nstores: {}\n");
  const CommandRun run = RunForTest({"collector", "--config", file});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr(file + ":2:1: error[FB"));
  EXPECT_THAT(run.err, HasSubstr("did you mean \"store\"?"));
  EXPECT_EQ(RunForTest({"collector", "--config", folder_.Path("none")}).exit_code, kExitUsage);
}

TEST_F(CollectorCommandTest, SaysWhatIsMissingWithoutAFile) {
  const CommandRun run = RunForTest({"collector", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("--trust-domain is required, or --config FILE"));
}

TEST_F(CollectorCommandTest, NamesTheFileOfTheIdentityThatCannotBeRead) {
  const CommandRun run = Run({});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("svid.pem"));
}

}  // namespace
}  // namespace firebreak::cli
