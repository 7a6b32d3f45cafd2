#include "inspect/coding/content_decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

constexpr int kGzip = MAX_WBITS + 16;
constexpr int kZlib = MAX_WBITS;
constexpr int kRaw = -MAX_WBITS;

std::string Deflated(const std::string& text, int window) {
  z_stream zlib{};
  EXPECT_EQ(deflateInit2(&zlib, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&zlib, text.size()) + 64, '\0');
  std::string in = text;
  zlib.next_in = reinterpret_cast<Bytef*>(in.data());
  zlib.avail_in = static_cast<uInt>(in.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return out;
}

struct Decoded {
  std::string text;
  DecodeFault fault = DecodeFault::kNone;
};
Decoded Decode(Coding coding, absl::string_view bytes, size_t piece = SIZE_MAX) {
  Decoded decoded;
  ContentDecoder decoder(coding);
  while (!bytes.empty()) {
    decoder.Feed(bytes.substr(0, piece),
                 [&](absl::string_view text) { absl::StrAppend(&decoded.text, text); });
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  decoded.fault = decoder.End();
  return decoded;
}

std::string Text() {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < 100'000) absl::StrAppend(&text, "word ", random() % 1'000, " ");
  return text;
}

TEST(ParseCoding, KnowsWhatCanBeUndone) {
  EXPECT_EQ(ParseCoding(""), Coding::kIdentity);
  EXPECT_EQ(ParseCoding("identity"), Coding::kIdentity);
  EXPECT_EQ(ParseCoding("GZip"), Coding::kGzip);
  EXPECT_EQ(ParseCoding(" x-gzip , identity"), Coding::kGzip);
  EXPECT_EQ(ParseCoding("deflate"), Coding::kDeflate);
  EXPECT_EQ(ParseCoding("gzip, gzip"), Coding::kOther);
  EXPECT_EQ(ParseCoding("br"), Coding::kOther);
  EXPECT_EQ(ParseCoding("gzip;q=1"), Coding::kOther);
}

TEST(ContentDecoder, GivesTheSameTextHoweverItIsCut) {
  const std::string text = Text();
  const std::pair<Coding, int> kinds[] = {
      {Coding::kGzip, kGzip}, {Coding::kDeflate, kZlib}, {Coding::kDeflate, kRaw}};
  for (const auto& [coding, window] : kinds) {
    const std::string bytes = Deflated(text, window);
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{4'096}, SIZE_MAX}) {
      const Decoded decoded = Decode(coding, bytes, piece);
      EXPECT_EQ(decoded.fault, DecodeFault::kNone);
      EXPECT_TRUE(decoded.text == text) << window << " in pieces of " << piece;
    }
  }
}

TEST(ContentDecoder, GoesOnWithTheNextMemberOfAGzipFile) {
  const std::string bytes = Deflated("one ", kGzip) + Deflated("two", kGzip);
  EXPECT_EQ(Decode(Coding::kGzip, bytes, 3).text, "one two");
}

TEST(ContentDecoder, SaysWhatIsNotTheCodingOrIsCutShort) {
  const std::string bytes = Deflated(Text(), kGzip);
  EXPECT_EQ(Decode(Coding::kGzip, bytes.substr(0, bytes.size() - 1)).fault,
            DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kGzip, "plain").fault, DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kGzip, bytes + "more").fault, DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kDeflate, Deflated("x", kZlib) + "more").fault, DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kGzip, "").fault, DecodeFault::kNone);
}

TEST(ContentDecoder, StopsABombSoonAfterItGoesOff) {
  const std::string bomb = Deflated(std::string(64 << 20, '\0'), kGzip);
  size_t made = 0;
  ContentDecoder decoder(Coding::kGzip);
  EXPECT_EQ(decoder.Feed(bomb, [&](absl::string_view text) { made += text.size(); }),
            DecodeFault::kRatio);
  EXPECT_LE(made, ContentDecoder::kFreeBytes + 2 * ContentDecoder::kStepBytes);
  EXPECT_EQ(decoder.Feed("x", [](absl::string_view) { FAIL(); }), DecodeFault::kRatio);
}

}  // namespace
}  // namespace firebreak::inspect
