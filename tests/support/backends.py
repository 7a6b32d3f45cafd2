"""Servers behind a sidecar: one that echoes, and ones that do as a script says."""
import selectors
import socket
import threading

from sidecar import free_address


def listen(address, backlog=4096):
    server = socket.create_server(address, backlog=backlog, family=(
        socket.AF_INET6 if ":" in address[0] else socket.AF_INET))
    return server


class EchoServer:
    """Echoes any number of connections from one thread; a half-close is answered in kind."""

    CHUNK = 65536

    def __init__(self, address=None):
        self.address = address or free_address()
        self.accepted = 0
        self.received = 0
        self.resets = 0
        self._server = listen(self.address)
        self._server.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._server, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._pending = {}  # socket -> bytes not yet sent; None at the end: shut down after them
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._stopping = True
        self._wake.send(b"x")
        self._thread.join()
        for held in [self._server, self._wake, self._woken, *self._pending]:
            held.close()

    def _run(self):
        while not self._stopping:
            for key, events in self._selector.select():
                if key.fileobj is self._server:
                    self._accept()
                elif key.fileobj is not self._woken:
                    try:
                        self._serve(key.fileobj, events)
                    except OSError:
                        self.resets += 1
                        self._forget(key.fileobj)

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except BlockingIOError:
                return
            self.accepted += 1
            connection.setblocking(False)
            self._pending[connection] = bytearray()
            self._selector.register(connection, selectors.EVENT_READ)

    def _serve(self, connection, events):
        pending = self._pending[connection]
        if events & selectors.EVENT_READ:
            data = connection.recv(self.CHUNK)
            if not data:
                if pending:
                    connection.setblocking(True)
                    connection.sendall(pending)
                connection.shutdown(socket.SHUT_WR)
                return self._forget(connection)
            self.received += len(data)
            pending += data
        if pending:
            try:
                del pending[:connection.send(pending)]
            except BlockingIOError:
                pass
        # Reading stops while something waits to be written: back-pressure, as real servers have it.
        self._selector.modify(connection, selectors.EVENT_WRITE if pending else selectors.EVENT_READ)
        return None

    def _forget(self, connection):
        self._selector.unregister(connection)
        del self._pending[connection]
        connection.close()


class ScriptServer:
    """Runs script(connection) in a thread of its own for each connection, and closes what the script
    leaves open. What a script raises is kept in `failures`, except for the end of the connection itself."""

    def __init__(self, script, address=None, backlog=128):
        self.address = address or free_address()
        self.accepted = 0
        self.failures = []
        self._script = script
        self._held = []
        self._server = listen(self.address, backlog)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        for connection in self._held:
            connection.close()

    def _run(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.accepted += 1
            self._held.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            self._script(connection)
        except OSError:
            pass
        except Exception as error:  # shown by the test that owns this server
            self.failures.append(error)
        finally:
            connection.close()


def hang_forever(address=None):
    """A listening socket whose queue is full: a connect to it is never answered. Returns what must be
    kept, the server first."""
    address = address or free_address()
    server = listen(address, backlog=0)
    held = [server]
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        try:
            filler.connect(address)
        except BlockingIOError:
            pass
        held.append(filler)
    return held
