"""The three doors, which import-linter does not see: what Home.py, api.py and worker.py may import."""

from __future__ import annotations

import ast

import pytest

from core.config import ROOT

ROOMS = {"pages", "routes", "notion_sync", "core", "analytics", "api", "worker", "Home"}


@pytest.mark.parametrize(
    ("door", "allowed"),
    [
        ("Home.py", {"pages"}),
        ("api.py", {"routes", "notion_sync", "core", "analytics"}),
        ("worker.py", {"notion_sync", "core", "analytics"}),
    ],
)
def test_a_door_opens_only_on_its_rooms(door: str, allowed: set[str]) -> None:
    tree = ast.parse((ROOT / door).read_text(encoding="utf8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} & ROOMS <= allowed


def test_nobody_imports_a_door() -> None:
    for room in ("pages", "routes", "notion_sync", "core", "analytics"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf8"))
            for node in ast.walk(tree):
                module = node.module if isinstance(node, ast.ImportFrom) else ""
                assert (module or "").split(".")[0] not in {"api", "worker", "Home"}, path
