"""The README against the code: its tree, its tables of pages, settings and commands are what is really there."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from core.config import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf8")


def tracked() -> list[Path]:
    """The project's files: what git tracks or would, else what is on disk."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    names = done.stdout.split("\n") if done.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*.py")]
    return [Path(n) for n in names if n and not n.startswith(".venv") and (ROOT / n).exists()]


def tree() -> list[str]:
    """The paths that the README's tree names."""
    block = re.search(r"```text\n(.*?)```", README, re.S)
    assert block, "the README has no tree (a block marked text)"
    out: list[str] = []
    parents: list[str] = []
    for line in block.group(1).splitlines():
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        parents = [*parents[:depth], name.rstrip("/")]
        out.append("/".join(parents))
    return out


def table(heading: str) -> list[str]:
    """The first cells (without back-ticks) of the table under a heading."""
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#+ |\Z)", README, re.S | re.M)
    assert section, f"the README has no section {heading}"
    rows = re.findall(r"^\| `?([^|`]+)`? *\|", section.group(1), re.M)
    return [row.strip() for row in rows if not re.fullmatch(r"[-: ]+", row)][1:]


def test_everything_in_the_tree_exists() -> None:
    missing = [path for path in tree() if not (ROOT / path).exists()]
    assert not missing


def test_every_room_is_in_the_tree() -> None:
    named = set(tree())
    top = {path.parts[0] for path in tracked() if not path.parts[0].startswith(".") or path.parts[0] == ".streamlit"}
    ignored = {"README.md", "DECISIONS.md", "CHANGELOG.md", "LICENSE"}
    assert top - ignored - named == set()
    rooms = {f"core/{path.parts[1]}" for path in tracked() if path.parts[0] == "core" and len(path.parts) > 2}
    assert rooms - named == set()


def test_every_setting_is_documented() -> None:
    assert sorted(table("Settings")) == sorted(name.upper() for name in Settings.model_fields)


def test_every_page_is_documented() -> None:
    files = sorted(p.stem for p in (ROOT / "pages").glob("[!_]*.py"))
    menu = re.findall(r'\("(\w+)", "(\w+)"', (ROOT / "Home.py").read_text())
    assert sorted(name for name, _ in menu) == files
    assert sorted(table("Pages")) == sorted(title for _, title in menu)


def test_every_make_target_is_documented() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M)) - {"help"}
    assert {cell.removeprefix("make ") for cell in table("Commands") if cell.startswith("make ")} == targets


@pytest.mark.parametrize("path", [p for p in tracked() if p.suffix == ".py" and "versions" not in p.parts], ids=str)
def test_every_module_says_what_it_is(path: Path) -> None:
    tree_ = ast.parse((ROOT / path).read_text(encoding="utf8"))
    if tree_.body:
        assert ast.get_docstring(tree_), f"{path} has no module docstring"


def test_nothing_but_the_configuration_reads_the_environment() -> None:
    allowed = {"core/config.py", "core/bootstrap.py"}
    guilty = [
        str(path)
        for path in tracked()
        if path.suffix == ".py"
        and path.parts[0] not in ("tests", "bench")
        and str(path) not in allowed
        and re.search(r"os\.(getenv|environ\.get|environ\[)|import environ", (ROOT / path).read_text(encoding="utf8"))
    ]
    assert not guilty
