"""A server that speaks OpenAI's protocol as a model behind it would, saying what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Endpoint", "serving_model"]


class Endpoint:
    """asked: bodies and headers of the requests, in order. status, body: what each is answered with. Until `ended` is set, one
    that waits sends nothing, and one that drips a byte now and then."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.ended = threading.Event()
        self.says("")

    def says(self, text: Any) -> None:
        """Answer with a completion of this text."""
        message = {"role": "assistant", "content": text}
        self.answers(200, json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode())

    def answers(self, status: int, body: bytes, *, waits: bool = False, drips: bool = False, breaks: bool = False) -> None:
        """Answer with this, whatever it is. breaks: end the connection in the middle."""
        self.asked.clear()
        self.status, self.body, self.waits, self.drips, self.breaks = status, body, waits, drips, breaks


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self.send_error(404)
            return
        endpoint.asked.append((body, dict(self.headers.items())))
        if endpoint.waits:
            endpoint.ended.wait()
        self.send_response(endpoint.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(endpoint.body) + 1_000_000 * (endpoint.breaks or endpoint.drips)))
        self.end_headers()
        while endpoint.drips and not endpoint.ended.wait(0.05):
            self.wfile.write(b" ")
            self.wfile.flush()
        self.wfile.write(endpoint.body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - as http.server names it
        """Nothing: what was asked is kept."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: Endpoint

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that went away are what some tests are about."""


@contextmanager
def serving_model() -> Iterator[Endpoint]:
    """The server, while it listens."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.endpoint
        finally:
            server.endpoint.ended.set()
            server.shutdown()
            thread.join()
