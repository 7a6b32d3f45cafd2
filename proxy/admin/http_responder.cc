#include "proxy/admin/http_responder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace firebreak::proxy {
namespace {

constexpr size_t kMaxRequestBytes = 8'192;
constexpr size_t kMaxLingerBytes = 65'536;
constexpr std::chrono::milliseconds kTimeout{5'000};

absl::string_view StatusText(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 503:
      return "Service Unavailable";
    default:
      return "Bad Request";
  }
}

std::string Render(const HttpResponder::Response& response) {
  return absl::StrCat(
      "HTTP/1.1 ", response.status, " ", StatusText(response.status),
      "\r\ncontent-type: ", response.content_type, "\r\ncontent-length: ", response.body.size(),
      "\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n", response.body);
}

}  // namespace

// Exchange is one request and its answer.
class HttpResponder::Exchange final : public FdHandler, public TimeoutEntry {
 public:
  Exchange(HttpResponder& owner, Socket socket)
      : owner_(owner), transport_(std::move(socket), owner.scratch_) {
    transport_.Watch(owner.loop_, *this);
    owner.timeouts_.Add(*this);
  }

 private:
  void OnFdEvents(FdEvents events) override {
    transport_.Note(events);
    if (answered_) {
      if (transport_.Flush() == IoState::kReset) return owner_.End(*this);
    } else if (!ReadRequest()) {
      return owner_.End(*this);
    }
    if (answered_) Linger();
  }

  void OnTimeout() override { owner_.End(*this); }

  // ReadRequest takes in what there is; false: the client has gone.
  bool ReadRequest() {
    for (;;) {
      const ReadResult got = transport_.Read(owner_.scratch_.plain());
      request_.append(owner_.scratch_.plain().data(), got.bytes);
      if (absl::StrContains(request_, "\r\n\r\n")) {
        return Send(owner_.Answer(absl::string_view(request_).substr(0, request_.find("\r\n"))));
      }
      if (request_.size() > kMaxRequestBytes) return Send({.status = 400, .body = "too large\n"});
      if (got.state == IoState::kBlocked) return true;
      if (got.state != IoState::kOk) return false;
    }
  }

  bool Send(const Response& response) {
    answered_ = true;
    if (transport_.Write(Render(response)) == IoState::kReset) return false;
    return transport_.Finish() != IoState::kReset;
  }

  // Closing with unread bytes would reset the connection under the answer: wait for the client's
  // end, or the time-out.
  void Linger() {
    ReadResult got{.bytes = 0, .state = IoState::kOk};
    while (got.state == IoState::kOk && lingered_ < kMaxLingerBytes) {
      got = transport_.Read(owner_.scratch_.plain());
      lingered_ += got.bytes;
    }
    if (got.state != IoState::kBlocked) owner_.End(*this);
  }

  HttpResponder& owner_;
  PlainTransport transport_;
  std::string request_;
  size_t lingered_ = 0;
  bool answered_ = false;
};

HttpResponder::HttpResponder(EventLoop& loop, Routes routes)
    : loop_(loop), routes_(std::move(routes)), timeouts_(loop, kTimeout) {}

HttpResponder::~HttpResponder() {
  exchanges_.clear();
  loop_.Bury();  // those that ended use our scratch memory
}

void HttpResponder::Serve(Socket socket) {
  listeners_.emplace_back(loop_, std::move(socket), [this](Socket accepted, const SocketAddress&) {
    Accept(std::move(accepted));
  });
}

void HttpResponder::Accept(Socket socket) {
  if (exchanges_.size() >= kMaxExchanges) return;
  exchanges_.push_back(std::make_unique<Exchange>(*this, std::move(socket)));
}

HttpResponder::Response HttpResponder::Answer(absl::string_view request_line) const {
  const std::vector<absl::string_view> parts = absl::StrSplit(request_line, ' ');
  if (parts.size() != 3 || !absl::StartsWith(parts[2], "HTTP/1.") || parts[1].empty() ||
      parts[1][0] != '/') {
    return {.status = 400, .body = "bad request\n"};
  }
  if (parts[0] != "GET") return {.status = 405, .body = "only GET\n"};
  const auto route = routes_.find(parts[1].substr(0, parts[1].find('?')));
  if (route == routes_.end()) return {.status = 404, .body = "not found\n"};
  return route->second();
}

void HttpResponder::End(Exchange& exchange) {
  const auto it = std::find_if(exchanges_.begin(), exchanges_.end(),
                               [&](const auto& held) { return held.get() == &exchange; });
  if (it == exchanges_.end()) return;  // ended by another event of the same batch
  timeouts_.Remove(exchange);
  loop_.DeleteLater(std::move(*it));
  exchanges_.erase(it);
}

}  // namespace firebreak::proxy
