"""A real web server for a log, which can be told to misbehave."""

import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Site:
    """What is served, and what goes wrong with it: by path, a list of answers to give before the right one."""

    files: Mapping[str, bytes]
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    url: str = ""


@contextmanager
def served(files: Mapping[str, bytes], **faults: list[str]) -> Iterator[Site]:
    """Serve `files` under `/log/` until the end of the block."""
    site = Site(files, dict(faults))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.removeprefix("/log/")
            site.asked[path] += 1
            waiting = site.faults.get(path) or site.faults.get("every")
            self.answer(path, waiting.pop(0) if waiting else "fine")

        def answer(self, path: str, fault: str) -> None:
            content = site.files.get(path)
            status = 200 if content is not None else 404
            headers = {}
            if fault.isdigit():
                status, content = int(fault), b"no"
            elif fault == "redirect":
                status, content, headers = 302, b"", {"Location": f"/log/{path}"}
            elif fault == "gzip":
                content, headers = gzip.compress(content or b""), {"Content-Encoding": "gzip"}
            elif fault == "half":
                content, headers = gzip.compress(content or b"")[:-20], {"Content-Encoding": "gzip"}
            elif fault == "garbled":
                headers = {"Content-Encoding": "gzip"}
            elif fault == "brotli":
                headers = {"Content-Encoding": "br"}
            elif fault == "bomb":
                content, headers = gzip.compress(bytes(200_000_000)), {"Content-Encoding": "gzip"}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            body = content or b""
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
            if fault == "cut":
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/log"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
