#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

#include "flows/json_encoder.h"
#include "flows/json_reader.h"
#include "flows/redact.h"

// A client chooses the path and the user agent. Whatever they are, the line can be read back, says
// the same when it is written again, and what was redacted stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::flows::PathKind;
  const absl::string_view path(reinterpret_cast<const char*>(data), size);
  std::string once;
  std::string twice;
  const absl::string_view agent = firebreak::flows::RedactUserAgent(path, &once);
  if (firebreak::flows::RedactUserAgent(agent, &twice) != agent) __builtin_trap();
  for (const PathKind kind : {PathKind::kAny, PathKind::kGrpc, PathKind::kShown}) {
    const auto [shown, is_route] = firebreak::flows::RedactPath(path, kind, &once);
    if (firebreak::flows::RedactPath(shown, kind, &twice).text != shown) __builtin_trap();
    if (is_route && firebreak::PathTemplate(shown) != shown) __builtin_trap();
  }
  for (const bool grpc : {false, true}) {
    firebreak::flows::HttpInfo http;
    http.path = http.user_agent = http.authority = std::string(path);
    http.grpc = grpc;
    firebreak::flows::Record record;
    record.event = firebreak::flows::Event::kRequest;
    record.http = std::move(http);
    std::string line;
    firebreak::flows::JsonEncoder encoder(firebreak::flows::Reporter{});
    encoder.AppendRecord(record, {.sequence = 1}, /*weight=*/1, &line);
    for (int time = 2; time <= 3; ++time) {  // the third is of text that was kept
      std::string again;
      encoder.AppendRecord(record, {.sequence = 1}, /*weight=*/1, &again);
      if (again != line) __builtin_trap();
    }
    line.pop_back();
    const auto flow = firebreak::flows::ParseFlowLine(line);
    if (!flow.ok() || flow->http.path.find('?') != std::string::npos) __builtin_trap();
  }
  return 0;
}
