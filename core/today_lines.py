"""A line of Today: what it is, of whom, of which topic, and the page where it is dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.store.tables import Intent, Run
from core.store.today import Line, Told

WORDS = {
    "embed": "Reading samples for search",
    "drift": "Checking voices for drift",
    "derive": "Deriving a persona card",
    "generate": "Writing variants",
    "train": "Learning a voice",
    "train light": "Learning from your labels",
    "archetypes": "Looking for archetypes",
    "picture": "Making a picture",
    "picture.hosted": "Making a picture",
    "picture-prompt": "Wording a picture",
    "pull": "Loading a model",
    "webhook": "Sending a text on",
    "notion.sync": "Syncing with Notion",
    "notion.setup": "Setting up Notion",
}
_PAGES = {"notion": "notion", "drift": "drift", "derive": "persona", "pull": "settings", "webhook": "generate"}
"""Kind of job -> the page where it is seen, where that is not Samples."""


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


def word(kind: str) -> str:
    """What a kind of job does, in plain words."""
    return WORDS.get(kind, kind.replace(".", " ").replace("_", " ").capitalize())


def of_post(line: Line, names: dict[str, str], note: str = "") -> Item:
    """A post: its title or first words, for whom, and what is to be said of it."""
    return Item(
        title=named(line),
        status=line.status,
        note=" · ".join(part for part in (names.get(line.author_id, ""), note) if part),
        page="review",
        params={"post": line.id, "author": line.author_id},
        slot=line.slot,
        zone=line.zone,
    )


def named(line: Line) -> str:
    """A post's title, else its first words."""
    words = " ".join(line.words.split())
    return line.title.strip() or (f"“{_cut(words)}”" if words else "A post without a title or a text")


def _cut(said: str, most: int = 60) -> str:
    """The first words of a text, in at most so many characters."""
    return said if len(said) <= most else f"{said[:most].rsplit(' ', 1)[0].rstrip(' ,.;:')}…"


def _about(what: str, told: Told | None) -> str:
    """What waits, and of which topic: `Choose one of 3 variants: The pump`."""
    topic = told.topic.strip().split("\n")[0] if told else ""
    return f"{what}: {_cut(topic)}" if topic else what


def of_run(run: Run, what: str, told: Mapping[str, Told], names: Mapping[str, str], status: str = "variants") -> Item:
    """A run that has ended: what waits, of which topic, for whom."""
    return Item(
        title=_about(what, told.get(run.id)),
        status=status,
        note=names.get(run.author_id, ""),
        page="generate",
        params={"run": run.id, "author": run.author_id},
    )


def of_job(job: Intent, told: Mapping[str, Told], names: Mapping[str, str], said: str) -> Item:
    """A job: what it does, of which topic, for whom, and the page where it is seen."""
    about = told.get(job.id)
    given = job.payload.get("author_id") or job.payload.get("author")
    author = about.author_id if about else given if isinstance(given, str) else None
    page, params = _where(job, about)
    return Item(
        title=_about(word(job.kind), about),
        status=job.status,
        note=" · ".join(part for part in (names.get(author or "", ""), said) if part),
        page=page,
        params={**params, **({"author": author} if author else {})},
    )


def _where(job: Intent, about: Told | None) -> tuple[str, dict[str, str]]:
    """The page of a job, and what to open on it."""
    kind = job.kind.partition(".")[0]
    post = about.post_id if about else job.payload.get("post")
    if kind in ("generate", "train", "train light"):
        return ("generate" if kind == "generate" else "training"), {"run": job.id}
    if kind in ("picture", "picture-prompt"):
        return "images", {"part": "Picture", **({"post": post} if isinstance(post, str) else {})}
    if kind == "archetypes":
        return "training", {"training_view": "Archetypes"}
    return _PAGES.get(kind, "samples"), {}
