"""Scores with what they mean: never a figure without words. The panel of a text's voice, shared by the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import voice
from core.errors import TimbreError
from core.store.tables import Author
from core.voice import Measured, words
from pages.ui.highlight import Mark, markup
from pages.ui.notice import draw_again
from pages.ui.pieces import evidence, plain
from pages.ui.shell import show_error

OF_VOICE = ("likeness", "style", "topic", "generic", "voice")
"""Scores that the panel says better."""
FEW = 4
"""A line with more passages is all over the text: it is drawn only where it is chosen."""
MOST_OVER = 3
"""Habits that the headline names; the panel names all."""
SIGNS = {"for": ":green[+ **for**]", "against": ":orange[− **against**]", "generic": ":violet[◇ **generic**]"}


@dataclass(frozen=True)
class Line:
    """One thing said of a text: its kind (for, against, generic), the sentence, and the passages it points to."""

    number: int
    kind: str
    text: str
    spans: tuple[tuple[int, int], ...]


# ---- the panel -------------------------------------------------------------------------------------------------


def voice_panel(author: Author, text: str, key: str, kept: Measured | None = None, first: bool = True) -> None:
    """Likeness, style and topic apart, what speaks for and against with its passages, what is generic.

    `kept`: what was measured of exactly this text before; without it the text is measured now. `key` is unique on the
    page; `first`: with its first answer, which `voice_headline` gives alone. Never waits: while the author is read for
    the first time it says so and comes back.
    """
    found = _measured(author, text, kept)
    if found is None:
        return
    if first:
        _likeness(found, author.name)
    _details(found, author, text, key)


def _details(found: Measured, author: Author, text: str, key: str) -> None:
    _figures(found, author.name)
    said = lines(found)
    _passages(text, said, key)
    _generic(found, said)
    evidence(words.basis(found, author.name))


def voice_details(found: Measured | None, author: Author, text: str, key: str) -> None:
    """The rest of the panel for what `voice_headline` found, under a headline of its own that opens it.

    Always filled: whether it is open is the browser's matter. A click while the author is still being read does not
    reach the server, which would leave open what it believes closed, and empty.
    """
    with st.expander("What speaks for and against it"):
        if found is None:
            st.caption("This comes as soon as the author's posts are read.")
        else:
            _details(found, author, text, key)


def voice_headline(author: Author, text: str, kept: Measured | None = None) -> Measured | None:
    """The panel's first answer alone: how likely, how generic, and which habits are over their budget.

    Returns what was measured, for `voice_details`; None while it cannot be said.
    """
    found = _measured(author, text, kept)
    if found is None:
        return None
    _likeness(found, author.name)
    over = [h for h in found.budget if h.over]
    said = [plain(words.generic(found))]
    said += [f":orange[▲] {plain(words.sentence(h.text))}" for h in over[:MOST_OVER]]
    if len(over) > MOST_OVER:
        said.append(f":orange[▲] and {words.count(len(over) - MOST_OVER, 'more habit')} beyond what is usual")
    st.markdown("  \n".join(said))
    return found


def _measured(author: Author, text: str, kept: Measured | None) -> Measured | None:
    """What was measured; None: why not, or that it is coming, is on the screen. The rest of the page stays."""
    try:
        found = _of(author, text, kept)
    except TimbreError as error:
        show_error(error)
        return None
    if found is None:
        _reading(author.id, author.name)
    return found


def _of(author: Author, text: str, kept: Measured | None) -> Measured | None:
    """What was kept of exactly this text, with the phrase lists of today; else what is measured now."""
    now = voice.glance(author.id, text)
    if kept is None or kept.of != voice.digest(text) or kept.version != voice.version():
        return now
    return kept if now is None else voice.with_generic(kept, now)


@st.fragment(run_every=0.7)
def _reading(author_id: str, name: str) -> None:
    """Until the author is read: a few seconds, once."""
    try:
        ready = voice.glance(author_id, "", wait=0) is not None
    except TimbreError as error:
        show_error(error)
        return
    if ready:
        draw_again()
    far = voice.reading(author_id)
    others = f" and {far[1] - 1} other authors' to compare with: {far[0]} of {far[1]} authors read" if far else ""
    st.caption(plain(f"Reading {name}'s newest posts{others}. This happens once; you can go on meanwhile."))


def _likeness(found: Measured, name: str) -> None:
    st.markdown(f"**{plain(words.typical(found, name))}**")
    if likely := words.likely(found, name):
        st.markdown(plain(likely), help=plain(words.at_even_odds(found, name)))


def _figures(found: Measured, name: str) -> None:
    rows = (
        ("Style", found.style, words.style_scale(found, name)),
        ("Topic", found.topic, words.topic_scale(name)),
    )
    said = [
        f"- **{title}** {figure(value)} :gray[{plain(meaning)}]" for title, value, meaning in rows if value is not None
    ]
    if said:
        st.markdown("\n".join(said))


def lines(found: Measured) -> list[Line]:
    """What is said of a text, numbered: what speaks for and against by its weight, then what is generic by its kind."""
    out = [
        Line(number, "for" if said.weight > 0 else "against", said.text, said.spans)
        for number, said in enumerate(found.contributions, 1)
    ]
    kinds: dict[str, list[tuple[int, int]]] = {}
    for passage in found.passages:
        kinds.setdefault(passage.kind, []).append((passage.start, passage.end))
    for kind, spans in kinds.items():
        times = f", {len(spans)} times" if len(spans) > 1 else ""
        out.append(Line(len(out) + 1, "generic", f"{kind}{times}", tuple(spans)))
    return out


def _passages(text: str, said: Sequence[Line], key: str) -> None:
    """The lines, each chosen to show its passages in the text."""
    if not said:
        return
    if not any(line.spans for line in said):
        st.markdown("\n".join(f"- {_label(line)}" for line in said))
        return
    named = {0: "The main passages", **{line.number: _label(line) for line in said}}
    chosen = st.radio("What to show in the text", list(named), format_func=named.__getitem__, key=f"{key}_shown")
    everywhere = {line.number for line in said if line.kind != "generic" and len(line.spans) > FEW}
    shown = [line for line in said if chosen == line.number or (not chosen and line.number not in everywhere)]
    marks = [Mark(a, b, line.kind, line.number, line.text) for line in shown for a, b in line.spans]
    if chosen and not marks:
        st.caption("This is so in the whole text, not in one passage.")
    st.html(markup(text, marks))


def _label(line: Line) -> str:
    return f"{line.number} {SIGNS[line.kind]} {plain(line.text)}"


def _generic(found: Measured, said: Sequence[Line]) -> None:
    st.markdown(f"**{plain(words.generic(found))}**")
    rows = [f":orange[▲ **over**] {plain(words.sentence(h.text))}" for h in found.budget if h.over]
    rows += [f":gray[● as usual] {plain(words.sentence(h.text))}" for h in found.budget if h.here and not h.over]
    if rows:
        st.markdown("  \n".join(rows))
    elif found.generic is not None and not any(line.kind == "generic" for line in said):
        st.caption("No stock phrase, and no habit above what the author has.")


# ---- other scores ----------------------------------------------------------------------------------------------


def scores(values: Mapping[str, Any]) -> None:
    """Each score as a line: its name, what it means, and after that its figure to two digits."""
    said = [line for name, value in values.items() if name not in OF_VOICE and (line := _line(name, value))]
    st.markdown("\n".join(said) if said else "No score was kept for this text.")


def _line(name: str, value: Any) -> str:
    if value is None or name.startswith("_"):
        return ""
    title = name.replace("_", " ").capitalize()
    if isinstance(value, Mapping):
        title = str(value.get("label") or title)
        said = str(value.get("meaning") or value.get("text") or value.get("words") or "")
        number = value.get("value")
        shown = f" :gray[{figure(number)}]" if isinstance(number, int | float) and not isinstance(number, bool) else ""
        return f"- **{plain(title)}** {plain(said) or figure(number)}{shown if said else ''}"
    return f"- **{plain(title)}** {figure(value)}"


def figure(value: Any) -> str:
    """Two significant digits, never as a power of ten; words as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return words.two_digits(value)
    return plain(str(value)) if value not in (None, "") else ""
