"""Set-up: when it may be skipped, and how a CUDA build of torch is told from a CPU one."""

from __future__ import annotations

import ast
import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core import bootstrap
from core.config import ROOT


def test_any_changed_pin_asks_for_another_set_up(tmp_path: Path) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text("streamlit==1.67.0\n")
    before = bootstrap.stamp([pins])
    assert bootstrap.stamp([pins]) == before
    pins.write_text("streamlit==1.68.0\n")
    assert bootstrap.stamp([pins]) != before


@pytest.mark.parametrize(
    ("requires", "cuda"),
    [
        (["filelock", "sympy>=1.13.3"], False),
        (["filelock", 'nvidia-cudnn-cu13==9.1; platform_system == "Linux"'], True),
        (["cuda-bindings<14,>=13.0.3; platform_system == 'Linux'"], True),
        (['nvidia-something; extra == "gpu"'], False),
    ],
)
def test_cuda_is_seen_in_what_a_wheel_requires(
    requires: list[str], cuda: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert bootstrap.needs_cuda(requires) is cuda
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bootstrap.needs_cuda(requires) is False


def test_the_cpu_index_is_tried_before_cuda_and_the_size_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[str, ...]] = []
    offer = '{"install": [{"metadata": {"requires_dist": ["nvidia-cudnn-cu13==9.1"]}}]}'

    def run(*command: object, **_: object) -> subprocess.CompletedProcess[str]:
        words = tuple(str(part) for part in command)
        calls.append(words)
        cpu = bootstrap.CPU_INDEX in words
        probe = "-c" in words
        return subprocess.CompletedProcess(words, int(cpu or probe), stdout=offer, stderr="")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(bootstrap, "run", run)
    bootstrap.install_torch()
    cpu = next(n for n, words in enumerate(calls) if bootstrap.CPU_INDEX in words)
    assert "--timeout" in calls[cpu]
    assert calls[-1][-1] == bootstrap.TORCH
    assert cpu < len(calls) - 1
    assert "GB to download" in capsys.readouterr().out


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "BEGUN", tmp_path / ".venv" / "begun")
    return tmp_path / ".venv"


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 15, 0)])
def test_a_python_that_cannot_work_is_refused_before_anything_is_made(
    version: tuple[int, int, int], venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: pytest.fail("something was run"))
    with pytest.raises(SystemExit):
        bootstrap.set_up([])
    assert not venv.exists()
    said = capsys.readouterr().err
    assert "3.11, 3.12 and 3.13" in said
    assert "PYTHON=" in said


def test_an_intel_mac_and_a_full_disk_are_refused_and_an_untried_python_is_named(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "free_gb", lambda: 3.2)
    with pytest.raises(SystemExit):
        bootstrap.check_machine()
    assert "3.2 are free" in capsys.readouterr().err
    monkeypatch.setattr(bootstrap, "free_gb", lambda: 50.0)
    bootstrap.check_machine()
    assert not capsys.readouterr().out
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    bootstrap.check_machine()
    assert "has not been tried" in capsys.readouterr().out
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(SystemExit):
        bootstrap.check_machine()
    assert "Intel" in capsys.readouterr().err


def test_make_and_bootstrap_accept_the_same_pythons() -> None:
    make = (ROOT / "Makefile").read_text()
    low, high = re.findall(r"\(3, (\d+)\)", make.split("BIN :=")[0])
    assert ((3, int(low)), (3, int(high) - 1)) == (bootstrap.OLDEST, bootstrap.NEWEST)
    assert f"python3.{bootstrap.NEWEST[1]} " in make


@pytest.mark.parametrize("given", ["", "/opt/my pythons/python3.13"])
def test_make_takes_a_python_with_a_blank_in_its_path_and_looks_for_one_where_none_is_named(given: str) -> None:
    done = subprocess.run(
        ["make", "-n", "setup"],
        cwd=ROOT,
        env={**os.environ, "PYTHON": given},
        capture_output=True,
        text=True,
        check=True,
    )
    called = re.search(r'"([^"]+)" core/bootstrap\.py', done.stdout)
    assert called is not None
    assert called[1] == given if given else re.match(r"python3", called[1])


def test_a_python_too_old_can_still_read_what_refuses_it() -> None:
    ast.parse((ROOT / "core/bootstrap.py").read_text(), feature_version=(3, 8))


def test_a_venv_whose_python_has_lost_its_packages_is_made_anew(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    assert bootstrap.python().exists()
    old = venv / "old"
    old.touch()
    real = bootstrap.run

    def run(*command: str | Path, **_: object) -> subprocess.CompletedProcess[str]:
        return real(*command, *(["--without-pip"] if "venv" in command else []))

    monkeypatch.setattr(bootstrap, "run", run)
    bootstrap.make_venv()
    assert bootstrap.python().exists()
    assert not old.exists()
    assert "making it anew" in capsys.readouterr().out


def test_a_venv_of_another_python_that_works_is_kept(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.python().parent.mkdir(parents=True)
    bootstrap.python().touch()
    answer = "pip 26.0 from /somewhere (python 3.{})"
    other = 12 if sys.version_info[1] == 11 else 11
    done = subprocess.CompletedProcess([], 0, stdout=answer.format(other), stderr="")
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: done)
    bootstrap.make_venv()
    assert bootstrap.python().exists()
    assert f"keeping .venv, made with Python 3.{other}" in capsys.readouterr().out


def test_packages_that_are_half_there_are_forgotten_so_that_they_come_again(venv: Path) -> None:
    site = venv / "lib/python3.11/site-packages"
    for name in ("whole", "no_file", "no_installer", "no_record"):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").touch()
        (info / "INSTALLER").touch()
        (info / "RECORD").write_text(
            f"{name}.py,sha256=x,0\n__pycache__/{name}.cpython-311.pyc,,\n{info.name}/RECORD,,\n"
        )
    (site / "no_file.py").unlink()
    (site / "no_installer-1.0.dist-info/INSTALLER").unlink()
    (site / "no_record-1.0.dist-info/RECORD").unlink()
    bootstrap.mend()
    assert [info.name for info in site.glob("*.dist-info")] == ["whole-1.0.dist-info"]


def test_a_set_up_that_was_cut_off_is_mended_by_the_next(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off() -> None:
        raise KeyboardInterrupt

    mended: list[bool] = []
    done = subprocess.CompletedProcess([], 0, stdout="", stderr="")
    monkeypatch.setattr(bootstrap, "check_machine", lambda: None)
    monkeypatch.setattr(bootstrap, "make_venv", lambda: venv.mkdir(exist_ok=True))
    monkeypatch.setattr(bootstrap, "mend", lambda: mended.append(True))
    monkeypatch.setattr(bootstrap, "install_torch", lambda: None)
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: done)
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(bootstrap, "install_torch", cut_off)
        bootstrap.set_up([])
    assert not mended
    bootstrap.set_up([])
    assert mended
    bootstrap.set_up([])
    assert len(mended) == 1


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EROFS, "Put Timbre where you may write"), (errno.ENOSPC, "The disk is full")]
)
def test_a_disk_that_takes_nothing_is_said_in_one_sentence(
    number: int, words: str, venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise OSError(
            number, errno.errorcode[number] if number == errno.EROFS else "No space left on device", str(venv)
        )

    monkeypatch.setattr(sys, "argv", ["bootstrap.py"])
    monkeypatch.setattr(bootstrap, "check_machine", refuse)
    with pytest.raises(SystemExit):
        bootstrap.main()
    said = capsys.readouterr().err
    assert words in said
    assert str(venv) in said


def test_a_disk_that_fills_while_packages_come_is_told_from_other_failures(capsys: pytest.CaptureFixture[str]) -> None:
    for text, hint in (("OSError: [Errno 28] No space left on device", "The disk is full"), ("no such host", "Mend")):
        with pytest.raises(SystemExit):
            bootstrap.must("installing", sys.executable, "-c", f"raise SystemExit({text!r})")
        assert hint in capsys.readouterr().err


def test_bootstrap_needs_nothing_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "core/bootstrap.py"), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_requirement_is_pinned_and_every_pin_is_a_constraint() -> None:
    constraints = {
        line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            package, _, version = line.partition("==")
            assert version, f"{name}: {line} is not pinned"
            assert package.split("[")[0].lower() in constraints | {"torch"}, f"{line} is not in constraints.txt"
