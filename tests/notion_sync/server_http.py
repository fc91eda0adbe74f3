"""The local Notion on the wire: HTTP/1.1 with kept connections, one send an answer; and its page for people."""

from __future__ import annotations

import html
import json
import socket
import struct
import time
import uuid
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.notion_sync.server_forms import Json, Refusal, invalid
from tests.notion_sync.server_limits import after, before
from tests.notion_sync.server_state import VERSION, Fault

if TYPE_CHECKING:
    from tests.notion_sync.server import World

PAYLOAD = 500_000
"""Bytes of one request (request-limits, size limits); an upload may be larger."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world: World

    def log_message(self, *_: Any) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.world.now().timestamp() if timestamp is None else timestamp)

    def do_GET(self) -> None:
        if not self.path.startswith("/v1/"):
            self._human()
            return
        self._api({}, b"")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/edit":
            self._edit(parse_qs(raw.decode(), keep_blank_values=True))
            return
        self._body(raw)

    def do_PATCH(self) -> None:
        self._body(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _body(self, raw: bytes) -> None:
        kind = str(self.headers.get("Content-Type", ""))
        if kind.startswith("multipart/form-data"):
            self._api({}, raw)
            return
        if len(raw) > PAYLOAD:
            self._send(413, b"<html>Request Entity Too Large</html>", {}, "text/html")
            return
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            self._error(Refusal(400, "invalid_json", "Error parsing JSON body."))
            return
        self._api(body, raw)

    def _api(self, body: Any, raw: bytes) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/v1/")
        fault = self.world.next_fault(self.command, path)
        try:
            self._admit(path)
            if fault and self._before(fault):
                return
            if self.world.between is not None:
                self.world.between(self.command, path)
            if not isinstance(body, dict):
                raise invalid("body failed validation: body should be an object.")
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            answer, shown = self.world.answer(
                self.command, path, query, body, raw, str(self.headers.get("Content-Type", ""))
            )
        except Refusal as refusal:
            self._error(refusal)
            return
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            self._error(invalid(f"body failed validation: {error!r}"))
            return
        if fault and self._after(fault, answer):
            return
        self._send(200, json.dumps(answer).encode(), {})
        for page, tick in shown:
            page["served"] = max(page["served"], tick)

    def _admit(self, path: str) -> None:
        if self.world.revoked or self.headers.get("Authorization") != f"Bearer {self.world.token}":
            raise Refusal(401, "unauthorized", "API token is invalid.")
        if self.headers.get("Notion-Version") != VERSION:
            raise Refusal(400, "missing_version", "Notion-Version header should be defined.")
        self.world.refuse_blocked(self.command, path)
        self.world.spend()

    def _before(self, fault: Fault) -> bool:
        """Faults that strike before anything is saved; True where the answer is sent."""
        refusal = before(fault)
        if refusal is not None:
            self._error(refusal)
        elif fault.kind == "502":
            self._send(502, b"<html><h1>502 Bad Gateway</h1></html>", {}, "text/html")
        elif fault.kind == "say":
            self._say(fault)
        elif fault.kind == "timeout":
            self._silent(fault.seconds)
        elif fault.kind == "reset":
            self._reset()
        else:
            return False
        return True

    def _after(self, fault: Fault, answer: Json) -> bool:
        """Faults that strike after the write was saved."""
        refusal = after(fault.kind, answer.get("id") if self.command == "POST" else None)
        raw = json.dumps(answer).encode()
        if refusal is not None:
            self._error(refusal)
        elif fault.kind == "502 saved":
            self._send(502, b"<html><h1>502 Bad Gateway</h1></html>", {}, "text/html")
        elif fault.kind == "reset saved":
            self._reset()
        elif fault.kind == "timeout saved":
            self._silent(fault.seconds)
        elif fault.kind == "say saved":
            self._say(fault)
        elif fault.kind == "truncated":
            self._send(200, raw[:40], {})
        elif fault.kind == "cut":
            self._send(200, raw[: len(raw) // 2], {"Content-Length": str(len(raw))})
            self.close_connection = True
        else:
            return False
        return True

    def _say(self, fault: Fault) -> None:
        raw = fault.body if isinstance(fault.body, bytes) else json.dumps(fault.body).encode()
        self._send(fault.status, raw, fault.headers)

    def _error(self, refusal: Refusal) -> None:
        body = {"object": "error", "status": refusal.status, "code": refusal.code, "message": refusal.message}
        if refusal.extra is not None:
            body["additional_data"] = refusal.extra
        self._send(refusal.status, json.dumps({**body, "request_id": str(uuid.uuid4())}).encode(), refusal.headers)

    def _send(self, status: int, raw: bytes, headers: Json, kind: str = "application/json; charset=utf-8") -> None:
        self._logged(status)
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(raw))} | headers).items():
            self.send_header(name, value)
        # One send: a body that waits for the acknowledgement of its headers costs 40 ms.
        self._headers_buffer.append(b"\r\n" + raw)  # type: ignore[attr-defined]
        self.flush_headers()

    def _logged(self, status: int) -> None:
        self.world.log.append((self.command, urlsplit(self.path).path.removeprefix("/v1/"), status))

    def _silent(self, seconds: float) -> None:
        self._logged(0)
        time.sleep(seconds)
        self.close_connection = True
        self.connection.close()

    def _reset(self) -> None:
        self._logged(0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    # ---- for people ---------------------------------------------------------------------------------------------

    def _human(self) -> None:
        sections = [self._table(s) for s in self.world.sources.values() if not s["in_trash"]]
        style = (
            "body{font:15px/1.5 system-ui;margin:2rem;color-scheme:light dark}table{border-collapse:collapse}"
            "td,th{border:1px solid #8885;padding:.3rem .5rem;vertical-align:top;text-align:left;max-width:26rem}"
            "td{white-space:pre-wrap}textarea{width:24rem;height:8rem}"
        )
        empty = "<p>No data sources yet: run the set-up.</p>"
        page = f"<meta charset=utf8><title>Local Notion</title><style>{style}</style><h1>Local Notion</h1>"
        self._send(200, (page + ("".join(sections) or empty)).encode(), {}, "text/html; charset=utf-8")

    def _table(self, source: Json) -> str:
        head = "".join(f"<th>{html.escape(p['name'])}</th>" for p in source["properties"])
        rows = list(self.world.tables.get(source["id"], {}).values())
        body = "".join(self._row(source, row) for row in rows)
        return f"<h2>{html.escape(source['title'])}</h2><table><tr>{head}<th></th></tr>{body}</table>"

    def _row(self, source: Json, row: Json) -> str:
        cells = ""
        for p in source["properties"]:
            value = row["values"].get(p["id"])
            text = html.escape("" if value is None else str(value))
            name = html.escape(p["id"], quote=True)
            if p["name"] in ("Status", "Slot", "Post text", "Name"):
                tag = f"<textarea name='{name}'>\n{text}</textarea>" if p["name"] == "Post text" else (
                    f"<input name='{name}' value='{html.escape(str(value or ''), quote=True)}'>"
                )  # fmt: skip
                cells += f"<td><form method=post action=/edit><input type=hidden name=page value={row['id']}>{tag}"
                cells += "<button>Save</button></form></td>"
            else:
                cells += f"<td>{text}</td>"
        act = "restore" if row["in_trash"] else "trash"
        button = f"<form method=post action=/edit><input type=hidden name=page value={row['id']}>"
        return f"<tr>{cells}<td>{button}<button name=do value={act}>{act}</button></form></td></tr>"

    def _edit(self, form: dict[str, list[str]]) -> None:
        row = self.world.pages[form.pop("page")[0]]
        if "do" in form:
            self.world.trash(row, form["do"][0] == "trash")
        else:
            source = self.world.sources[row["parent"]["data_source_id"]]
            for key, (value, *_) in form.items():
                name = next(p["name"] for p in source["properties"] if p["id"] == key)
                self.world.edit(row, **{name: value.replace("\r\n", "\n") or None})
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()
