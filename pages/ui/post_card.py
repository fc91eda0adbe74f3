"""A post as LinkedIn would show it: its own type, line breaks, coloured tags and links, and the fold."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.assets import style
from pages.ui.editor import FOLD

_MARKED = re.compile(
    r"(?P<link>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'’”]|\bwww\.[^\s<>\"]+[^\s<>\".,;:!?)\]'’”])"
    r"|(?P<tag>(?<![\w&/#])#\w*[^\W\d_]\w*)"
    r"|(?P<mention>(?<![\w@.])@\w[\w.-]*\w)"
)


@dataclass(frozen=True)
class Picture:
    """An image under a post: where it is (a `data:` address), what is read out for it, and what stands on it."""

    source: str
    alt: str
    label: str = ""


def fold_at(text: str) -> int | None:
    """Where LinkedIn would put "see more", as a position in the text; None where it shows all. An estimate."""
    cut = _word_end(text, FOLD["characters"]) if len(text) > FOLD["characters"] else None
    breaks = [m.start() for m in re.finditer("\n", text)]
    if len(breaks) >= FOLD["lines"] and text[breaks[FOLD["lines"] - 1] :].strip():
        line = breaks[FOLD["lines"] - 1]
        cut = line if cut is None else min(cut, line)
    return cut


def _word_end(text: str, at: int) -> int:
    """The end of the last whole word before a position, where one is near."""
    space = max(text.rfind(blank, at - 30, at + 1) for blank in " \n")
    return space if space > 0 else at


def marked(text: str) -> str:
    """The text as escaped HTML, with hashtags, mentions and links in LinkedIn's blue."""
    out, end = "", 0
    for match in _MARKED.finditer(text):
        out += html.escape(text[end : match.start()]) + f"<b>{html.escape(match.group())}</b>"
        end = match.end()
    return out + html.escape(text[end:])


def _initials(name: str) -> str:
    words = [w for w in name.split() if w[0].isalnum()]
    return "".join(w[0] for w in (words[:1] + words[1:][-1:])).upper() or "?"


def markup(
    author_name: str,
    headline: str,
    text: str,
    fold: bool = True,
    opened: bool = False,
    pictures: Sequence[Picture] = (),
) -> str:
    """The card as HTML; everything that came from a person is escaped."""
    cut = fold_at(text) if fold else None
    if not text.strip():
        body = '<div class="none">Nothing written yet.</div>'
    elif cut is None:
        body = f'<div class="text">{marked(text)}</div>'
    else:
        short = f'<span class="cut text">{marked(text[:cut].rstrip())}<span class="more"> …see more</span></span>'
        body = (
            f'<details{" open" if opened else ""}><summary>{short}<span class="less">show the fold</span></summary>'
            f'<div class="text">{marked(text)}</div></details>'
        )
    head = f'<div class="headline">{html.escape(headline)}</div>' if headline else ""
    return (
        f'{style("post")}<article class="tb-post"><div class="who"><div class="face" aria-hidden="true">'
        f'{html.escape(_initials(author_name))}</div><div><div class="name">{html.escape(author_name)}</div>{head}'
        f"</div></div>{body}{_media(pictures)}</article>"
    )


def _media(pictures: Sequence[Picture]) -> str:
    """The images under the text: one as wide as the card, several side by side."""
    if not pictures:
        return ""
    shown = "".join(
        f'<figure><img src="{html.escape(one.source)}" alt="{html.escape(one.alt)}">'
        + (f"<figcaption>{html.escape(one.label)}</figcaption>" if one.label else "")
        + "</figure>"
        for one in pictures
    )
    return f'<div class="media n{min(len(pictures), 2)}">{shown}</div>'


def linkedin_card(
    author_name: str,
    headline: str,
    text: str,
    fold: bool = True,
    opened: bool = False,
    pictures: Sequence[Picture] = (),
) -> None:
    """Draw `text` as LinkedIn would show it; with `fold`, cut where it would put "see more" (an estimate).

    `opened` shows all of it at first, and the cut on a click.
    """
    st.html(markup(author_name, headline, text, fold, opened, pictures))
