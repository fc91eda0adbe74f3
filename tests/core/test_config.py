"""A setting that cannot be used is named in a plain sentence, by every program, without its value."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import ROOT, Settings, settings
from core.errors import Invalid
from tests.processes import environment, free_port


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "hush"),
        ("PORT", "0"),
        ("API_PORT", "99999"),
        ("NOTION_REQUESTS_PER_MINUTE", "0"),
        ("OMP_WAIT_POLICY", "hush"),
        ("DATABASE_URL", "mysql://hush:hush@host/timbre"),
        ("DATABASE_URL", "hush"),
    ],
)
def test_a_wrong_value_names_its_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Invalid, match=f"^{name}: ") as told:
        settings()
    assert f"Correct {name} in the environment or in .env" in told.value.hint
    assert "hush" not in str(told.value)


def test_a_env_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("NOTION_PARENT_PAGE=Größe".encode("utf-16"))
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    with pytest.raises(Invalid, match=r"\.env cannot be read \(it is not UTF-8 text\)"):
        settings()


@pytest.mark.parametrize(
    ("program", "name", "value"),
    [
        (["-m", "core.serve"], "PORT", "abc"),
        (["-m", "core.serve"], "TIMBRE_DATA", str(ROOT / "README.md")),
        (["worker.py"], "DATABASE_URL", "postgresql://timbre:hush@host:abc/timbre"),
        (["worker.py"], "TIMBRE_DATA", str(ROOT / "README.md")),
        (["api.py"], "DATABASE_URL", "postgresql://timbre:hush@host:abc/timbre"),
        (["-m", "notion_sync", "status"], "PORT", "abc"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.slow
def test_every_program_says_it_without_a_traceback(tmp_path: Path, program: list[str], name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env=environment(tmp_path, **{"PORT": str(free_port()), "API_PORT": str(free_port()), name: value}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2)
    assert name in said
    assert "Traceback" not in said
    assert "hush" not in said


@pytest.mark.slow
@pytest.mark.parametrize("bind", ["127.0.0.1", "no.such.host.invalid", "::1::"])
def test_an_address_that_cannot_be_listened_on_is_named(tmp_path: Path, bind: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "api.py"],
            cwd=ROOT,
            env=environment(tmp_path, API_PORT=port, TIMBRE_API_BIND=bind),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "API_PORT" in done.stderr and "TIMBRE_API_BIND" in done.stderr
    assert "Traceback" not in done.stderr
