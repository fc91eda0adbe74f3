"""The calendar as an iCalendar file (RFC 5545), for any calendar program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from core.calendar.days import zone_info
from core.store.tables import Post

LENGTH = timedelta(minutes=15)
CONFIRMED = frozenset({"Scheduled", "Published", "Measured"})


def ics(planned: Sequence[Post], names: Mapping[str, str]) -> bytes:
    """One event of 15 minutes a slot, in the post's own zone; `names` are the authors' names by id."""
    calendar = Calendar()
    calendar.add("prodid", "-//Timbre//Content calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Timbre")
    for post in planned:
        if post.slot is not None:
            calendar.add_component(_event(post, post.slot, names.get(post.author_id, "")))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(post: Post, slot: datetime, author: str) -> Event:
    event = Event()
    start = slot.astimezone(zone_info(post.zone)) if post.zone != "UTC" else slot.astimezone(UTC)
    event.add("uid", f"{post.id}@timbre")
    event.add("dtstamp", post.updated_at)
    event.add("sequence", post.revision)
    event.add("dtstart", start)
    event.add("dtend", start + LENGTH)
    event.add("summary", _plain(f"{author}: {heading(post)}" if author else heading(post)))
    event.add("description", _plain(f"{post.status}\n\n{post.text}"))
    event.add("status", "CONFIRMED" if post.status in CONFIRMED else "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    return event


def heading(post: Post, most: int = 80) -> str:
    """The title, else the first line of the text, cut at `most` characters."""
    line = post.title.strip() or next((x.strip() for x in post.text.splitlines() if x.strip()), "") or "Untitled"
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _plain(text: str) -> str:
    """Without the control characters that RFC 5545 forbids; every kind of line end becomes a line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))
