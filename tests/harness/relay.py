"""A TCP relay before a server that passes on only so much of what a client sends: what is behind it stands still at a
known place, however fast the machine is."""
import contextlib
import socket
import threading


class Relay:
    """Serves one client after the other on `port`. `limit`: bytes of a connection that reach the server, None for all;
    `full`: set when one has sent more than that."""

    def __init__(self, server):
        self.ca, self.limit, self.full = server.ca, None, threading.Event()
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self._server.port), 10) as upstream:
                upstream.settimeout(None)
                back = threading.Thread(target=self._pass, args=(upstream, client, None), daemon=True)
                back.start()
                self._pass(client, upstream, self.limit)
                back.join()

    def _pass(self, source, sink, limit):
        """Until the source ends or the limit is reached; then until the source ends, and the sink is told."""
        left = limit
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                part = data if left is None else data[:left]
                sink.sendall(part)
                if left is not None:
                    left -= len(part)
                    if len(part) < len(data):
                        self.full.set()
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        """Nobody is served any more."""
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
