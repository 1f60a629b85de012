"""A small chat service that answers as a test says: well, slowly, with rubbish, or not at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What the service sends; `wait_s` before it, `drip_s` between its bytes."""

    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    drip_s: float = 0.0


def good(text: str, *, prompt: int = 100, reply: int = 20, finish: str = "stop") -> Reply:
    usage = {"prompt_tokens": prompt, "completion_tokens": reply}
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return Reply(json.dumps({"choices": [choice], "usage": usage}))


@dataclass
class Service:
    """Where it listens and what it was asked: (headers, body) of each request."""

    url: str
    asked: list[tuple[dict[str, str], dict[str, Any]]]


@contextmanager
def serving(answer: Callable[[dict[str, Any], int], Reply]) -> Iterator[Service]:
    """Serve `answer(body, how often this very body was asked before)` until the block ends."""
    asked: list[tuple[dict[str, str], dict[str, Any]]] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                before = sum(body == other for _, other in asked)
                asked.append((dict(self.headers), body))
            with suppress(OSError):
                self._send(answer(body, before))

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.wait_s)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.body if reply.drip_s else [reply.body]:
                self.wfile.write(piece.encode())
                self.wfile.flush()
                time.sleep(reply.drip_s)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield Service(f"http://127.0.0.1:{server.server_address[1]}/v1", asked)
    finally:
        server.shutdown()
        server.server_close()
