"""Room in memory: what runs on the device now is waited for, and so it is no reason to refuse."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from core.errors import Unavailable
from core.train import process, room


def test_what_is_waited_for_counts_as_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = psutil.Process(os.getpid()).memory_info().rss
    monkeypatch.setattr(room.psutil, "virtual_memory", lambda: SimpleNamespace(available=1_000_000))
    with pytest.raises(Unavailable, match="1 MB is free now"):
        room.check(tmp_path, 0, own // 2)
    with process.followed(os.getpid()):
        room.check(tmp_path, 0, own // 2)
        with pytest.raises(Unavailable):
            room.check(tmp_path, 0, own * 3)
