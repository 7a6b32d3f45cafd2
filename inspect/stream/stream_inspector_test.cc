#include "inspect/stream/stream_inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "inspect/stream/protocol_risk.h"

namespace firebreak::inspect {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Who says what, and how many milliseconds after what came before.
struct Said {
  Side side;
  std::string bytes;
  int64_t after_ms = 10;
};
constexpr Side kC = Side::kClient;
constexpr Side kS = Side::kServer;

std::vector<Risk> RisksIn(const std::vector<Said>& conversation, const StreamOptions& options = {},
                          size_t piece = 4096) {
  StreamInspector inspector(options);
  int64_t now = 1'000'000;
  for (const Said& said : conversation) {
    now += said.after_ms * 1000;
    for (absl::string_view rest = said.bytes; !rest.empty();
         rest.remove_prefix(std::min(piece, rest.size()))) {
      inspector.Feed(said.side, rest.substr(0, piece), now);
    }
  }
  inspector.Finish();
  return inspector.risks();
}

std::vector<std::string> Ids(const std::vector<Risk>& risks) {
  std::vector<std::string> ids;
  ids.reserve(risks.size());
  for (const Risk& risk : risks) ids.emplace_back(InfoOf(risk.kind).id);
  return ids;
}

std::string Random(size_t size) {
  std::mt19937 random(11);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

TEST(Risks, HaveIdsOfTheirOwnInTheOrderOfTheEnum) {
  std::vector<std::string> ids;
  for (size_t i = 0; i < AllRisks().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(AllRisks()[i].kind), i);
    ids.emplace_back(AllRisks()[i].id);
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST(CompareDeclared, TellsAnotherProtocolAndAcceptsWhatIsWithin) {
  const Identity ssh{Protocol::kSsh, Confidence::kCertain};
  const auto risk = CompareDeclared(Protocol::kHttp1, ssh);
  ASSERT_TRUE(risk.has_value());
  EXPECT_EQ(risk->why, "declared http1, but ssh is spoken (certain)");
  EXPECT_FALSE(CompareDeclared(Protocol::kSsh, ssh).has_value());
  EXPECT_FALSE(
      CompareDeclared(Protocol::kHttp2, {Protocol::kGrpc, Confidence::kCertain}).has_value());
  EXPECT_TRUE(
      CompareDeclared(Protocol::kGrpc, {Protocol::kHttp2, Confidence::kCertain}).has_value());
  EXPECT_FALSE(CompareDeclared(Protocol::kHttp1, Identity()).has_value());
}

TEST(StreamInspector, SshWhereNoneBelongs) {
  const std::vector<Said> ssh = {{kS, "SSH-2.0-x\r\n"}, {kC, "SSH-2.0-y\r\n"}};
  EXPECT_THAT(Ids(RisksIn(ssh, {.declared = Protocol::kHttp1, .server_port = 8080})),
              ElementsAre("FBI-PROTO-001", "FBI-PROTO-004"));
  EXPECT_THAT(Ids(RisksIn(ssh, {.declared = std::nullopt, .server_port = 443})),
              ElementsAre("FBI-PROTO-004", "FBI-PROTO-003"));
  EXPECT_THAT(RisksIn(ssh, {.declared = Protocol::kSsh}), IsEmpty());
}

TEST(StreamInspector, MinersTunnelsAndDebuggers) {
  EXPECT_THAT(Ids(RisksIn({{kC, "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n"}})),
              Contains("FBI-PROTO-007"));
  EXPECT_THAT(Ids(RisksIn({{kC, "CONNECT a:22 HTTP/1.1\r\n\r\n"}})), Contains("FBI-PROTO-005"));
  EXPECT_THAT(Ids(RisksIn({{kC, "JDWP-Handshake"}})), Contains("FBI-PROTO-006"));
  EXPECT_THAT(Ids(RisksIn({{kC, "GET / HTTP/1.1\r\n\r\n"}, {kS, "SSH-2.0-x\r\n"}})),
              Contains("FBI-PROTO-002"));
}

TEST(StreamInspector, ReverseShellByItsPrompt) {
  for (const std::string prompt : {"$ ", "sh-5.1$ ", "www-data@web-0:/var/www$ ", "root@db:~# ",
                                   "C:\\Windows\\system32>", "PS C:\\Users\\x> ", "/app # "}) {
    const std::vector<Said> shell = {{kC, prompt}, {kS, "id\n"}, {kC, "uid=0(root)\n" + prompt}};
    EXPECT_THAT(Ids(RisksIn(shell)), Contains("FBI-SHELL-001")) << prompt;
    EXPECT_THAT(Ids(RisksIn(shell, {}, 1)), Contains("FBI-SHELL-001")) << prompt;
  }
  EXPECT_THAT(Ids(RisksIn({{kC, "bash: no job control in this shell\nx"}})),
              Contains("FBI-SHELL-001"));
}

TEST(StreamInspector, WhatIsNoPromptIsNoShell) {
  for (const std::string text :
       {"price: 10$ ", "hello\n", "# comment\n", "a@b.example", "total 5 #", "100%"}) {
    EXPECT_THAT(Ids(RisksIn({{kC, text}, {kS, "ok\n"}})), IsEmpty()) << text;
  }
  // The prompt of a server is a shell that somebody serves; and in HTTP it is text.
  EXPECT_THAT(Ids(RisksIn({{kS, "root@db:~# "}, {kC, "id\n"}})), Not(Contains("FBI-SHELL-001")));
  EXPECT_THAT(Ids(RisksIn({{kC, "POST / HTTP/1.1\r\nHost: a\r\n\r\nroot@db:~# "}})), IsEmpty());
}

TEST(StreamInspector, AClaimOfOneSideAloneHidesNoShell) {
  const std::string prompt = "root@orders-0:/# ";
  for (const std::string& claim :
       {std::string("*1\r\n$4\r\nPING\r\n"), std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0", 14),
        std::string("<34>Oct 11 22:14:15 web su: failed\n")}) {
    const std::vector<Said> shell = {{kC, claim + prompt},
                                     {kS, "id\n"},
                                     {kC, "uid=0(root)\n" + prompt},
                                     {kS, "cat /etc/shadow\n"}};
    for (const size_t piece : {size_t{1}, size_t{5}, size_t{4096}}) {
      EXPECT_THAT(Ids(RisksIn(shell, {}, piece)), Contains("FBI-SHELL-001"))
          << claim << " in pieces of " << piece;
    }
  }
  // A server that claims something is no better.
  EXPECT_THAT(Ids(RisksIn({{kS, "+OK POP3 server ready <1.2@a>\r\n"}, {kC, prompt}, {kS, "id\n"}})),
              Contains("FBI-SHELL-001"));
}

TEST(StreamInspector, WhatBothSidesSpeakIsNoShell) {
  EXPECT_THAT(Ids(RisksIn({{kC, "POST / HTTP/1.1\r\nHost: a\r\n\r\nroot@db:~# "},
                           {kS, "HTTP/1.1 200 OK\r\n\r\n"}},
                          {}, 1)),
              IsEmpty());
  EXPECT_THAT(Ids(RisksIn({{kC, "*2\r\n$4\r\nECHO\r\n$12\r\nroot@db:~# \r\n"},
                           {kS, "$12\r\nroot@db:~# \r\n"}})),
              IsEmpty());
}

std::vector<Said> Typing(const std::vector<int64_t>& pauses) {
  std::vector<Said> conversation = {{kC, "hi\n"}};
  for (const int64_t pause : pauses) {
    conversation.push_back({kS, "ls -l /tmp\n", pause});
    conversation.push_back({kC, "total 0\n", 20});
  }
  conversation.push_back({kS, "exit\n", 900});
  return conversation;
}

TEST(StreamInspector, TypingIsIrregularAndAMachineIsNot) {
  EXPECT_THAT(Ids(RisksIn(Typing({900, 2400, 700, 5100}))), Contains("FBI-SHELL-002"));
  EXPECT_THAT(Ids(RisksIn(Typing({1000, 1000, 1000, 1000}))), Not(Contains("FBI-SHELL-002")));
  EXPECT_THAT(Ids(RisksIn(Typing({5, 9, 14, 3}))), Not(Contains("FBI-SHELL-002")));
}

TEST(StreamInspector, ContentThatIsNotItsType) {
  std::string program = "MZ" + std::string(58, '\0');
  program += std::string("\x80\0\0\0", 4) + std::string(200, '\0');
  const auto answer = [](const std::string& type, const std::string& body) {
    return std::vector<Said>{
        {kC, "GET /a.png HTTP/1.1\r\nHost: a\r\n\r\n"},
        {kS, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: ", type, "\r\n\r\n", body)}};
  };
  const auto risks = RisksIn(answer("image/png", program));
  ASSERT_THAT(Ids(risks), ElementsAre("FBI-FILE-001"));
  EXPECT_EQ(risks[0].why, "Windows program in image/png");
  EXPECT_THAT(Ids(RisksIn(answer("text/plain",
                                 "\x7f"
                                 "ELF\x02\x01\x01"))),
              ElementsAre("FBI-FILE-001"));
  EXPECT_THAT(RisksIn(answer("application/octet-stream", program)), IsEmpty());
  EXPECT_THAT(RisksIn(answer("image/png", "\x89PNG\r\n\x1a\n")), IsEmpty());
  EXPECT_THAT(Ids(RisksIn(answer("text/html; charset=utf-8", Random(4096)))),
              ElementsAre("FBI-FILE-003"));
  EXPECT_THAT(RisksIn(answer("text/html", std::string(4096, 'a'))), IsEmpty());
}

TEST(StreamInspector, ProgramsAndRandomnessInStreamsOfNoProtocol) {
  EXPECT_THAT(Ids(RisksIn({{kS,
                            "\x7f"
                            "ELF\x02\x01\x01"}})),
              ElementsAre("FBI-FILE-002"));
  EXPECT_THAT(Ids(RisksIn({{kC, Random(600)}, {kS, Random(600)}})), ElementsAre("FBI-FILE-004"));
  EXPECT_THAT(Ids(RisksIn({{kC, std::string(600, 'a')}, {kS, Random(600)}})), IsEmpty());
}

TEST(StreamInspector, PasswordsInClearTextAreToldWithoutThem) {
  const std::vector<std::vector<Said>> logins = {
      {{kS, "220 ftp FTP\r\n"}, {kC, "USER bob\r\nPASS hunter2secret\r\n"}},
      {{kS, "220 mx ESMTP\r\n"}, {kC, "EHLO a\r\nAUTH PLAIN AGJvYgBodW50ZXIyc2VjcmV0\r\n"}},
      {{kS, "* OK IMAP\r\n"}, {kC, "a1 LOGIN bob hunter2secret\r\n"}},
      {{kC, "GET / HTTP/1.1\r\nHost: a\r\nauthorization: basic Ym9iOmh1bnRlcjJzZWNyZXQ=\r\n\r\n"}},
      {{kC, std::string("\x30\x1f\x02\x01\x01\x60\x1a\x02\x01\x03\x04\x06", 12) + "cn=bob" +
                std::string("\x80\x0d", 2) + "hunter2secret"}}};
  for (const auto& login : logins) {
    for (const size_t piece : {size_t{1}, size_t{4096}}) {
      const auto risks = RisksIn(login, {}, piece);
      ASSERT_THAT(Ids(risks), Contains("FBI-CRED-001")) << login.back().bytes;
      for (const Risk& risk : risks) EXPECT_THAT(risk.why, Not(HasSubstr("hunter2")));
    }
  }
}

TEST(StreamInspector, SecretsThatLeaveAreToldByTheirLastFour) {
  const auto risks =
      RisksIn({{kC, "GET / HTTP/1.1\r\n\r\n"},
               {kS, "HTTP/1.1 200 OK\r\n\r\n{\"iban\": \"DE75512108001245126199\"}"}});
  ASSERT_THAT(Ids(risks), ElementsAre("FBI-DLP-001"));
  EXPECT_EQ(risks[0].why, "the server sent iban ending in 6199");
}

}  // namespace
}  // namespace firebreak::inspect
