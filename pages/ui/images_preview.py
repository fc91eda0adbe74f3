"""Pictures on a page: one of them large, several beside one another to choose from."""

from __future__ import annotations

import base64
import functools
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from core.images.model import Page
from pages.ui.assets import asset

PHONE = "25rem"
"""What a large picture takes on screen: 375 points, as on a phone."""
Picked = Callable[[str], object]
Moved = Callable[[str, int], object]


@dataclass(frozen=True)
class Item:
    """One picture among several. `data` is PNG, JPEG or WebP; `alt` says it to who cannot see it."""

    id: str
    label: str
    data: bytes
    alt: str = ""
    note: str = ""
    warn: bool = False
    """The note asks to be looked at."""


def said_of(page: Page) -> str:
    """What is read out in the place of a page: its alt text, else its words."""
    return page.alt or " ".join(part for part in (page.title, page.body, page.source) if part)


def large(key: str, png: bytes, alt: str, size: tuple[int, int]) -> None:
    """One picture of this width and height as wide as a phone shows it; one wider than high, as there is room."""
    width, height = size
    picture = {"src": source(png), "alt": alt, "width": width, "height": height}
    _shelf(key, {"large": {**picture, "wide": "100%" if width > height else PHONE}})


def shelf(
    key: str,
    items: Sequence[Item],
    label: str,
    pick: Picked,
    chosen: str = "",
    move: Moved | None = None,
    width: str = "6.5rem",
    disabled: bool = False,
) -> None:
    """Pictures to choose from. `pick(id)` and `move(id, place)` run as callbacks: what they do is drawn at once."""
    shown = [{**_sized(one.data), **{k: v for k, v in asdict(one).items() if k != "data"}} for one in items]
    data = {"items": shown, "label": label, "chosen": chosen, "movable": move is not None and not disabled}
    _shelf(key, {**data, "width": width, "disabled": disabled}, pick, move)


def _shelf(key: str, data: dict[str, Any], pick: Picked | None = None, move: Moved | None = None) -> None:
    empty: dict[str, Any] = {
        "large": None,
        "items": [],
        "label": "",
        "chosen": "",
        "movable": False,
        "width": "",
        "disabled": False,
    }
    _component()(
        key=key,
        data={**empty, **data},
        on_pick_change=functools.partial(_received, key, "pick", pick),
        on_move_change=functools.partial(_received, key, "move", move),
    )


def _received(key: str, kind: str, work: Callable[..., object] | None) -> None:
    message = getattr(st.session_state.get(key), kind, None)
    if work is None or not message:
        return
    work(str(message["id"]), int(message["to"])) if kind == "move" else work(str(message["id"]))


@functools.cache
def _component() -> Any:
    return st.components.v2.component(
        "timbre_shelf", html=asset("shelf.html"), css=asset("shelf.css"), js=asset("shelf.js")
    )


def _sized(data: bytes) -> dict[str, Any]:
    """Where the picture is, and its proportions where they can be read without decoding it (PNG)."""
    png = data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24]) if png else ("", "")
    return {"src": source(data), "width": width, "height": height}


def source(data: bytes) -> str:
    """The picture as an address that an `img` takes."""
    kind = "png" if data[:4] == b"\x89PNG" else "webp" if data[8:12] == b"WEBP" else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
