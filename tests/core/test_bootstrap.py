"""Set-up: when it may be skipped, and how a CUDA build of torch is told from a CPU one."""

from __future__ import annotations

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
