#include "proxy/grpc/framing.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/escape.h"

namespace firebreak::proxy {
namespace {

constexpr size_t kPrefixBytes = 5;  // whether it is compressed, and its length, big endian
constexpr size_t kMaxStatusText = 256;
constexpr int kLastCode = 16;  // UNAUTHENTICATED

}  // namespace

std::string Framed(absl::string_view message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(message.size() >> shift));
  }
  out.append(message.data(), message.size());
  return out;
}

void MessageReader::Feed(absl::string_view bytes) { buffer_.append(bytes.data(), bytes.size()); }

void MessageReader::Reserve() {
  const size_t size = announced();
  if (size > 0 && size <= max_message_bytes_) buffer_.reserve(kPrefixBytes + size);
}

size_t MessageReader::announced() const {
  if (buffer_.size() < kPrefixBytes) return 0;
  size_t size = 0;
  for (size_t i = 1; i < kPrefixBytes; ++i) size = size << 8 | static_cast<uint8_t>(buffer_[i]);
  return size;
}

absl::StatusOr<std::optional<std::string>> MessageReader::Next() {
  if (buffer_.size() < kPrefixBytes) return std::nullopt;
  if (buffer_[0] != 0) return absl::UnimplementedError("a compressed message");
  const size_t size = announced();
  if (size > max_message_bytes_) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", size, " bytes"));
  }
  if (buffer_.size() - kPrefixBytes < size) return std::nullopt;
  std::string message = buffer_.substr(kPrefixBytes, size);
  buffer_.erase(0, kPrefixBytes + size);
  // The few bytes behind a message do not keep its memory.
  if (buffer_.size() < buffer_.capacity() / 2) buffer_.shrink_to_fit();
  return message;
}

std::string GrpcMessage(absl::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxStatusText)) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isprint(byte) && c != '%') {
      out.push_back(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", byte);
    }
  }
  return out;
}

absl::Status StatusOf(absl::string_view code, absl::string_view message) {
  int number = -1;
  if (!absl::SimpleAtoi(code, &number) || number < 0 || number > kLastCode) {
    return absl::UnknownError(absl::StrCat("a gRPC status of \"",
                                           PrintableEscaped(code.substr(0, kMaxStatusText)), "\""));
  }
  return absl::Status(static_cast<absl::StatusCode>(number),
                      PrintableEscaped(message.substr(0, kMaxStatusText)));
}

}  // namespace firebreak::proxy
