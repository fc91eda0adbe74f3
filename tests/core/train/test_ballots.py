"""What blind votes say of an adapter."""

from __future__ import annotations

import pytest

from core import store
from core.store import Actor
from core.store.tables import Brief, Run, Variant
from core.store.tables_training import Adapter
from core.store.tables_writing import Vote
from core.train import ballots


@pytest.mark.parametrize(("won", "lost", "said", "passed"), [(12, 3, "12 blind votes for it, 3", True), (2, 12, "2 blind votes for it, 12", False)])  # fmt: skip
def test_texts_with_it_beside_texts_with_none_are_counted(
    two_authors: dict[str, str], actor: Actor, won: int, lost: int, said: str, passed: bool
) -> None:
    ada = two_authors["Ada"]
    with store.writing(actor) as tx:
        adapter = Adapter(kind="voice", author_id=ada, title="Ada 1", passed=True)
        tx.session.add(adapter)
        brief = Brief(author_id=ada, fields={"topic": "x"})
        tx.session.add(brief)
        tx.session.flush()
        run = Run(author_id=ada, brief_id=brief.id)
        tx.session.add(run)
        tx.session.flush()
        rows = {
            name: Variant(run_id=run.id, author_id=ada, number=n, text=name, provenance={"adapters": made})
            for n, (name, made) in enumerate((("with", {adapter.id: 1.0}), ("none", {}), ("other", {"x": 1.0})))
        }
        tx.session.add_all(rows.values())
        tx.session.flush()
        assert ballots.rule(adapter) is None
        for n in range(won + lost):
            sides = (rows["with"].id, rows["none"].id) if n % 2 else (rows["none"].id, rows["with"].id)
            winner = rows["with"].id if n < won else rows["none"].id
            choice = "left" if sides[0] == winner else "right"
            tx.session.add(Vote(author_id=ada, left_id=sides[0], right_id=sides[1], choice=choice))
        tx.session.add(Vote(author_id=ada, left_id=rows["with"].id, right_id=rows["other"].id, choice="left"))  # fmt: skip
    found = ballots.rule(adapter)
    assert found is not None and found["said"].startswith(said) and found["passed"] is passed
