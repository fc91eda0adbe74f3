"""What a source hands over and what a preview is made of; the limits stand here and nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

FILE_BYTES = 50_000_000
"""One file as it is uploaded, and everything a zip holds once it is unpacked."""
FILE_MEGABYTES = FILE_BYTES // 1_000_000
TOTAL_BYTES = 100_000_000
"""All files of one upload together."""
ROWS = 50_000
"""Rows of one upload."""
POST_CHARACTERS = 100_000
"""A longer text is a book, not a post."""
SHORT_CHARACTERS = 20
"""A shorter text says nothing about how somebody writes."""

FILE_NAME, FOLDER = "(file name)", "(folder)"
"""Columns that every row has, so that the author may be taken from where the file lay."""

ROLES = ("text", "author", "date")

Status = Literal["new", "duplicate", "short", "unreadable"]
STATUSES: tuple[Status, ...] = ("new", "duplicate", "short", "unreadable")


@dataclass(frozen=True)
class Upload:
    """A file as it came in. `name` may hold folders; it is shown and never opened as a path."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Options:
    """How to read, where a person wants it otherwise than guessed."""

    encoding: str | None = None
    split: bool = True
    """Whether a line of three dashes parts two posts in pasted and plain text."""


@dataclass(frozen=True)
class Record:
    """One row of one file: column -> value, before anything is decided about it. `row` counts from 1."""

    file: str
    row: int
    fields: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """What could not be read, where, and why."""

    file: str
    row: int | None
    reason: str


@dataclass
class Found:
    """What a source made of a file. `members` are files inside it that other sources read."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    members: list[Upload] = field(default_factory=list)

    def take(self, other: Found) -> None:
        """Add what another file gave."""
        self.records += other.records
        self.problems += other.problems
        self.notes += [n for n in other.notes if n not in self.notes]


@dataclass(frozen=True)
class Mapping:
    """Which column is what. None: guessed for each file; an empty string: no column at all."""

    text: str | None = None
    author: str | None = None
    date: str | None = None
    author_name: str | None = None
    """One author for every row; goes before the column."""
    otherwise: str | None = None
    """The author of rows that name none."""
    day_first: bool | None = None
    """How 03/04/2024 is read. None: what the other dates of the file say, else month first."""


@dataclass(frozen=True)
class Row:
    """One row of the preview and what will become of it."""

    file: str
    row: int | None
    author: str
    text: str
    date: datetime | None
    status: Status
    reason: str = ""
    text_hash: str = ""
    near: bool = False
    """New, and nearly the same as another text of its author: `reason` says which. A person decides."""


@dataclass(frozen=True)
class Preview:
    """What an import would do. Nothing is stored yet."""

    name: str
    """The file's name, or 'pasted text', or how many files."""
    source: str
    """paste | file | linkedin archive."""
    rows: Sequence[Row]
    columns: Sequence[str]
    used: Mapping
    """The mapping as used; where the files differ, that of the first."""
    mixed: frozenset[str]
    """The roles (text, author, date) for which the files' columns differ."""
    nameless: int
    """Texts whose rows name no author and for which none was chosen."""
    notes: Sequence[str]
    known: dict[str, str]
    """Authors of these rows who are in the store: name -> id."""

    @property
    def counts(self) -> dict[Status, int]:
        """Rows by status."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in STATUSES}

    @property
    def authors(self) -> dict[str, int]:
        """Authors with something new: name -> number of new posts, in order of appearance."""
        return dict(Counter(row.author for row in self.rows if row.status == "new"))

    @property
    def new(self) -> list[Row]:
        """The rows that would be stored, in order."""
        return [row for row in self.rows if row.status == "new"]

    @property
    def near(self) -> list[Row]:
        """Those of the new rows that are nearly the same as another text."""
        return [row for row in self.new if row.near]

    def without_near(self) -> Preview:
        """The same import, with those left out."""
        return replace(self, rows=[replace(r, status="duplicate", near=False) if r.near else r for r in self.rows])


@dataclass(frozen=True)
class Read:
    """What was read: paragraphs with a blank line between them. `meta["notes"]` says what was left out and why."""

    title: str
    text: str
    meta: dict[str, Any] = field(default_factory=dict)
