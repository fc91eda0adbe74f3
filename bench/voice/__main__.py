"""Likeness, drift and genericness on people held out: `make bench-voice`; writes bench/results/voice.json."""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import UTC, datetime

from bench.report import RESULTS
from bench.voice import drift, genericness, likeness
from bench.voice.people import available


def main() -> None:
    """Run all three, each with its time."""
    if not available():
        return
    took: dict[str, float] = {}
    start = time.perf_counter()
    print("\n== likeness ==", flush=True)
    near = likeness.run()
    took["likeness"] = time.perf_counter() - start
    print("\n== drift ==", flush=True)
    moved = drift.run()
    print(drift.table(moved), flush=True)
    took["drift"] = time.perf_counter() - start - took["likeness"]
    print("\n== genericness ==", flush=True)
    lines, generic = genericness.run()
    print("\n".join(lines))
    took["genericness"] = time.perf_counter() - start - took["likeness"] - took["drift"]
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
    RESULTS.mkdir(exist_ok=True)
    out = {
        "name": "voice",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "seconds": {name: round(seconds) for name, seconds in took.items()},
        "likeness": near,
        "drift": moved,
        "genericness": generic,
    }
    (RESULTS / "voice.json").write_text(json.dumps(out, indent=1, default=float) + "\n")
    print("\nseconds:", out["seconds"], "-> bench/results/voice.json")


if __name__ == "__main__":
    main()
