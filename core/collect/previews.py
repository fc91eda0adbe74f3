"""What an import would do, row by row. Reads the store; writes nothing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from analytics.overlap import nearest
from core import store
from core.collect import dates, guess, paste, registry
from core.collect.model import (
    FOLDER,
    POST_CHARACTERS,
    ROLES,
    ROWS,
    SHORT_CHARACTERS,
    TOTAL_BYTES,
    Found,
    Mapping,
    Options,
    Preview,
    Record,
    Row,
    Upload,
)
from core.errors import Invalid
from core.store import authors, samples

FOLD = re.compile(r"(?:…|\.\.\.)\s*see more\Z", re.IGNORECASE)
COLUMNS = 500
"""In which the text, the author and the date are looked for."""
LOOKED_AT = 20_000
"""Texts of one author, there and new each, among which those that are nearly the same are looked for."""
FOLD_CHARACTERS = 40
"""Looked for in so many last characters: a search through a long run of blanks would take its length squared."""


def text_hash(text: str) -> str:
    """The identity of a text: SHA-256 (hex) over its NFC form with every run of white space as one blank."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).hexdigest()


def preview(source: Sequence[Upload] | str, mapping: Mapping | None = None, options: Options | None = None) -> Preview:
    """Read files, or pasted text, and say what would become of every row. Nothing is stored.

    Raises Invalid where the whole is too much to take in one go.
    """
    found, name, kind = gather(source, options or Options())
    return decide(found, name, kind, mapping or Mapping())


def gather(source: Sequence[Upload] | str, options: Options) -> tuple[Found, str, str]:
    """What the sources make of the input, its name, and the kind of source. Raises Invalid where it is too much."""
    if isinstance(source, str):
        return paste.read(source, options), paste.NAME, "paste"
    if sum(len(u.content) for u in source) > TOTAL_BYTES:
        raise Invalid(
            f"These files are larger than {TOTAL_BYTES // 1_000_000} MB together; nothing was read.",
            "Upload them in several goes: what is there already is recognised.",
        )
    found = Found()
    for upload in source:
        found.take(registry.read(upload, options))
    if len(found.records) > ROWS:
        raise Invalid(
            f"That is {len(found.records):,} rows; at most {ROWS:,} are read in one go. Nothing was stored.",
            "Split the file: what is there already is recognised.",
        )
    columns = len({column for record in found.records for column in record.fields})
    if columns > COLUMNS:
        raise Invalid(
            f"That is {columns:,} columns; at most {COLUMNS:,} are read in one go. Nothing was stored.",
            "Keep the columns with the text, the author and the date.",
        )
    archive = any("LinkedIn archive" in note for note in found.notes)
    name = source[0].name if len(source) == 1 else f"{len(source)} files"
    return found, name, "linkedin archive" if archive else "file"


@dataclass
class _Reading:
    """One file's rows being decided on."""

    used: Mapping
    day_first: bool
    named: str
    """The author of rows that name none."""
    assumed: bool = False
    """A date without a zone was met."""
    slashed: bool = False
    folded: bool = False
    """A post ended in LinkedIn's own button text."""
    unread: bool = False

    def row(self, record: Record) -> Row:
        """The row, as far as it can be judged by itself."""
        text = self.unfolded(record.fields.get(self.used.text or "", ""))
        author = self.used.author_name or _name(record.fields.get(self.used.author or "", "")) or self.named
        row = Row(record.file, record.row, author, text, None, "new")
        if reason := _unreadable(text, author, self.used):
            return replace(row, status="unreadable", reason=reason)
        if len(text.strip()) < SHORT_CHARACTERS:
            return replace(row, status="short", reason=_short(text.strip()))
        return self.dated(record, replace(row, text_hash=text_hash(text)))

    def unfolded(self, text: str) -> str:
        """The post without the "…see more" that copying from LinkedIn puts behind it: the author did not write it."""
        bare = text.rstrip()
        fold = FOLD.search(bare[-FOLD_CHARACTERS:])
        if not fold:
            return text
        self.folded = True
        return bare[: -len(fold[0])].rstrip()

    def dated(self, record: Record, row: Row) -> Row:
        """The row with its date; one that cannot be read is said and left out, the text is kept."""
        value = record.fields.get(self.used.date or "", "").strip()
        if not value:
            return row
        try:
            date, zoned = dates.parse(value, self.day_first)
        except (ValueError, OverflowError, OSError):
            self.unread = True
            return replace(row, reason=f"kept without its date: {value[:40]!r} could not be read as one")
        self.assumed |= not zoned
        self.slashed |= dates.is_slashed(value)
        return replace(row, date=date)

    def notes(self) -> Iterable[str]:
        """What a person should know about how the dates were read; {} stands for the files."""
        if self.folded:
            yield 'In {} posts end in LinkedIn\'s "…see more": that was left off.'
        if self.slashed:
            order = "day/month/year" if self.day_first else "month/day/year"
            yield f"Dates in {{}} such as 03/04/2024 were read as {order}."
        if self.assumed:
            yield "Dates in {} name no time zone: they are taken as UTC."
        if self.unread:
            yield "Some dates in {} could not be read; those posts are kept without a date (see the rows)."


def _name(value: str) -> str:
    return " ".join(value.split())


def _short(text: str) -> str:
    if not text:
        return "holds no text"
    return f"under {SHORT_CHARACTERS} characters ({len(text)}): nothing can be learnt from it"


def _unreadable(text: str, author: str, used: Mapping) -> str:
    if not used.text:
        return "no column looks like the text of a post: choose it above"
    if "\0" in text:
        return "holds a NUL character, which no text has"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return "holds bytes that are not valid in this encoding"
    if len(text) > POST_CHARACTERS:
        return f"has {len(text):,} characters; a post has at most {POST_CHARACTERS:,}"
    if len(text.strip()) >= SHORT_CHARACTERS and not author:
        return f"names no author in the column {used.author!r}" if used.author else "has no author: choose one above"
    if len(author) > 200 or any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in author):
        return "the author's name is longer than 200 characters or holds control characters"
    return ""


def _resolved(mapping: Mapping, records: Sequence[Record], folders: bool) -> Mapping:
    """The person's choice where the file has such a column, the guess elsewhere."""
    guessed, columns = guess.guess(records), {c for r in records for c in r.fields}
    if folders and not guessed.author and FOLDER in columns:
        guessed = replace(guessed, author=FOLDER)

    def pick(chosen: str | None, guessed: str | None) -> str:
        return chosen if chosen is not None and (chosen in columns or not chosen) else guessed or ""

    return replace(
        mapping,
        text=pick(mapping.text, guessed.text),
        author=pick(mapping.author, guessed.author),
        date=pick(mapping.date, guessed.date),
    )


def decide(found: Found, name: str, kind: str, mapping: Mapping) -> Preview:
    """Judge every row by itself, then against the others and the store."""
    rows: list[Row] = []
    remarks: dict[str, list[str]] = {}
    used: list[Mapping] = []
    folders = guess.folders_are_authors(found.records)
    for file, group in groupby(found.records, key=lambda r: r.file):
        records = list(group)
        chosen = _resolved(mapping, records, folders)
        values = [r.fields.get(chosen.date or "", "") for r in records]
        said = dates.day_first(values) if mapping.day_first is None else mapping.day_first
        reading = _Reading(chosen, bool(said), _name(mapping.otherwise or ""))
        rows += [reading.row(record) for record in records]
        for note in reading.notes():
            remarks.setdefault(note, []).append(file)
        used.append(chosen)
    rows += [Row(p.file, p.row, "", "", None, "unreadable", p.reason) for p in found.problems]
    nameless = sum(not row.author and bool(row.text.strip()) for row in rows)
    rows, known = _against_store(_spelled(rows))
    return Preview(
        name,
        kind,
        rows,
        guess.choices(found.records),
        used[0] if used else mapping,
        frozenset(role for role in ROLES if len({getattr(one, role) for one in used}) > 1),
        nameless,
        _few([*found.notes, *(note.replace("{}", _listed(files)) for note, files in remarks.items())]),
        known,
    )


def _few(notes: list[str], most: int = 12) -> list[str]:
    notes = list(dict.fromkeys(notes))
    return notes if len(notes) <= most else [*notes[:most], f"... and {len(notes) - most} more remarks of this kind."]


def _listed(files: Sequence[str], most: int = 3) -> str:
    files = list(dict.fromkeys(files))
    return ", ".join(files[:most]) + (f" and {len(files) - most} more files" if len(files) > most else "")


def _spelled(rows: Sequence[Row]) -> list[Row]:
    """One author, one spelling: the first one met."""
    names: dict[str, str] = {}
    return [replace(row, author=names.setdefault(row.author.casefold(), row.author)) for row in rows]


def _against_store(rows: Sequence[Row]) -> tuple[list[Row], dict[str, str]]:
    """Mark what is there already, in the store or earlier in this import; authors get the store's spelling."""
    with store.reading() as tx:
        ids = {a.name.casefold(): a for a in authors.every(tx)}
        wanted = {row.author.casefold() for row in rows if row.status == "new"} & ids.keys()
        there = samples.hashes(tx, [ids[name].id for name in wanted])
    seen: dict[tuple[str, str], Row] = {}
    out = []
    for row in rows:
        if row.status == "new":
            known = ids.get(row.author.casefold())
            row = replace(row, author=known.name) if known else row  # noqa: PLW2901
            first = seen.setdefault((row.author, row.text_hash), row)
            if known and (known.id, row.text_hash) in there:
                row = replace(row, status="duplicate", reason="is in Timbre already")  # noqa: PLW2901
            elif first is not row:
                row = replace(row, status="duplicate", reason=f"is the same as {_where(first, row)}")  # noqa: PLW2901
        out.append(row)
    names = {ids[name].name: ids[name].id for name in wanted}
    return _with_near(out, names), names


def _with_near(rows: list[Row], known: dict[str, str]) -> list[Row]:
    """Mark the new rows that say what another text of their author says but for a few words."""
    places: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        if row.status == "new":
            places.setdefault(row.author, []).append(at)
    for author, mine in places.items():
        with store.reading() as tx:
            there = samples.texts(tx, known[author], LOOKED_AT) if author in known else []
        texts = [*(text for text, _ in there), *(rows[at].text for at in mine[:LOOKED_AT])]
        for at, found in zip(mine, nearest(texts, len(there)), strict=False):
            if found is None:
                continue
            other, share = found
            where = _stored(there[other][1]) if other < len(there) else _where(rows[mine[other - len(there)]], rows[at])
            same = "but for spaces, addresses or marks" if share == 1 else f"{100 * share:.0f} in 100 of its word order"
            said = f"nearly the same as {where}: {same}"
            rows[at] = replace(rows[at], near=True, reason="; ".join(r for r in (rows[at].reason, said) if r))
    return rows


def _stored(date: datetime | None) -> str:
    return f"a post of {date:%d %b %Y} in Timbre" if date else "a post in Timbre"


def _where(first: Row, row: Row) -> str:
    return f"row {first.row}" if first.file == row.file else f"row {first.row} of {first.file}"
