"""The workflow "pull": Ollama fetches a model by name. Killed in the middle, it goes on where Ollama was."""

from __future__ import annotations

import time
from typing import Any

from core import jobs, llm
from core.llm.pulling import KIND, MEGABYTE

EVERY = 0.5
"""Seconds between two notes of how far it is, and between two looks at whether a person asked to stop."""


@jobs.workflow(KIND, queue="pull")
def pull(intent_id: str) -> dict[str, Any]:
    """One model, by the name in the intent."""
    name = str(jobs.get(intent_id).payload["name"])
    jobs.step(_pull, intent_id, name, name="pull")
    return {"name": name}


def _pull(intent_id: str, name: str) -> None:
    done, total, said, noted = 0, 0, f"Asking Ollama for {name}", 0.0

    def note() -> bool:
        """Write down how far it is, not more often than people look. Raises Cancelled where a person asked to stop."""
        nonlocal noted
        if time.monotonic() - noted > EVERY:
            noted = time.monotonic()
            jobs.progress(intent_id, done // MEGABYTE, max(1, total // MEGABYTE), said)
        return False

    def heard(so_far: int, known: int, status: str) -> None:
        nonlocal done, total, said
        done, total, said = so_far, known, _said(status, name)
        note()

    note()
    llm.pull(name, heard, note)


def _said(status: str, name: str) -> str:
    """What Ollama does, in words of ours: its own name digests."""
    if status.startswith("pulling manifest"):
        return f"Looking {name} up"
    if status.startswith(("pulling", "downloading")):
        return f"Fetching {name}"
    if status.startswith("verifying"):
        return f"Checking {name}"
    return f"Finishing {name}"
