"""The machine that trains, as far as it can be known without loading anything: processor, memory, graphics card."""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

WAIT = 5.0
"""Seconds after which a graphics card that does not answer counts as none."""


@dataclass(frozen=True)
class Machine:
    """Where training would run."""

    processor: str
    cores: int
    memory: int
    """Bytes, of the whole machine."""
    card: str = ""
    """Name of the first graphics card of NVIDIA; empty: none."""
    card_memory: int = 0
    bf16: bool = False
    """The processor calculates in bfloat16 by itself, which makes training on it faster."""

    def key(self, device: str) -> str:
        """Figures measured on one machine hold for another one of the same key."""
        return f"cuda: {self.card}" if device == "cuda" else f"cpu: {self.processor} x{self.cores}"

    def total(self, device: str) -> int:
        """Bytes of memory that training on this device can have at most; 0: not known."""
        return self.card_memory if device == "cuda" else self.memory


@functools.cache
def here() -> Machine:
    """This machine."""
    name, flags = _processor()
    card, memory = _card()
    bf16 = bool({"avx512_bf16", "amx_bf16", "bf16"} & flags)
    return Machine(name, _cores(), psutil.virtual_memory().total, card, memory, bf16)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> tuple[str, set[str]]:
    name, flags = platform.processor() or platform.machine(), set[str]()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf8", errors="replace").splitlines()
    except OSError:
        return name, flags
    for line in lines:
        label, _, said = line.partition(":")
        if label.strip() == "model name":
            name = said.strip()
        elif label.strip() in ("flags", "Features"):
            flags |= set(said.split())
    return name, flags


def _card() -> tuple[str, int]:
    """Name and bytes of the first card, as its driver's own tool says."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "", 0
    asked = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=WAIT, check=True).stdout
        name, _, megabytes = said.strip().splitlines()[0].rpartition(",")
        return name.strip(), int(float(megabytes)) * 1024**2
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return "", 0
