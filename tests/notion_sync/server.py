"""A Notion of our own: stateful, strict, on a real socket. Written from Notion's documentation, not from our client.

    python tests/notion_sync/server.py --port 9170

prints what to put into .env, and shows its rows (and lets you edit them) at http://127.0.0.1:9170/.
Tests reach into `Server.world`: edit rows as a person would, plan faults, count requests.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

if __package__ in (None, ""):  # started as a program; a library of ours installs a package called tests as well
    sys.modules["tests"] = ModuleType("tests")
    sys.modules["tests"].__path__ = [str(Path(__file__).resolve().parents[1])]

from tests.notion_sync.server_extras import Extras, signed
from tests.notion_sync.server_forms import Json, Refusal, invalid, utf16
from tests.notion_sync.server_http import Handler
from tests.notion_sync.server_state import BOT, PERSON, TOKEN, VERSION, Fault

__all__ = [
    "BOT", "PERSON", "TOKEN", "VERSION", "Fault", "Handler", "Json", "Refusal", "Server", "World", "invalid", "signed",
    "utf16",
]  # fmt: skip


class World(Extras):
    """Everything that this Notion holds and does; each request is worked on alone."""

    url = ""

    def answer(
        self, method: str, path: str, query: Json, body: Json, raw: bytes = b"", kind: str = ""
    ) -> tuple[Json, list[tuple[Json, int]]]:
        """The answer, and the pages that it shows with the tick at which each was read."""
        routes: list[tuple[str, str, Callable[..., Json]]] = [
            ("GET", r"users", lambda: self._users(query)),
            ("GET", r"users/me", lambda: self._user(BOT)),
            ("GET", r"users/([^/]+)", self._one_user),
            ("GET", r"comments", lambda: self._comments(query)),
            ("POST", r"comments", lambda: self._create_comment(body)),
            ("GET", r"comments/([^/]+)", self._comment),
            ("GET", r"pages/([^/]+)", lambda i: self._page(self._get_page(i))),
            ("GET", r"pages/([^/]+)/markdown", self._markdown),
            ("GET", r"pages/([^/]+)/properties/([^/]+)", lambda i, p: self._property_item(i, unquote(p), query)),
            ("POST", r"pages", lambda: self._create_page(body)),
            ("PATCH", r"pages/([^/]+)", lambda i: self._update_page(i, body)),
            ("GET", r"blocks/([^/]+)/children", lambda i: self._children(i, query)),
            ("POST", r"databases", lambda: self._create_database(body)),
            ("GET", r"databases/([^/]+)", self._get_database),
            ("PATCH", r"databases/([^/]+)", lambda i: self._update_database(i, body)),
            ("POST", r"data_sources", lambda: self._create_source(body)),
            ("GET", r"data_sources/([^/]+)", lambda i: self._schema(self._get_source(i))),
            ("PATCH", r"data_sources/([^/]+)", lambda i: self._update_source(i, body)),
            ("POST", r"data_sources/([^/]+)/query", lambda i: self._query(i, body)),
            ("POST", r"file_uploads", lambda: self._create_upload(body, self.url)),
            ("GET", r"file_uploads/([^/]+)", self._upload),
            ("POST", r"file_uploads/([^/]+)/send", lambda i: self._send_upload(i, kind, raw)),
            ("POST", r"search", lambda: self._search(body)),
        ]
        with self.lock:
            for wanted, pattern, work in routes:
                match = re.fullmatch(pattern, path)
                if match and wanted == method:
                    self._shown_now = []
                    return work(*match.groups()), self._shown_now
        raise Refusal(400, "invalid_request_url", "Invalid request URL.")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # who hangs up, or is hung up on, is part of the plan
            super().handle_error(request, client_address)


class Server:
    """The server in a thread of this process."""

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self.handler: type[Handler] = type("Bound", (Handler,), {"world": self.world})
        self._http = _Http(("127.0.0.1", port), self.handler)
        self.url = self.world.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> Server:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A local Notion to try Timbre with.")
    parser.add_argument("--port", type=int, default=9170)
    parser.add_argument("--limit", type=int, default=180, help="requests a minute")
    args = parser.parse_args()
    server = Server(args.port)
    server.world.limit = args.limit
    print(f"A local Notion listens at {server.url} (open it to see and edit its rows). Put into .env:\n")
    print(f"NOTION_BASE_URL={server.url}\nNOTION_TOKEN={TOKEN}\nNOTION_PARENT_PAGE={server.world.parent}\n", flush=True)
    server.start()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
