"""The week's digest over all authors: what was written, what changed, what was decided; as Markdown and as PDF."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from core import authors, store
from core.config import ROOT
from core.drift import say
from core.drift.curve import Curve
from core.drift.say import OPEN
from core.drift.views import state
from core.errors import Unavailable
from core.store import drift
from core.store.tables import Alarm, Author

TEMPLATE = ROOT / "core/drift/digest.typ"
FONTS = ROOT / "static/fonts"
CHARS = 2_000
"""Characters of a note that a digest shows."""


@dataclass(frozen=True)
class Entry:
    """One alarm of the digest."""

    author: str
    title: str
    details: list[str]
    outcome: str
    note: str


@dataclass(frozen=True)
class Line:
    """One author's week."""

    author: str
    posts: int
    with_timbre: int
    verdict: str


@dataclass(frozen=True)
class Digest:
    """A week, from Monday to Sunday, by UTC."""

    first: date
    last: date
    made_at: datetime
    opened: list[Entry]
    closed: list[Entry]
    still_open: list[Entry]
    lines: list[Line]

    @property
    def title(self) -> str:
        """Its heading."""
        return f"Voices, {self.first.day} {self.first:%B %Y} to {self.last.day} {self.last:%B %Y}"


def digest(week: date) -> Digest:
    """The week that holds this day."""
    first = week - timedelta(days=week.weekday())
    start = datetime.combine(first, time(), UTC)
    end = start + timedelta(days=7)
    everyone = authors.listed()
    names = {author.id: author.name for author in everyone}
    with store.reading() as tx:
        found = [alarm for alarm in drift.alarms(tx) if alarm.author_id in names]

    def entries(some: Sequence[Alarm]) -> list[Entry]:
        return [_entry(alarm, names[alarm.author_id]) for alarm in some]

    opened = [a for a in found if start <= a.created_at < end]
    closed = [a for a in found if a.closed_at and start <= a.closed_at < end]
    older = [a for a in found if a.status == OPEN and a.created_at < start]
    return Digest(
        first=first,
        last=first + timedelta(days=6),
        made_at=datetime.now(UTC),
        opened=entries([a for a in opened if a not in closed]),
        closed=entries(closed),
        still_open=entries(older),
        lines=sorted((_line(author, start, end) for author in everyone), key=lambda line: not line.posts),
    )


def _entry(alarm: Alarm, name: str) -> Entry:
    details = [text for text in (say.interval(alarm), say.effect(alarm), say.posts_since(alarm)) if text]
    return Entry(
        author=name,
        title=say.title(alarm, name),
        details=["; ".join(details), *say.changed(alarm)],
        outcome="" if alarm.status == OPEN else say.outcome(alarm),
        note=alarm.note[:CHARS],
    )


def _line(author: Author, start: datetime, end: datetime) -> Line:
    found = state(author.id)
    curve = found.curve
    if curve is None or not curve.n:
        return Line(author.name, 0, 0, found.reason)
    if not curve.dated:
        return Line(author.name, 0, 0, "posts without dates: no week can be said")
    rows = np.flatnonzero((curve.seconds >= start.timestamp()) & (curve.seconds < end.timestamp()))
    return Line(
        author.name, len(rows), int((curve.origin[rows] == 1).sum()), _verdict(curve, rows, start, found.reason)
    )


def _verdict(curve: Curve, rows: np.ndarray[Any, Any], start: datetime, reason: str) -> str:
    """One figure for the week, the highest of its judged posts, beside the band of what is usual."""
    judged = rows[~np.isnan(curve.statistic[rows])]
    if not len(rows):
        return "no post this week"
    if not len(judged):
        return reason or "too short, or part of the baseline: not judged"
    monday = int(start.timestamp())
    value, high = float(curve.week_values[curve.weeks == monday].max()), float(curve.high[judged].max())
    word = "an alarm stands" if curve.alarm[judged[-1]] else "beyond the usual range" if value > high else "as usual"
    return f"{word} ({value:.2g}; usual up to {high:.2g})"


# ---- as files ------------------------------------------------------------------------------------------------

SECTIONS = (
    ("opened", "New alarms", "No new alarm this week."),
    ("closed", "Decided", ""),
    ("still_open", "Still open from before", ""),
)
_MARK = re.compile(r"([\\`*_\[\]<>|~&$#]|^[+\-=:](?=\s|[\-=:])|(?<=\d)[.)](?=\s))")


def markdown_safe(text: str) -> str:
    """Text from anywhere as Markdown that shows it as it stands, on one line."""
    return _MARK.sub(r"\\\1", " ".join(text.split()))


def digest_markdown(found: Digest) -> str:
    """The digest as Markdown; names and notes are data and never markup."""
    out = [f"# {markdown_safe(found.title)}", ""]
    for key, heading, nothing in SECTIONS:
        entries: list[Entry] = getattr(found, key)
        if not entries and not nothing:
            continue
        out += [f"## {heading}", ""]
        for entry in entries:
            out.append(f"- **{markdown_safe(entry.title)}**")
            out += [f"  - {markdown_safe(text)}" for text in entry.details]
            if entry.outcome:
                out.append(f"  - {markdown_safe(entry.outcome)}")
            if entry.note:
                out.append(f"  - Note: {markdown_safe(entry.note)}")
        out += [nothing] if not entries else []
        out.append("")
    out += ["## Every author", "", "| author | posts | with Timbre | voice |", "|---|---:|---:|---|"]
    for line in found.lines:
        cells = (line.author, f"{line.posts}", f"{line.with_timbre}", line.verdict)
        out.append("| " + " | ".join(markdown_safe(cell) for cell in cells) + " |")
    return "\n".join([*out, "", markdown_safe(FOOT), ""])


FOOT = (
    "The figure says how far the posts have moved away from the author's own baseline, added up until that week. An "
    "alarm says that the writing changed, not who wrote it nor whether it is better or worse."
)


def digest_pdf(found: Digest) -> bytes:
    """The digest as PDF. Everything from outside goes in as data beside the template. Raises Unavailable."""
    data = {
        "title": found.title,
        "made": f"{found.made_at.day} {found.made_at:%B %Y}",
        "foot": FOOT,
        "sections": [
            {
                "heading": heading,
                "nothing": nothing,
                "entries": [
                    {"title": e.title, "details": e.details, "outcome": e.outcome, "note": e.note}
                    for e in getattr(found, key)
                ],
            }
            for key, heading, nothing in SECTIONS
            if getattr(found, key) or nothing
        ],
        "lines": [[line.author, str(line.posts), str(line.with_timbre), line.verdict] for line in found.lines],
    }
    import typst

    try:
        made = typst.compile(
            TEMPLATE.read_bytes(),
            format="pdf",
            font_paths=_fonts(),
            sys_inputs={"digest": json.dumps(data)},
        )
    except (RuntimeError, OSError, typst.TypstError) as error:
        raise Unavailable(
            f"The PDF could not be set ({type(error).__name__}). Nothing is lost.", "Download the Markdown instead."
        ) from error
    return bytes(made)


@functools.cache
def _fonts() -> Any:
    """The fonts that are shipped, and those inside the typesetter: the same page on every machine."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
