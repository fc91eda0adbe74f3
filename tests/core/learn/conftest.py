"""What the tests of learning share: drafts that people edited, voted on and rated, put straight into the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import persona, store
from core.generate import commands as generate
from core.persona import CardLine
from core.store import Actor
from core.store.base import now
from core.store.ids import new_id
from core.store.tables import Brief, Run, Variant

Drafted = Callable[..., str]
FIRST = ("A valve failed at noon.", "Nobody had asked the fitter.", "The report was on time.", "Two pumps stood still.",
         "We lost a week in May.", "The night shift knew first.", "My notebook was wrong.", "Rain got into the shed.",
         "An auditor smiled at me.", "The fuse was never there.")  # fmt: skip
MIDDLE = ("It took an hour to find.", "They wrote it down in pencil.", "No form has a field for that.",
          "Everybody on site could see it.", "The part came on Friday.")  # fmt: skip


@pytest.fixture
def ada(two_authors: dict[str, str], actor: Actor) -> str:
    """Ada with a persona card."""
    persona.derive(two_authors["Ada"], actor)
    return two_authors["Ada"]


def line(author_id: str, path: str) -> CardLine:
    """A line of the author's card as it is now."""
    card = persona.current(author_id)
    assert card
    return card.line(path)


def body(n: int) -> str:
    """A draft's text without its last line; ten of them are different."""
    rows = [MIDDLE[(n + k) % 5] for k in range(5)]
    return f"{FIRST[n % 10]} {FIRST[(n + 3) % 10]}\n\n{rows[0]} {rows[1]} {rows[2]}\n\n{rows[3]} {rows[4]}"


@pytest.fixture
def drafted(actor: Actor) -> Drafted:
    """Puts one draft into the store; with `to`, somebody edits it to that. Returns the variant's id."""

    def put(
        author_id: str, text: str, to: str | None = None, brief: str = "", topic: str = "Audits", **more: Any
    ) -> str:
        with store.writing(actor) as tx:
            if not brief:
                row = Brief(author_id=author_id, fields={"topic": topic, "points": ["x"]}, submitted_at=now())
                tx.session.add(row)
                tx.session.flush()
                brief = row.id
            settings = more.pop("settings", {})
            run = Run(id=new_id(), author_id=author_id, brief_id=brief, status="done", settings=settings,
                      task=more.pop("task", "write"), parent_id=more.get("parent_id"), finished_at=now())  # fmt: skip
            tx.session.add(run)
            tx.session.flush()
            variant = Variant(run_id=run.id, author_id=author_id, number=1, text=text, generated=text, **more)
            tx.session.add(variant)
        if to is not None:
            generate.edit_variant(variant.id, to, 1, actor)
        return variant.id

    return put
