"""TLS whose records pass through our hands: held back, broken, or counted, before they are sent."""
import socket
import ssl

from sidecar import connect, seconds

HEADER = 5  # bytes before the payload of a record: type, version, length (RFC 8446 section 5.1)


def records_of(data):
    """Splits what a TLS library has written into records."""
    found = []
    while data:
        size = HEADER + int.from_bytes(data[3:HEADER], "big")
        found.append(data[:size])
        data = data[size:]
    return found


class HandmadeTls:
    """One end of a TLS connection. shake() sends all of the handshake, shake(withhold=True) all but the
    last record of our last flight, which in TLS 1.3 is our Finished; it waits in `withheld`."""

    def __init__(self, connection, context, server_side=False):
        self.connection = connection
        self.withheld = b""
        connection.settimeout(seconds(10))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=server_side)
        self._server_side = server_side

    def close(self):
        self.connection.close()

    def shake(self, withhold=False):
        # A server's last flight is its first; a client's comes when all else is done.
        while not self._step():
            if withhold and self._server_side and self._out.pending:
                return self._withhold()
            self.connection.sendall(self._out.read())
            self._receive()
        if withhold:
            return self._withhold()
        self.connection.sendall(self._out.read())
        return self

    def _step(self):
        try:
            self._tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def _withhold(self):
        *sent, self.withheld = records_of(self._out.read())
        self.connection.sendall(b"".join(sent))
        return self

    def seal(self, data):
        """data as records, not sent."""
        self._tls.write(data)
        return self._out.read()

    def send(self, data):
        self.connection.sendall(self.seal(data))

    sendall = send

    def recv(self, count):
        while True:
            try:
                return self._tls.read(count)
            except ssl.SSLWantReadError:
                self._receive()

    def _receive(self):
        data = self.connection.recv(1 << 16)
        if not data:
            raise ConnectionAbortedError("the other side ended the connection")
        self._in.write(data)


def handmade_client(address, context):
    return HandmadeTls(connect(address), context)
