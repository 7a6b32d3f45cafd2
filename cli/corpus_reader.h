// Labelled requests from a file.
#ifndef FIREBREAK_CLI_CORPUS_READER_H_
#define FIREBREAK_CLI_CORPUS_READER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace firebreak::cli {

// CorpusRecord is one request and what it is known to be.
struct CorpusRecord {
  bool malicious = false;
  absl::string_view request;
};

// ReadCorpus calls take for every record of a file, in order. A record is one byte (0 benign,
// 1 malicious), a little-endian 32-bit length and that many bytes; the file may be compressed with
// zstd. Memory is bounded by the longest record, at most kMaxCorpusRecord bytes. Unless ok, what
// take was given so far was well formed.
absl::Status ReadCorpus(const std::string& path,
                        const std::function<void(const CorpusRecord&)>& take);

inline constexpr uint32_t kMaxCorpusRecord = 64U << 20;

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CORPUS_READER_H_
