#include "inspect/protocol/identify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "inspect/protocol/matchers.h"
#include "inspect/protocol/samples.h"

namespace firebreak::inspect {
namespace {

std::string Describe(const Sample& sample) {
  return absl::StrCat(ProtocolName(sample.protocol), " client \"", absl::CHexEscape(sample.client),
                      "\" server \"", absl::CHexEscape(sample.server), "\"");
}

TEST(Protocol, TableIsInTheOrderOfTheEnumAndNamesAreTheirOwn) {
  std::set<absl::string_view> names;
  for (size_t i = 0; i < kProtocolCount; ++i) {
    const auto protocol = static_cast<Protocol>(i);
    EXPECT_EQ(InfoOf(protocol).protocol, protocol);
    EXPECT_TRUE(names.insert(ProtocolName(protocol)).second) << ProtocolName(protocol);
    if (protocol != Protocol::kUnknown) {
      EXPECT_EQ(ParseProtocol(ProtocolName(protocol)), protocol);
    }
  }
  EXPECT_EQ(ParseProtocol("unknown"), std::nullopt);
  EXPECT_EQ(ParseProtocol("MySQL"), Protocol::kMysql);
}

TEST(IdentifyStream, NamesEachProtocolByTheBytesOfItsSpecification) {
  for (const Sample& sample : StreamSamples()) {
    const Identity seen = IdentifyStream(sample.client, sample.server);
    EXPECT_EQ(ProtocolName(seen.protocol), ProtocolName(sample.protocol)) << Describe(sample);
    EXPECT_EQ(seen.confidence, Confidence::kCertain) << Describe(sample);
  }
}

TEST(IdentifyStream, EveryProtocolOfTheTableHasASample) {
  std::set<Protocol> sampled;
  for (const Sample& sample : StreamSamples()) sampled.insert(sample.protocol);
  for (const StreamRow& row : StreamRows()) {
    EXPECT_TRUE(sampled.contains(row.protocol) || row.protocol == Protocol::kSynchrophasor)
        << ProtocolName(row.protocol);
  }
}

TEST(StreamIdentifier, SaysWhetherTheOtherSideSpeaksWhatOneClaims) {
  using Answer = StreamIdentifier::Answer;
  const auto answer = [](absl::string_view client, absl::string_view server) {
    StreamIdentifier identifier;
    identifier.Feed(Side::kClient, client);
    Answer last = identifier.answer();
    for (const char byte : server) {
      identifier.Feed(Side::kServer, absl::string_view(&byte, 1));
      const Answer now = identifier.answer();
      EXPECT_TRUE(last != Answer::kDiffers || now == last) << "that is final";
      last = now;
    }
    return last;
  };
  const absl::string_view ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(answer(ask, ""), Answer::kOpen);
  EXPECT_EQ(answer(ask, "HT"), Answer::kOpen);
  EXPECT_EQ(answer(ask, "HTTP/1.1 200 OK\r\n\r\n"), Answer::kAgrees);
  EXPECT_EQ(answer(ask, "id\n"), Answer::kDiffers);
  EXPECT_EQ(answer("nothing known", "nor this"), Answer::kOpen);
  for (const Sample& sample : StreamSamples()) {
    const auto rows = StreamRows();
    const auto row = std::find_if(rows.begin(), rows.end(), [&sample](const StreamRow& candidate) {
      return candidate.protocol == sample.protocol;
    });
    ASSERT_NE(row, rows.end());
    if (row->client == nullptr || row->server == nullptr) continue;
    EXPECT_NE(answer(sample.client, sample.server), Answer::kDiffers) << Describe(sample);
  }
}

// Random cuts, in a random order of the sides: what is fed is the same, and so is the answer.
TEST(IdentifyStream, AnswerIsTheSameHoweverTheBytesAreCut) {
  std::mt19937 random(20260101);
  for (const Sample& sample : StreamSamples()) {
    const Identity whole = IdentifyStream(sample.client, sample.server);
    for (int round = 0; round < 40; ++round) {
      StreamIdentifier identifier;
      absl::string_view rest[] = {sample.client, sample.server};
      while (!rest[0].empty() || !rest[1].empty()) {
        const size_t side = rest[0].empty() ? 1 : rest[1].empty() ? 0 : random() % 2;
        const size_t most = round == 0 ? 1 : 1 + random() % 40;
        const size_t take = std::min(rest[side].size(), most);
        identifier.Feed(static_cast<Side>(side), rest[side].substr(0, take));
        rest[side].remove_prefix(take);
      }
      identifier.Finish();
      ASSERT_EQ(identifier.identity(), whole) << Describe(sample);
    }
  }
}

// Every answer of a matcher but kNeedMore holds for all longer prefixes, on every sample and on
// samples with one byte changed.
TEST(Matchers, AnswersAreFinal) {
  std::mt19937 random(7);
  std::vector<std::string> inputs;
  for (const Sample& sample : StreamSamples()) {
    for (const std::string& bytes : {sample.client, sample.server}) {
      inputs.push_back(bytes);
      for (int i = 0; i < 4 && !bytes.empty(); ++i) {
        inputs.push_back(bytes);
        inputs.back()[random() % bytes.size()] = static_cast<char>(random());
      }
    }
  }
  for (const StreamRow& row : StreamRows()) {
    for (const Matcher matcher : {row.client, row.server}) {
      if (matcher == nullptr) continue;
      for (const std::string& input : inputs) {
        Fit fit = Fit::kNeedMore;
        for (size_t n = 1; n <= std::min(input.size(), kProtocolWindow); ++n) {
          const Fit now = matcher(Prefix(absl::string_view(input).substr(0, n)));
          if (fit != Fit::kNeedMore) {
            ASSERT_EQ(now, fit) << ProtocolName(row.protocol) << " at " << n << " of "
                                << absl::CHexEscape(input);
          }
          fit = now;
        }
      }
    }
  }
}

// Rows that come later say no to what an earlier one is sure of, or it is within it: then the order
// of the table hides nothing.
TEST(Matchers, NoTwoRowsAreSureOfTheSameBytes) {
  for (const Sample& sample : StreamSamples()) {
    for (const bool client : {true, false}) {
      const std::string& bytes = client ? sample.client : sample.server;
      if (bytes.empty()) continue;
      std::vector<Protocol> sure;
      for (const StreamRow& row : StreamRows()) {
        const Matcher matcher = client ? row.client : row.server;
        if (matcher != nullptr && matcher(Prefix(bytes)) == Fit::kYes) sure.push_back(row.protocol);
      }
      for (const Protocol other : sure) {
        EXPECT_TRUE(IsWithin(sure.front(), other))
            << Describe(sample) << " is also " << ProtocolName(other);
      }
    }
  }
}

TEST(IdentifyStream, WhatIsAmbiguousIsUnknown) {
  EXPECT_EQ(IdentifyStream("", "220 hello\r\n").protocol, Protocol::kUnknown);
  EXPECT_EQ(IdentifyStream("USER bob\r\n", "").protocol, Protocol::kUnknown);
  EXPECT_EQ(IdentifyStream("hello\r\n", "world\r\n").protocol, Protocol::kUnknown);
  EXPECT_EQ(IdentifyStream(std::string(300, '\0'), std::string(300, '\0')).protocol,
            Protocol::kUnknown);
  EXPECT_EQ(IdentifyStream("\x03\x03\x03\x03", "\x05").protocol, Protocol::kUnknown);
}

TEST(IdentifyStream, ThePortDecidesBetweenWhatFits) {
  EXPECT_EQ(IdentifyStream("", "220 hello\r\n", 25),
            (Identity{Protocol::kSmtp, Confidence::kLikely}));
  EXPECT_EQ(IdentifyStream("", "220 hello\r\n", 21),
            (Identity{Protocol::kFtp, Confidence::kLikely}));
  EXPECT_EQ(IdentifyStream("", "220 hello\r\n", 8080).protocol, Protocol::kUnknown);
}

TEST(IdentifyStream, RandomBytesAreNothing) {
  std::mt19937 random(99);
  int named = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string client(300, '\0');
    std::string server(300, '\0');
    for (char& c : client) c = static_cast<char>(random());
    for (char& c : server) c = static_cast<char>(random());
    if (IdentifyStream(client, server).protocol != Protocol::kUnknown) ++named;
  }
  EXPECT_LE(named, 1);
}

TEST(StreamIdentifier, SidesThatSpeakDifferentProtocolsAreUnknownAndSaySo) {
  StreamIdentifier identifier;
  identifier.Feed(Side::kClient, "GET / HTTP/1.1\r\n\r\n");
  identifier.Feed(Side::kServer, "SSH-2.0-OpenSSH_9.2\r\n");
  identifier.Finish();
  EXPECT_TRUE(identifier.SidesDisagree());
  EXPECT_EQ(identifier.ProvenBy(Side::kClient), Protocol::kHttp1);
  EXPECT_EQ(identifier.ProvenBy(Side::kServer), Protocol::kSsh);
  EXPECT_EQ(identifier.identity().protocol, Protocol::kUnknown);
}

TEST(StreamIdentifier, AnAnswerThatDoesNotFitLowersConfidence) {
  const Identity seen = IdentifyStream("GET / HTTP/1.1\r\n\r\n", "something else\r\n");
  EXPECT_EQ(seen, (Identity{Protocol::kHttp1, Confidence::kLikely}));
}

TEST(StreamIdentifier, GuessesBeforeItIsSettled) {
  StreamIdentifier identifier;
  identifier.Feed(Side::kClient, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_EQ(identifier.identity().protocol, Protocol::kHttp2);
  EXPECT_FALSE(identifier.settled());
  identifier.Finish();
  EXPECT_TRUE(identifier.settled());
}

TEST(StreamIdentifier, LooksNoFurtherThanTheWindow) {
  StreamIdentifier identifier;
  identifier.Feed(Side::kClient, std::string(kProtocolWindow, 'a'));
  identifier.Feed(Side::kServer, std::string(kProtocolWindow, 'b'));
  EXPECT_TRUE(identifier.settled());
  identifier.Feed(Side::kClient, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(identifier.identity().protocol, Protocol::kUnknown);
}

TEST(DatagramIdentifier, NamesEachProtocolByTheBytesOfItsSpecification) {
  for (const Sample& sample : DatagramSamples()) {
    DatagramIdentifier identifier(40000, sample.port);
    identifier.Feed(Side::kClient, sample.client);
    EXPECT_EQ(ProtocolName(identifier.identity().protocol), ProtocolName(sample.protocol))
        << absl::CHexEscape(sample.client);
  }
}

TEST(DatagramIdentifier, EveryProtocolOfTheTableHasASample) {
  std::set<Protocol> sampled;
  for (const Sample& sample : DatagramSamples()) sampled.insert(sample.protocol);
  for (const DatagramRow& row : DatagramRows()) {
    const bool by_stream =
        row.protocol == Protocol::kSynchrophasor || row.protocol == Protocol::kDceRpc;
    const bool nested = row.protocol == Protocol::kTeredo || row.protocol == Protocol::kVxlan ||
                        row.protocol == Protocol::kRx;
    EXPECT_TRUE(sampled.contains(row.protocol) || by_stream || nested)
        << ProtocolName(row.protocol);
  }
}

TEST(DatagramIdentifier, RtpIsPacketsOfOneSourceInOrder) {
  const auto packet = [](uint8_t number, char source) {
    return absl::StrCat(Hex("80 00"), Zeros(1), std::string(1, static_cast<char>(number)),
                        Hex("00001000"), std::string(4, source), std::string(160, 'v'));
  };
  DatagramIdentifier in_order(40000, 40002);
  for (uint8_t n = 1; n <= 3; ++n) in_order.Feed(Side::kClient, packet(n, 's'));
  EXPECT_EQ(in_order.identity().protocol, Protocol::kRtp);
  DatagramIdentifier others(40000, 40002);
  for (uint8_t n = 1; n <= 6; ++n)
    others.Feed(Side::kClient, packet(n, static_cast<char>('a' + n)));
  EXPECT_EQ(others.identity().protocol, Protocol::kUnknown);
}

TEST(DatagramIdentifier, RandomDatagramsAreNothing) {
  std::mt19937 random(5);
  int named = 0;
  for (int i = 0; i < 20'000; ++i) {
    DatagramIdentifier identifier(40000, 40001);
    for (int k = 0; k < 4; ++k) {
      std::string datagram(20 + random() % 200, '\0');
      for (char& c : datagram) c = static_cast<char>(random());
      identifier.Feed(k % 2 == 0 ? Side::kClient : Side::kServer, datagram);
    }
    if (identifier.identity().protocol != Protocol::kUnknown) ++named;
  }
  EXPECT_LE(named, 20);
}

}  // namespace
}  // namespace firebreak::inspect
