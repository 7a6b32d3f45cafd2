// What requests that are alike have in common, as JSON that is written once.
#ifndef FIREBREAK_FLOWS_REQUEST_TEXT_H_
#define FIREBREAK_FLOWS_REQUEST_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "flows/record.h"

namespace firebreak::flows {

// RequestText keeps the texts of requests that came more than once: the same method, path and so
// on, of whatever connection. They are redacted, cut and escaped once. What is kept is used only
// for a request that has the very same values. For one thread.
class RequestText {
 public:
  struct Text {
    std::string start;  // ,"http":{... up to the numbers
    std::string end;    // what follows them, with the closing brace
    std::string grpc;   // "service":"...","method":"...", or empty
  };
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

  std::vector<Entry> entries_;  // by hash; empty until the first request
  Text unkept_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_REQUEST_TEXT_H_
