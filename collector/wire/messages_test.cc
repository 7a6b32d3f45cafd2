#include "collector/wire/messages.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "absl/strings/str_cat.h"

#include "collector/wire/collector.pb.h"

namespace firebreak::collector {
namespace {

std::string Packed(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

std::string Message(uint32_t lines, const std::string& packed) {
  flow::v1::Batch batch;
  batch.set_number(1);
  batch.set_lines(lines);
  batch.set_zstd_lines(packed);
  return batch.SerializeAsString();
}

TEST(Batch, ComesBackAsItWas) {
  const auto message = EncodeBatch(7, 2, "{}\n{}\n");
  ASSERT_TRUE(message.ok());
  const auto batch = DecodeBatch(*message);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->number, 7);
  EXPECT_EQ(batch->lines, 2);
  EXPECT_EQ(batch->text, "{}\n{}\n");
}

TEST(Batch, FieldsOfALaterVersionArePassedOver) {
  std::string message = *EncodeBatch(1, 1, "{}\n");
  message += std::string("\xf8\x06\x2a", 3);  // field 111, a number
  message += std::string(
      "\x82\x7d\x03"
      "new",
      6);  // field 2000, bytes
  const auto batch = DecodeBatch(message);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->text, "{}\n");
}

TEST(Batch, IsHeldToItsBoundsBeforeAnythingIsAllocated) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(EncodeBatch(1, 1, std::string(kMaxTextBytes, 'x') + "\n").status()));
  const std::string bomb = Packed(std::string(kMaxTextBytes, 'x') + "\n");
  EXPECT_LT(bomb.size(), 1'000);
  EXPECT_TRUE(absl::IsInvalidArgument(DecodeBatch(Message(1, bomb)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      DecodeBatch(Message(1, std::string(kMaxMessageBytes, 'x'))).status()));
}

TEST(Batch, IsRefusedWhenItIsNotWhatItSays) {
  const std::string whole = Packed("{}\n{}\n");
  EXPECT_TRUE(DecodeBatch(Message(2, whole)).ok());
  const std::string cut = whole.substr(0, whole.size() - 1);
  for (const std::string& message :
       {std::string("\xff"), std::string(), Message(3, whole), Message(0, Packed("")),
        Message(1, Packed("{}")), Message(1, Packed("{}\n{}")), Message(2, cut),
        Message(2, "no zstd"), Message(2, whole + Packed("{}\n"))}) {
    EXPECT_TRUE(absl::IsInvalidArgument(DecodeBatch(message).status()));
  }
}

TEST(Receipt, ComesBackAsItWas) {
  const auto receipt = DecodeReceipt(EncodeReceipt({.number = 3, .stored = 5, .duplicates = 1}));
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->number, 3);
  EXPECT_EQ(receipt->stored, 5);
  EXPECT_EQ(receipt->duplicates, 1);
  EXPECT_FALSE(DecodeReceipt("\xff").ok());
}

TEST(QuarantineHeld, ComesBackAsItWas) {
  for (const uint64_t serial : {uint64_t{0}, uint64_t{1'800'000'000'000}, UINT64_MAX}) {
    const auto held = DecodeHeld(EncodeHeld(serial));
    ASSERT_TRUE(held.ok()) << held.status();
    EXPECT_EQ(*held, serial);
  }
  EXPECT_TRUE(absl::IsInvalidArgument(DecodeHeld("\xff").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DecodeHeld(std::string(65, '\x08')).status()));
}

TEST(QuarantineList, ComesBackAsItWasAndIsHeldToItsBound) {
  for (const std::string& text : {std::string(), std::string("serial: 1\n\0\xff", 12),
                                  std::string(kMaxSignedTextBytes, 'x')}) {
    const auto list = DecodeList(EncodeList(text));
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_EQ(*list, text);
  }
  for (const std::string& message :
       {std::string("\xff"), EncodeList(std::string(kMaxSignedTextBytes + 1, 'x')),
        EncodeList(std::string(kMaxListMessageBytes, 'x'))}) {
    EXPECT_TRUE(absl::IsInvalidArgument(DecodeList(message).status()));
  }
}

}  // namespace
}  // namespace firebreak::collector
