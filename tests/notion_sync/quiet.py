"""What must hold once both sides are quiet: equal field by field, one row per App ID, nothing lost, nothing to write."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from core import store
from core.review import STATUSES, content_hash
from core.store import notion
from core.store.tables import NotionPass, NotionRow
from notion_sync import commands, ours, schema
from tests.notion_sync.server import World

Json = dict[str, Any]
SIGNED = ("Approved", "Scheduled")
KEPT_IN = ("post", "review_note", "change", "guideline", "persona", "author", "variant")
WORDS = {"status": STATUSES, "kind": schema.KINDS["guidelines"].field("kind").options}
MOVED = ("pulled", "pushed", "created", "adopted")


@dataclass
class Memory:
    """What a test knows has happened: every value typed (a word found nowhere else), every text approved."""

    typed: set[str] = field(default_factory=set)
    approved: set[tuple[str, str]] = field(default_factory=set)
    """(id of the post or of its page, text)"""


def kept_here(settings: bool = True) -> str:
    """Everything that counts as kept on our side: records, notes, variants, the audit (of settings too), conflicts."""
    out = []
    with store.reading() as tx:
        for table in KEPT_IN:
            out += [repr(tuple(row)) for row in tx.session.execute(text(f'SELECT * FROM "{table}"'))]
        out += [json.dumps(row.conflict, ensure_ascii=False) for row in notion.rows(tx)]
    return "\n".join(line for line in out if settings or "'setting'" not in line)


def kept_there(world: World) -> str:
    """Everything that Notion shows, in the trash too."""
    return "\n".join(repr(found) for found in [*(p["values"] for p in world.pages.values()), *said(world)])


def said(world: World) -> list[str]:
    """The text of every comment."""
    return ["".join(item["plain_text"] for item in c["rich_text"]) for found in world.comments.values() for c in found]


def settle(most: int = 5, full: bool = False) -> list[NotionPass]:
    """Passes until one moves nothing. Fails where both sides never come to rest."""
    done: list[NotionPass] = []
    for _ in range(most):
        done.append(commands.sync(full=full))
        if not any(done[-1].counts.get(name) for name in MOVED):
            return done
    lines = "\n".join(line["text"] for one in done[-2:] for line in one.log)
    raise AssertionError(f"never at rest; the last passes say:\n{lines}")


def check(world: World, memory: Memory) -> None:
    """The invariants. The caller has switched faults off and let passes run until nothing moved."""
    world.log.clear()
    commands.sync()
    assert not world.writes(), f"another pass writes: {world.writes()}"
    with store.reading() as tx:
        bound, side, rows = notion.bindings(tx), ours.Side.load(tx), notion.rows(tx)
        side.cards = notion.cards(tx)
        for row in rows:
            if row.state in ("ok", "pending", "conflict"):
                mine = side.fields(tx, row.kind, row.local_id, bool(row.conflict), row.base)
                _equal(
                    world,
                    row,
                    bound[row.kind].properties,
                    mine,
                    {a.name.replace(",", "").casefold() for a in side.authors.values()},
                )
            assert row.state != "unknown", f"still unknown: {row.local_id}"
            assert row.state != "pending" or row.message, "waits without a reason"
            assert row.state != "conflict" or row.conflict, "a conflict without sides"
        posts = notion.posts(tx)
        for post in posts:
            assert not side.sent(post) or any(r.local_id == post.id and r.page_id for r in rows), (
                f"not sent: {post.title}"
            )
            if post.status in SIGNED:
                assert post.approved_hash == content_hash(post.text, post.media, post.account), (
                    "approved without its text"
                )
                names = {post.id, *(row.page_id for row in rows if row.local_id == post.id)}
                assert any((name, post.text) in memory.approved for name in names), f"nobody approved {post.text!r}"
    _one_each(world, rows, {post.id for post in posts})
    comments = said(world)
    twice = [word for word in memory.typed if sum(word in comment for comment in comments) > 1]
    assert not twice, f"said twice in comments: {twice}"
    here, there = kept_here(), kept_there(world)
    lost = {word for word in memory.typed if word not in here and word not in there}
    assert not lost, f"lost: {sorted(lost)}"


def _equal(world: World, row: NotionRow, bound: Json, mine: Json | None, here: set[str]) -> None:
    if mine is None:
        return  # removed here: its row stays in Notion as it is
    page, _ = world.answer("GET", f"pages/{row.page_id}", {}, {})
    assert not schema.trashed(page), f"{row.local_id} is in the trash, its row says {row.state}"
    theirs = schema.read_row(row.kind, bound, page)
    for key, value in theirs.items():
        if key in row.conflict:
            assert row.conflict[key]["theirs"] == value, (
                f"{key}: the conflict holds {row.conflict[key]}, Notion {value!r}"
            )
            assert mine[key] != value, f"{key}: a conflict over the same value {value!r}"
        elif key in WORDS and value and value not in WORDS[key]:
            pass  # a word that is not ours: both sides keep their own
        else:
            if key == "author" and str(value).casefold() not in here:
                continue  # nobody whom we have: the post keeps its author
            same = str(mine[key]).casefold() == str(value).casefold() if key == "author" else mine[key] == value
            assert same, f"{row.kind} {key}: {mine[key]!r} here, {value!r} in Notion; {row.state} {row.message}"


def _one_each(world: World, rows: list[NotionRow], known: set[str]) -> None:
    pages = Counter(row.page_id for row in rows if row.page_id)
    assert max(pages.values(), default=1) == 1, f"two rows for one page: {pages}"
    state = {row.page_id: row.state for row in rows}
    for title in (schema.KINDS[kind].title for kind in ("calendar", "guidelines", "personas", "samples")):
        live = world.rows(title)
        ids = Counter(world.cell(r, "App ID") for r in live if state.get(r["id"]) != "unmatched")
        ids.pop("", None)
        assert max(ids.values(), default=1) == 1, f"an App ID twice in {title}: {ids}"
        for r in live:
            words = [
                str(world.cell(r, name) or "").strip()
                for name in ("Name", "Post text", "Phrases")
                if _has(world, r, name)
            ]
            assert not any(words) or r["id"] in pages, f"nobody knows the row {words} of {title}"


def _has(world: World, row: Json, name: str) -> bool:
    source = world.sources[row["parent"]["data_source_id"]]
    return any(p["name"] == name for p in source["properties"])
