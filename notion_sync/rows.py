"""One row against one record: the merge applied, what cannot be taken over held, and a line in the log for each."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core import store
from core.errors import Denied, NotFound, Stale, TimbreError
from core.people import WORKER
from core.review import STATUSES
from core.store import Actor, notion
from core.store.base import now
from core.store.tables import NotionBinding, NotionRow
from notion_sync import lag, ours, people, schema
from notion_sync.client import Notion
from notion_sync.merge import Merge, empty, merge

Json = dict[str, Any]
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "calendar": {"status": tuple(STATUSES)},
    "guidelines": {key: schema.KINDS["guidelines"].field(key).options for key in ("kind", "severity")},
}
EMPTIED = ("status", "kind")
"""Never without a word: ours is written again where somebody emptied it."""
HELD = "Notion's side could not be taken over: {}"


def silent(_done: int, _total: int | None, _message: str) -> None:
    """Nobody watches."""


@dataclass
class Foreseen:
    """One row as a dry run leaves it: what both sides agree on, and what we would hold."""

    row: NotionRow
    base: Json
    mine: Json
    conflicts: Json


@dataclass
class Rows:
    """What a pass works with, and what it does to a single row."""

    client: Notion
    dry_run: bool = False
    progress: Callable[[int, int | None, str], None] = silent
    counts: Counter[str] = field(default_factory=Counter)
    log: list[Json] = field(default_factory=list)
    bound: dict[str, NotionBinding] = field(default_factory=dict)
    side: ours.Side = field(default_factory=ours.Side)
    talks: list[NotionRow] = field(default_factory=list)
    """Rows whose comments are to be read."""
    named: set[str] = field(default_factory=set)
    """Pages that a webhook named: looked at one by one where no list shows them."""
    checked: set[str] = field(default_factory=set)
    """Kinds whose schema this pass has looked at."""
    foreseen: dict[tuple[str, str], Foreseen] = field(default_factory=dict)
    """What a dry run would have done to rows so far."""

    def say(self, text: str, row: NotionRow | None = None, level: str = "info", **more: Any) -> None:
        """A line of the pass's log. A dry run says `side` (here | notion), `field`, `old` and `new` of every change."""
        line = {"at": now().isoformat(timespec="seconds"), "level": level, "text": text}
        self.log.append(line | _where(row) | {k: shown(v) if k in ("old", "new") else v for k, v in more.items()})

    def _read_ours(self) -> None:
        with store.reading() as tx:
            self.bound = notion.bindings(tx)
            self.side = ours.Side.load(tx)
        self.side.bound = self.bound  # what a look at the schema finds counts for both sides

    def _know_pages(self) -> None:
        """Which persona's page is whose, new ones too."""
        with store.reading() as tx:
            self.side.pages = ours.Side.load(tx).pages

    def _kinds(self) -> list[str]:
        return [kind for kind in schema.KINDS if kind in self.bound]

    def _check_schema(self, kind: str) -> bool:
        """See that the properties are still there: a renamed one stays bound, a deleted or retyped one is paused.

        Returns whether anything had changed.
        """
        binding = self.bound[kind]
        self.checked.add(kind)
        found = self.client.data_source(binding.data_source_id)
        if found.get("in_trash"):
            raise NotFound(
                f"The database {schema.KINDS[kind].title} is in Notion's trash. Nothing was deleted here.",
                "Restore it in Notion, or run the set-up again to make a new one.",
            )
        fresh, _missing = schema.match(kind, found.get("properties", {}), binding.properties)
        fresh = {key: entry for key, entry in fresh.items() if key in binding.properties}
        for entry in fresh.values():
            if entry.get("paused"):
                self.say(f"{schema.KINDS[kind].title}: {entry['paused']}. This field is paused.", level="warn")
        changed = fresh != binding.properties
        if changed and not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.bind(tx, kind, binding.database_id, binding.data_source_id, fresh, binding.url)
        binding.properties = fresh
        return changed

    def _owners(self, kind: str) -> dict[str, schema.Owner]:
        bound = self.bound[kind].properties
        return {f.key: f.owner for f in schema.KINDS[kind].fields if f.key in bound and not bound[f.key].get("paused")}

    def _seen(self, row: NotionRow) -> Json:
        """What Notion held when we looked last: the base, and for a conflict their side of it."""
        return {**row.base, **{key: c["theirs"] for key, c in row.conflict.items()}}

    def _actor(self, page: Json) -> Actor:
        return people.actor(self.client, page)

    def _mine(self, kind: str, local_id: str, row: NotionRow | None, tx: store.Reading | None = None) -> Json | None:
        if tx is None:
            with store.reading() as own:
                return self._mine(kind, local_id, row, own)
        return self.side.fields(tx, kind, local_id, bool(row and row.conflict), row.base if row else None)

    def _understand(self, kind: str, theirs: Json, base: Json) -> tuple[Json, Json, str]:
        """Notion's words in ours. A status that is not ours is left alone; an emptied one is written again."""
        remarks = []
        for key, known in WORDS.get(kind, {}).items():
            word = theirs.get(key)
            same = next((s for s in known if s.casefold() == str(word).strip().casefold()), None)
            if same is not None:
                theirs = {**theirs, key: same}
            elif word:
                theirs = {k: v for k, v in theirs.items() if k != key}
                name = schema.KINDS[kind].field(key).name
                remarks.append(
                    f"{name} says {word} in Notion, which is none of Timbre's words ({', '.join(known)}): both sides "
                    "keep their own."
                )
            elif key in theirs and key in EMPTIED:
                base = {**base, key: None}
        return theirs, base, " ".join(remarks)

    def _reconcile(self, row: NotionRow, theirs: Json, page: Json, print_: str | None, tries: int = 3) -> NotionRow:
        """Merge one row with what Notion holds, take over what is theirs, and remember where both stand."""
        kind, local_id = row.kind, row.local_id
        shown = {**theirs, **_as_written(row, theirs)}
        theirs, base, held = self._understand(kind, shown, row.base)
        base = {**base, **lag.sent(row.memo, theirs)}
        mine = self._mine(kind, local_id, row)
        if mine is None:
            return self._hold(row, "paused", "It was removed here. Its row stays in Notion as it is.")
        # A word set aside on a new row leaves ours as it is: the word that replaces it is their edit, not a conflict.
        base = {**{key: mine[key] for key in shown if key not in theirs and key in mine}, **base}
        restored, left = lag.restored(row.memo, self._app_owned(kind), base, mine, theirs)
        found = merge({k: o for k, o in self._owners(kind).items() if k not in left}, base, mine, theirs)
        if self.dry_run:
            return self._foresee(row, found, mine)
        try:
            remark = self._take(row, found, theirs, page, mine)
        except Stale as error:  # somebody is typing here: compare with the newest, and leave it for later in the end
            if not tries:
                return self._hold(row, "pending", str(error))
            return self._reconcile(row, theirs, page, print_, tries - 1)
        for key, value in found.pull.items():
            self.counts["pulled"] += 1
            self.say(f"{label(kind, key)} came from Notion: {_short(value)}", row)
        if any(key not in row.conflict for key in found.conflicts):
            self.say("Changed here and in Notion: both are kept, please decide.", row, "warn")
        conflicts = {**self._unseen(row, theirs, mine), **_signed(found.conflicts, row, page)}
        with store.writing(WORKER) as tx:
            fresh = notion.of_local(tx, kind, local_id)
            if fresh is None or (fresh.base, fresh.conflict) == (row.base, row.conflict):
                self._keep_replaced(tx, row, found, theirs, base)
                saved = notion.save(
                    tx, kind, local_id, page_id=page.get("id") or row.page_id, url=page.get("url") or row.url,
                    base=found.base, conflict=conflicts, remote_hash=print_, pulled_at=now(),
                    memo={**self._noted(row, page, theirs), "restored": restored},
                    state="conflict" if conflicts else "pending",
                    message=" ".join(x for x in (held, remark) if x) or ("" if page or not conflicts else row.message),
                )  # fmt: skip
                if not conflicts and not self._changes(saved, tx):
                    saved = notion.save(tx, kind, local_id, state="ok")
                return saved
        return self._reconcile(fresh, theirs, page, print_)  # somebody has just decided a conflict of this row

    def _unseen(self, row: NotionRow, theirs: Json, mine: Json) -> Json:
        """Open conflicts of fields that cannot be compared now (paused, not bound): they stay until decided."""
        owners = self._owners(row.kind)
        return {k: sides for k, sides in row.conflict.items() if not (k in owners and k in theirs and k in mine)}

    def _app_owned(self, kind: str) -> list[str]:
        return [key for key, owner in self._owners(kind).items() if owner == "app" and key != "app_id"]

    def _keep_replaced(self, tx: store.Writing, row: NotionRow, found: Merge, theirs: Json, base: Json) -> None:
        """The audit keeps what was typed into a field of ours, an overlong title, their former side of a conflict."""
        for key, mine in found.push.items():
            if self._owners(row.kind)[key] == "app" and theirs[key] != base.get(key) and not empty(theirs[key]):
                notion.note_dropped(tx, row, key, theirs[key], mine)
        if "title.whole" in theirs and "title" in found.pull | found.push:
            notion.note_dropped(tx, row, "title", theirs["title.whole"], theirs["title"])
        for key, sides in row.conflict.items():
            if key in theirs and sides["theirs"] != theirs[key] and not empty(sides["theirs"]):
                notion.note_dropped(tx, row, key, sides["theirs"], theirs[key])

    def _foresee(self, row: NotionRow, found: Merge, mine: Json) -> NotionRow:
        """What taking over their side would do, said and remembered for the push of this dry run."""
        pull = {**found.pull, **ours.follows(row.kind, mine, found.pull)}
        for key, value in pull.items():
            self.counts["pulled"] += 1
            text = f"{label(row.kind, key)} would come from Notion: {_short(value)}"
            self.say(text, row, side="here", field=label(row.kind, key), old=mine.get(key), new=value)
        for key, sides in found.conflicts.items():
            text = f"{label(row.kind, key)} was changed here and in Notion: both would be kept for you to decide"
            self.say(text, row, "warn", field=label(row.kind, key), old=sides["ours"], new=sides["theirs"])
        self.foreseen[row.kind, row.local_id] = Foreseen(row, found.base, {**mine, **pull}, found.conflicts)
        return row

    def _noted(self, row: NotionRow, page: Json, theirs: Json) -> Json:
        """What is remembered beside the base: when the page was made, when somebody else edited it last."""
        memo = {**(row.memo or {}), **({"ranges": schema.spans(theirs)} if page else {})}
        if page.get("created_time"):
            memo["created"] = page["created_time"]
        by = (page.get("last_edited_by") or {}).get("id")
        if page.get("last_edited_time") and (by is None or by not in self.side.bots):
            memo |= {"edited": page["last_edited_time"], "editor": by}
        return lag.seen(memo, page, self._seen(row), theirs)

    def _take(self, row: NotionRow, found: Merge, theirs: Json, page: Json, mine: Json) -> str:
        """Apply what is theirs. What cannot be taken over is kept like a conflict, with the reason."""
        if not found.pull and not (row.kind == "guidelines" and row.state == "trashed"):
            return ""
        try:
            remark = self._taken(row, found, theirs, self._actor(page), mine)
            if remark:
                self.say(remark, row, "warn")
            return remark
        except Stale:
            raise
        except TimbreError as error:
            for key, value in found.pull.items():
                if key == "status" and isinstance(error, Denied):
                    continue  # refused and noted: with the base as theirs, ours is written back
                found.base[key] = row.base.get(key)
                found.conflicts[key] = {"base": row.base.get(key), "ours": mine.get(key), "theirs": value}
            self.say(HELD.format(error), row, "warn")
            return HELD.format(error)

    def _taken(self, row: NotionRow, found: Merge, theirs: Json, actor: Actor, mine: Json) -> str:
        if row.kind == "calendar":
            return ours.take_post(actor, row.local_id, found.pull, self.side, theirs, mine)
        if row.kind == "personas":
            return ours.take_persona(actor, row.local_id, found.pull, self.side)
        if row.kind == "guidelines":
            return ours.take_guideline(actor, row, found.pull, self.side, mine)
        return ours.take_sample(actor, row.local_id, found.pull, self.side)

    def _hold(self, row: NotionRow, state: str, why: str) -> NotionRow:
        """Leave a row alone for now, and say why."""
        if self.dry_run:
            return row
        if (row.state, row.message) != (state, why):
            self.say(why, row, "warn")
        with store.writing(WORKER) as tx:
            return notion.save(tx, row.kind, row.local_id, state=state, message=why)

    def _changes(self, row: NotionRow, tx: store.Reading | None = None) -> Json:
        """What to write for a row that exists."""
        if (seen := self.foreseen.get((row.kind, row.local_id))) is not None:
            state = {"sync_state": schema.CONFLICT} if seen.conflicts and "sync_state" in seen.mine else {}
            held = {key: sides["theirs"] for key, sides in seen.conflicts.items()}
            return merge(self._owners(row.kind), seen.base, {**seen.mine, **state}, {**seen.base, **held}).push
        mine = self._mine(row.kind, row.local_id, row, tx) or {}
        return merge(self._owners(row.kind), row.base, mine, self._seen(row)).push


def somebody() -> Actor:
    """Who it was in Notion, where nobody here is mapped to them."""
    return Actor(name="Somebody in Notion", role="editor", verified=False, source="notion")


def label(kind: str, key: str) -> str:
    """A field as Notion names it."""
    return schema.KINDS[kind].field(key).name


def _where(row: NotionRow | None) -> Json:
    if row is None:
        return {}
    title = (row.base or {}).get("title") or row.local_id
    return {"kind": row.kind, "id": row.local_id, "row": str(title)[:120], "url": row.url or ""}


def alike(one: Any, other: Any) -> bool:
    """Whether two values differ only as a store may change what it is given: case, spaces, line ends, order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_folded, one)) == sorted(map(_folded, other))
    return isinstance(one, str) and isinstance(other, str) and _folded(one) == _folded(other)


def _folded(value: Any) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())


def _as_written(row: NotionRow, theirs: Json) -> Json:
    """Fields that Notion shows just as it answered our write, although not as we sent them: they are what we wrote."""
    echo = (row.memo or {}).get("echo") or {}
    return {key: row.base[key] for key, was in echo.items() if key in row.base and key in theirs and theirs[key] == was}


def _signed(conflicts: Json, row: NotionRow, page: Json) -> Json:
    """Conflicts with who changed Notion's side and when; one that stands already keeps what it says."""
    who = {"by": (page.get("last_edited_by") or {}).get("id"), "at": page.get("last_edited_time")} if page else {}
    return {
        key: {**(row.conflict.get(key) or {}), **({} if _same(row.conflict.get(key), sides) else who), **sides}
        for key, sides in conflicts.items()
    }


def _same(before: Json | None, sides: Json) -> bool:
    return before is not None and before.get("theirs") == sides["theirs"]


def shown(value: Any) -> Any:
    """A value as the log of a dry run keeps it: whole up to 2,000 characters."""
    return value if not isinstance(value, str) or len(value) <= 2_000 else f"{value[:2_000]}..."


def _short(value: Any) -> str:
    text = " ".join(str(value if value not in (None, "", []) else "(empty)").split())
    return text if len(text) <= 80 else f"{text[:77]}..."
