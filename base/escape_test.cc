#include "base/escape.h"

#include <gtest/gtest.h>

#include <string>

namespace firebreak {
namespace {

std::string Json(absl::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

TEST(EscapeTest, JsonStaysOnOneLine) {
  EXPECT_EQ(Json("a\"b\\c\n\x01\x7f"), R"("a\"b\\c\n\u0001\u007f")");
  EXPECT_EQ(Json("\xe2\x80\xa8"), "\"\\u2028\"");
}

TEST(EscapeTest, JsonEscapesAByteWhereverItStands) {
  const std::string text = "plain text around it";
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string odd(1, static_cast<char>(byte));
    const std::string alone = Json(odd);
    const std::string escaped = alone.substr(1, alone.size() - 2);
    for (size_t at = 0; at <= text.size(); ++at) {
      EXPECT_EQ(Json(text.substr(0, at) + odd + text.substr(at)),
                "\"" + text.substr(0, at) + escaped + text.substr(at) + "\"");
    }
  }
}

TEST(EscapeTest, JsonReplacesInvalidUtf8ByteByByte) {
  EXPECT_EQ(Json("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(Json("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(Json("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(Json("\xe2\x82\xac"), "\"\xe2\x82\xac\"");
}

TEST(EscapeTest, TerminalControlsAreNeutralised) {
  EXPECT_EQ(PrintableEscaped("\x1b[2Jx\r\n"), "\\x1b[2Jx\\x0d\\x0a");
  EXPECT_EQ(PrintableEscaped("\xc2\x9b"), "\\x9b");
  EXPECT_EQ(PrintableEscaped("\xe2\x80\xae"), "\\u{202e}");
  EXPECT_EQ(PrintableEscaped("\xd8\x9c"), "\\u{061c}");
  EXPECT_EQ(PrintableEscaped("\xff"), "\\xff");
}

}  // namespace
}  // namespace firebreak
