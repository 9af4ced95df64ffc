"""Stands between a client and a worker and keeps what the client sends, byte by byte."""

import socket
import threading


class Recorder:
    def __init__(self, worker):
        host, port = worker.rsplit(":", 1)
        self._worker = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._sent = []  # one bytearray a connection, in the order of connecting
        threading.Thread(target=self._accept, daemon=True).start()

    def keep(self, file):
        """Writes what came since the last call and forgets it."""
        sent, self._sent = self._sent, []
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(sent))

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            worker = socket.create_connection(self._worker)
            sent = bytearray()
            self._sent.append(sent)
            threading.Thread(target=self._pump, args=(client, worker, sent), daemon=True).start()
            threading.Thread(target=self._pump, args=(worker, client, None), daemon=True).start()

    def _pump(self, source, sink, sent):
        try:
            while data := source.recv(65536):
                if sent is not None:
                    sent += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()
