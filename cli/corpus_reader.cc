#include "cli/corpus_reader.h"

#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::cli {
namespace {

constexpr size_t kRecordHead = 5;  // label and length

// Records cuts a stream of bytes into records.
class Records {
 public:
  explicit Records(const std::function<void(const CorpusRecord&)>& take) : take_(take) {}

  absl::Status Add(absl::string_view bytes) {
    held_.append(bytes.data(), bytes.size());
    size_t at = 0;
    while (held_.size() - at >= kRecordHead) {
      const auto label = static_cast<uint8_t>(held_[at]);
      if (label > 1) return absl::InvalidArgumentError("a label is neither 0 nor 1");
      uint32_t size = 0;
      for (size_t i = 0; i < 4; ++i) {
        size |= static_cast<uint32_t>(static_cast<uint8_t>(held_[at + 1 + i])) << (8 * i);
      }
      if (size > kMaxCorpusRecord) return absl::InvalidArgumentError("a record is too long");
      if (held_.size() - at - kRecordHead < size) break;
      take_({.malicious = label == 1,
             .request = absl::string_view(held_).substr(at + kRecordHead, size)});
      at += kRecordHead + size;
    }
    held_.erase(0, at);
    return absl::OkStatus();
  }
  absl::Status End() const {
    if (held_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("ends within a record");
  }

 private:
  const std::function<void(const CorpusRecord&)>& take_;
  std::string held_;
};

// Unzip undoes zstd, frame after frame.
class Unzip {
 public:
  explicit Unzip(Records& records)
      : records_(records),
        stream_(ZSTD_createDStream(), ZSTD_freeDStream),
        out_(ZSTD_DStreamOutSize()) {}

  absl::Status Add(absl::string_view bytes) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    // Until the input is used up and what it gave fitted into the output.
    while (in.pos < in.size || out.pos == out.size) {
      out.pos = 0;
      const size_t rest = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(rest) != 0) {
        return absl::InvalidArgumentError(absl::StrCat("zstd: ", ZSTD_getErrorName(rest)));
      }
      in_frame_ = rest != 0;
      FB_RETURN_IF_ERROR(records_.Add({out_.data(), out.pos}));
    }
    return absl::OkStatus();
  }
  absl::Status End() const {
    if (!in_frame_) return records_.End();
    return absl::InvalidArgumentError("zstd: ends within a frame");
  }

 private:
  Records& records_;
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  std::vector<char> out_;
  bool in_frame_ = false;
};

absl::Status ReadStream(std::istream& in, Records& records) {
  constexpr absl::string_view kZstdMagic("\x28\xb5\x2f\xfd", 4);
  constexpr size_t kPiece = size_t{64} << 10;
  std::vector<char> buffer(kPiece);
  std::optional<Unzip> unzip;
  bool first = true;
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const absl::string_view piece(buffer.data(), static_cast<size_t>(in.gcount()));
    if (first && piece.substr(0, kZstdMagic.size()) == kZstdMagic) unzip.emplace(records);
    first = false;
    if (piece.empty()) continue;
    FB_RETURN_IF_ERROR(unzip.has_value() ? unzip->Add(piece) : records.Add(piece));
  }
  if (in.bad()) return absl::DataLossError("cannot be read");
  return unzip.has_value() ? unzip->End() : records.End();
}

}  // namespace

absl::Status ReadCorpus(const std::string& path,
                        const std::function<void(const CorpusRecord&)>& take) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  Records records(take);
  absl::Status read = ReadStream(in, records);
  if (read.ok()) return read;
  return {read.code(), absl::StrCat(path, ": ", read.message())};
}

}  // namespace firebreak::cli
