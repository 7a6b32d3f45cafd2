// HttpResponder answers GET requests of probes and scrapers on the main thread.
#ifndef FIREBREAK_PROXY_ADMIN_HTTP_RESPONDER_H_
#define FIREBREAK_PROXY_ADMIN_HTTP_RESPONDER_H_

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "proxy/event/event_loop.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/net/listener.h"
#include "proxy/net/plain_transport.h"

namespace firebreak::proxy {

// It takes one request a connection: a request line and headers within 8 KiB and five seconds; it
// looks at method and path alone, answers and closes. Anything else gets 400, 404, 405 or, when
// too many are open, a closed socket. It never reads a body.
class HttpResponder {
 public:
  struct Response {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
  };
  // A route is an exact path without query; its handler runs on the loop's thread.
  using Routes = std::map<std::string, std::function<Response()>, std::less<>>;

  HttpResponder(EventLoop& loop, Routes routes);
  ~HttpResponder();

  // Serve answers on one more listening socket.
  void Serve(Socket socket);

 private:
  class Exchange;
  static constexpr size_t kMaxExchanges = 64;

  void Accept(Socket socket);
  Response Answer(absl::string_view request_line) const;
  void End(Exchange& exchange);

  EventLoop& loop_;
  const Routes routes_;
  Scratch scratch_;
  TimeoutQueue timeouts_;
  std::list<std::unique_ptr<Exchange>> exchanges_;
  std::list<Listener> listeners_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_ADMIN_HTTP_RESPONDER_H_
