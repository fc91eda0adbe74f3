"""What changed between two texts, word by word: struck and underlined, never by colour alone."""

from __future__ import annotations

import difflib
import html
import re
from dataclasses import dataclass

import streamlit as st

from pages.ui.assets import style

_TOKEN = re.compile(r"\n|[^\S\n]+|[^\s]+")


@dataclass(frozen=True)
class Part:
    """A run of words: kind is "same", "added" or "removed"."""

    kind: str
    text: str


def parts(before: str, after: str) -> list[Part]:
    """The two texts as one sequence. Joining "same" and "removed" gives `before`, "same" and "added" gives `after`."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    out: list[Part] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            out.append(Part("same", "".join(old[a:b])))
            continue
        out += [Part("removed", "".join(old[a:b]))] if b > a else []
        out += [Part("added", "".join(new[c:d]))] if d > c else []
    return out


def _readable(changes: list[Part]) -> list[Part]:
    """The same with single words kept between two changes counted to them: a rewritten sentence stays legible."""
    out: list[Part] = []
    removed = added = ""
    for i, part in enumerate(changes):
        stray = 0 < i < len(changes) - 1 and "\n" not in part.text and len(part.text.split()) < 2
        if part.kind == "same" and not stray:
            out += [*_change(removed, added), part]
            removed = added = ""
        else:
            removed += part.text if part.kind != "added" else ""
            added += part.text if part.kind != "removed" else ""
    return out + _change(removed, added)


def _change(removed: str, added: str) -> list[Part]:
    return [Part(kind, text) for kind, text in (("removed", removed), ("added", added)) if text]


def summary(before: str, after: str) -> str:
    """How much changed, in words."""
    changes = parts(before, after)
    added = sum(len(p.text.split()) for p in changes if p.kind == "added")
    removed = sum(len(p.text.split()) for p in changes if p.kind == "removed")
    if not any(p.kind != "same" for p in changes):
        return "Nothing changed."
    if not added and not removed:
        return "Only spaces and line breaks changed."
    return f"{added} {'word' if added == 1 else 'words'} added, {removed} removed."


def markup(before: str, after: str) -> str:
    """The diff as escaped HTML; a removed or added line break is shown by a sign."""
    tags = {"same": ("", ""), "added": ("<ins>", "</ins>"), "removed": ("<del>", "</del>")}
    body = ""
    for part in _readable(parts(before, after)):
        text = html.escape(part.text)
        if part.kind == "removed":
            text = text.replace("\n", "⏎")
        elif part.kind == "added":
            text = text.replace("\n", "⏎\n")
        opening, closing = tags[part.kind]
        body += f"{opening}{text}{closing}"
    return f'{style("diff")}<div class="tb-diff">{body}</div>'


def diff(before: str, after: str) -> None:
    """Draw what changed, with a line that says how much."""
    st.caption(summary(before, after))
    if before != after:
        st.html(markup(before, after))


def against(other: str, text: str) -> str:
    """A text as escaped HTML, what `other` has not underlined: for two versions that never agreed."""
    body = ""
    for part in _readable(parts(other, text)):
        if part.kind != "removed":
            shown = html.escape(part.text)
            body += f"<ins>{shown}</ins>" if part.kind == "added" else shown
    return f'{style("diff")}<div class="tb-diff">{body}</div>'
