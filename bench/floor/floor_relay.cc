// floor_relay: a bare mTLS relay, the yardstick of docs/PERFORMANCE.md. It reads, encrypts and
// writes; no policy, no identity beyond the CA, no log. It shares no code with the proxy.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/floor/connection.h"

namespace firebreak::bench {
namespace {

using Options = std::map<std::string, std::string>;

constexpr char kUsage[] =
    "usage: floor_relay --mode client|server --listen IP:PORT --upstream IP:PORT\n"
    "                   --cert FILE --key FILE --ca FILE\n"
    "client: plain in, TLS out. server: TLS in, plain out. SIGTERM ends it.\n";

bool ParseOptions(int argc, char** argv, Options* out) {
  for (int i = 1; i + 1 < argc; i += 2) (*out)[argv[i]] = argv[i + 1];
  for (const char* name : {"--mode", "--listen", "--upstream", "--cert", "--key", "--ca"}) {
    if (out->count(name) == 0) return false;
  }
  const std::string& mode = (*out)["--mode"];
  return argc == 13 && (mode == "client" || mode == "server");
}

bool ParseAddress(const std::string& text, sockaddr_in* out) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  out->sin_family = AF_INET;
  out->sin_port = htons(static_cast<uint16_t>(
      strtoul(text.c_str() + colon + 1, nullptr, 10)));  // lint: allow number (a bench option)
  return inet_pton(AF_INET, text.substr(0, colon).c_str(), &out->sin_addr) == 1;
}

int Listen(const sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  if (bind(fd, raw, sizeof(address)) != 0 || listen(fd, 4096) != 0) {
    perror("floor_relay: listen");
    return -1;
  }
  return fd;
}

int TerminationFd() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

void Watch(int epoll_fd, int* fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = fd;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, *fd, &event);
}

void AcceptAll(Relay* relay, int listener) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    // Owned by its epoll registrations: Loop deletes it when OnEvent says that it is over.
    new Connection(relay, fd);
  }
}

// Loop runs until the termination signal. A connection that ends is deleted after the batch of
// events, which may still hold one for its other socket.
void Loop(Relay* relay, int listener, int termination) {
  Watch(relay->epoll_fd, &listener);
  Watch(relay->epoll_fd, &termination);
  std::array<epoll_event, 256> events;
  std::vector<Connection*> over;
  while (true) {
    const int n = epoll_wait(relay->epoll_fd, events.data(), events.size(), -1);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.ptr == &termination) return;
      if (events[i].data.ptr == &listener) {
        AcceptAll(relay, listener);
        continue;
      }
      auto* side = static_cast<Side*>(events[i].data.ptr);
      Connection* connection = side->connection;
      if (std::find(over.begin(), over.end(), connection) != over.end()) continue;
      if (!connection->OnEvent(side, events[i].events)) over.push_back(connection);
    }
    for (Connection* connection : over) delete connection;
    over.clear();
  }
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) {
  using namespace firebreak::bench;  // lint: allow namespace (main of a program of this namespace)
  Options options;
  auto relay = std::make_unique<Relay>();
  sockaddr_in listen_address = {};
  if (!ParseOptions(argc, argv, &options) || !ParseAddress(options["--listen"], &listen_address) ||
      !ParseAddress(options["--upstream"], &relay->upstream)) {
    fputs(kUsage, stderr);
    return 2;
  }
  const int termination = TerminationFd();
  relay->is_server = options["--mode"] == "server";
  relay->context = NewContext({options["--cert"], options["--key"], options["--ca"]});
  if (relay->context == nullptr) return 2;
  const int listener = Listen(listen_address);
  if (listener < 0) return 2;
  relay->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  Loop(relay.get(), listener, termination);
  return 0;
}
