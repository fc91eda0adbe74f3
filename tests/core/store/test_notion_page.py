"""What the Notion page asks of the store, on both databases."""

from __future__ import annotations

from datetime import timedelta

from core import store
from core.store import Actor, authors, notion, notion_page
from core.store.base import now
from core.store.tables import NotionPass, Post, Sample

BOTH = {"text": {"base": "", "ours": "a", "theirs": "b"}}


def test_counts_and_pages_of_lists(any_database: str, actor: Actor) -> None:
    before = now()
    with store.writing(actor) as tx:
        ada, bo = authors.add(tx, "Ada").id, authors.add(tx, "Bo").id
        ids = []
        for n in range(6):
            asked = {"status": "Approved", "by": "Mia"} if n == 5 else {}
            status = "In Review" if n == 5 else "Approved"
            post = Post(author_id=ada if n < 4 else bo, title=f"{n}", text="x", status=status, requested=asked)
            tx.session.add(post)
            tx.session.flush()
            ids.append(post.id)
        tx.session.add(Sample(author_id=ada, text="s", text_hash="s", position=0, words=1))
        for n in range(3):
            notion.save(tx, "calendar", ids[n], page_id=f"p{n}", state="conflict", conflict=BOTH, memo={"made": n < 2})
        notion.save(tx, "calendar", ids[3], page_id="p3", state="pending")
        notion.save(tx, "calendar", ids[4], page_id=None, state="unknown", memo={"made": True})
        notion.save(tx, "guidelines", "g1", page_id="g1", state="conflict", conflict=BOTH)
        first = notion.newest_change(tx)
    with store.writing(actor) as tx:
        tx.session.get_one(Post, ids[1]).title = "Changed"
    with store.reading() as tx:
        assert notion_page.by_state(tx) == {"conflict": 4, "pending": 1, "unknown": 1}
        assert notion_page.made(tx) == 3
        assert sorted(notion_page.conflict_groups(tx), key=str) == [("calendar", ada, 3), ("guidelines", None, 1)]
        assert [r.local_id for r in notion_page.conflicts(tx, 2, 1, author_id=ada)] == ids[1:3]
        assert [r.local_id for r in notion_page.conflicts(tx, 9, kind="guidelines")] == ["g1"]
        assert [r.local_id for r in notion_page.in_state(tx, "unknown", 5)] == [ids[4]]
        posts, total = notion_page.requests(tx, "Approved", 5)
        assert ([p.id for p in posts], total) == ([ids[5]], 1)
        assert notion_page.new_posts(tx, "calendar", ["Approved"], 5) == ([ids[4]], 1)
        assert notion_page.new_samples(tx, 5)[1] == 1
        rows, total = notion_page.open_rows(tx, "calendar", ["post"], first, ["pending"], 1)
        assert (len(rows), total) == (1, 2)
        change = notion_page.last_change(tx, "post", ids[1], "title")
        assert change is not None
        assert change.new == "Changed"
        assert notion_page.changed_after(tx, before, ["post"])
        assert not notion_page.changed_after(tx, now() + timedelta(minutes=1), ["post"])


def test_passes_come_without_their_logs(any_database: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        for n, status in enumerate(("done", "dry run", "failed")):
            at = now() + timedelta(seconds=n)
            tx.session.add(NotionPass(status=status, started_at=at, log=[{"text": "x"}] * n))
    with store.reading() as tx:
        assert [(one.status, n) for one, n in notion_page.heads(tx, 2)] == [("failed", 2), ("dry run", 1)]
        head = notion_page.head(tx, ["done", "dry run"])
        assert head is not None
        assert head.status == "dry run"
        assert "log" not in head.__dict__
        found = notion_page.one_pass(tx, head.id)
        assert found is not None
        assert len(found.log) == 1
