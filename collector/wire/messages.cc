#include "collector/wire/messages.h"

#include <zstd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "collector/wire/collector.pb.h"

namespace firebreak::collector {
namespace {

constexpr int kCompressionLevel = 1;

absl::StatusOr<std::string> Unpacked(absl::string_view packed) {
  const uint64_t size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return absl::InvalidArgumentError("the lines are no zstd frame that says its size");
  }
  if (size > kMaxTextBytes) {
    return absl::InvalidArgumentError(absl::StrCat("lines of more than ", kMaxTextBytes, " bytes"));
  }
  std::string text(size, '\0');
  const size_t got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != text.size()) {
    return absl::InvalidArgumentError("the lines are no whole zstd frame");
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> EncodeBatch(uint64_t number, uint64_t lines, absl::string_view text) {
  const auto too_large = [&] {
    return absl::InvalidArgumentError(absl::StrCat("a batch of ", text.size(), " bytes"));
  };
  if (text.size() > kMaxTextBytes) return too_large();
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) return absl::InternalError("no memory to compress");
  packed.resize(size);
  flow::v1::Batch batch;
  batch.set_number(number);
  batch.set_lines(static_cast<uint32_t>(lines));
  batch.set_zstd_lines(std::move(packed));
  std::string message = batch.SerializeAsString();
  if (message.size() > kMaxMessageBytes) return too_large();
  return message;
}

absl::StatusOr<PlainBatch> DecodeBatch(absl::string_view message) {
  flow::v1::Batch batch;
  if (message.size() > kMaxMessageBytes ||
      !batch.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InvalidArgumentError("no Batch");
  }
  absl::StatusOr<std::string> text = Unpacked(batch.zstd_lines());
  if (!text.ok()) return text.status();
  const auto lines = static_cast<uint64_t>(std::count(text->begin(), text->end(), '\n'));
  if (lines == 0 || lines != batch.lines() || text->back() != '\n') {
    return absl::InvalidArgumentError(
        absl::StrCat("a batch of ", batch.lines(), " lines that holds ", lines));
  }
  return PlainBatch{.number = batch.number(), .lines = batch.lines(), .text = *std::move(text)};
}

std::string EncodeReceipt(const Receipt& receipt) {
  flow::v1::Ack ack;
  ack.set_number(receipt.number);
  ack.set_stored(receipt.stored);
  ack.set_duplicates(receipt.duplicates);
  return ack.SerializeAsString();
}

absl::StatusOr<Receipt> DecodeReceipt(absl::string_view message) {
  flow::v1::Ack ack;
  if (!ack.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InvalidArgumentError("no Ack");
  }
  return Receipt{.number = ack.number(), .stored = ack.stored(), .duplicates = ack.duplicates()};
}

std::string EncodeHeld(uint64_t serial) {
  flow::v1::QuarantineHeld held;
  held.set_serial(serial);
  return held.SerializeAsString();
}

absl::StatusOr<uint64_t> DecodeHeld(absl::string_view message) {
  flow::v1::QuarantineHeld held;
  if (message.size() > kMaxHeldBytes ||
      !held.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InvalidArgumentError("no QuarantineHeld");
  }
  return held.serial();
}

std::string EncodeList(absl::string_view signed_text) {
  flow::v1::QuarantineList list;
  list.set_signed_text(signed_text.data(), signed_text.size());
  return list.SerializeAsString();
}

absl::StatusOr<std::string> DecodeList(absl::string_view message) {
  flow::v1::QuarantineList list;
  if (message.size() > kMaxListMessageBytes ||
      !list.ParseFromArray(message.data(), static_cast<int>(message.size())) ||
      list.signed_text().size() > kMaxSignedTextBytes) {
    return absl::InvalidArgumentError("no QuarantineList");
  }
  return std::move(*list.mutable_signed_text());
}

}  // namespace firebreak::collector
