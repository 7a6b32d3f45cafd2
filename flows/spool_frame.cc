#include "flows/spool_frame.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

namespace firebreak::flows {
namespace {

constexpr absl::string_view kMagic = "FBSF";
constexpr int kCompressionLevel = 1;

void PutNumber(uint64_t value, size_t bytes, std::string* out) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t GetNumber(absl::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  }
  return value;
}

uint32_t Crc(absl::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string Compressed(absl::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const size_t size =
      ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kCompressionLevel);
  // It fails for want of memory or room alone; an empty payload reads back as damage.
  out.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

std::optional<std::string> Decompressed(absl::string_view payload, size_t text_bytes) {
  std::string text(text_bytes, '\0');
  const size_t size = ZSTD_decompress(text.data(), text.size(), payload.data(), payload.size());
  if (ZSTD_isError(size) != 0 || size != text.size()) return std::nullopt;
  return text;
}

}  // namespace

std::string EncodeFrame(const FrameHeader& header, absl::string_view text) {
  const std::string payload = Compressed(text);
  std::string fields;
  fields.reserve(kFrameHeaderBytes);
  PutNumber(header.run, 8, &fields);
  PutNumber(header.first_sequence, 8, &fields);
  PutNumber(header.last_sequence, 8, &fields);
  PutNumber(static_cast<uint64_t>(absl::ToUnixMicros(header.time)), 8, &fields);
  PutNumber(header.lines, 4, &fields);
  PutNumber(text.size(), 4, &fields);
  PutNumber(payload.size(), 4, &fields);
  PutNumber(Crc(payload), 4, &fields);
  std::string frame(kMagic);
  PutNumber(Crc(fields), 4, &frame);
  return frame + fields + payload;
}

std::optional<FrameHeader> DecodeHeader(absl::string_view bytes) {
  if (bytes.size() < kFrameHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return std::nullopt;
  }
  if (GetNumber(bytes, 4, 4) != Crc(bytes.substr(8, kFrameHeaderBytes - 8))) return std::nullopt;
  FrameHeader header;
  header.run = GetNumber(bytes, 8, 8);
  header.first_sequence = GetNumber(bytes, 16, 8);
  header.last_sequence = GetNumber(bytes, 24, 8);
  header.time = absl::FromUnixMicros(static_cast<int64_t>(GetNumber(bytes, 32, 8)));
  header.lines = static_cast<uint32_t>(GetNumber(bytes, 40, 4));
  header.text_bytes = static_cast<uint32_t>(GetNumber(bytes, 44, 4));
  header.payload_bytes = static_cast<uint32_t>(GetNumber(bytes, 48, 4));
  header.payload_crc = static_cast<uint32_t>(GetNumber(bytes, 52, 4));
  if (header.text_bytes > kMaxFrameTextBytes) return std::nullopt;
  return header;
}

std::optional<Frame> FrameReader::Next() {
  while (offset_ < bytes_.size()) {
    const absl::string_view rest = bytes_.substr(offset_);
    const std::optional<FrameHeader> header = DecodeHeader(rest);
    if (!header.has_value()) {
      PassOver();
      continue;
    }
    NoteGap(*header);
    const absl::string_view payload =
        rest.substr(kFrameHeaderBytes,
                    std::min<size_t>(header->payload_bytes, rest.size() - kFrameHeaderBytes));
    std::optional<std::string> text;
    if (payload.size() == header->payload_bytes && Crc(payload) == header->payload_crc) {
      text = Decompressed(payload, header->text_bytes);
    }
    if (text.has_value()) {
      offset_ += kFrameHeaderBytes + payload.size();
      return Frame{*header, *std::move(text)};
    }
    ++damage_.places;
    damage_.lines += header->lines;
    // Its length may be that of a frame that was cut off: the next one is looked for behind the
    // header, not behind the payload.
    offset_ += kFrameHeaderBytes;
    const size_t next = bytes_.find(kMagic, offset_);
    offset_ = next == absl::string_view::npos ? bytes_.size() : next;
  }
  return std::nullopt;
}

// PassOver goes to the next place where a frame may begin.
void FrameReader::PassOver() {
  if (!gap_open_) ++damage_.places;
  gap_open_ = true;
  const size_t next = bytes_.find(kMagic, offset_ + 1);
  offset_ = next == absl::string_view::npos ? bytes_.size() : next;
}

// NoteGap counts the lines of frames whose headers were damaged, as far as their neighbours tell.
void FrameReader::NoteGap(const FrameHeader& header) {
  const bool known = gap_open_ && previous_.has_value() && previous_->run == header.run &&
                     header.first_sequence > previous_->last_sequence;
  if (known) damage_.lines += header.first_sequence - previous_->last_sequence - 1;
  gap_open_ = false;
  previous_ = header;
}

}  // namespace firebreak::flows
