#include "collector/quarantine_feed.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/escape.h"
#include "base/log.h"
#include "base/status.h"
#include "certs/pem_file.h"
#include "collector/quarantine_call.h"
#include "collector/wire/messages.h"
#include "proxy/grpc/framing.h"
#include "quarantine/signed_list.h"

namespace firebreak::collector {
namespace {

constexpr std::chrono::milliseconds kLook{100};
// Sidecars speak every 15 seconds.
constexpr std::chrono::milliseconds kSilence{60'000};

static_assert(quarantine::kMaxListBytes == kMaxSignedTextBytes);

}  // namespace

QuarantineFeed::QuarantineFeed(proxy::EventLoop& loop, std::string path, const Clock& clock)
    : loop_(loop),
      path_(std::move(path)),
      clock_(clock),
      watch_({path_}, proxy::FileWatch::Depth::kFiles),
      nothing_(std::make_shared<const std::string>(proxy::Framed(EncodeList("")))),
      silences_(loop, kSilence),
      look_(loop, [this] { Look(); }) {}

void QuarantineFeed::Start() {
  if (const absl::Status read = Read(); !read.ok()) {
    FB_LOG(kWarning, "collector: there is no quarantine list to give out yet: ", read.message());
  }
  look_.Set(kLook);
}

void QuarantineFeed::Look() {
  Poll();
  look_.Set(kLook);
}

bool QuarantineFeed::Poll() {
  if (!watch_.Changed()) return false;
  if (const absl::Status read = Read(); !read.ok()) {
    FB_LOG(kError, "collector: the quarantine list stays as it was: ", read.message());
    return false;
  }
  FB_LOG(kWarning, "collector: quarantine list with serial ", edition_.serial, " goes to ",
         calls_.size(), " sidecars");
  for (QuarantineCall* call : calls_) call->Send();
  return true;
}

absl::Status QuarantineFeed::Read() {
  watch_.Accept();
  std::error_code error;
  stats_.missing = !std::filesystem::exists(path_, error);
  if (stats_.missing) return absl::NotFoundError(absl::StrCat(path_, ": it is not there"));
  const auto text = certs::ReadPemFile(path_);
  const auto list = text.ok() ? quarantine::ReadUnverified(path_, *text) : text.status();
  if (!list.ok()) {
    ++stats_.refusals;
    return list.status();
  }
  edition_ = {.number = edition_.number + 1,
              .serial = list->serial,
              .expires_at = list->expires_at,
              .message = std::make_shared<const std::string>(proxy::Framed(EncodeList(*text)))};
  return absl::OkStatus();
}

void QuarantineFeed::Heard(QuarantineCall& call) {
  if (calls_.insert(&call).second) silences_.Add(call);
  call.Touch(loop_.Now());
}

void QuarantineFeed::Forget(QuarantineCall& call) {
  calls_.erase(&call);
  silences_.Remove(call);
}

const QuarantineFeed::Edition* QuarantineFeed::NewerThan(uint64_t serial) const {
  const bool newer = edition_.serial > serial && clock_.WallNow() < edition_.expires_at;
  return newer ? &edition_ : nullptr;
}

bool QuarantineFeed::IsCurrent(const QuarantineCall& call) const {
  return call.serial() >= edition_.serial;
}

QuarantineFeedStats QuarantineFeed::Stats() const {
  QuarantineFeedStats stats = stats_;
  stats.serial = edition_.serial;
  stats.sidecars = calls_.size();
  for (const QuarantineCall* call : calls_) stats.current += IsCurrent(*call) ? 1 : 0;
  return stats;
}

std::string QuarantineFeed::Table() const {
  std::vector<std::string> lines;
  for (const QuarantineCall* call : calls_) {
    std::string& line = lines.emplace_back(R"({"principal":)");
    AppendJsonString(call->principal(), &line);
    absl::StrAppend(&line, R"(,"serial":)", call->serial(), R"(,"current":)",
                    IsCurrent(*call) ? "true" : "false", "}\n");
  }
  std::sort(lines.begin(), lines.end());
  return absl::StrJoin(lines, "");
}

}  // namespace firebreak::collector
