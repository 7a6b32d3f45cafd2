#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cli/testing.h"
#include "inspect/capture/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

TEST(InspectStream, NamesTheProtocolAndWhatIsWrong) {
  const CommandRun clean =
      RunForTest({"inspect", "stream", "-"}, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(clean.exit_code, kExitYes);
  EXPECT_EQ(clean.out, "http1 (certain)\n");
  const CommandRun ssh =
      RunForTest({"inspect", "stream", "--declared", "http1", "-o", "json", "-"}, "SSH-2.0-x\r\n");
  EXPECT_EQ(ssh.exit_code, kExitNo);
  EXPECT_THAT(ssh.out, HasSubstr(R"("protocol":"ssh")"));
  EXPECT_THAT(ssh.out, HasSubstr(R"("id":"FBI-PROTO-001")"));
}

TEST(InspectStream, LooksForSecretsOfOnesOwn) {
  const tests::TempFolder folder;
  const std::string rules = folder.Write(
      "own.yaml", "secrets:\n- {name: order-key, prefix: shopord_, length: [24, 40]}\n");
  const std::string bytes =
      "GET /a?order=shopord_4f0a9c31e7b25d68af10c293 HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(RunForTest({"inspect", "stream", "-"}, bytes).exit_code, kExitYes);
  const CommandRun run = RunForTest({"inspect", "stream", "--secrets", rules, "-"}, bytes);
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("FBI-DLP-001"));
  EXPECT_THAT(run.out, HasSubstr("order-key ending in c293"));
  const std::string wrong = folder.Write("wrong.yaml", "secrets:\n- {name: x, prefix: a}\n");
  for (const std::string& file : {wrong, std::string("/nowhere.yaml")}) {
    const CommandRun refused = RunForTest({"inspect", "stream", "-", "--secrets", file}, bytes);
    EXPECT_EQ(refused.exit_code, kExitUsage);
    EXPECT_THAT(refused.err, HasSubstr(file));
    EXPECT_EQ(refused.out, "");
  }
}

TEST(InspectStream, BadUsageIsTold) {
  EXPECT_EQ(RunForTest({"inspect", "stream", "/no/such/file"}).exit_code, kExitUsage);
  const CommandRun unknown = RunForTest({"inspect", "stream", "--declared", "mysqk", "-"}, "");
  EXPECT_EQ(unknown.exit_code, kExitUsage);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean \"mysql\"?"));
}

TEST(Inspect, RefusesAFolderAndWhatIsLargerThanItsBound) {
  const tests::TempFolder folder;
  const std::string huge = folder.Write("huge", "");
  std::filesystem::resize_file(huge, uintmax_t{5} << 30);  // holds nothing
  for (const std::string command : {"pcap", "stream", "request"}) {
    const CommandRun on_folder = RunForTest({"inspect", command, folder.path()});
    EXPECT_EQ(on_folder.exit_code, kExitUsage) << command;
    EXPECT_THAT(on_folder.err, HasSubstr(folder.path() + ": is a folder"));
    const std::string bound = command == "pcap" ? "512 MiB" : "64 MiB";
    const std::string endless = command == "pcap" ? huge : "/dev/zero";
    for (const std::string& file : {huge, endless}) {
      const CommandRun refused = RunForTest({"inspect", command, file});
      EXPECT_EQ(refused.exit_code, kExitUsage) << command;
      EXPECT_THAT(refused.err, HasSubstr(absl::StrCat(file, ": larger than ", bound)));
    }
  }
}

TEST(InspectPcap, ListsFlowsWithTheirRisksAndCountsProtocols) {
  const inspect::Ends up{
      .source = 1, .destination = 2, .source_port = 40000, .destination_port = 8080};
  const tests::TempFolder folder;
  const std::string file = folder.Write(
      "a.pcap",
      inspect::PcapFile(
          {inspect::Ethernet(0x0800, inspect::Ipv4(6, up, inspect::TcpSegment(up, 1, 2, ""))),
           inspect::Ethernet(
               0x0800,
               inspect::Ipv4(6, up, inspect::TcpSegment(up, 2, 16, "SSH-2.0-\x1b[2J\r\n")))},
          false, false));
  const CommandRun table = RunForTest({"inspect", "pcap", file});
  EXPECT_EQ(table.exit_code, kExitNo);
  EXPECT_THAT(table.out, HasSubstr("10.0.0.1:40000"));
  EXPECT_THAT(table.out, HasSubstr("FBI-PROTO-003"));
  EXPECT_THAT(table.out, HasSubstr("1 flow, 1 with risks"));
  const CommandRun json = RunForTest({"inspect", "pcap", "-o", "json", file});
  EXPECT_THAT(json.out,
              HasSubstr(R"("server":"10.0.0.2:8080","opening_seen":true,"protocol":"ssh")"));
  const std::string text =
      folder.Write("b.txt", "no capture at all, but words of more than a header");
  EXPECT_EQ(RunForTest({"inspect", "pcap", text}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
