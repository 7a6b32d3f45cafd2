// What the records of one connection have in common, as JSON that is written once.
#ifndef FIREBREAK_FLOWS_CONNECTION_TEXT_H_
#define FIREBREAK_FLOWS_CONNECTION_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "flows/record.h"

namespace firebreak::flows {

// ConnectionText keeps the ends and the TLS part of the connections that spoke last. A kept
// connection carries many requests, each with a record of which this is the larger half. What is
// kept is used only for a record that has the very same values. For one thread.
class ConnectionText {
 public:
  // Neither `reporter` nor anything else is written to; it must outlive this.
  explicit ConnectionText(const Reporter& reporter) : reporter_(reporter) {}

  struct Text {
    std::string ends;  // ,"source":{...},"destination":{...}
    std::string tls;   // ,"tls":{...}, or empty
  };
  // Of is good until the next call.
  const Text& Of(const Record& record);

 private:
  struct Entry {
    bool Holds(const Record& record) const;

    bool used = false;
    uint64_t flow_id_high = 0;
    uint64_t flow_id_low = 0;
    Direction direction = Direction::kInbound;
    Endpoint source;
    Endpoint destination;
    TlsInfo tls;
    Text text;
  };

  void Fill(const Record& record, Entry* entry) const;
  void AppendEndpoint(absl::string_view name, const Endpoint& endpoint, bool is_reporter,
                      std::string* out) const;

  const Reporter& reporter_;
  std::vector<Entry> entries_;  // by flow id; empty until the first record
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_CONNECTION_TEXT_H_
