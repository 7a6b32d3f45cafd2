#include <gtest/gtest.h>

#include <string>

#include "inspect/decode/base64.h"
#include "inspect/decode/best_fit.h"
#include "inspect/decode/character_reference.h"
#include "inspect/decode/unwrap.h"

namespace firebreak::inspect {
namespace {

std::string Unwrapped(absl::string_view text) {
  std::string out;
  Unwrap(text, out);
  return out;
}

TEST(Unwrap, UndoesOneLayerOfEachEncoding) {
  EXPECT_EQ(Unwrapped("%3Cb%3e"), "<b>");
  EXPECT_EQ(Unwrapped("%253C"), "%3C");
  EXPECT_EQ(Unwrapped("%u003Cx%uFF1E"), "<x>");
  EXPECT_EQ(Unwrapped("&#60;&#x3e;&#0000039&lt;b&GT;&colon;"), "<>'<b>:");
  EXPECT_EQ(Unwrapped(R"(\x3c\u003e\u{27}\047\n\/)"), "<>''\n/");
  EXPECT_EQ(Unwrapped("\xef\xbc\x9cscript\xef\xbc\x9e"), "<script>");
  EXPECT_EQ(Unwrapped("a\xe2\x80\x99 or \xe2\x80\x9c"), "a' or \"");
  EXPECT_EQ(Unwrapped("un\xe2\x80\x8bion"), "union");
}

TEST(Unwrap, ReadsOverlongUtf8AsLenientDecodersDo) {
  EXPECT_EQ(Unwrapped("..\xc0\xaf"), "../");
  EXPECT_EQ(Unwrapped("\xc0\xae\xc0\xae\xc1\x9c"), "..\\");
  EXPECT_EQ(Unwrapped("\xe0\x80\xaf"), "/");
  EXPECT_EQ(Unwrapped("\xf0\x80\x80\xae"), ".");
  EXPECT_EQ(Unwrapped("\xf8\x80\x80\x80\xae"), ".");
  EXPECT_EQ(Unwrapped("\xfc\x80\x80\x80\x80\xae"), ".");
  EXPECT_EQ(Unwrapped("\xc0/"), "/");
}

TEST(Unwrap, TakesPlusForASpaceInUrlEncodedTextOnly) {
  EXPECT_EQ(Unwrapped("a%27+or+1"), "a' or 1");
  EXPECT_EQ(Unwrapped("union+select+x"), "union select x");
  EXPECT_EQ(Unwrapped("1+1=2"), "1+1=2");
  EXPECT_EQ(Unwrapped("a + b%20"), "a + b ");
}

TEST(Unwrap, LeavesWhatIsNotWellFormed) {
  for (const char* const text :
       {"100%",      "%zz",          "%u12",     "&",     "&#;",   "&#x;",
        "&nothing;", "\\",           "\\q",      "\\u12", "\\u{}", "\xc3\xa9t\xc3\xa9",
        "\xff\xfe",  "\xc3",         "\xe2\x80", "plain", "",      "&ltx",
        "&amp=1",    "&#9999999999;"}) {
    std::string out;
    EXPECT_FALSE(Unwrap(text, out)) << text;
    EXPECT_EQ(out, text);
  }
}

TEST(Unwrap, NeverGrowsAText) {
  for (const char* const text : {"&#x10FFFF;", "\\u{10FFFF}", "%uFFFF", "\\uFFFF", "&#x800;"}) {
    EXPECT_LE(Unwrapped(text).size(), std::string(text).size()) << text;
  }
}

TEST(BestFit, FoldsWhatDatabasesFold) {
  EXPECT_EQ(FoldToAscii(0xFF07), '\'');
  EXPECT_EQ(FoldToAscii(0x02BC), '\'');
  EXPECT_EQ(FoldToAscii(0x2215), '/');
  EXPECT_EQ(FoldToAscii(0x200B), kInvisible);
  EXPECT_FALSE(FoldToAscii('a').has_value());
  EXPECT_FALSE(FoldToAscii(0xE9).has_value());
  EXPECT_FALSE(FoldToAscii(0x1F600).has_value());
}

TEST(CharacterReference, EndsWhereItsDigitsEnd) {
  EXPECT_EQ(ReadCharacterReference("&#39;x").size, 5U);
  EXPECT_EQ(ReadCharacterReference("&#39x").size, 4U);
  EXPECT_EQ(ReadCharacterReference("&lt;").code, static_cast<uint32_t>('<'));
  EXPECT_EQ(ReadCharacterReference("&#x110000;").size, 0U);
  EXPECT_EQ(ReadCharacterReference("&#").size, 0U);
}

TEST(HiddenText, IsReadFromBase64OfEitherAlphabet) {
  std::string out;
  EXPECT_TRUE(ReadHiddenText("x=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", out));
  EXPECT_EQ(out, "<script>alert(1)</script>\n");
  EXPECT_TRUE(ReadHiddenText("Jz8_Pj4-IG9yIDE9MSAtLSA", out));
  EXPECT_EQ(out, "'?\?>>> or 1=1 -- \n");
}

TEST(HiddenText, IsReadFromHexadecimal) {
  std::string out;
  EXPECT_TRUE(ReadHiddenText("set @s=0x73656c65637420312066726f6d2074;exec(@s)", out));
  EXPECT_EQ(out, "select 1 from t\n");
  EXPECT_TRUE(ReadHiddenText("0x770061006900740066006F007200", out)) << "two bytes a character";
  EXPECT_EQ(out, "waitfor\n");
  EXPECT_FALSE(ReadHiddenText("0x52908400098527886E0F7030069857D2E4169EE7", out)) << "an address";
  EXPECT_FALSE(ReadHiddenText("0x616263", out)) << "too short to mean anything";
}

TEST(HiddenText, IsReadAcrossWhatDecodersPassOver) {
  for (const char* const text :
       {"MScg.VU5J.T04g.U0VM.RUNU.IGEs.YiBG.Uk9N.IGM=",
        "MScgVU5J\nT04gU0VM\nRUNUIGEs\nYiBGUk9N\nIGM=",
        "M*S*c*g*V*U*5*J*T*0*4*g*U*0*V*M*R*U*N*U*I*G*E*s*Y*i*B*G*U*k*9*N*I*G*M*="}) {
    std::string out;
    EXPECT_TRUE(ReadHiddenText(text, out)) << text;
    EXPECT_EQ(out, "1' UNION SELECT a,b FROM c") << text;
  }
}

TEST(HiddenText, IsNotSeenInTokens) {
  std::string out;
  for (const char* const text : {"550e8400e29b41d4a716446655440000", "AKIDtR4vmR2x9QzK7wP0sLbYcN3u",
                                 "shortBase64==", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                 "thisislongerthansixteenletters", ""}) {
    EXPECT_FALSE(ReadHiddenText(text, out)) << text << " gives " << out;
    EXPECT_TRUE(out.empty());
  }
}

}  // namespace
}  // namespace firebreak::inspect
