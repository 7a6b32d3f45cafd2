// For tests: lines as a sidecar writes them.
#ifndef FIREBREAK_COLLECTOR_TESTING_H_
#define FIREBREAK_COLLECTOR_TESTING_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "collector/wire/messages.h"

namespace firebreak::collector {

inline constexpr char kSender[] = "shop.example/ns/shop/sa/orders";
inline constexpr char kVictim[] = "shop.example/ns/shop/sa/payments";
inline constexpr char kTestRun[] = "00112233445566aa";

// TestLine is a CLOSE line of an inbound connection that has long ended, with its line feed.
inline std::string TestLine(uint64_t sequence, absl::string_view reporter = kSender,
                            absl::string_view run = kTestRun) {
  return absl::StrCat(R"({"time":"2025-11-22T10:00:00.000000Z","event":"CLOSE","run_id":")", run,
                      R"(","sequence":)", sequence, R"(,"flow_id":"0123456789abcdef)",
                      absl::Hex(sequence, absl::kZeroPad16), R"(","direction":"INBOUND",)",
                      R"("verdict":"FORWARDED","reporter":{"principal":")", reporter,
                      R"("},"source":{"principal":"shop.example/ns/shop/sa/web"},)",
                      R"("destination":{"principal":")", reporter, "\"}}\n");
}

// TestLines are those from first to last.
inline std::string TestLines(uint64_t first, uint64_t last, absl::string_view reporter = kSender,
                             absl::string_view run = kTestRun) {
  std::string text;
  for (uint64_t i = first; i <= last; ++i) text += TestLine(i, reporter, run);
  return text;
}

inline std::string TestMessage(uint64_t number, uint64_t first, uint64_t last,
                               absl::string_view reporter = kSender,
                               absl::string_view run = kTestRun) {
  return EncodeBatch(number, last - first + 1, TestLines(first, last, reporter, run)).value();
}

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_TESTING_H_
