// HttpSession serves the requests of one downstream connection.
#ifndef FIREBREAK_PROXY_EXCHANGE_HTTP_SESSION_H_
#define FIREBREAK_PROXY_EXCHANGE_HTTP_SESSION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "proxy/event/fd_watcher.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/exchange_services.h"
#include "proxy/http/codec.h"
#include "proxy/http/codec_pump.h"
#include "proxy/net/transport.h"

namespace firebreak::proxy {

class HttpSessionOwner {
 public:
  // OnHttpActivity: there are requests under way, or there were just now.
  virtual void OnHttpActivity() = 0;
  // OnHttpSessionEnd: the connection is over; `code` says why when the codec gave it up, and `cut`
  // is the record of the exchange for whose sake it was, or null. The owner destroys the session
  // after the current event.
  virtual void OnHttpSessionEnd(PumpEnd end, absl::string_view code, const flows::Record* cut) = 0;

 protected:
  ~HttpSessionOwner() = default;
};

class HttpSession final : private ServerHost, private PumpOwner, private ExchangeOwner {
 public:
  // The transport is ready to carry clear text, and watched by the owner.
  HttpSession(ExchangeServices& services, ExchangeContext context, Transport& transport,
              HttpSessionOwner& owner);
  ~HttpSession() override;

  // Start begins with bytes that were read while the protocol was detected.
  void Start(absl::string_view first);
  void OnEvents(FdEvents events);
  // Recheck asks about each exchange again.
  void Recheck();
  // Report tells the filters of exchanges that have lived for so long and were not told of for as
  // long, of `room` at most, and returns of how many.
  int Report(std::chrono::nanoseconds at_least, int room);
  // Drain lets the connection end after the requests it carries.
  void Drain();
  // Abort ends every exchange now, for the same reason as the connection; see Exchange.
  void Abort(Verdict verdict, Reason reason, absl::string_view detail,
             const flows::Record* decided = nullptr);

 private:
  // A client that is slow over its headers, or over taking what we say of its failure.
  struct HeaderTimer final : TimeoutEntry {
    explicit HeaderTimer(HttpSession& of) : session(of) {}
    void OnTimeout() override { session.OnSlowHeaders(); }
    HttpSession& session;
  };

  // A client that does not take what we hold of responses whose exchanges have ended.
  struct StallTimer final : TimeoutEntry {
    explicit StallTimer(HttpSession& of) : session(of) {}
    void OnTimeout() override { session.OnStall(); }
    HttpSession& session;
  };

  StreamReader* OnRequest(ServerStream& stream, http::Request& request,
                          const http::Rejection* rejection) override;
  void OnMalformed(absl::string_view code) override;
  void OnMalformedRequest(http::Request& request, absl::string_view code) override;
  void Wake() override { pump_.Wake(); }
  void OnPumpEnd(PumpEnd end) override;
  void OnTurn() override;
  void OnExchangeEnd(Exchange& exchange) override;
  void OnSlowHeaders();
  void OnStall();
  void WatchStall();
  void End(PumpEnd end, absl::string_view code);

  ExchangeServices& services_;
  const ExchangeContext context_;
  HttpSessionOwner& owner_;
  CodecPump pump_;
  std::unique_ptr<Codec> codec_;
  HeaderTimer header_timer_{*this};
  StallTimer stall_timer_{*this};
  uint64_t written_at_stall_ = 0;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::unique_ptr<flows::Record> cut_;  // of an exchange over HTTP/1 that took the connection along
  bool served_ = false;                 // an exchange has ended since the last turn
  bool ended_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_HTTP_SESSION_H_
