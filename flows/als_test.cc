#include "flows/als.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"

#include "base/varint.h"
#include "flows/json_reader.h"
#include "flows/protobuf_writer.h"
#include "flows/testing.h"

namespace firebreak::flows {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;

// Fields are those of a message, in their order; numbers as text. What a real server of gRPC makes
// of whole messages is in tests/integration/test_flow_als.py.
using Fields = std::multimap<uint64_t, std::string>;

Fields FieldsOf(absl::string_view bytes) {
  Fields fields;
  while (!bytes.empty()) {
    const uint64_t tag = TakeVarint(bytes).value();
    const auto type = static_cast<WireType>(tag & 7);
    if (type == WireType::kVarint) {
      fields.emplace(tag >> 3, absl::StrCat(TakeVarint(bytes).value()));
      continue;
    }
    const size_t size = type == WireType::kFixed64 ? 8 : TakeVarint(bytes).value();
    fields.emplace(tag >> 3, std::string(bytes.substr(0, size)));
    bytes.remove_prefix(size);
  }
  return fields;
}

// At follows a path of fields that are there once each.
std::string At(std::string message, const std::vector<uint64_t>& path) {
  for (const uint64_t field : path) {
    const Fields fields = FieldsOf(message);
    EXPECT_EQ(fields.count(field), 1U) << field;
    if (fields.count(field) != 1) return "";
    message = fields.find(field)->second;
  }
  return message;
}

Flow ReadBack(const Record& record, uint64_t sequence = 7) {
  JsonEncoder encoder(TestReporter());
  std::string line;
  encoder.AppendRecord(record, {.sequence = sequence}, /*weight=*/1, &line);
  line.pop_back();
  return ParseFlowLine(line).value();
}

Flow Connection() {
  Record record = FullRecord();
  record.http.reset();
  record.inspection = nullptr;
  return ReadBack(record);
}

Flow Request() {
  Record record = FullRecord();
  record.event = Event::kRequest;
  record.protocol = Protocol::kGrpc;
  return ReadBack(record);
}

std::vector<std::string> MessagesOf(const std::vector<Flow>& flows) {
  AlsMessages messages("firebreak");
  for (const Flow& flow : flows) messages.Add(flow);
  return messages.Finish();
}

TEST(AlsMessages, AConnectionIsATcpEntry) {
  const std::vector<std::string> messages = MessagesOf({Connection()});
  ASSERT_EQ(messages.size(), 1U);
  const std::string entry = At(messages[0], {3, 1});
  EXPECT_EQ(At(entry, {2, 1}), "9007199254740993") << "received from who called";
  EXPECT_EQ(At(entry, {2, 2}), "3400");
  const std::string common = At(entry, {1});
  EXPECT_EQ(At(common, {2, 1, 2}), "10.0.0.2");
  EXPECT_EQ(At(common, {2, 1, 3}), "42742");
  EXPECT_EQ(At(common, {13, 1, 2}), "fd00::1");
  EXPECT_EQ(At(common, {4, 1}), "4") << "TLSv1_3";
  EXPECT_EQ(At(common, {4, 2, 1}), absl::StrCat(0x1301));
  EXPECT_EQ(At(common, {4, 3}), "payments.shop");
  EXPECT_EQ(At(common, {4, 4, 1, 1}), "spiffe://shop.example/ns/shop/sa/payments");
  EXPECT_EQ(At(common, {4, 5, 1, 1}), "spiffe://shop.example/ns/shop/sa/orders");
  EXPECT_EQ(At(common, {5, 1}), "1800000000");
  EXPECT_EQ(At(common, {5, 2}), "111111000") << "12,345 us before its end";
  EXPECT_EQ(At(common, {16, 13}), "") << "unauthorized";
  EXPECT_EQ(At(common, {23, 2}), "12345000");
  EXPECT_EQ(At(common, {25}), "POLICY");
  EXPECT_EQ(At(common, {26}), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(At(common, {33}), "3") << "TcpConnectionEnd";
  EXPECT_EQ(FieldsOf(common).count(27), 0U) << "final";
}

TEST(AlsMessages, TagsSayWhatEnvoyHasNoPlaceForAndWhichLineItIs) {
  const std::string common = At(MessagesOf({Connection()}).at(0), {3, 1, 1});
  std::map<std::string, std::string> tags;
  const Fields fields = FieldsOf(common);
  for (auto [at, end] = fields.equal_range(22); at != end; ++at) {
    tags[At(at->second, {1})] = At(at->second, {2});
  }
  EXPECT_THAT(tags, Contains(Pair("firebreak.run_id", "0f1e2d3c4b5a6978")));
  EXPECT_THAT(tags, Contains(Pair("firebreak.sequence", "7")));
  EXPECT_THAT(tags, Contains(Pair("firebreak.verdict", "DROPPED")));
  EXPECT_THAT(tags, Contains(Pair("firebreak.reason", "POLICY_CHANGED")));
  EXPECT_THAT(tags, Contains(Pair("firebreak.policy.rule", "orders-may-charge")));
  EXPECT_THAT(tags, Contains(Pair("firebreak.decision_id", "00000000000000010000000000000002")));
  EXPECT_EQ(tags.count("firebreak.weight"), 0U);
}

TEST(AlsMessages, ARequestIsAnHttpEntry) {
  const std::string entry = At(MessagesOf({Request()}).at(0), {2, 1});
  EXPECT_EQ(At(entry, {2}), "3") << "HTTP2";
  EXPECT_EQ(At(entry, {3, 1}), "3") << "POST";
  EXPECT_EQ(At(entry, {3, 3}), "payments.shop:8080");
  EXPECT_EQ(At(entry, {3, 5}), "/shop.ledger.v1.Ledger/Append");
  EXPECT_EQ(At(entry, {3, 6}), "grpc-go/1.60");
  EXPECT_EQ(At(entry, {3, 12}), "120");
  EXPECT_EQ(At(entry, {4, 1, 1}), "200");
  EXPECT_EQ(At(entry, {4, 3}), "9007199254740993");
  EXPECT_EQ(At(entry, {4, 5, 1}), "grpc-status");
  EXPECT_EQ(At(entry, {4, 5, 2}), "7");
  EXPECT_EQ(At(entry, {4, 6}), "POLICY_CHANGED");
  EXPECT_EQ(At(entry, {1, 19}), "/shop.ledger.v1.Ledger/*");
  EXPECT_EQ(At(entry, {1, 33}), "6") << "DownstreamEnd";
}

TEST(AlsMessages, AMethodWithoutANumberIsToldAllTheSame) {
  Flow flow = Request();
  flow.http.method = "PROPFIND";
  const std::string request = At(MessagesOf({flow}).at(0), {2, 1, 3});
  EXPECT_EQ(FieldsOf(request).count(1), 0U);
  EXPECT_EQ(At(request, {13, 2}), "PROPFIND");
}

TEST(AlsMessages, WhatLivesOnIsIntermediate) {
  Flow periodic = Connection();
  periodic.event = "PERIODIC";
  const std::string common = At(MessagesOf({periodic}).at(0), {3, 1, 1});
  EXPECT_EQ(At(common, {27}), "1");
  EXPECT_EQ(At(common, {33}), "2") << "TcpPeriodic";
  Flow request = Request();
  request.event = "PERIODIC";
  EXPECT_EQ(At(MessagesOf({request}).at(0), {2, 1, 1, 33}), "5") << "DownstreamPeriodic";
}

TEST(AlsMessages, ASampledLineSaysWhatItStandsFor) {
  Flow flow = Connection();
  flow.weight = 4;
  const std::string common = At(MessagesOf({flow}).at(0), {3, 1, 1});
  EXPECT_EQ(At(common, {1}), std::string("\0\0\0\0\0\0\xd0\x3f", 8)) << "0.25";
}

TEST(AlsMessages, TheFirstMessageAloneSaysWhoSends) {
  std::vector<Flow> flows(2'000, Request());
  flows.insert(flows.begin() + 3, Connection());
  const std::vector<std::string> messages = MessagesOf(flows);
  ASSERT_GT(messages.size(), 2U);
  EXPECT_EQ(At(messages[0], {1, 1, 1}), "payments-0");
  EXPECT_EQ(At(messages[0], {1, 1, 2}), "payments.shop");
  EXPECT_EQ(At(messages[0], {1, 2}), "firebreak");
  size_t http = 0;
  size_t tcp = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    const Fields fields = FieldsOf(messages[i]);
    EXPECT_EQ(fields.count(1), i == 0 ? 1U : 0U);
    EXPECT_EQ(fields.count(2) + fields.count(3), 1U) << "one kind a message";
    EXPECT_LT(messages[i].size(), 2 * AlsMessages::kMessageBytes);
    for (const auto& [number, entries] : fields) {
      if (number == 2) http += FieldsOf(entries).size();
      if (number == 3) tcp += FieldsOf(entries).size();
    }
  }
  EXPECT_EQ(http, 2'000U);
  EXPECT_EQ(tcp, 1U);
}

TEST(AlsMessages, LinesThatTellOfTheLogItselfHaveNoEntry) {
  std::vector<Flow> flows(3);
  flows[0].event = "HEAD";
  flows[1].event = "LOST";
  flows[2].event = "ROLLUP";
  EXPECT_THAT(MessagesOf(flows), IsEmpty());
}

TEST(AlsMessages, TimesThatProtobufCannotHoldAreCut) {
  Flow flow = Connection();
  flow.time = absl::InfinitePast();
  flow.duration_us = UINT64_MAX;
  const std::string common = At(MessagesOf({flow}).at(0), {3, 1, 1});
  EXPECT_EQ(At(common, {5, 1}), "0");
  EXPECT_EQ(At(common, {23, 1}), "315576000000");
}

}  // namespace
}  // namespace firebreak::flows
