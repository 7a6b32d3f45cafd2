// How the lines of a connection begin, as JSON that is written once and hashed once.
#ifndef FIREBREAK_FLOWS_LINE_STARTS_H_
#define FIREBREAK_FLOWS_LINE_STARTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/sha256_state.h"
#include "flows/record.h"

namespace firebreak::flows {

// LineStart is what lines begin with, and what SHA-256 remembers of it once somebody has hashed it.
class LineStart {
 public:
  const std::string& text() const { return text_; }
  // Rewrite is given the text to change.
  template <typename Write>
  void Rewrite(const Write& write) {
    hashed_.reset();
    write(&text_);
  }

  // Blocks is the part that is whole blocks of SHA-256: the state behind it is the smallest.
  absl::string_view Blocks() const {
    return absl::string_view(text_).substr(0, text_.size() - text_.size() % kSha256Block);
  }
  // hashed is the state behind Blocks, for the hasher to fill in.
  std::optional<Sha256State>& hashed() { return hashed_; }

 private:
  std::string text_;
  std::optional<Sha256State> hashed_;
};

// LineStarts keeps the starts of lines of the connections that spoke last: of each, what all its
// lines have in common, and what the lines of the request that came twice have beyond that. What is
// kept is used only for a record that has the very same values. For one thread.
class LineStarts {
 public:
  // The reporter must outlive this.
  explicit LineStarts(const Reporter& reporter);

  // Kind is what lines of one connection may differ in, but for numbers, times and ids. policy and
  // request are the numbers of their texts; 0: there is none, or it has none.
  struct Kind {
    Event event = Event::kClose;
    Verdict verdict = Verdict::kDropped;
    Reason reason = Reason::kNone;
    QuarantineMode quarantine = QuarantineMode::kNone;
    Protocol protocol = Protocol::kUnknown;
    std::optional<int> grpc_status;  // of calls of gRPC
    uint64_t policy = 0;
    uint64_t request = 0;
    friend bool operator==(const Kind&, const Kind&) = default;
  };

  class Entry {
   public:
    // connection is {"run_id":...,"reporter":{...},"flow_id":...,"direction":...,"source":{...},
    // "destination":{...},"tls":{...} as far as there is of it.
    LineStart& connection() { return connection_; }
    // OfKind is a longer start, for lines of that kind; null: none is kept.
    LineStart* OfKind(const Kind& kind) {
      return kept_ == kind && kind.request != 0 ? &longer_ : nullptr;
    }
    // Keep keeps what a line of that kind began with, where its like came right before it.
    void Keep(const Kind& kind, absl::string_view text);

   private:
    friend class LineStarts;
    bool Holds(const Record& record) const;

    bool used_ = false;
    uint64_t flow_id_high_ = 0;
    uint64_t flow_id_low_ = 0;
    Direction direction_ = Direction::kInbound;
    Endpoint source_;
    Endpoint destination_;
    TlsInfo tls_;
    LineStart connection_;
    Kind last_;  // that Keep was asked for
    Kind kept_;
    LineStart longer_;
  };
  // Of is good until the next call.
  Entry& Of(const Record& record);

  // AppendEnds appends ,"source":{...},"destination":{...} of a record.
  void AppendEnds(const Record& record, std::string* out) const;

 private:
  void Fill(const Record& record, Entry* entry) const;
  void AppendEndpoint(absl::string_view name, const Endpoint& endpoint, bool is_reporter,
                      std::string* out) const;

  const Reporter& reporter_;
  std::string run_;             // { with "run_id" and "reporter"
  std::vector<Entry> entries_;  // by flow id; empty until the first record
};

// AppendReporter appends ,"reporter":{...}, or nothing.
void AppendReporter(const Reporter& reporter, std::string* out);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_LINE_STARTS_H_
