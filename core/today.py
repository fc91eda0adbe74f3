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
from core.train import registry

SHOWN = 5
"""Entries of one kind; the rest is counted and one link away."""
RECENT = timedelta(days=7)

WORDS = {
    "embed": "Reading samples for search",
    "drift": "Checking voices for drift",
    "derive": "Deriving a persona card",
    "generate": "Writing variants",
    "train": "Learning a voice",
    "train light": "Learning from your labels",
    "archetypes": "Looking for archetypes",
    "notion.sync": "Syncing with Notion",
    "notion.setup": "Setting up Notion",
}


@dataclass(frozen=True)
class Item:
    """One line of a list: what it is, and the page (file name and parameters) where it is dealt with."""

    title: str
    status: str
    note: str
    page: str
    params: dict[str, str]
    slot: datetime | None = None
    zone: str = "UTC"


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


def word(kind: str) -> str:
    """What a kind of job does, in plain words."""
    return WORDS.get(kind, kind.replace(".", " ").replace("_", " ").capitalize())


def week_bounds(zone: str, at: datetime) -> tuple[datetime, datetime, datetime]:
    """The start of today, of tomorrow, and of the eighth day from today, as that zone's calendar has them."""
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        clock = ZoneInfo("UTC")
    day = at.astimezone(clock).date()
    first, second, last = (datetime.combine(day + timedelta(days=n), time(), clock) for n in (0, 1, 8))
    return first, second, last


def _item(line: Line, names: dict[str, str], note: str = "") -> Item:
    return Item(
        title=line.title.strip() or "A post without a title",
        status=line.status,
        note=" · ".join(part for part in (names.get(line.author_id, ""), note) if part),
        page="review",
        params={"post": line.id, "author": line.author_id},
        slot=line.slot,
        zone=line.zone,
    )


def _decide(tx: Reading, names: dict[str, str], at: datetime) -> tuple[list[Item], int]:
    """Conflicts, reviews (with what Notion asks for), requested changes, variants to choose from, drafts."""
    counts = rows.counts(tx)
    out, unseen = _of_notion(tx, names)
    if unseen:
        out.append(Item(f"{unseen} more rows of Notion", "conflict", "wait for a decision", "notion", {}))
    asked = rows.by_id(tx, [post.id for post in notion_page.requests(tx, "Approved", SHOWN)[0]])
    out += [_item(line, names, _asked(line)) for line in asked.values()]
    for status in ("In Review", "Changes Requested"):
        out += [_item(line, names, _asked(line)) for line in rows.in_status(tx, status, SHOWN) if line.id not in asked]
    out += [
        Item(
            title=f"Choose one of {count} variants" if count > 1 else "Choose or leave one variant",
            status="variants",
            note=names.get(run.author_id, ""),
            page="generate",
            params={"run": run.id, "author": run.author_id},
        )
        for run, count in rows.undecided(tx, at - RECENT, SHOWN)
    ]
    out += [_item(line, names, _asked(line)) for line in rows.in_status(tx, "Drafting", SHOWN) if line.id not in asked]
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
        what = line.title if line else str(row.base.get("title") or row.kind)
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
    found = [(line, _item(line, names, _unsigned(line))) for line in rows.between(tx, start, end)]
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
    out += [_item(line, names, "its slot went by unapproved") for line in rows.missed(tx, at - RECENT, at)[:SHOWN]]
    for job in rows.failed(tx, at - RECENT, SHOWN):
        page, params = _where(job)
        out.append(Item(word(job.kind), "failed", f"{job.message} {job.hint}".strip(), page, params))
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


def _where(job: Intent) -> tuple[str, dict[str, str]]:
    author = job.payload.get("author_id") or job.payload.get("author")
    params = {"author": author} if isinstance(author, str) else {}
    if job.kind.startswith("generate"):
        return "generate", {"run": job.id, **params}
    if job.kind.startswith("notion"):
        return "notion", {}
    if job.kind == "drift":
        return "drift", params
    if job.kind.startswith("train"):
        return "training", {"run": job.id}
    if job.kind == "archetypes":
        return "training", {"training_view": "Archetypes"}
    return ("persona" if job.kind.startswith("derive") else "samples"), params
