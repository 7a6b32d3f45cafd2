#include "bench/corpus.h"

#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "http/canonical.h"

namespace firebreak::bench {
namespace {

absl::StatusOr<std::string> Decompress(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  const std::string packed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  constexpr absl::string_view kMagic = "\x28\xb5\x2f\xfd";
  if (!absl::StartsWith(packed, kMagic)) return packed;
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        ZSTD_freeDStream);
  std::string text;
  std::string block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  while (in.pos < in.size) {
    ZSTD_outBuffer out{block.data(), block.size(), 0};
    const size_t result = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(result) != 0) {
      return absl::DataLossError(absl::StrCat(path, ": ", ZSTD_getErrorName(result)));
    }
    text.append(block.data(), out.pos);
  }
  return text;
}

// The target is what stands between the first and the last space, since attacks have spaces of
// their own in it; a server that reads it otherwise refuses it.
bool ParseHead(absl::string_view head, http::Request& request) {
  const size_t line_end = std::min(head.find("\r\n"), head.size());
  const absl::string_view line = head.substr(0, line_end);
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == absl::string_view::npos || last <= first) return false;
  request.method = std::string(line.substr(0, first));
  request.path = std::string(line.substr(first + 1, last - first - 1));
  const size_t scheme = request.path.find("://");
  if (scheme != std::string::npos && scheme < request.path.find('/') + 1) {
    const size_t slash = std::min(request.path.find('/', scheme + 3), request.path.size());
    request.path.erase(0, slash);
  }
  head.remove_prefix(std::min(line_end + 2, head.size()));
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const absl::string_view field = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const size_t colon = field.find(':');
    if (colon == absl::string_view::npos) return false;
    const std::string name = absl::AsciiStrToLower(field.substr(0, colon));
    if (name == "content-length" || name == "transfer-encoding") continue;
    request.headers.Add(name, absl::StripAsciiWhitespace(field.substr(colon + 1)));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::vector<LabelledRequest>> ReadCorpus(const std::string& path) {
  FB_ASSIGN_OR_RETURN(const std::string text, Decompress(path));
  std::vector<LabelledRequest> requests;
  absl::string_view rest = text;
  while (!rest.empty()) {
    constexpr size_t kPrefix = 5;
    if (rest.size() < kPrefix) return absl::DataLossError(absl::StrCat(path, ": cut short"));
    size_t size = 0;
    for (size_t i = kPrefix - 1; i > 0; --i) size = size << 8 | static_cast<uint8_t>(rest[i]);
    LabelledRequest record;
    record.attack = rest[0] != 0;
    rest.remove_prefix(kPrefix);
    if (rest.size() < size) return absl::DataLossError(absl::StrCat(path, ": cut short"));
    const absl::string_view message = rest.substr(0, size);
    rest.remove_prefix(size);
    const size_t blank = message.find("\r\n\r\n");
    if (blank == absl::string_view::npos || !ParseHead(message.substr(0, blank), record.request)) {
      return absl::DataLossError(
          absl::StrCat(path, ": record ", requests.size(), " is no HTTP/1.1 request"));
    }
    record.body = std::string(message.substr(blank + 4));
    record.request.has_body = !record.body.empty();
    record.refused = http::Canonicalise({}, record.request).has_value();
    requests.push_back(std::move(record));
  }
  return requests;
}

}  // namespace firebreak::bench
