#include "inspect/coding/content_decoder.h"

#include <brotli/encode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "tests/support/gzip.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using tests::Deflated;
using tests::Gzip;
using tests::kRawWindow;
using tests::kZlibWindow;

std::string Brotli(const std::string& text) {
  std::string out(BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
  size_t size = out.size();
  EXPECT_EQ(BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, text.size(),
                                  reinterpret_cast<const uint8_t*>(text.data()), &size,
                                  reinterpret_cast<uint8_t*>(out.data())),
            BROTLI_TRUE);
  out.resize(size);
  return out;
}

std::string Zstd(const std::string& text, int window_log = 0) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  if (window_log > 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  // Without its size the frame keeps the window it was told.
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_inBuffer from{text.data(), text.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  EXPECT_EQ(ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush), 0U);
  EXPECT_EQ(ZSTD_compressStream2(context, &to, &from, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

// Feed feeds all of a piece, in as many turns as it takes, and returns what comes out of each.
std::vector<std::string> Feed(ContentDecoder& decoder, absl::string_view piece) {
  std::vector<std::string> turns;
  DecodeFault fault = DecodeFault::kNone;
  do {
    TurnBudget budget;
    std::string& text = turns.emplace_back();
    fault =
        decoder.Feed(&piece, budget, [&](absl::string_view made) { absl::StrAppend(&text, made); });
  } while (fault == DecodeFault::kNone && (!piece.empty() || decoder.more()));
  return turns;
}

struct Decoded {
  std::string text;
  DecodeFault fault = DecodeFault::kNone;
};
Decoded Decode(Coding coding, absl::string_view bytes, size_t piece = SIZE_MAX) {
  Decoded decoded;
  ContentDecoder decoder(coding);
  while (!bytes.empty()) {
    absl::StrAppend(&decoded.text, absl::StrJoin(Feed(decoder, bytes.substr(0, piece)), ""));
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
  EXPECT_EQ(ParseCoding("br"), Coding::kBrotli);
  EXPECT_EQ(ParseCoding("ZSTD"), Coding::kZstd);
  EXPECT_EQ(ParseCoding("br, gzip"), Coding::kOther);
  EXPECT_EQ(ParseCoding("compress"), Coding::kOther);
  EXPECT_EQ(ParseCoding("gzip;q=1"), Coding::kOther);
}

TEST(ContentDecoder, GivesTheSameTextHoweverItIsCut) {
  const std::string text = Text();
  const std::pair<Coding, std::string> bodies[] = {{Coding::kGzip, Gzip(text)},
                                                   {Coding::kDeflate, Deflated(text, kZlibWindow)},
                                                   {Coding::kDeflate, Deflated(text, kRawWindow)},
                                                   {Coding::kBrotli, Brotli(text)},
                                                   {Coding::kZstd, Zstd(text)}};
  for (const auto& [coding, bytes] : bodies) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{4'096}, SIZE_MAX}) {
      const Decoded decoded = Decode(coding, bytes, piece);
      EXPECT_EQ(decoded.fault, DecodeFault::kNone);
      EXPECT_TRUE(decoded.text == text) << static_cast<int>(coding) << " in pieces of " << piece;
    }
  }
}

TEST(ContentDecoder, GoesOnWithTheNextMemberOfAGzipFile) {
  const std::string bytes = Gzip("one ") + Gzip("two");
  EXPECT_EQ(Decode(Coding::kGzip, bytes, 3).text, "one two");
  EXPECT_EQ(Decode(Coding::kZstd, Zstd("one ") + Zstd("two"), 3).text, "one two");
}

TEST(ContentDecoder, SaysWhatIsNotTheCodingOrIsCutShort) {
  const std::string bytes = Gzip(Text());
  EXPECT_EQ(Decode(Coding::kGzip, bytes.substr(0, bytes.size() - 1)).fault,
            DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kGzip, "plain").fault, DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kGzip, bytes + "more").fault, DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kDeflate, Deflated("x", kZlibWindow) + "more").fault,
            DecodeFault::kMalformed);
  EXPECT_EQ(Decode(Coding::kGzip, "").fault, DecodeFault::kNone);
  for (const auto& [coding, body] :
       {std::pair(Coding::kBrotli, Brotli(Text())), std::pair(Coding::kZstd, Zstd(Text()))}) {
    EXPECT_EQ(Decode(coding, body.substr(0, body.size() - 1)).fault, DecodeFault::kMalformed);
    EXPECT_EQ(Decode(coding, body + "more").fault, DecodeFault::kMalformed);
    EXPECT_EQ(Decode(coding, "plain, and not packed at all").fault, DecodeFault::kMalformed);
  }
}

TEST(ContentDecoder, StopsABombSoonAfterItGoesOff) {
  const std::string zeros(64 << 20, '\0');
  const std::pair<Coding, std::string> bombs[] = {
      {Coding::kGzip, Gzip(zeros)}, {Coding::kBrotli, Brotli(zeros)}, {Coding::kZstd, Zstd(zeros)}};
  for (const auto& [coding, bomb] : bombs) {
    ContentDecoder decoder(coding);
    const std::string made = absl::StrJoin(Feed(decoder, bomb), "");
    EXPECT_EQ(decoder.End(), DecodeFault::kRatio);
    EXPECT_LE(made.size(), ContentDecoder::kFreeBytes + 2 * ContentDecoder::kStepBytes);
    EXPECT_THAT(Feed(decoder, "x"), ElementsAre(""));
  }
}

// Bytes that were hard to pack come first, so that those behind them may be a bomb.
TEST(ContentDecoder, MakesNoMoreInATurnThanTheBudgetWhateverTheCoding) {
  std::mt19937 random(7);
  std::string text(100'000, '\0');
  for (char& c : text) c = static_cast<char>(random());
  text.append(4 << 20, 'a');
  const std::pair<Coding, std::string> bodies[] = {{Coding::kGzip, Gzip(text)},
                                                   {Coding::kDeflate, Deflated(text, kZlibWindow)},
                                                   {Coding::kDeflate, Deflated(text, kRawWindow)},
                                                   {Coding::kBrotli, Brotli(text)},
                                                   {Coding::kZstd, Zstd(text)}};
  for (const auto& [coding, bytes] : bodies) {
    ContentDecoder decoder(coding);
    const std::vector<std::string> turns = Feed(decoder, bytes);
    EXPECT_EQ(decoder.End(), DecodeFault::kNone);
    EXPECT_TRUE(absl::StrJoin(turns, "") == text) << static_cast<int>(coding);
    for (const std::string& made : turns) {
      EXPECT_LT(made.size(), TurnBudget::kBytes + ContentDecoder::kStepBytes);
    }
  }
}

TEST(ContentDecoder, TakesNothingWhileTheBudgetIsSpent) {
  ContentDecoder decoder(Coding::kGzip);
  const std::string bytes = Gzip("text");
  absl::string_view piece = bytes;
  TurnBudget budget;
  budget.Spend(TurnBudget::kBytes);
  EXPECT_EQ(decoder.Feed(&piece, budget, [](absl::string_view) { FAIL(); }), DecodeFault::kNone);
  EXPECT_EQ(piece, bytes);
  EXPECT_EQ(decoder.held_bytes(), 0U);
}

TEST(ContentDecoder, HoldsNoLargerWindowThanABodyMayHave) {
  const std::string text = Text();
  EXPECT_EQ(Decode(Coding::kZstd, Zstd(text, 23)).fault, DecodeFault::kNone);
  EXPECT_EQ(Decode(Coding::kZstd, Zstd(text, 24)).fault, DecodeFault::kMalformed);
}

TEST(ContentDecoder, SaysWhatItHolds) {
  const std::string text = Text();
  const std::pair<Coding, std::string> bodies[] = {
      {Coding::kGzip, Gzip(text)}, {Coding::kBrotli, Brotli(text)}, {Coding::kZstd, Zstd(text)}};
  for (const auto& [coding, bytes] : bodies) {
    ContentDecoder decoder(coding);
    EXPECT_EQ(decoder.held_bytes(), 0U);
    Feed(decoder, absl::string_view(bytes).substr(0, bytes.size() / 2));
    EXPECT_GT(decoder.held_bytes(), 16'384U);
    EXPECT_LT(decoder.held_bytes(), 20U << 20);
  }
}

// RFC 1952 section 2.3: flags are the fourth byte; what they announce follows the tenth.
TEST(ContentDecoder, RefusesHeadersThatHoldText) {
  constexpr size_t kHeader = 10;
  const std::string plain = Gzip("hello");
  const struct {
    char flag;
    std::string part;
  } cases[] = {{0x04, std::string("\x05\x00 or 1", 7)},
               {0x08, std::string("id=1' or 1=1-- \0", 16)},
               {0x10, std::string("id=1' or 1=1-- \0", 16)},
               {0x10, std::string(1, '\0')}};
  for (const auto& odd : cases) {
    std::string bytes = plain;
    bytes[3] = odd.flag;
    bytes.insert(kHeader, odd.part);
    EXPECT_EQ(Decode(Coding::kGzip, bytes).fault, DecodeFault::kMalformed);
    EXPECT_EQ(Decode(Coding::kGzip, bytes, 1).fault, DecodeFault::kMalformed);
    EXPECT_EQ(Decode(Coding::kGzip, plain + bytes).fault, DecodeFault::kMalformed);
  }
}

}  // namespace
}  // namespace firebreak::inspect
