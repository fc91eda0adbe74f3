"""Users, comments, page bodies, uploads and webhooks of the local Notion."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
import urllib.error
import urllib.request
import uuid
from datetime import timedelta
from typing import Any

from tests.notion_sync.server_forms import Json, Refusal, dashed, invalid, minute, only, runs, texts
from tests.notion_sync.server_rows import Rows
from tests.notion_sync.server_state import BOT, VERSION

SINGLE_PART = 20 * 1024 * 1024


class Extras(Rows):
    """The rest of the API."""

    # ---- users (https://developers.notion.com/reference/get-users) -------------------------------------------------

    def _users(self, query: Json) -> Json:
        if not self.user_info:
            raise _lacking("user information")
        return self._listed([self._user(i) for i in self.users], query, "users", "user")

    def _one_user(self, user_id: str) -> Json:
        if not self.user_info:
            raise _lacking("user information")
        found = dashed(user_id, "user_id")
        if found not in self.users:
            raise Refusal(404, "object_not_found", f"Could not find user with ID: {user_id}.")
        return self._user(found)

    # ---- comments (https://developers.notion.com/reference/create-a-comment, list-comments) ------------------------

    def _comments(self, query: Json) -> Json:
        if not self.comment_access:
            raise _lacking("read comments")
        if "block_id" not in query:
            raise invalid("query failed validation: query.block_id should be defined, instead was `undefined`.")
        page = self._get_page(query["block_id"])
        return self._listed(self.comments.get(page["id"], []), query, f"comments {page['id']}", "comment")

    def _comment(self, comment_id: str) -> Json:
        """https://developers.notion.com/reference/retrieve-comment"""
        found = [c for listed in self.comments.values() for c in listed if c["id"] == dashed(comment_id, "comment_id")]
        if not found or not self.comment_access:
            raise Refusal(404, "object_not_found", f"Could not find comment with ID: {comment_id}.")
        return found[0]

    def _create_comment(self, body: Json) -> Json:
        only(body, "parent", "discussion_id", "rich_text", "markdown", "attachments", "display_name")
        if not self.comment_access:
            raise _lacking("insert comments")
        if ("parent" in body) == ("discussion_id" in body):
            raise invalid(
                "body failed validation: exactly one of body.parent and body.discussion_id should be defined."
            )
        if ("rich_text" in body) == ("markdown" in body):
            raise invalid("body failed validation: exactly one of body.rich_text and body.markdown should be defined.")
        text = texts("body.rich_text", body["rich_text"]) if "rich_text" in body else str(body["markdown"])
        if not text:
            raise invalid("body failed validation: body.rich_text.length should be ≥ `1`, instead was `0`.")
        thread = body.get("discussion_id")
        if thread is None:
            only(body["parent"], "type", "page_id", "block_id", where="body.parent")
            page_id = self._get_page(str(body["parent"].get("page_id") or body["parent"].get("block_id")))["id"]
        else:
            page_id = next((p for p, cs in self.comments.items() if any(c["discussion_id"] == thread for c in cs)), "")
            if not page_id:
                raise Refusal(404, "object_not_found", f"Could not find discussion with ID: {thread}.")
        if self.pages[page_id]["in_trash"]:
            raise invalid("Can't comment on a page that is in the trash.")
        return self._add_comment(page_id, runs(text), BOT, thread)

    # ---- bodies (https://developers.notion.com/reference/retrieve-page-markdown) -----------------------------------

    def _markdown(self, page_id: str) -> Json:
        page = self._get_page(page_id)
        return {
            "object": "page_markdown", "id": page["id"], "markdown": page["body"], "truncated": False,
            "unknown_block_ids": [],
        }  # fmt: skip

    # ---- uploads (https://developers.notion.com/reference/file-upload) ---------------------------------------------

    def _create_upload(self, body: Json, url: str) -> Json:
        only(body, "mode", "filename", "content_type", "number_of_parts", "external_url")
        if body.get("mode", "single_part") != "single_part":
            raise invalid("body failed validation: this server takes uploads of a single part.")
        name = body.get("filename")
        if name is not None and (not isinstance(name, str) or not 0 < len(name.encode()) <= 900):
            raise invalid("body failed validation: body.filename should be a string of at most 900 bytes.")
        upload_id = str(uuid.uuid4())
        self.uploads[upload_id] = {
            "id": upload_id, "made": time.monotonic(), "at": self.now(), "status": "pending", "filename": name,
            "content_type": body.get("content_type"), "raw": None, "attached": False, "url": url,
        }  # fmt: skip
        return self._upload(upload_id)

    def _upload(self, upload_id: str) -> Json:
        found = self.uploads.get(dashed(upload_id, "file_upload_id"))
        if found is None:
            raise Refusal(404, "object_not_found", f"Could not find file upload with ID: {upload_id}.")
        if not found["attached"] and time.monotonic() - found["made"] > self.upload_life:
            found["status"] = "expired"
        ends = found["at"] + timedelta(seconds=self.upload_life)
        return {
            "object": "file_upload", "id": found["id"], "created_time": minute(found["at"]), "in_trash": False,
            "created_by": {"id": BOT, "type": "bot"}, "last_edited_time": minute(found["at"]),
            "expiry_time": None if found["attached"] else minute(ends), "status": found["status"],
            "upload_url": f"{found['url']}/v1/file_uploads/{found['id']}/send", "filename": found["filename"],
            "content_type": found["content_type"], "content_length": len(found["raw"]) if found["raw"] else None,
        }  # fmt: skip

    def _send_upload(self, upload_id: str, kind: str, raw: bytes) -> Json:
        """multipart/form-data with one part named file."""
        if self._upload(upload_id)["status"] != "pending":
            raise invalid("This file upload is not pending: it was sent before, or it has expired.")
        head, _, sent_raw = _part(kind, raw).partition(b"\r\n\r\n")
        if b'name="file"' not in head:
            raise invalid("body failed validation: body.file should be defined.")
        if not 0 < len(sent_raw) <= SINGLE_PART:
            raise invalid("The file is empty, or larger than 20 MB in a single part.")
        found = self.uploads[dashed(upload_id)]
        said = re.search(rb"(?i)content-type: *([^\r\n;]+)", head)
        named = re.search(rb'filename="([^"]*)"', head)
        sent = said[1].decode().strip() if said else found["content_type"]
        if found["content_type"] and sent and sent != found["content_type"]:
            raise invalid(f"The file is of type {sent}, and {found['content_type']} was announced.")
        found["content_type"] = sent
        found["filename"] = found["filename"] or (named[1].decode() if named else None)
        found["raw"], found["status"] = sent_raw, "uploaded"
        return self._upload(upload_id)

    def _file(self, name: str, one: Any, before: list[Any]) -> Json:
        """One file of a files property; what is not sent again is gone."""
        only(one, "type", "name", "file_upload", "external", "file", where=f"body.properties.{name}.files")
        kind = one.get("type") or next((k for k in ("file_upload", "external", "file") if k in one), "")
        if kind == "file_upload":
            upload = self._upload(str((one.get("file_upload") or {}).get("id", "")))
            if upload["status"] != "uploaded":
                raise invalid(f"File upload {upload['id']} has the status {upload['status']} and cannot be attached.")
            self.uploads[upload["id"]]["attached"] = True
            shown = one.get("name") or upload["filename"] or "file"
            expires = (self.now() + timedelta(hours=1)).isoformat(timespec="milliseconds")
            url = f"https://prod-files-secure.s3.us-west-2.amazonaws.com/{upload['id']}/{shown}?X-Amz-Expires=3600"
            return {"name": shown, "type": "file", "file": {"url": url, "expiry_time": expires}}
        if not one.get("name"):
            raise invalid(f"body failed validation: body.properties.{name}.files.name should be defined.")
        if kind == "external":
            return {"name": one["name"], "type": "external", "external": {"url": str(one["external"]["url"])}}
        url = str((one.get("file") or {}).get("url", "")).split("?")[0]
        kept = (
            f for f in before if isinstance(f, dict) and url and f.get("file", {}).get("url", "").split("?")[0] == url
        )
        found = next(kept, None)
        if found is None:
            raise invalid(f"body failed validation: body.properties.{name}.files: that file is not on this page.")
        return {**found, "name": one["name"]}

    # ---- webhooks (https://developers.notion.com/reference/webhooks, webhooks-events-delivery) ---------------------

    def event(self, kind: str, page_id: str, **more: Any) -> Json:
        """An event as Notion sends it; `more` replaces or adds fields."""
        entity = "comment" if kind.startswith("comment.") else "page"
        return {
            "id": str(uuid.uuid4()), "timestamp": self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "workspace_id": str(uuid.UUID(int=10)), "workspace_name": "Timbre", "integration_id": str(uuid.UUID(int=11)),
            "subscription_id": str(uuid.UUID(int=12)), "type": kind, "authors": [{"id": str(uuid.UUID(int=2)), "type": "person"}],
            "accessible_by": [], "attempt_number": 1, "api_version": VERSION, "entity": {"id": page_id, "type": entity},
            "data": {"parent": {"id": page_id, "type": "page"}, "page_id": page_id} if entity == "comment" else {},
        } | more  # fmt: skip

    def send_event(self, url: str, token: str, event: Json, signature: str | None = None) -> int:
        """POST an event (or {"verification_token": ...}) as Notion does: signed over the raw, minified body.

        `signature`: send this header instead ('' sends none). Returns the status of the answer.
        """
        raw = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "notion-api"}
        sign = signature if signature is not None else signed(token, raw)
        if sign:
            headers["X-Notion-Signature"] = sign
        try:
            with urllib.request.urlopen(urllib.request.Request(url, raw, headers), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


def _part(kind: str, raw: bytes) -> bytes:
    """The first part of a multipart/form-data body."""
    found = re.match(r'multipart/form-data;.*boundary="?([^";]+)', kind)
    parts = raw.split(b"--" + found[1].encode()) if found else []
    return parts[1].removeprefix(b"\r\n").removesuffix(b"\r\n") if len(parts) > 2 else b""


def signed(token: str, raw: bytes) -> str:
    """The X-Notion-Signature of a body."""
    return f"sha256={hmac.new(token.encode(), raw, hashlib.sha256).hexdigest()}"


def _lacking(what: str) -> Refusal:
    return Refusal(403, "restricted_resource", f"Insufficient permissions for this endpoint: no {what} capability.")
