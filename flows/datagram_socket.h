// A socket of datagrams, to a host that may have several addresses.
#ifndef FIREBREAK_FLOWS_DATAGRAM_SOCKET_H_
#define FIREBREAK_FLOWS_DATAGRAM_SOCKET_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/ip.h"

namespace firebreak::flows {

// DatagramSocket is closed or open; every error closes it. For one thread.
class DatagramSocket {
 public:
  DatagramSocket() = default;
  ~DatagramSocket() { Close(); }
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // Open takes the first of the addresses that can be had, from the one behind that which failed
  // last, and round: UDP says only of a later datagram that nobody takes them at an address.
  absl::Status Open(const std::vector<SocketAddress>& addresses);
  absl::Status OpenUnix(const std::string& path);
  // Send passes one datagram to the kernel. OutOfRange: none holds so much; the socket stays open.
  absl::Status Send(absl::string_view datagram);

  bool is_open() const { return fd_ >= 0; }

 private:
  absl::Status Take(int fd, int error, absl::string_view name);
  void Close();

  int fd_ = -1;
  size_t next_ = 0;  // which address is tried first
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_DATAGRAM_SOCKET_H_
