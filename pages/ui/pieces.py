"""Small pieces that screens share: a status, an empty state, a figure, its evidence, a time, text shown as text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core.config import ROOT

STATUS: dict[str, tuple[str, str, str]] = {
    # status: colour, shape, word. Amber says "look here", red only loss or failure.
    "Idea": ("gray", "◌", "Idea"),
    "Drafting": ("gray", "○", "Drafting"),
    "In Review": ("orange", "◐", "In Review"),
    "Changes Requested": ("orange", "▲", "Changes Requested"),
    "Approved": ("green", "●", "Approved"),
    "Scheduled": ("green", "◆", "Scheduled"),
    "Published": ("green", "■", "Published"),
    "Measured": ("green", "▣", "Measured"),
    "Rejected": ("red", "✕", "Rejected"),
    "Archived": ("gray", "□", "Archived"),
    "variants": ("orange", "◐", "Variants ready"),
    "queued": ("gray", "○", "Waiting"),
    "started": ("gray", "◐", "Running"),
    "running": ("gray", "◐", "Running"),
    "done": ("green", "●", "Done"),
    "nothing": ("orange", "▲", "Nothing came of it"),
    "ok": ("green", "●", "In order"),
    "failed": ("red", "✕", "Failed"),
    "cancelled": ("gray", "□", "Stopped"),
    "conflict": ("orange", "▲", "Conflict"),
    "off": ("gray", "○", "Not set up"),
    "warn": ("orange", "▲", "Look here"),
    "alarm": ("orange", "▲", "Alarm"),
    "eased": ("gray", "◇", "As before lately"),
    "acknowledged": ("green", "●", "Acknowledged"),
    "lesson": ("gray", "◇", "Proposed"),
    "passed": ("gray", "□", "Closed"),
}

_CODE = re.compile(r"(`[^`\n]+`)")
_MARKUP = re.compile(r"([\\*_{}\[\]()#+\-!|<>~:$&`]|(?<=\d)[.)](?=\s))")
_ADDRESS = re.compile(r"((?:https?|ftp):(?=//)|www(?=\.)|(?<=[\w.+-])@(?=\w))", re.IGNORECASE)


def plain(text: str) -> str:
    """Text from anywhere, to be shown by Markdown as it stands; only `code` between backticks keeps its meaning.

    An address gets a word joiner (no width, no break) inside: it stays text, never a link.
    """
    return "".join(
        part if _CODE.fullmatch(part) else _MARKUP.sub(r"\\\1", _ADDRESS.sub("\\1\u2060", part))
        for part in _CODE.split(text.replace("\r", ""))
    )


def status_text(status: str, word: str = "") -> str:
    """A status as Markdown: colour and shape and word."""
    colour, shape, known = STATUS.get(status, ("gray", "○", status))
    return f":{colour}-badge[{shape} {plain(word or known)}]"


def status_badge(status: str, word: str = "") -> None:
    """Show a status: colour and shape and word."""
    st.markdown(status_text(status, word))


def empty_state(sentence: str, label: str = "", page: str = "", key: str = "", **params: str) -> bool:
    """One sentence that teaches the next step, with a link to `page` or else a button (was it pressed?)."""
    with st.container(border=True):
        st.markdown(plain(sentence))
        if page:
            link(label, page, **params)
        elif label:
            return st.button(label, type="primary", key=key or f"empty_{label}")
    return False


def link(label: str, page: str, help: str | None = None, **params: str) -> None:
    """A link to a page by its file name; the author of this page goes along unless `author` says another."""
    author = st.query_params.get("author")
    query: dict[str, Any] = {**({"author": author} if author else {}), **params}
    st.page_link(ROOT / f"pages/{page}.py", label=label, query_params=query, help=help)


def anchor(label: str, url: str) -> str:
    """A Markdown link to a page elsewhere, inside a sentence; the bare label where the address is no https one."""
    if not url.startswith("https://"):
        return plain(label)
    address = quote(url, safe=":/?#@!$&'*+,;=%~-._")
    return f"[{plain(label)}]({address})"


def outside(label: str, url: str) -> None:
    """A link to another site, where the address is one; it comes from there, so nothing of it is markup."""
    if url.startswith(("https://", "http://")):
        st.page_link(url, label=label)


def stat(label: str, value: str, note: str = "") -> None:
    """One figure, with what it means under it."""
    with st.container(gap=None):
        st.metric(label, value)
        if note:
            evidence(note)


def evidence(text: str) -> None:
    """What a statement rests on: how many, of what."""
    st.caption(plain(text))


def in_zone(instant: datetime, zone: str) -> datetime:
    """The instant on the clock of that zone (UTC where the zone is not known here)."""
    try:
        return instant.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return instant.astimezone(ZoneInfo("UTC"))


def when(instant: datetime, zone: str) -> str:
    """A slot as people say it: `Tue 24 Nov, 09:00`, on the clock of that zone."""
    local = in_zone(instant, zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def ago(instant: datetime, now: datetime) -> str:
    """How long ago, to the precision that matters."""
    seconds = max(0, int((now - instant).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
