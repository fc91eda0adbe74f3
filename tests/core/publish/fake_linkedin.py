"""LinkedIn's media doors on a real socket: initializeUpload, PUT, status; it fails as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "token-of-the-test"
VERSION = "202608"


class LinkedIn(ThreadingHTTPServer):
    """`faults`: (part of method and path) -> statuses that are answered first, one each; 0 breaks the connection,
    -1 says nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.files: dict[str, bytes] = {}
        self.waiting: dict[str, str] = {}
        self.faults: dict[str, list[int]] = {}
        self.statuses: list[str] = ["AVAILABLE"]
        self.elsewhere = ""
        self.answer: Any = None
        self.silence = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def seen(self, method: str) -> list[str]:
        return [path for how, path, _headers in self.calls if how == method]


class Handler(BaseHTTPRequestHandler):
    server: LinkedIn

    def do_POST(self) -> None:
        sent = json.loads(self._come())
        if self._fault():
            return
        noun = "document" if "/documents" in self.path else "image"
        number = len(self.server.waiting)
        urn = f"urn:li:{noun}:C4E10AQF{number}"
        self.server.waiting[f"/dms-uploads/{number}"] = urn
        assert sent["initializeUploadRequest"]["owner"].startswith("urn:li:")
        where = self.server.elsewhere or f"{self.server.url}/dms-uploads/{number}"
        value = {"uploadUrlExpiresAt": 1, "uploadUrl": f"{where}?ca=secret-signature", noun: urn}
        self._say(200, self.server.answer if self.server.answer is not None else {"value": value})

    def do_PUT(self) -> None:
        raw = self._come()
        if self._fault():
            return
        self.server.files[self.server.waiting[urlsplit(self.path).path]] = raw
        self._say(201, None)

    def do_GET(self) -> None:
        self._come()
        if self._fault():
            return
        urn = unquote(self.path.rsplit("/", 1)[1])
        assert "%3A" in self.path and urn in self.server.files
        left = self.server.statuses
        self._say(200, {"id": urn, "status": left.pop(0) if len(left) > 1 else left[0]})

    def _come(self) -> bytes:
        self.server.calls.append((self.command, self.path, dict(self.headers)))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _fault(self) -> bool:
        for part, statuses in self.server.faults.items():
            if part in f"{self.command} {self.path}" and statuses:
                status = statuses.pop(0)
                if status < 0:
                    self.server.silence.wait(5)
                elif status:
                    self._say(
                        status, {"message": f"bad {TOKEN}", "status": status}, {"Location": "http://127.0.0.1:9/"}
                    )
                else:
                    self.close_connection = True
                    self.connection.close()
                return True
        authorised = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        versioned = self.command == "PUT" or (
            self.headers.get("LinkedIn-Version") == VERSION and self.headers.get("X-Restli-Protocol-Version") == "2.0.0"
        )
        if not authorised or not versioned:
            self._say(426 if authorised else 401, {"message": "no"})
            return True
        return False

    def _say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({} if status < 300 or status >= 400 else headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[LinkedIn]:
    """One that answers until the block ends."""
    server = LinkedIn()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.silence.set()
        server.shutdown()
        server.server_close()
