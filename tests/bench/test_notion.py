"""The Notion benchmark runs with tiny numbers, and its soak notices what it is there to notice."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import notion, notion_soak
from notion_sync.pull import Pull
from notion_sync.push import Push


def test_the_benchmark_prints_its_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notion, "BULK", 25)
    monkeypatch.setattr(notion, "LIMIT", 10)  # of the floor that is compared with
    monkeypatch.setattr(notion, "SPEED", 600.0)
    asked = ["notion", "--only", "pull,push", "--rows", "25", "--name", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", asked)
    with pytest.raises(SystemExit):
        notion.main()  # whether the goals are met is not what this test is about
    rows = json.loads((tmp_path / "out.json").read_text())["rows"]
    assert {"requests to pull 25 rows", "requests a changed row, bulk", "requests of an idle pass, 4 tables"} <= {
        row["what"] for row in rows
    }
    assert next(row["ours"] for row in rows if row["what"] == "requests to pull 25 rows") == [2.0]


def test_a_small_soak_loses_nothing() -> None:
    found = notion_soak.soak(seed=3, edits=60)
    assert sum(found.done.values()) >= 60
    assert [name for name, value, most in found.goals() if value > most] == []


def test_the_soak_notices_an_engine_that_eats_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pushing without having looked, and without telling that Notion's side changed, overwrites what people typed."""
    monkeypatch.setattr(Pull, "_pull", lambda *_: set())
    monkeypatch.setattr(Push, "_worth_a_look", lambda *_: False)
    found = notion_soak.soak(seed=3, edits=120)
    assert found.lost or found.differ
