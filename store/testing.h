// For tests: flows that differ from one another in every way that matters to a store.
#ifndef FIREBREAK_STORE_TESTING_H_
#define FIREBREAK_STORE_TESTING_H_

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "flows/flow.h"
#include "flows/json_encoder.h"
#include "flows/json_reader.h"
#include "flows/testing.h"

namespace firebreak::store {

inline const absl::Time kTestStart = absl::FromUnixSeconds(1'800'000'000);

// FullFlow has every field set.
inline flows::Flow FullFlow() {
  flows::Record record = flows::FullRecord();
  record.event = flows::Event::kRequest;
  flows::JsonEncoder encoder(flows::TestReporter());
  std::string line;
  encoder.AppendRecord(record, {.sequence = 7}, 1, &line);
  auto flow = flows::ParseFlowLine(absl::StripAsciiWhitespace(line));
  flow->inflight_inbound = 0;
  flow->run_id = "00112233445566aa";
  return *std::move(flow);
}

// NumberedFlow is one of many: a request a second, from ten workloads to three.
inline flows::Flow NumberedFlow(uint64_t number, const std::string& run = "00112233445566aa") {
  flows::Flow flow;
  flow.time = kTestStart + absl::Seconds(number);
  flow.flow_id = absl::StrFormat("0123456789abcdef%016x", number / 4);
  flow.sequence = number + 1;
  flow.run_id = run;
  flow.event = "REQUEST";
  flow.direction = "INBOUND";
  flow.verdict = number % 10 == 0 ? "DROPPED" : "FORWARDED";
  flow.reason = number % 10 == 0 ? "NO_RULE" : "";
  flow.source.principal = absl::StrCat("d/ns/shop/sa/s", number % 10);
  flow.destination.principal = absl::StrCat("d/ns/shop/sa/t", number % 3);
  flow.destination.port = 8080;
  flow.protocol = "HTTP1";
  flow.http.method = "GET";
  flow.http.path = absl::StrCat("/v1/", number);
  flow.http.status = number % 10 == 0 ? 403 : 200;
  flow.http.response_bytes = number;
  flow.duration_us = number * 3;
  return flow;
}

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_TESTING_H_
