// What requests that are alike have in common, as JSON that is written once.
#ifndef FIREBREAK_FLOWS_REQUEST_TEXT_H_
#define FIREBREAK_FLOWS_REQUEST_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "flows/record.h"
#include "flows/redact.h"

namespace firebreak::flows {

// RequestText keeps the texts of requests that came more than once: the same method, path and so
// on, of whatever connection. They are redacted, cut and escaped once. What is kept is used only
// for a request that has the very same values. For one thread.
class RequestText {
 public:
  struct Text {
    std::string http;     // ,"http":{... up to the numbers
    std::string grpc;     // "service":"...","method":"...", or empty
    uint64_t number = 0;  // another one for each text; 0: it is too long to have one
  };
  // Paths at or below one of shown keep their ids; see RedactPath.
  explicit RequestText(std::vector<std::string> shown) : shown_(std::move(shown)) {}

  // Of is good until the next call.
  const Text& Of(const HttpInfo& http);

 private:
  struct Entry {
    bool Holds(const HttpInfo& http) const;

    size_t seen = 0;  // the hash of the last request that came here
    bool used = false;
    HttpInfo http;
    Text text;
  };

  // Route is a text that requests were written as. They are fewer than requests: ids are not in it.
  struct Route {
    std::string http;
    std::string grpc;
    uint64_t number = 0;
  };

  // Agent is what one user agent is written as. They are few, whatever the paths.
  struct Agent {
    std::string agent;
    std::string text;
  };

  void Write(const HttpInfo& http, Text* text);
  uint64_t NumberOf(const Text& text);
  void AppendAgent(absl::string_view agent, std::string* out);
  PathKind KindOf(const HttpInfo& http, absl::string_view path) const;

  const std::vector<std::string> shown_;
  std::vector<Entry> entries_;  // by hash; empty until the first request
  Text unkept_;
  std::vector<Route> routes_;  // by hash; empty until the first request
  uint64_t numbers_ = 0;
  static constexpr size_t kAgents = 16;
  std::array<Agent, kAgents> agents_;  // by hash
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_REQUEST_TEXT_H_
