#include "cli/incident_sinks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "config/file_text.h"
#include "tests/support/http_test_server.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Text(const std::string& path) {
  config::Diagnostics diagnostics;
  return config::ReadFileText(path, &diagnostics).value_or("");
}

TEST(IncidentSinks, EverySinkGetsEveryLine) {
  const tests::TempFolder folder;
  tests::TestServer server({{tests::HttpAnswer(200, "")}, {tests::HttpAnswer(200, "")}});
  const std::string path = folder.Path("incidents.jsonl");
  auto sinks = IncidentSinks::Open(
      {path, absl::StrCat("http://127.0.0.1:", server.port(), "/hook")}, Clock::Real());
  ASSERT_TRUE(sinks.ok()) << sinks.status();
  sinks->Send("{\"a\":1}");
  sinks->Send("{\"b\":2}");
  EXPECT_THAT(sinks->Finish(), IsEmpty());
  EXPECT_EQ(Text(path), "{\"a\":1}\n{\"b\":2}\n");
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[1].second, "{\"b\":2}");
}

TEST(IncidentSinks, SaysWhichOfThemDidNotGetItAndTheOthersDo) {
  const tests::TempFolder folder;
  tests::TestServer server({{tests::HttpAnswer(403, "")}});
  const std::string path = folder.Path("incidents.jsonl");
  const std::string hook = absl::StrCat("http://127.0.0.1:", server.port());
  const std::string gone = absl::StrCat("syslog+unix:", folder.Path("no-socket"));
  auto sinks = IncidentSinks::Open({hook, gone, path}, Clock::Real());
  ASSERT_TRUE(sinks.ok()) << sinks.status();
  sinks->Send("{}");
  EXPECT_THAT(sinks->Finish(), ElementsAre(StartsWith(hook + " did not get 1 of 1 incident"),
                                           StartsWith(gone + " did not get 1 of 1 incident")));
  EXPECT_EQ(Text(path), "{}\n");
}

TEST(IncidentSinks, AComplaintIsOfIncidentsAndNotOfTheFlowLog) {
  const tests::TempFolder folder;
  const std::string gone = absl::StrCat("syslog+unix:", folder.Path("no-socket"));
  ::testing::internal::CaptureStderr();
  auto sinks = IncidentSinks::Open({gone}, Clock::Real());
  ASSERT_TRUE(sinks.ok()) << sinks.status();
  sinks->Send("{}");
  sinks->Finish();
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("incidents: " + gone));
  EXPECT_THAT(said, Not(HasSubstr("flow log")));
}

TEST(IncidentSinks, SyslogSaysHowSevereAndWhen) {
  const tests::TempFolder folder;
  const std::string path = folder.Path("log");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  auto sinks = IncidentSinks::Open({"syslog+unix:" + path}, Clock::Real());
  ASSERT_TRUE(sinks.ok()) << sinks.status();
  sinks->Send(R"({"time":1767686410500,"severity_id":5,"severity":"Critical"})");
  EXPECT_THAT(sinks->Finish(), IsEmpty());
  char bytes[512];
  const ssize_t size = recv(fd, bytes, sizeof(bytes), 0);
  close(fd);
  const std::string message(bytes, size > 0 ? static_cast<size_t>(size) : 0);
  EXPECT_THAT(message, StartsWith("<34>1 2026-01-06T08:00:10.500Z "));
  EXPECT_THAT(message, HasSubstr(" firebreak "));
  EXPECT_THAT(message, HasSubstr(" INCIDENT - {\"time\":1767686410500,"));
}

TEST(IncidentSinks, RefusesWhatIsNoTarget) {
  for (const char* target : {"https://x/", "http://", "http:///x", "syslog://", "syslog://h/x",
                             "syslog+unix:", "kafka://x", "/no/such/folder/incidents.jsonl"}) {
    EXPECT_FALSE(IncidentSinks::Open({target}, Clock::Real()).ok()) << target;
  }
}

TEST(IncidentHeader, ALineThatSaysNothingIsAWarningWithoutATime) {
  const flows::SyslogHeader header = IncidentHeader("{}");
  EXPECT_EQ(header.severity, 4);
  EXPECT_EQ(header.time, "");
}

}  // namespace
}  // namespace firebreak::cli
