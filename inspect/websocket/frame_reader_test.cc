#include "inspect/websocket/frame_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "inspect/websocket/testing.h"

namespace firebreak::inspect {
namespace {

// Messages as "text(...)" one behind the other.
class Written final : public MessageSink {
 public:
  void OnMessage(bool text) override { text_ += text ? "text(" : "binary("; }
  void OnPayload(absl::string_view bytes) override { text_.append(bytes.data(), bytes.size()); }
  void OnMessageEnd() override { text_ += ")"; }
  void OnControl(absl::string_view payload) override { absl::StrAppend(&text_, "[", payload, "]"); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string Read(absl::string_view bytes, size_t piece = SIZE_MAX,
                 FrameReader::From from = FrameReader::From::kClient) {
  Written written;
  FrameReader reader(from);
  FrameFault fault = FrameFault::kNone;
  while (!bytes.empty()) {
    fault = reader.Feed(bytes.substr(0, piece), written);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  const absl::string_view ending = fault == FrameFault::kNone     ? ""
                                   : fault == FrameFault::kBroken ? " broken"
                                                                  : " compressed";
  return absl::StrCat(written.text(), ending);
}

TEST(FrameReader, GivesTheSameMessagesHoweverTheyAreCut) {
  const std::string frames = absl::StrCat(
      Frame(0x81, "hello"), Frame(0x01, "one "), Frame(0x89, "ping"), Frame(0x00, "two "),
      Frame(0x80, "three"), Frame(0x82, std::string(300, 'b')), Frame(0x81, ""),
      Frame(0x88,
            "\x03\xe8"
            "bye"));
  const std::string expected = absl::StrCat("text(hello)text(one [ping]two three)binary(",
                                            std::string(300, 'b'), ")text()[bye]");
  for (size_t piece = 1; piece < frames.size(); ++piece) EXPECT_EQ(Read(frames, piece), expected);
}

TEST(FrameReader, GivesWhatControlFramesSay) {
  const std::string most(125, 'p');
  EXPECT_EQ(Read(Frame(0x89, most) + Frame(0x8a, "pong") + Frame(0x8a, "")),
            absl::StrCat("[", most, "][pong]"));
  for (const absl::string_view code : {"", "\x03", "\x03\xe8"}) {
    EXPECT_EQ(Read(Frame(0x88, code)), "") << "nothing but a code";
  }
  EXPECT_EQ(Read(Frame(0x89, "ping", /*masked=*/false), 1, FrameReader::From::kServer), "[ping]");
}

TEST(FrameReader, ServersDoNotMask) {
  const std::string frames = Frame(0x81, "hello", /*masked=*/false);
  EXPECT_EQ(Read(frames, 1, FrameReader::From::kServer), "text(hello)");
  EXPECT_EQ(Read(frames), " broken");
  EXPECT_EQ(Read(Frame(0x81, "hello"), 1, FrameReader::From::kServer), " broken");
}

TEST(FrameReader, RefusesWhatIsNoFrame) {
  for (const std::string& frame :
       {Frame(0x83, "reserved opcode"), Frame(0x8b, "reserved control"), Frame(0xa1, "RSV2"),
        Frame(0x91, "RSV3"), Frame(0x80, "goes on with nothing"), Frame(0x09, "ping in parts"),
        Frame(0x89, std::string(126, 'p')), Frame(0x01, "open") + Frame(0x81, "another")}) {
    EXPECT_NE(Read(frame).find("broken"), std::string::npos) << frame;
  }
  EXPECT_EQ(Read("\x81\xff\x80\1\1\1\1\1\1\1\1\1\1\1"), " broken");
  EXPECT_EQ(Read(Frame(0xc1, "packed")), " compressed");
}

}  // namespace
}  // namespace firebreak::inspect
