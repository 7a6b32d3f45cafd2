// Corpora of labelled requests, as the evaluations read them.
#ifndef FIREBREAK_BENCH_CORPUS_H_
#define FIREBREAK_BENCH_CORPUS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "http/message.h"

namespace firebreak::bench {

struct LabelledRequest {
  bool attack = false;
  // The sidecar itself refuses it (http/canonical.h); request is then half done.
  bool refused = false;
  http::Request request;
  std::string body;
};

// ReadCorpus reads records of one byte label (0 benign, 1 attack), a little-endian uint32 length,
// and that many bytes of one HTTP/1.1 request, compressed with zstd or not. NotFound when there is
// no such file; a record that is cut short or no request is an error.
absl::StatusOr<std::vector<LabelledRequest>> ReadCorpus(const std::string& path);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_CORPUS_H_
