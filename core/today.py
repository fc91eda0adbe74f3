"""What waits for a person: to decide, going out, unusual, and what is running. Gathered in few short queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core import learn, store
from core.drift import say
from core.store import Reading, drift, intents, notion_page
from core.store import today as rows
from core.store.base import now as present
from core.store.tables import Author, Intent, NotionPass
from core.store.today import Line
from core.today_lines import Item, named, of_job, of_post, of_run
from core.train import registry

SHOWN = 5
"""Entries of one kind; the rest is counted and one link away."""
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Going:
    """What goes out, by the clock of one zone."""

    zone: str
    today: list[Item] = field(default_factory=list)
    week: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Steps:
    """How far a new workspace is: some writing, a persona card, a first post."""

    writing: bool
    persona: bool
    post: bool


@dataclass(frozen=True)
class Today:
    """The answer to 'what waits for me?'."""

    decide: list[Item]
    decide_more: int
    """How many more wait than are listed."""
    going: Going
    unusual: list[Item]
    running: list[Intent]
    last_pass: NotionPass | None
    steps: Steps
    at: datetime

    @property
    def first(self) -> Item | None:
        """What to open first."""
        return next(iter([*self.decide, *self.unusual, *self.going.today]), None)


def under_way(authors: Sequence[Author]) -> list[tuple[Intent, Item]]:
    """What waits or runs now, the oldest first, each with the line that says what it is about."""
    names = {a.id: a.name for a in authors}
    with store.reading() as tx:
        active = intents.active(tx)
        told = rows.told(tx, [job.id for job in active])
    return [(job, of_job(job, told, names, job.message)) for job in active]


def gather(authors: Sequence[Author], zone: str = "UTC", at: datetime | None = None) -> Today:
    """Everything the page shows. `zone` (IANA name) says where a day begins and ends; an unknown one counts as UTC."""
    moment = at or present()
    names = {a.id: a.name for a in authors}
    with store.reading() as tx:
        decide, more = _decide(tx, names, moment)
        decide += _lessons(names) + _adapters()
        return Today(
            decide=decide,
            decide_more=more,
            going=_going(tx, names, zone, moment),
            unusual=_unusual(tx, names, moment),
            running=intents.active(tx),
            last_pass=rows.last_pass(tx),
            steps=Steps(*rows.any_of(tx)),
            at=moment,
        )


def week_bounds(zone: str, at: datetime) -> tuple[datetime, datetime, datetime]:
    """The start of today, of tomorrow, and of the eighth day from today, as that zone's calendar has them."""
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        clock = ZoneInfo("UTC")
    day = at.astimezone(clock).date()
    first, second, last = (datetime.combine(day + timedelta(days=n), time(), clock) for n in (0, 1, 8))
    return first, second, last


def _decide(tx: Reading, names: dict[str, str], at: datetime) -> tuple[list[Item], int]:
    """Conflicts, reviews (with what Notion asks for), requested changes, variants to choose from, drafts."""
    counts = rows.counts(tx)
    out, unseen = _of_notion(tx, names)
    if unseen:
        out.append(Item(f"{unseen} more rows of Notion", "conflict", "wait for a decision", "notion", {}))
    asked = rows.by_id(tx, [post.id for post in notion_page.requests(tx, "Approved", SHOWN)[0]])
    out += [of_post(line, names, _asked(line)) for line in asked.values()]
    for status in ("In Review", "Changes Requested"):
        out += [
            of_post(line, names, _asked(line)) for line in rows.in_status(tx, status, SHOWN) if line.id not in asked
        ]
    written = rows.undecided(tx, at - RECENT, SHOWN)
    told = rows.told(tx, [run.id for run, _ in written])
    out += [
        of_run(run, f"Choose one of {count} variants" if count > 1 else "Choose or leave one variant", told, names)
        for run, count in written
    ]
    out += [
        of_post(line, names, _asked(line)) for line in rows.in_status(tx, "Drafting", SHOWN) if line.id not in asked
    ]
    hidden = sum(max(0, counts.get(s, 0) - SHOWN) for s in ("In Review", "Changes Requested", "Drafting"))
    return out, hidden


def _lessons(names: dict[str, str]) -> list[Item]:
    """What feedback proposes to change, a line an author."""
    return [
        Item(
            title=f"Timbre noticed {count} {'thing' if count == 1 else 'things'} in your edits",
            status="lesson",
            note=names[author],
            page="persona",
            params={"author": author, "persona_view": "Lessons"},
        )
        for author, count in learn.waiting(names, SHOWN).items()
    ]


def _adapters() -> list[Item]:
    """What has passed its exam and waits for somebody to promote it, the newest of each scope."""
    newest = {(row.kind, row.author_id, row.archetype_id): row for row in reversed(registry.waiting())}
    return [
        Item(
            title=f"What was learnt for {row.title} has passed its exam",
            status="lesson",
            note="promote it, or leave it",
            page="training",
            params={"run": row.run_id or "", **({"author": row.author_id} if row.author_id else {})},
        )
        for row in list(newest.values())[-SHOWN:][::-1]
    ]


WAITS = {"conflict": ("conflict", "changed here and in Notion"), "trashed": ("warn", "is in Notion's trash")}
"""State of a row in Notion -> the status and the words of its line."""


def _of_notion(tx: Reading, names: dict[str, str]) -> tuple[list[Item], int]:
    """Rows on which both sides changed, and rows that somebody threw away there; and how many more there are."""
    counts = rows.count_notion_rows(tx)
    found = [row for state in WAITS for row in rows.notion_rows(tx, state, SHOWN)] if counts else []
    posts = rows.by_id(tx, [row.local_id for row in found]) if found else {}
    out = []
    for row in found:
        line = posts.get(row.local_id)
        what = named(line) if line else str(row.base.get("title") or row.kind)
        who = names.get(line.author_id, "") if line else ""
        status, said = WAITS[row.state]
        out.append(Item(what, status, " · ".join(p for p in (who, said) if p), "notion", {"row": row.id}))
    return out, sum(counts.get(state, 0) for state in WAITS) - len(out)


def _asked(line: Line) -> str:
    """What somebody asked for in Notion that only takes effect here."""
    wanted = line.requested.get("status")
    if not wanted:
        return ""
    who = line.requested.get("by") or "somebody"
    return f"{who} asks for {wanted} in Notion"


def _going(tx: Reading, names: dict[str, str], zone: str, at: datetime) -> Going:
    start, tomorrow, end = week_bounds(zone, at)
    found = [(line, of_post(line, names, _unsigned(line))) for line in rows.between(tx, start, end)]
    return Going(
        zone=zone,
        today=[item for line, item in found if line.slot and line.slot < tomorrow],
        week=[item for line, item in found if line.slot and line.slot >= tomorrow],
    )


def _unsigned(line: Line) -> str:
    return "not approved yet" if line.status in rows.WAITING else ""


def _unusual(tx: Reading, names: dict[str, str], at: datetime) -> list[Item]:
    """Voices that changed, slots that went by unapproved, jobs that failed, a sync pass that went wrong."""
    out = _voices(tx, names)
    out += [of_post(line, names, "its slot went by unapproved") for line in rows.missed(tx, at - RECENT, at)[:SHOWN]]
    failed, fruitless = rows.failed(tx, at - RECENT, SHOWN), rows.fruitless(tx, at - RECENT, SHOWN)
    told = rows.told(tx, [job.id for job in failed] + [run.id for run in fruitless])
    out += [of_job(job, told, names, f"{job.message} {job.hint}".strip()) for job in failed]
    out += [of_run(run, "Written, but no variant passed", told, names, "nothing") for run in fruitless]
    return out


def _voices(tx: Reading, names: dict[str, str]) -> list[Item]:
    """Open alarms over all authors: whose voice has changed, and since when."""
    found = [alarm for alarm in drift.alarms(tx, [say.OPEN]) if alarm.author_id in names]
    out = [
        Item(
            title=say.title(alarm, names[alarm.author_id]),
            status="alarm" if alarm.standing else "eased",
            note=say.posts_since(alarm),
            page="drift",
            params={"author": alarm.author_id, "alarm": alarm.id},
        )
        for alarm in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        out.append(Item(f"{len(found) - SHOWN} more voices that changed", "alarm", "", "drift", {}))
    return out
