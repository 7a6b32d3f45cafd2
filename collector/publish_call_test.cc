#include "collector/publish_call.h"

#include <gtest/gtest.h>

#include "collector/testing.h"

namespace firebreak::collector {
namespace {

// SlowStream is one whose peer takes nothing until it is told to.
class SlowStream final : public proxy::ServerStream {
 public:
  void SendData(absl::string_view bytes) override { sent += bytes.size(); }
  void SendEnd(const http::HeaderMap& /*trailers*/) override { ended = true; }
  void Reset(proxy::StreamError /*error*/) override { ended = true; }
  bool writable() const override { return open; }
  void Pause() override { paused = true; }
  void Resume() override { paused = false; }
  uint64_t id() const override { return 1; }
  void SendInformational(const http::Response& /*response*/) override {}
  void SendResponse(const http::Response& response, bool end) override {
    ended = end;
    if (end) status = std::string(response.headers.Get("grpc-status").value_or(""));
  }

  bool open = true;
  bool paused = false;
  bool ended = false;
  size_t sent = 0;
  std::string status;  // gRPC's, of a call that ended before it answered
};

// Announced is the beginning of a message that will have so many bytes.
std::string Announced(size_t bytes) {
  return proxy::Framed(std::string(bytes, 'x')).substr(0, bytes / 2);
}

class PublishCallTest : public testing::Test, private CallServer, private CallOwner {
 protected:
  // Arrive is a batch, once the call takes it.
  void Arrive(uint64_t number) {
    reader_.OnData(proxy::Framed(TestMessage(number, number, number)));
  }

  absl::StatusOr<Receipt> TakeBatch(PublishCall& /*call*/, absl::string_view /*message*/) override {
    return Receipt{.number = ++batches_, .stored = 1};
  }
  RoomAnswer TakeRoom(PublishCall& /*call*/, size_t /*bytes*/) override { return answer_; }
  void GiveRoom(PublishCall& /*call*/, size_t /*bytes*/) override {}
  void BeginMessage(PublishCall& /*call*/) override { hurries_ = true; }
  void EndMessage(PublishCall& /*call*/) override { hurries_ = false; }
  void Forget(PublishCall& /*call*/) override {}
  void OnCallData() override {}
  void OnCallEnd(Call& /*call*/) override {}

  SlowStream stream_;
  uint64_t batches_ = 0;
  RoomAnswer answer_ = RoomAnswer::kTaken;
  bool hurries_ = false;  // the sender
  PublishCall call_{*this, *this, kSender, stream_};
  proxy::StreamReader& reader_ = call_;
};

TEST_F(PublishCallTest, WhoTakesNoReceiptsIsReadNoFurther) {
  Arrive(1);
  EXPECT_TRUE(stream_.paused) << "until its receipt may be given";
  call_.OnSynced(absl::OkStatus());
  EXPECT_FALSE(stream_.paused);
  stream_.open = false;
  Arrive(2);
  call_.OnSynced(absl::OkStatus());
  const size_t sent = stream_.sent;
  EXPECT_TRUE(stream_.paused);
  EXPECT_TRUE(hurries_) << "not for ever";
  stream_.open = true;
  reader_.OnWritable();
  EXPECT_FALSE(stream_.paused);
  EXPECT_FALSE(hurries_);
  EXPECT_EQ(stream_.sent, sent);
  EXPECT_EQ(batches_, 2);
  EXPECT_FALSE(stream_.ended);
}

TEST_F(PublishCallTest, WhatCameAlongWithABatchWaitsForTheReceiptsToBeTaken) {
  stream_.open = false;
  reader_.OnData(proxy::Framed(TestMessage(1, 1, 1)) + proxy::Framed(TestMessage(2, 2, 2)));
  call_.OnSynced(absl::OkStatus());
  EXPECT_EQ(batches_, 1);
  stream_.open = true;
  reader_.OnWritable();
  EXPECT_EQ(batches_, 2);
}

TEST_F(PublishCallTest, WhoWaitsForRoomIsReadNoFurtherAndNeedNotHurry) {
  answer_ = RoomAnswer::kWait;
  reader_.OnData(Announced(100'000));
  EXPECT_TRUE(stream_.paused);
  EXPECT_FALSE(hurries_) << "it is we who are slow";
  EXPECT_FALSE(stream_.ended);
  call_.OnRoom(100'000);
  EXPECT_FALSE(stream_.paused);
  EXPECT_TRUE(hurries_);
}

TEST_F(PublishCallTest, WhoIsOneTooManyOfAnIdentityIsToldToComeAgain) {
  answer_ = RoomAnswer::kOneCrowds;
  reader_.OnData(Announced(100'000));
  EXPECT_TRUE(stream_.ended);
  EXPECT_EQ(stream_.status, "8") << "RESOURCE_EXHAUSTED";
}

TEST_F(PublishCallTest, SoIsWhoIsOneTooManyInAll) {
  answer_ = RoomAnswer::kAllCrowd;
  reader_.OnData(Announced(100'000));
  EXPECT_TRUE(stream_.ended);
  EXPECT_EQ(stream_.status, "8") << "RESOURCE_EXHAUSTED";
}

TEST_F(PublishCallTest, ASmallMessageAsksForNoRoom) {
  answer_ = RoomAnswer::kAllCrowd;
  reader_.OnData(Announced(4'096));
  EXPECT_FALSE(stream_.ended);
  EXPECT_FALSE(stream_.paused);
}

}  // namespace
}  // namespace firebreak::collector
